import { isDeepStrictEqual } from "node:util";
import { serverTime } from "../api/observed-transport.ts";
import type { CommandContext } from "../context.ts";
import { CliError, ExitCode, withHint } from "../errors.ts";
import { sameFilters } from "../filters/compare.ts";
import { redactAddress } from "../machine/redact.ts";
import { sameAddress } from "../subscriptions/address.ts";
import { lifetimeTolerance } from "../subscriptions/lifetime.ts";
import { defaultLifetime } from "../subscriptions/limits.ts";
import type { SubscriptionRecord } from "../subscriptions/record.ts";
import { allFilters, without } from "../subscriptions/renewal.ts";
import { instant } from "../subscriptions/time.ts";
import {
  type Inventory,
  type OwnedSubscription,
  openRecords,
  owned,
  readRecords,
} from "./inventory.ts";
import { acceptUnkept, carryOut, exclusively, openJournal, openRun } from "./replacement.ts";
import type { Result, ResultError } from "./results.ts";

/** Milliseconds. What vanishes so shortly before its time may have expired. */
const clockTolerance = 10 * 60_000;

/** How long to wait for another rcwh that is replacing, milliseconds. */
const patience = 30_000;

/** What is on record, and the server does not list any more. */
export interface Missing {
  readonly record: SubscriptionRecord;
  /** Its recorded expiry has passed. What vanished earlier was deleted by somebody. */
  readonly isExpired: boolean;
  /** The server lists one with the same URL and filters: somebody made it anew already. */
  readonly successor?: OwnedSubscription;
}

/**
 * The recorded subscriptions that are gone; the deleted ones among them only until `keepTrack` has taken
 * note. What a replacement is under way for is not among them.
 */
export async function findMissing(
  context: CommandContext,
  { client, subscriptions, records, own }: Inventory,
): Promise<readonly Missing[]> {
  const listed = new Set(subscriptions.map(({ id }) => id));
  const { api } = context.settings;
  const isAsked = (record: SubscriptionRecord) =>
    api === undefined || api === "all" || api === record.api;
  const gone = [...records.values()].filter(
    (record) =>
      !listed.has(record.id) &&
      isAsked(record) &&
      record.address !== "" &&
      record.goneAt === undefined,
  );
  if (gone.length === 0) return [];
  const journal = await (await openJournal(context)).list();
  const pending = new Set(journal.flatMap(({ oldId, newId }) => [oldId, newId]));
  const now = serverTime(client.lastAnswer, context.clock.now());
  return gone
    .filter(({ id }) => !pending.has(id))
    .map((record) => {
      const { eventFilters, droppedFilters = [] } = record;
      const granted = without(eventFilters, droppedFilters, own);
      const successor = subscriptions.find(
        (each) =>
          sameAddress(each.deliveryMode.address, record.address) &&
          [eventFilters, granted].some((wanted) => sameFilters(allFilters(each, own), wanted, own)),
      );
      const isExpired = Date.parse(record.expirationTime) <= now;
      return { record, isExpired, ...(successor && { successor }) };
    });
}

/** What is to be said of one that is gone, where it is not made anew. */
export function reportMissing(
  { record, isExpired, successor }: Missing,
  profile: string,
  showSecrets: boolean,
): Result {
  const { id, address, expirationTime } = record;
  const result = { id, profile, outcome: "gone" };
  if (successor) return { ...result, newId: successor.id };
  const which = `${id} (${redactAddress(address, showSecrets)})`;
  const error: ResultError = isExpired
    ? {
        code: "EXPIRED",
        message: `${which} expired ${expirationTime}: nothing is delivered.`,
        hint: `Make it anew with \`rcwh renew --recreate\`; \`--ignore ${id}\` silences this.`,
        exitCode: ExitCode.attention,
      }
    : {
        code: "DELETED",
        message: `${which} is gone, and would have lived until ${expirationTime}: somebody deleted it.`,
        hint: "Make it anew with `rcwh create` if that was a mistake; this is said once.",
        exitCode: ExitCode.attention,
      };
  return { ...result, error };
}

