import { isDeepStrictEqual } from "node:util";
import { serverTime } from "../api/observed-transport.ts";
import { lifetimeTolerance } from "../subscriptions/lifetime.ts";
import type { SubscriptionRecord } from "../subscriptions/record.ts";
import { allFilters, without } from "../subscriptions/subscription-filters.ts";
import { instant } from "../subscriptions/time.ts";
import type { Account } from "./account.ts";
import { type Inventory, type Records, readRecords } from "./inventory.ts";
import type { Missing } from "./missing.ts";

/** Milliseconds. What vanishes so shortly before its recorded expiry may have expired. */
const clockTolerance = 10 * 60_000;

/**
 * Copies the record of a missing subscription to its successor, where that has none: whoever re-created
 * it did not know it, or could not write it down. Returns the records as they are then.
 */
export async function inheritRecords(
  account: Account,
  { records, own }: Inventory,
  missing: readonly Missing[],
): Promise<Records> {
  let isChanged = false;
  for (const { record, successor } of missing) {
    if (!successor || records.has(successor.id) || !tellsMore(record)) continue;
    const { id, api, expirationTime } = successor;
    const { recoveredAt: _, droppedFilters: __, ...definition } = record;
    const droppedFilters = without(record.eventFilters, allFilters(successor, own), own);
    const inherited: SubscriptionRecord = {
      ...definition,
      id,
      api,
      expirationTime,
      ...(droppedFilters.length > 0 && { droppedFilters }),
    };
    await account.records.edit(id, (current) => current ?? inherited);
    isChanged = true;
  }
  return isChanged ? readRecords(account) : records;
}

/** Whether a record holds what the server does not tell. */
function tellsMore({ verificationToken, expiresIn, droppedFilters }: SubscriptionRecord): boolean {
  return [verificationToken, expiresIn, droppedFilters].some((value) => value !== undefined);
}

/**
 * Brings the records up to date with a list: later expiries, when something was first missed, what
 * exists again. The record of what has a successor is dropped. A record that was written since the run
 * began stays: it is newer.
 */
export async function updateRecords(
  { client, clock, records: store }: Account,
  { subscriptions, records }: Inventory,
  missing: readonly Missing[],
): Promise<void> {
  for (const { id, expirationTime } of subscriptions) {
    const record = records.get(id);
    if (!record) continue;
    const later = Date.parse(expirationTime) - Date.parse(record.expirationTime);
    if (record.goneAt === undefined && !(later > lifetimeTolerance * 1000)) continue;
    const { goneAt: _, ...known } = record;
    await store.edit(id, unlessWritten(record, { ...known, expirationTime }));
  }
  const now = serverTime(client.lastAnswer, clock.now());
  for (const { record, isExpired, successor } of missing) {
    if (successor) await store.remove(record.id);
    else if (!isExpired && Date.parse(record.expirationTime) - now > clockTolerance) {
      await store.edit(record.id, unlessWritten(record, { ...record, goneAt: instant(now) }));
    }
  }
}

function unlessWritten(before: SubscriptionRecord, after: SubscriptionRecord) {
  return (current: SubscriptionRecord | undefined) =>
    isDeepStrictEqual(current, before) ? after : undefined;
}
