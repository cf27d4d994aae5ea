import { catalogue } from "./catalogue/catalogue.ts";
import type { CatalogueEntry } from "./catalogue/entry.ts";
import { queryProblem } from "./query.ts";
import { fitsTemplate } from "./template.ts";
import { queryPairs, splitUri } from "./uri.ts";

/**
 * The catalogue's entry for a whole URI with ids, `~` or placeholders. Of several with the same path, the most specific
 * one whose query matches; if none matches, the one with the fewest required parameters.
 */
export function matchEntry(uri: string): CatalogueEntry | undefined {
  const { path, query } = splitUri(uri);
  const pairs = queryPairs(query);
  const specificFirst = matchPath(path).toSorted((a, b) => requiredCount(b) - requiredCount(a));
  return specificFirst.find((entry) => !queryProblem(entry, pairs)) ?? specificFirst.at(-1);
}

/** Every entry with this path, whatever its query. */
export function matchPath(path: string): readonly CatalogueEntry[] {
  const segments = path.split("/");
  templates ??= catalogue.map((entry) => ({
    entry,
    template: splitUri(entry.filter).path.split("/"),
  }));
  return templates
    .filter(({ template }) => fitsTemplate(template, segments))
    .map(({ entry }) => entry);
}

/** Made when they are needed: many commands match no filter. */
let templates: readonly { entry: CatalogueEntry; template: readonly string[] }[] | undefined;

function requiredCount({ query }: CatalogueEntry): number {
  return query.filter(({ required }) => required).length;
}
