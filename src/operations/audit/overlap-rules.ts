import { type Check, rule } from "../../check/check.ts";
import { canonicalFilter, type OwnIds } from "../../filters/compare.ts";
import { containsFilter } from "../../filters/contains.ts";
import { isDeprecated } from "../../filters/deprecated.ts";
import { reminderOf } from "../../filters/reminder.ts";
import { shortFilter } from "../../filters/search.ts";
import type { OwnedSubscription } from "../../lifecycle/inventory.ts";
import { shellWord } from "../../machine/shell-word.ts";
import { sameAddress } from "../../subscriptions/address.ts";
import { isHealthy } from "../../subscriptions/health.ts";
import { nameOf } from "../../subscriptions/name.ts";
import { allFilters, enabledFilters } from "../../subscriptions/subscription-filters.ts";
import { type Audited, about, orPass } from "./audited.ts";
import { byWorth, isReplacement } from "./find-duplicates.ts";

const ofOverlaps = rule("overlaps", "no filter that another filter of the same URL includes");

/** A filter that delivers. */
interface Heard {
  readonly subscription: OwnedSubscription;
  readonly filter: string;
}

interface Overlap extends Heard {
  /** What delivers the same events, and is to stay. */
  readonly by: Heard;
}

/** Reports, for each webhook, the filters whose events arrive at its URL anyway. */
export function checkOverlaps({ distinct, inventory, begun, now }: Audited): readonly Check[] {
  const { own, records } = inventory;
  const delivering = distinct.filter(isHealthy).toSorted(byWorth(records, now));
  const heard = delivering.flatMap((subscription) =>
    enabledFilters(subscription)
      .filter((filter) => !reminderOf([filter]))
      // Of two spellings in one webhook, the modern one stays.
      .toSorted((one, other) => Number(isDeprecated(one)) - Number(isDeprecated(other)))
      .map((filter) => ({ subscription, filter })),
  );
  const overlaps = heard.flatMap((each, index) => {
    const by = heard.find(
      (other, place) =>
        repeats(other, each, place < index, own) &&
        !isReplacement(begun, each.subscription, other.subscription),
    );
    return by ? [{ ...each, by }] : [];
  });
  const found = delivering.flatMap((subscription) => {
    const ours = overlaps.filter((each) => each.subscription === subscription);
    const [first] = ours;
    return first ? [describe(first, ours, own)] : [];
  });
  return orPass(found, ofOverlaps.pass("none"));
}

/** Whether `other` makes `each` needless. Of two that mean the same, only the earlier one does. */
function repeats(other: Heard, each: Heard, isEarlier: boolean, own: OwnIds): boolean {
  const [one, two] = [other.subscription, each.subscription];
  if (other === each || one.api !== two.api) return false;
  if (!sameAddress(one.deliveryMode.address, two.deliveryMode.address)) return false;
  if (!containsFilter(other.filter, each.filter, own)) return false;
  const isSame = canonicalFilter(other.filter, own) === canonicalFilter(each.filter, own);
  if (!isSame) return true;
  // In one webhook, only a deprecated spelling can be taken out.
  return isEarlier && (one !== two || (isDeprecated(each.filter) && !isDeprecated(other.filter)));
}

function describe(first: Overlap, ours: readonly Overlap[], own: OwnIds): Check {
  const { subscription, filter, by } = first;
  const whose = by.subscription === subscription ? "which it has too" : `of ${by.subscription.id}`;
  const more = ours.length > 1 ? ` (and ${ours.length - 1} more)` : "";
  const isSame = canonicalFilter(filter, own) === canonicalFilter(by.filter, own);
  const relation = isSame ? "is the same as" : "is included in";
  const others = new Set(ours.map(({ by }) => by.subscription));
  others.delete(subscription);
  return ofOverlaps.warn(
    `${nameOf(subscription)}: ${shortFilter(filter, own)} ${relation} ${shortFilter(by.filter, own)}, ${whose}${more}`,
    about([subscription, ...others], { hint: wayOut(subscription, ours, own) }),
  );
}

function wayOut(subscription: OwnedSubscription, ours: readonly Overlap[], own: OwnIds): string {
  const gone = new Set(ours.map(({ filter }) => filter));
  const left = allFilters(subscription, own).filter((each) => !gone.has(each));
  if (left.every((each) => reminderOf([each]))) {
    return `Delete it with \`rcwh delete ${subscription.id}\`: another webhook of this URL delivers all of its events.`;
  }
  // `--remove-filter` takes every spelling, so the one that stays is named again.
  const kept = ours.flatMap(({ filter, by }) =>
    by.subscription === subscription &&
    canonicalFilter(filter, own) === canonicalFilter(by.filter, own)
      ? [by.filter]
      : [],
  );
  const flags = [
    ...flagsOf("--remove-filter", [...gone], own),
    ...flagsOf("--add-filter", kept, own),
  ];
  return `Stop the second delivery with \`rcwh update ${subscription.id} ${flags.join(" ")}\`.`;
}

/** The flag once for each filter, as a shell takes it. */
export function flagsOf(flag: string, filters: readonly string[], own: OwnIds): readonly string[] {
  return filters.map((each) => `${flag} ${shellWord(shortFilter(each, own))}`);
}
