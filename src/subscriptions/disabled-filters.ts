import type { OwnIds } from "../filters/compare.ts";
import { matchEntry } from "../filters/match.ts";
import { shortFilter } from "../filters/search.ts";
import { shellWord } from "../machine/shell-word.ts";
import type { Subscription } from "./subscription.ts";

/**
 * What a subscription's disabled filters need, and how to ask for them again; undefined where there are none. Which of
 * the permissions is missing, RingCentral's own message says.
 */
export function disabledFiltersHint(
  { id, disabledFilters = [] }: Pick<Subscription, "id" | "disabledFilters">,
  own?: OwnIds,
): string | undefined {
  if (disabledFilters.length === 0) return undefined;
  const entries = disabledFilters.flatMap(({ filter }) => matchEntry(filter) ?? []);
  const scopes = unique(entries.map(({ permission }) => permission));
  const roles = unique(entries.flatMap(({ userPermission }) => userPermission ?? []));
  const needs = [
    ...(scopes.length > 0 ? [`the app the permission ${scopes.join(", ")}`] : []),
    `the user's role ${roles.length > 0 ? roles.join(", ") : "the permission that RingCentral names"}`,
  ];
  const filters = disabledFilters.map(({ filter }) => shellWord(shortFilter(filter, own)));
  const flags = filters.map((filter) => `--add-filter ${filter}`).join(" ");
  return `Give ${needs.join(", and ")}; then run \`rcwh update ${id} ${flags}\`.`;
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}
