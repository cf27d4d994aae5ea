/** More places than anybody looks at. */
const mostMarks = 500;
/** Characters: a longer text is shown without marks. */
const longestMarked = 100_000;

/** Text with what was searched for marked in it. */
export function Highlighted({ text, query }: { readonly text: string; readonly query: string }) {
  const wanted = text.length > longestMarked ? "" : query.trim().toLowerCase();
  const lower = wanted === "" ? "" : text.toLowerCase();
  // In some languages lower case is longer, and then the places differ.
  if (wanted === "" || lower.length !== text.length) return <>{text}</>;
  const parts: (string | preact.JSX.Element)[] = [];
  let from = 0;
  for (let at = lower.indexOf(wanted); at >= 0; at = lower.indexOf(wanted, from)) {
    if (parts.length > 2 * mostMarks) break;
    parts.push(text.slice(from, at), <mark>{text.slice(at, at + wanted.length)}</mark>);
    from = at + wanted.length;
  }
  return (
    <>
      {parts}
      {text.slice(from)}
    </>
  );
}
