import type { OwnIds } from "../filters/compare.ts";
import { FilterSet } from "../filters/filter-set.ts";
import type { Subscription } from "./subscription.ts";

/** Every filter of a subscription once, disabled ones included. The server lists those among the others or only apart. */
export function allFilters(
  { eventFilters, disabledFilters = [] }: Subscription,
  own?: OwnIds,
): string[] {
  const disabled = disabledFilters.map(({ filter }) => filter);
  return [...new Set([...eventFilters, ...without(disabled, eventFilters, own)])];
}

/** The filters that deliver events. */
export function enabledFilters({
  eventFilters,
  disabledFilters = [],
}: Pick<Subscription, "eventFilters" | "disabledFilters">): string[] {
  const disabled = new Set(disabledFilters.map(({ filter }) => filter));
  return eventFilters.filter((filter) => !disabled.has(filter));
}

/** The filters that are not among `others`. */
export function without(
  filters: readonly string[],
  others: readonly string[],
  own?: OwnIds,
): string[] {
  if (filters.length === 0 || others.length === 0) return [...filters];
  const set = new FilterSet(others, own);
  return filters.filter((filter) => !set.has(filter));
}
