import { textAt } from "./payload.ts";

/** For each filter, by its path in the catalogue, what tells in one line what happened. Members may be missing or odd. */
export type BodySummaries = Readonly<Record<string, (body: unknown) => string>>;

/** Somebody in a payload, which has a name, a telephone number, or is one. */
export function nameOf(party: unknown): string {
  return (
    textAt(party) ||
    textAt(party, "name") ||
    textAt(party, "phoneNumber") ||
    textAt(party, "extensionNumber") ||
    textAt(party, "extensionId")
  );
}

export function quoted(text: string): string {
  return `“${text}”`;
}

/** With commas, and without what is empty. */
export function joined(parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join(", ");
}

/** The first few, and how many more there are. */
export function fewOf(texts: readonly string[], most = 2): string {
  const known = texts.filter((text) => text !== "");
  const rest = known.length - most;
  return known.slice(0, most).join("; ") + (rest > 0 ? `; and ${rest} more` : "");
}
