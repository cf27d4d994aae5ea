import { textAt } from "./payload.ts";

/**
 * Functions that sum up a body in one line, by the filter's path in the catalogue, for the extension that owns the
 * subscription, if known. Any field may be missing or malformed.
 */
export type BodySummaries = Readonly<Record<string, (body: unknown, owner: string) => string>>;

/** The name or number of a party in a payload: an object, or the number itself. */
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
  return `"${text}"`;
}

/** The parts that are not empty, separated by commas. */
export function joined(parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join(", ");
}

/** The first few texts, and the number of others. */
export function fewOf(texts: readonly string[], most = 2): string {
  const known = texts.filter((text) => text !== "");
  const rest = known.length - most;
  return known.slice(0, most).join("; ") + (rest > 0 ? `; and ${rest} more` : "");
}
