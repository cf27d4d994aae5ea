import { entriesByAlias } from "./aliases.ts";

/**
 * Splits `sms,fax` into its filters. Before a `?` every comma splits. After one, a comma belongs to the query unless a
 * new filter follows: a `/`, a known first segment such as `account/`, or an alias. `%2C` never splits.
 */
export function splitFilterList(text: string): readonly string[] {
  const filters: string[][] = [];
  let hasQuery = false;
  for (const piece of text.split(",")) {
    if (hasQuery && !startsFilter(piece.trimStart())) {
      filters.at(-1)?.push(piece);
      continue;
    }
    filters.push([piece]);
    hasQuery = piece.includes("?");
  }
  return filters.map((pieces) => pieces.join(",").trimStart()).filter(Boolean);
}

function startsFilter(text: string): boolean {
  if (text.trim() === "" || firstSegment.test(text)) return true;
  const [word = ""] = /^[^?:\s]*/.exec(text) ?? [];
  return entriesByAlias.has(word);
}

/** Includes common mistakes, so that the message names only the filter at fault. */
const firstSegment =
  /^(?:\/|https?:\/\/|(?:restapi|v\d[\d.]*|account|accounts|extension|glip|subscription|team-messaging|webinar|ai)\/)/;
