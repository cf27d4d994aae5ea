import { catalogue } from "./catalogue/catalogue.ts";
import type { CatalogueEntry } from "./catalogue/entry.ts";
import { queryProblem } from "./query.ts";
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
  return templates.filter(({ template }) => fits(template, segments)).map(({ entry }) => entry);
}

const templates = catalogue.map((entry) => ({
  entry,
  template: splitUri(entry.filter).path.split("/"),
}));

function fits(template: readonly string[], segments: readonly string[]): boolean {
  return (
    template.length === segments.length &&
    template.every((expected, index) => segmentFits(expected, segments[index] ?? ""))
  );
}

function segmentFits(expected: string, segment: string): boolean {
  if (expected === segment) return true;
  if (expected === "{accountId}" || expected === "{extensionId}")
    return /^(?:~|\d+)$/.test(segment);
  return expected.startsWith("{") && /^[\w.-]+$/.test(segment);
}

function requiredCount({ query }: CatalogueEntry): number {
  return query.filter(({ required }) => required).length;
}
