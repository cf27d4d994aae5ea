/** `1 webhook`, `3 webhooks`. */
export function pluralize(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** `1 is`, `3 are`. */
export function countIs(number: number): string {
  return `${number} ${number === 1 ? "is" : "are"}`;
}

/** `a, b or c`. */
export function oneOf(words: readonly string[]): string {
  return joined(words, "or");
}

/** `a, b and c`. */
export function allOf(words: readonly string[]): string {
  return joined(words, "and");
}

function joined(words: readonly string[], conjunction: string): string {
  const last = words.at(-1) ?? "";
  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} ${conjunction} ${last}`;
}
