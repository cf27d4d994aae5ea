import { type Check, rule } from "../../check/check.ts";
import type { Inventory, OwnedSubscription, Records } from "../../lifecycle/inventory.ts";
import { isSameWebhook } from "../../subscriptions/compare.ts";
import { isHealthy } from "../../subscriptions/health.ts";
import { remainingSeconds } from "../../subscriptions/lifetime.ts";
import { nameOf } from "../../subscriptions/name.ts";
import { allFilters } from "../../subscriptions/subscription-filters.ts";
import { type Audited, about, type Begun, type Duplicates, orPass } from "./audited.ts";

const ofDuplicates = rule("duplicates", "one webhook for each URL and set of filters");

/** Finds the webhooks that repeat another one, except replacements with an intended overlap. */
export function findDuplicates(
  webhooks: readonly OwnedSubscription[],
  { records, own }: Inventory,
  begun: readonly Begun[],
  now: number,
): readonly Duplicates[] {
  const groups: OwnedSubscription[][] = [];
  for (const each of webhooks.toSorted(byWorth(records, now))) {
    const group = groups.find(
      ([kept]) =>
        kept?.api === each.api &&
        isSameWebhook(kept, each.deliveryMode.address, allFilters(each, own), own),
    );
    if (group) group.push(each);
    else groups.push([each]);
  }
  return groups.flatMap(([kept, ...others]) => {
    const extras = others.filter((each) => !isReplacement(begun, each, kept));
    return kept && extras.length > 0 ? [{ kept, extras }] : [];
  });
}

/** Whether one of the two is replacing the other. */
export function isReplacement(
  begun: readonly Begun[],
  { id }: Pick<OwnedSubscription, "id">,
  other: Pick<OwnedSubscription, "id"> | undefined,
): boolean {
  return begun.some(({ oldId, newId }) =>
    oldId === id ? newId === other?.id : newId === id && oldId === other?.id,
  );
}

/**
 * Most worth keeping first: what delivers, what a manifest names, what has a token that rcwh knows, what is on record,
 * what lives longest, and what is oldest.
 */
export function byWorth(records: Records, now: number) {
  const worth = (each: OwnedSubscription) => {
    const record = records.get(each.id);
    return [
      isHealthy(each) ? 1 : 0,
      record?.managedAs ? 1 : 0,
      record?.verificationToken === undefined ? 0 : 1,
      record && !record.foreign ? 1 : 0,
      remainingSeconds(each, now) || 0,
      -Date.parse(each.creationTime) || 0,
    ];
  };
  return (one: OwnedSubscription, other: OwnedSubscription): number => {
    const theirs = worth(other);
    const difference = worth(one)
      .map((each, index) => (theirs[index] ?? 0) - each)
      .find((each) => each !== 0);
    return difference ?? (one.id < other.id ? -1 : 1);
  };
}

export function checkDuplicates({ duplicates, inventory }: Audited): readonly Check[] {
  const found = duplicates.map(({ kept, extras }) => {
    const ids = extras.map(({ id }) => id).join(" ");
    const twice = extras.every(isHealthy) && isHealthy(kept);
    return ofDuplicates.warn(
      `${nameOf(kept)} and ${extras.map(({ id }) => id).join(", ")} have the same URL and filters${twice ? ": every event arrives more than once" : ""}`,
      about([kept, ...extras], {
        code: "DUPLICATE",
        hint: `Keep ${kept.id}, which ${reasonFor(kept, extras, inventory.records)}, and delete the rest with \`rcwh delete ${ids}\`.`,
      }),
    );
  });
  return orPass(found, ofDuplicates.pass("none"));
}

/** What decided, in the order of `byWorth`. */
function reasonFor(
  kept: OwnedSubscription,
  extras: readonly OwnedSubscription[],
  records: Records,
): string {
  if (isHealthy(kept) && !extras.every(isHealthy)) return "is Active";
  const record = records.get(kept.id);
  if (record?.managedAs) return `is ${record.managedAs.webhook} of a manifest`;
  if (record?.verificationToken !== undefined) return "has a verification token that rcwh knows";
  return record && !record.foreign ? "rcwh has on record" : "lives longest";
}
