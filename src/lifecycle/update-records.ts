import { isSameJson } from "../machine/json.ts";
import { lifetimeTolerance } from "../subscriptions/lifetime.ts";
import { nameOf } from "../subscriptions/name.ts";
import type { SubscriptionRecord } from "../subscriptions/record.ts";
import { allFilters, without } from "../subscriptions/subscription-filters.ts";
import { instant } from "../subscriptions/time.ts";
import type { Account } from "./account.ts";
import { type Inventory, type Records, readRecords } from "./inventory.ts";
import type { Missing } from "./missing.ts";

/**
 * Copies the lifetime and the filters on record of a missing subscription to its successor, where that has no record:
 * somebody else re-created it. Not its verification token: they may have given it another one, and a replacement with the
 * wrong one would be refused and blacklisted. Returns the records as they are then.
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
    const { eventFilters, address, expiresIn, managedAs } = record;
    const droppedFilters = without(record.eventFilters, allFilters(successor, own), own);
    const inherited: SubscriptionRecord = {
      id,
      api,
      eventFilters,
      address,
      ...(expiresIn !== undefined && { expiresIn }),
      expirationTime,
      foreign: true,
      ...(droppedFilters.length > 0 && { droppedFilters }),
      ...(managedAs && { managedAs }),
    };
    await account.records.edit(id, (current) => current ?? inherited);
    isChanged = true;
  }
  return isChanged ? readRecords(account) : records;
}

/** Whether a record holds what the server does not tell. */
function tellsMore(record: SubscriptionRecord): boolean {
  const { verificationToken, expiresIn, droppedFilters, managedAs } = record;
  return [verificationToken, expiresIn, droppedFilters, managedAs].some(
    (value) => value !== undefined,
  );
}

/**
 * Brings the records up to date with a list: later expiries, what was found gone and reported, what
 * exists again. The record of what has a successor is dropped, and that of what expired long ago: the
 * server says so, by its clock. A record that was written since the run began stays: it is newer.
 *
 * @param reported the ids of missing ones that this run reports
 */
export async function updateRecords(
  { records: store, notify }: Account,
  { subscriptions, records, serverNow }: Inventory,
  missing: readonly Missing[],
  reported: ReadonlySet<string>,
): Promise<void> {
  for (const { id, expirationTime } of subscriptions) {
    const record = records.get(id);
    if (!record) continue;
    const later = Date.parse(expirationTime) - Date.parse(record.expirationTime);
    if (record.goneAt === undefined && !(later > lifetimeTolerance * 1000)) continue;
    const { goneAt: _, reported: __, ...known } = record;
    await store.edit(id, unlessWritten(record, { ...known, expirationTime }));
  }
  for (const { record, status, successor } of missing) {
    const { id, goneAt } = record;
    if (successor) {
      await store.remove(id);
      if (record.verificationToken === undefined || !records.get(successor.id)?.foreign) continue;
      notify({
        kind: "warning",
        text: `Somebody else re-created ${nameOf(record)} as ${successor.id}, perhaps with another verification token. rcwh dropped the old token.`,
      });
    } else if (status === "Expired" && isLongAgo(record, serverNow)) {
      await store.remove(id);
      const text = `Dropped the record of ${nameOf(record)}, which expired ${record.expirationTime}.`;
      notify({ kind: "note", text });
    } else if (goneAt === undefined && serverNow !== undefined) {
      const noticed = { ...record, goneAt: instant(serverNow) };
      const isReported = reported.has(id) && { reported: true as const };
      await store.edit(id, unlessWritten(record, { ...noticed, ...isReported }));
    } else if (reported.has(id)) {
      await store.edit(id, unlessWritten(record, { ...record, reported: true }));
    }
  }
}

/** Milliseconds: records of what expired earlier are dropped, so that the file does not grow forever. */
const longestMemory = 90 * 86_400_000;

/** Whether it was known to be gone for so long, and had expired by then. */
function isLongAgo(
  { expirationTime, goneAt = "", reported }: SubscriptionRecord,
  now: number | undefined,
): boolean {
  if (now === undefined || !reported) return false;
  return Math.max(Date.parse(expirationTime), Date.parse(goneAt)) < now - longestMemory;
}

function unlessWritten(before: SubscriptionRecord, after: SubscriptionRecord) {
  return (current: SubscriptionRecord | undefined) =>
    isSameJson(current, before) ? after : undefined;
}
