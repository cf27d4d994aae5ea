import { UsageError } from "../errors.ts";

/** The error for an unknown command, with the names most like it. */
export function unknownCommand(word: string, names: readonly string[]): UsageError {
  const similar = mostSimilar(word, names);
  const help = "`rcwh --help`.";
  return new UsageError(
    `Unknown command "${word}".`,
    similar.length === 0
      ? `See ${help}`
      : `Try ${similar.join(", ").replace(/, (?=[^,]*$)/, " or ")}, or see ${help}`,
  );
}

/** By commander's measure, which decides what is suggested for flags and subcommands. */
function mostSimilar(word: string, names: readonly string[]): readonly string[] {
  const near = names
    .map((name) => ({ name, typos: countTypos(word, name) }))
    .filter(
      ({ name, typos }) => typos <= 3 && 1 - typos / Math.max(word.length, name.length) > 0.4,
    );
  const fewest = Math.min(...near.map(({ typos }) => typos));
  return near.flatMap(({ name, typos }) => (typos === fewest ? [name] : [])).toSorted();
}

/** Letters that are missing, superfluous, wrong or swapped with the next one. Above 3 it may be more. */
function countTypos(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 3) return Math.max(a.length, b.length);
  const rows = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number) => rows[row]?.[column] ?? 0;
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    rows.push(current);
    for (let column = 1; column <= b.length; column += 1) {
      const isSame = a[row - 1] === b[column - 1];
      const isSwapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      current.push(
        Math.min(
          at(row - 1, column) + 1,
          at(row, column - 1) + 1,
          at(row - 1, column - 1) + (isSame ? 0 : 1),
          row > 1 && column > 1 && isSwapped
            ? at(row - 2, column - 2) + 1
            : Number.POSITIVE_INFINITY,
        ),
      );
    }
  }
  return at(a.length, b.length);
}
