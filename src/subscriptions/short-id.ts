/** Shortens each of these ids as far as they stay apart, to eight characters at the least. */
export function idShortener(all: readonly string[]): (id: string) => string {
  const ids = [...new Set(all)].sort();
  const shared = (one = "", other = "") => {
    let length = 0;
    while (length < one.length && one[length] === other[length]) length += 1;
    return length;
  };
  const lengths = new Map(
    ids.map((id, index) => [
      id,
      1 + Math.max(7, shared(id, ids[index - 1]), shared(id, ids[index + 1])),
    ]),
  );
  return (id) => id.slice(0, lengths.get(id));
}
