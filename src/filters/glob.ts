/**
 * Whether the whole text matches a glob, in which `*` stands for any text, slashes included. Every other character,
 * `?` too, stands for itself: it begins a query, in URLs and filters alike.
 */
export function globMatches(glob: string, text: string): boolean {
  const [first = "", ...others] = glob.split("*");
  const last = others.pop();
  if (last === undefined) return text === glob;
  if (!text.startsWith(first)) return false;
  let position = first.length;
  // The earliest match of each piece leaves the most room for the next: nothing is ever tried twice.
  for (const piece of others) {
    const index = text.indexOf(piece, position);
    if (index < 0) return false;
    position = index + piece.length;
  }
  return text.endsWith(last) && text.length - last.length >= position;
}
