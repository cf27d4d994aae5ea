import type { OwnIds } from "../filters/compare.ts";
import { matchEntry } from "../filters/match.ts";
import { shortFilter } from "../filters/search.ts";
import { shellWord } from "../machine/shell-word.ts";
import { oneLine } from "../one-line.ts";
import type { Subscription } from "./subscription.ts";

/**
 * Which filter RingCentral disabled, why, and how many others, without a stop: `RingCentral disabled sms: Extension permission
 * [ReadMessages] is missing, SUB-412 (and 1 more)`. Undefined where there are none.
 */
export function describeDisabled(
  { disabledFilters = [] }: Pick<Subscription, "disabledFilters">,
  own?: OwnIds,
): string | undefined {
  const [first, ...others] = disabledFilters;
  if (!first) return undefined;
  const why = [first.message, first.reason].filter(Boolean).join(", ");
  const more = others.length > 0 ? ` (and ${others.length} more)` : "";
  return oneLine(
    `RingCentral disabled ${shortFilter(first.filter, own)}${why && `: ${why}`}${more}`,
  );
}

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
