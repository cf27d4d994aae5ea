import { canonicalFilter, type OwnIds } from "../filters/compare.ts";
import { normalizedAddress } from "../subscriptions/address.ts";

/** What a subscription delivers: filters, and where to. */
export interface Delivering {
  readonly address: string;
  readonly eventFilters: readonly string[];
}

/** Says which filters would have no subscription for a while, if one lost them before another one gets them. */
export interface Coverage {
  /**
   * The filters of `before` that `after` lacks, that somebody is to have in the end, and that none of `others` has now.
   * Undefined for `after`: it goes.
   */
  endangered(
    before: Delivering,
    after: Delivering | undefined,
    others: readonly Delivering[],
  ): readonly string[];
}

/** @param final what delivers in the end */
export function createCoverage(final: readonly Delivering[], own: OwnIds): Coverage {
  const canonical = new Map<string, string>();
  const spell = (filter: string) => {
    const known = canonical.get(filter) ?? canonicalFilter(filter, own);
    canonical.set(filter, known);
    return known;
  };
  const there = ({ address }: Delivering, filter: string) =>
    `${spell(filter)} ${normalizedAddress(address)}`;
  const keysOf = (all: readonly Delivering[]) =>
    new Set(
      all.flatMap((each) =>
        each.eventFilters.flatMap((filter) => [spell(filter), there(each, filter)]),
      ),
    );
  const wanted = keysOf(final);
  return {
    endangered(before, after, others) {
      const has = keysOf(after ? [after, ...others] : others);
      return before.eventFilters.filter((filter) =>
        [spell(filter), there(before, filter)].some((key) => wanted.has(key) && !has.has(key)),
      );
    },
  };
}
