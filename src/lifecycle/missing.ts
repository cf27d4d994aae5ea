import { CliError, ExitCode } from "../errors.ts";
import { isSameWebhook } from "../subscriptions/compare.ts";
import { nameOf } from "../subscriptions/name.ts";
import type { SubscriptionRecord } from "../subscriptions/record.ts";
import type { Outsider } from "../subscriptions/select.ts";
import { without } from "../subscriptions/subscription-filters.ts";
import type { Account } from "./account.ts";
import type { Inventory, OwnedSubscription, RecordedSubscription } from "./inventory.ts";
import type { Result, ResultError } from "./results.ts";

/** A recorded subscription that the server no longer lists. */
export interface Missing {
  readonly record: SubscriptionRecord;
  /** `Expired` where its recorded expiry had passed, by the server's clock. What vanished earlier was deleted by somebody. */
  readonly status: "Expired" | "Gone";
  /** Whether the server's time is known. Otherwise the status depends on this machine's clock, which may be wrong. */
  readonly isCertain: boolean;
  /** A listed subscription with the same URL and filters: somebody has re-created it. */
  readonly successor?: OwnedSubscription;
}

/** Milliseconds. What vanishes so shortly before its recorded expiry may have expired. */
const clockTolerance = 10 * 60_000;

/** Finds what is on record and gone, but for what a replacement is under way for. The latest to expire comes first. */
export async function findMissing(
  account: Account,
  { subscriptions, malformed, records, own, serverNow }: Inventory,
): Promise<readonly Missing[]> {
  const listed = new Set([...subscriptions, ...malformed].map(({ id }) => id));
  const { apis, clock, journal } = account;
  const gone = [...records.values()].filter(
    ({ id, api }) => !listed.has(id) && (apis?.includes(api) ?? true),
  );
  if (gone.length === 0) return [];
  const intents = await journal.list();
  const pending = new Set(intents.flatMap(({ oldId, newId }) => [oldId, newId]));
  const now = serverNow ?? clock.now();
  return gone
    .filter(({ id }) => !pending.has(id))
    .sort((a, b) => (Date.parse(b.expirationTime) || 0) - (Date.parse(a.expirationTime) || 0))
    .map((record) => {
      const { eventFilters, droppedFilters = [] } = record;
      const granted = without(eventFilters, droppedFilters, own);
      const successor = subscriptions.find((each) =>
        [eventFilters, granted].some((wanted) => isSameWebhook(each, record.address, wanted, own)),
      );
      const isCertain = serverNow !== undefined;
      return { record, status: statusOf(record, now), isCertain, ...(successor && { successor }) };
    });
}

/** It stays `Gone` if it was found gone before its expiry, also when that has passed. */
function statusOf({ expirationTime, goneAt }: SubscriptionRecord, now: number): Missing["status"] {
  const foundAt = goneAt === undefined ? now : Date.parse(goneAt);
  return Date.parse(expirationTime) <= foundAt + clockTolerance ? "Expired" : "Gone";
}

export function toRecorded({ record, status }: Missing, profile: string): RecordedSubscription {
  const { id, api, eventFilters, address, expirationTime, goneAt } = record;
  return {
    id,
    status,
    eventFilters,
    deliveryMode: { transportType: "WebHook", ...(address !== "" && { address }) },
    expirationTime,
    recorded: true,
    ...(goneAt !== undefined && { goneAt }),
    profile,
    api,
  };
}

/** Missing subscriptions as what can be selected, to re-create or forget them. */
export function missingCandidates(
  missing: readonly Missing[],
  profile: string,
): MissingCandidate[] {
  return missing.map((each) => ({ ...toRecorded(each, profile), missing: each }));
}

export interface MissingCandidate extends RecordedSubscription {
  readonly missing: Missing;
}

/** Missing subscriptions as what can be named, but not worked on. */
export function missingOutsiders(missing: readonly Missing[], profile: string): MissingOutsider[] {
  return missingCandidates(missing, profile).map((each) => ({
    ...each,
    refusal: refuseMissing(each.missing),
  }));
}

type MissingOutsider = MissingCandidate & Outsider;

/** The error of a command that was asked to work on it. */
function refuseMissing(missing: Missing): CliError {
  return new CliError(`${describeMissing(missing)} Only rcwh's record of it is left.`, {
    exitCode: ExitCode.notFound,
    code: "NOT_FOUND",
    hint: wayOut(missing),
  });
}

/** The result for a missing subscription that is not re-created. */
export function reportMissing(missing: Missing, profile: string, showSecrets: boolean): Result {
  const { record, status, successor } = missing;
  const recorded = toRecorded(missing, profile);
  const result = { id: record.id, profile, outcome: "gone", recorded } as const;
  if (successor) return { ...result, newId: successor.id };
  const error: ResultError = {
    code: status === "Expired" ? "EXPIRED" : "DELETED",
    message: describeMissing(missing, showSecrets),
    hint: wayOut(missing),
    exitCode: ExitCode.attention,
  };
  return { ...result, error };
}

/** A sentence that names it. */
export function describeMissing(missing: Missing, showSecrets = false): string {
  const what = tellMissing(missing, showSecrets);
  return missing.status === "Expired" ? `${what}: no events are delivered.` : `${what}.`;
}

/** The same without a full stop, and without what an expiry means. */
export function tellMissing({ record, status }: Missing, showSecrets = false): string {
  const { expirationTime } = record;
  const name = nameOf(record, showSecrets);
  return status === "Expired"
    ? `${name} expired ${expirationTime}`
    : `${name} is gone: somebody deleted it before its expiry at ${expirationTime}`;
}

/** Whether what is on record is enough to create it again, and nothing has taken its place. */
export function isRecreatable({ record, successor }: Missing): boolean {
  return !successor && record.address !== "";
}

/** What can be done about it. */
export function wayOut({ record: { id, address }, successor }: Missing): string {
  if (successor) return `See what took its place with \`rcwh show ${successor.id}\`.`;
  if (address === "") return `Drop its record with \`rcwh forget ${id}\`.`;
  return `Re-create it with \`rcwh renew --recreate ${id}\`, or drop its record with \`rcwh forget ${id}\`.`;
}

/** The question before records are dropped; a verification token that goes with one exists nowhere else. */
export function describeForgetting(chosen: readonly MissingCandidate[]): string {
  const [first] = chosen;
  const tokens = chosen.filter(({ missing }) => missing.record.verificationToken !== undefined);
  if (first && chosen.length === 1) {
    const token = tokens.length > 0 ? ", with its verification token" : "";
    return `Drop the record of ${nameOf(first)}${token}?`;
  }
  const count = tokens.length === 0 ? "" : `, ${tokens.length} with a verification token`;
  return `Drop the records of these ${chosen.length} subscriptions${count}?`;
}
