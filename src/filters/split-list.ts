import { entriesByAlias } from "./aliases.ts";

/**
 * Splits `sms,fax` into its filters. Before a `?` every comma splits. After one, a comma belongs to the query unless a
 * new filter follows: a `/`, a known first segment such as `account/`, or an alias. `%2C` never splits.
 */
export function splitFilterList(text: string): readonly string[] {
  const filters: string[] = [];
  let current: string | undefined;
  for (const piece of text.split(",")) {
    if (current?.includes("?") && !startsFilter(piece.trimStart())) {
      current += `,${piece}`;
      continue;
    }
    if (current !== undefined) filters.push(current);
    current = piece;
  }
  return [...filters, current ?? ""].map((filter) => filter.trimStart()).filter(Boolean);
}

function startsFilter(text: string): boolean {
  if (text.trim() === "" || firstSegment.test(text)) return true;
  const [word = ""] = /^[^?:\s]*/.exec(text) ?? [];
  return entriesByAlias.has(word);
}

/** Includes common mistakes, so that the message names only the filter at fault. */
const firstSegment =
  /^(?:\/|https?:\/\/|(?:restapi|v\d[\d.]*|account|accounts|extension|glip|subscription|team-messaging|webinar|ai)\/)/;
