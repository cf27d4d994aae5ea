/** Writes a heading, then a line for each problem, up to a maximum. `total` counts problems that have no line here, too. */
export function listProblems(
  heading: string,
  problems: readonly string[],
  maximum = 20,
  total = problems.length,
): string {
  const shown = problems.slice(0, maximum).map((problem) => `  ${problem}`);
  const rest = total - shown.length;
  return [`${heading}:`, ...shown, ...(rest > 0 ? [`  and ${rest} more`] : [])].join("\n");
}

/** Says how many items, such as "accounts", need attention. */
export function needAttention(count: number, total: number, what = ""): string {
  return `${count} of ${total}${what && ` ${what}`} ${count === 1 ? "needs" : "need"} attention`;
}
