import { sampleBody } from "../events/samples/sample-body.ts";
import { findCatalogueEntry, searchFilters, shortFilter } from "../filters/search.ts";
import { fillOwnPlaceholders } from "../filters/uri.ts";
import type { FoundFilters, Refusal } from "./protocol.ts";

/** What `rcwh filters` finds, for the page to send an event of. */
export function findFilters(search: string): FoundFilters {
  const filters = searchFilters(search).map(({ filter, summary, aliases = [] }) => {
    const uri = fillOwnPlaceholders(filter);
    return { filter: aliases[0] ?? shortFilter(uri), uri, summary };
  });
  return { filters };
}

/** A sample of an event's data. */
export function findSample(
  filter: string,
): { readonly body: object } | { readonly refusal: Refusal } {
  const entry = findCatalogueEntry(filter);
  const body = entry && sampleBody(entry);
  if (body) return { body };
  return {
    refusal: {
      message: `There is no sample for ${JSON.stringify(filter)}.`,
      hint: "Write the data yourself, or choose another filter.",
    },
  };
}
