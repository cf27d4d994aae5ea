/** The word most similar to `text`, if any is similar enough. Ignores case. */
export function closest(text: string, words: readonly string[]): string | undefined {
  const near = words
    .map((word) => ({ word, distance: difference(text, word) }))
    .filter(({ distance }) => distance <= 0.5)
    .toSorted((a, b) => a.distance - b.distance);
  return near[0]?.word;
}

/**
 * How different two texts are, from 0 (equal, ignoring case) to 1 (nothing in common). Above 0.5 it may be less than
 * the exact number: a text that is more than twice as long as the other is not compared, however long it is.
 */
export function difference(a: string, b: string): number {
  const longest = Math.max(a.length, b.length);
  if (longest === 0) return 0;
  const fewest = Math.abs(a.length - b.length) / longest;
  return fewest > 0.5 ? fewest : editDistance(a.toLowerCase(), b.toLowerCase()) / longest;
}

/** Levenshtein distance. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const substitution = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      const gap = Math.min(previous[column] ?? 0, current[column - 1] ?? 0) + 1;
      current.push(Math.min(substitution, gap));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