/**
 * Makes one anew that has expired: with its recorded filters, lifetime and token. The intent is on disk
 * throughout, so that a crash makes it neither twice nor not at all. Throws the platform's refusal.
 */
export async function recreate(
  context: CommandContext,
  { client, profile, own }: Inventory,
  { record }: Missing,
): Promise<Result> {
  const { id, api, address, droppedFilters = [], verificationToken } = record;
  const milliseconds = Math.min(patience, client.deadlineAt - context.clock.now());
  const { subscription } = await exclusively(context, milliseconds, async () => {
    // Another process may have been at it.
    const present = await client.list(api);
    const intent = {
      oldId: id,
      api,
      address,
      eventFilters: without(record.eventFilters, droppedFilters, own),
      expiresIn: record.expiresIn ?? defaultLifetime,
      ...(verificationToken !== undefined && { verificationToken }),
      ...(droppedFilters.length > 0 && { droppedFilters }),
      knownIds: present.map((each) => each.id),
    };
    const twin = present.find(
      (each) =>
        sameAddress(each.deliveryMode.address, address) &&
        sameFilters(allFilters(each, own), intent.eventFilters, own),
    );
    if (twin) throw isThereAlready(id, twin.id);
    const run = await openRun(context, client, profile);
    const isKept = await run.journal.save(intent);
    if (!isKept) acceptUnkept(intent, record, context, "made anew");
    return carryOut(run, intent, {});
  }).catch((error: unknown) => {
    if (!(error instanceof CliError) || error.code !== "SUB-505") throw error;
    throw withHint(error, "Make room with `rcwh delete <id>`.");
  });
  const made = owned(subscription, profile, api);
  return { id, profile, outcome: "recreated", subscription: made, newId: made.id };
}

/**
 * Records of what was made anew and has no record of its own what the one before it was meant to be:
 * whoever made it could not write that down, or knew nothing of it. Returns the records as they are then.
 */
export async function handOver(
  context: CommandContext,
  { records, own }: Inventory,
  missing: readonly Missing[],
): Promise<Inventory["records"]> {
  const store = await openRecords(context);
  let isChanged = false;
  for (const { record, successor } of missing) {
    if (!successor || records.has(successor.id) || !hasWishes(record)) continue;
    const { id, api, expirationTime } = successor;
    const { recoveredAt: _, droppedFilters: __, ...wish } = record;
    const droppedFilters = without(record.eventFilters, allFilters(successor, own), own);
    const inherited: SubscriptionRecord = {
      ...wish,
      id,
      api,
      expirationTime,
      ...(droppedFilters.length > 0 && { droppedFilters }),
    };
    await store.edit(id, (current) => current ?? inherited);
    isChanged = true;
  }
  return isChanged ? readRecords(context) : records;
}

function hasWishes({ verificationToken, expiresIn, droppedFilters }: SubscriptionRecord): boolean {
  return [verificationToken, expiresIn, droppedFilters].some((wish) => wish !== undefined);
}

/**
 * Brings the records up to date with a list: later expiries, when something was first missed, what is
 * there again. Of what somebody made anew the record is given up. What has been written since the run
 * began knows better, and stays.
 */
export async function keepTrack(
  context: CommandContext,
  { client, subscriptions, records }: Inventory,
  missing: readonly Missing[],
): Promise<void> {
  const store = await openRecords(context);
  for (const { id, expirationTime } of subscriptions) {
    const record = records.get(id);
    if (!record) continue;
    const later = Date.parse(expirationTime) - Date.parse(record.expirationTime);
    if (record.goneAt === undefined && !(later > lifetimeTolerance * 1000)) continue;
    const { goneAt: _, ...known } = record;
    await store.edit(id, unlessWritten(record, { ...known, expirationTime }));
  }
  const now = serverTime(client.lastAnswer, context.clock.now());
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

function isThereAlready(id: string, twin: string): CliError {
  return new CliError(`${id} is there again already, as ${twin}. Nothing was made.`, {
    exitCode: ExitCode.notFound,
    code: "NOT_FOUND",
    hint: "See what there is with `rcwh list`.",
  });
}
