interface HeaderTableProps {
  readonly headers: Readonly<Record<string, string>>;
  readonly caption: string;
}

export function HeaderTable({ headers, caption }: HeaderTableProps) {
  const entries = Object.entries(headers);
  if (entries.length === 0) return <p class="muted">None.</p>;
  return (
    <table class="headers">
      <caption class="unseen">{caption}</caption>
      <thead class="unseen">
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Value</th>
        </tr>
      </thead>
      <tbody>
        {entries.map(([name, value]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td dir="auto">{value === "…" ? <span class="muted">… (hidden)</span> : value}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
