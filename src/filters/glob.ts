/** Whether a text is as a pattern says, in which `*` stands for anything. */
export function globMatches(pattern: string, text: string): boolean {
  const [first = "", ...others] = pattern.split("*");
  const last = others.pop();
  if (last === undefined) return text === pattern;
  if (!text.startsWith(first)) return false;
  let position = first.length;
  // Each piece as early as it can be: nothing is gained by leaving it for later.
  for (const piece of others) {
    const index = text.indexOf(piece, position);
    if (index < 0) return false;
    position = index + piece.length;
  }
  return text.endsWith(last) && text.length - last.length >= position;
}
