import { entriesByAlias } from "./aliases.ts";

/**
 * Splits `sms,fax` into its filters. A path has no commas, so before a `?` each comma splits. Behind one, a
 * comma belongs to the query unless a new filter begins after it: a `/`, a known first path segment such
 * as `account/`, or a whole alias. A comma that has to stay in any case is written `%2C`.
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

/** Also the wrong beginnings, so that the message about them names the one filter at fault. */
const firstSegment =
  /^(?:\/|https?:\/\/|(?:restapi|v\d[\d.]*|account|accounts|extension|glip|subscription|team-messaging|webinar|ai)\/)/;
