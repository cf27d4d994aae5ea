import { expandAlias, readAlias } from "../filters/aliases.ts";
import { catalogue } from "../filters/catalogue/catalogue.ts";
import type { CatalogueEntry } from "../filters/catalogue/entry.ts";
import { matchEntry } from "../filters/match.ts";
import { findCatalogueEntry, nearestFilters } from "../filters/search.ts";
import { fillOwnPlaceholders, joinUri, splitUri, wholePath } from "../filters/uri.ts";
import { nameOfEntry } from "./events.ts";

export const eventNames: readonly string[] = catalogue.map(nameOfEntry);

/** The name that is meant by a text that is none, such as a filter, another alias, an everyday word or a misspelling. */
export function meantEvent(text: string): string | undefined {
  const entry = findEntry(text.trim());
  return entry && nameOfEntry(entry);
}

function findEntry(text: string): CatalogueEntry | undefined {
  const filled = fillOwnPlaceholders(text);
  const alias = readAlias(filled);
  // What follows a colon chooses one batch, say, of an event's.
  if (alias) return matchEntry(expandAlias({ ...alias, argument: undefined })) ?? alias.entry;
  const { path, query } = splitUri(filled);
  const exact = path.includes("/") ? matchEntry(wholePath(filled)) : undefined;
  if (exact) return exact;
  const [near] = nearestFilters(path, 1);
  const entry = near === undefined ? undefined : findCatalogueEntry(near);
  if (!entry || query === undefined) return entry;
  const { path: nearPath } = splitUri(fillOwnPlaceholders(entry.filter));
  return matchEntry(joinUri(nearPath, [query])) ?? entry;
}
