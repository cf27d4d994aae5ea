import { ApiError, maybeProcessed } from "../../api/errors.ts";
import { asSentence, CliError, ExitCode, reworded } from "../../errors.ts";
import { nameOf } from "../../subscriptions/name.ts";
import type { ReplacementIntent } from "../../subscriptions/replacement-intent.ts";
import type { Account } from "../account.ts";
import { createOnce, creationOf, notNew } from "../creation.ts";
import { type OwnedSubscription, owned, readRecords } from "../inventory.ts";
import { watchForDuplicates } from "../repeated-create.ts";
import type { Gap } from "../results.ts";

/** The steps that both kinds of replacement share. */

export interface Replacement {
  readonly subscription: OwnedSubscription;
  /** Milliseconds for which both delivered; negative: for which none did. */
  readonly overlap: number;
  /** The old one still delivers until then, and goes with a later run. RFC 3339. */
  readonly keptUntil?: string;
  /** If the old one was blacklisted. */
  readonly gap?: Gap;
}

/** Creates the new one, once. Throws the server's refusal, and `NOT_NEW`. */
export async function makeNew(
  account: Account,
  intent: ReplacementIntent,
): Promise<OwnedSubscription> {
  const recordedIds = new Set((await readRecords(account)).keys());
  const creation = { ...creationOf(intent), recordedIds };
  const { subscription, sentAgain } = await createOnce(account, creation);
  if (sentAgain) await watchForDuplicates(account, intent, subscription);
  return owned(subscription, account.profile, intent.api);
}

/** Whether a failed create certainly created nothing. After anything else the next run has to look. */
export function isRefusal(error: unknown): error is CliError {
  if (error instanceof ApiError) return !maybeProcessed(error);
  return error instanceof CliError && error.code === notNew;
}

/** Where RingCentral refused the endpoint of a new one: says that the old one is as it was. */
export function withUnchanged(old: OwnedSubscription, error: unknown): unknown {
  return error instanceof ApiError && error.exitCode === ExitCode.endpoint
    ? reworded(error, `${asSentence(error.message)} ${nameOf(old)} is unchanged.`)
    : error;
}

/** Tells journal and records of the new one, in that order. */
export async function noteNew(
  account: Account,
  created: OwnedSubscription,
  intent: ReplacementIntent,
): Promise<void> {
  await account.journal.save({ ...intent, newId: created.id });
  await recordNew(account, created, intent);
}

export async function recordNew(
  { records }: Pick<Account, "records">,
  { id, api, expirationTime, creationTime }: OwnedSubscription,
  intent: ReplacementIntent,
): Promise<void> {
  const { eventFilters, address, expiresIn, verificationToken } = intent;
  const { recovers = false, creates = false, droppedFilters = [], oldId, managedAs } = intent;
  await records.save({
    id,
    api,
    eventFilters: [...eventFilters, ...droppedFilters],
    address,
    expirationTime,
    ...(expiresIn !== undefined && { expiresIn }),
    ...(verificationToken !== undefined && { verificationToken }),
    ...(droppedFilters.length > 0 && { droppedFilters }),
    ...(recovers && { recoveredAt: creationTime }),
    ...(!creates && { replaces: oldId }),
    ...(managedAs && { managedAs }),
  });
}

/** Forgets the old one and the intent: the replacement is over. */
export async function concludeReplacement(
  { journal, records }: Account,
  oldId: string,
): Promise<void> {
  await records.remove(oldId);
  await journal.remove(oldId);
}

/** Says how to make room where the refusal is about that: the limit may be lower than the documented one. */
export function withRoomHint(refusal: CliError): CliError {
  if (refusal.code !== "SUB-505") return refusal;
  return reworded(refusal, `${asSentence(refusal.message)} Nothing was changed.`, makeRoomHint);
}

export const makeRoomHint =
  "Choose one to delete with `rcwh list`, then delete it. Or add --break-before-make, which loses events in between.";
