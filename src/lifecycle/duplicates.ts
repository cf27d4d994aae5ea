import { ExitCode } from "../errors.ts";
import { isSameWebhook } from "../subscriptions/compare.ts";
import { isHealthy } from "../subscriptions/health.ts";
import { nameOf } from "../subscriptions/name.ts";
import type { SubscriptionRecord } from "../subscriptions/record.ts";
import { allFilters } from "../subscriptions/subscription-filters.ts";
import type { Account } from "./account.ts";
import { resultOfError } from "./bulk.ts";
import { deleteIfThere, isStillThere } from "./delete-if-there.ts";
import type { Inventory, OwnedSubscription } from "./inventory.ts";
import { recreate } from "./renewal/recreate.ts";
import type { Result, ResultError } from "./results.ts";

/** Milliseconds between two runs that replaced the same subscription at the same time. */
const simultaneous = 10 * 60_000;

/** Two subscriptions that deliver every event twice, because two machines replaced the same one. */
export interface Duplicate {
  readonly kept: OwnedSubscription;
  readonly extra: OwnedSubscription;
}

/**
 * Finds the duplicates of rcwh's own making: the same URL and filters, created within ten minutes, one of them on
 * record as a replacement, and the other not on record as anything but a replacement of the same one. The one that is kept is on
 * record and delivers, if possible with its verification token; among equals the older one.
 */
export function findDuplicates({ subscriptions, records, own }: Inventory): readonly Duplicate[] {
  const replacements = subscriptions
    .filter((each) => isHealthy(each) && records.get(each.id)?.replaces !== undefined)
    .sort((a, b) => worth(records.get(b.id)) - worth(records.get(a.id)) || byAge(a, b));
  const extras = new Map<string, Duplicate>();
  for (const kept of replacements) {
    if (extras.has(kept.id)) continue;
    for (const extra of subscriptions) {
      if (extra.id === kept.id || extras.has(extra.id)) continue;
      const record = records.get(extra.id);
      const replaced = records.get(kept.id)?.replaces;
      const isDeliberate = record && !record.foreign && record.replaces !== replaced;
      if (extra.id === replaced || isDeliberate || !isDuplicate(kept, extra, own)) continue;
      extras.set(extra.id, { kept, extra });
    }
  }
  return [...extras.values()];
}

function worth(record: SubscriptionRecord | undefined): number {
  return record?.verificationToken === undefined ? 0 : 1;
}

function byAge(a: OwnedSubscription, b: OwnedSubscription): number {
  return Date.parse(a.creationTime) - Date.parse(b.creationTime) || (a.id < b.id ? -1 : 1);
}

function isDuplicate(a: OwnedSubscription, b: OwnedSubscription, own: Inventory["own"]): boolean {
  const apart = Math.abs(Date.parse(a.creationTime) - Date.parse(b.creationTime));
  return (
    a.api === b.api &&
    b.deliveryMode.transportType === "WebHook" &&
    apart <= simultaneous &&
    isSameWebhook(a, b.deliveryMode.address, allFilters(b, own), own)
  );
}

/** A duplicate as what needs attention. */
export function describeDuplicate({ kept, extra }: Duplicate) {
  return {
    code: "DUPLICATE",
    message: `${nameOf(extra)} delivers the same events as ${kept.id}: two machines replaced the same subscription.`,
    hint: `Delete ${extra.id} with \`rcwh renew --recover\`.`,
    exitCode: ExitCode.attention,
  } as const satisfies ResultError;
}

export function reportDuplicate(duplicate: Duplicate): Result {
  const { extra } = duplicate;
  const { id, profile } = extra;
  return {
    id,
    profile,
    outcome: "duplicate",
    subscription: extra,
    error: describeDuplicate(duplicate),
  };
}

/**
 * Deletes the extra one. Another machine may do the same at the same time with the one that is kept: that is looked
 * for afterwards, and created again where it is gone.
 */
export async function removeDuplicate(
  account: Account,
  inventory: Inventory,
  { kept, extra }: Duplicate,
): Promise<Result> {
  const { id, profile } = extra;
  const about = { id, profile, subscription: extra };
  try {
    if (!(await isStillThere(account.client, kept))) return { ...about, outcome: "not-tried" };
    await deleteIfThere(account.client, extra);
    await account.records.remove(id);
    account.notify({ kind: "note", text: `Deleted ${nameOf(extra)}, a duplicate of ${kept.id}.` });
    const record = inventory.records.get(kept.id);
    if (record && !(await isStillThere(account.client, kept))) {
      return await recreate(account, inventory, {
        record,
        status: "Gone",
        isCertain: true,
      });
    }
    return { ...about, outcome: "deleted" };
  } catch (error) {
    return resultOfError(about, error).result;
  }
}
