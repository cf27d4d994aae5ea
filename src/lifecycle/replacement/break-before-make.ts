import { maybeProcessed } from "../../api/errors.ts";
import { asSentence, CliError, reworded } from "../../errors.ts";
import { nameOf } from "../../subscriptions/name.ts";
import type {
  ReplacementIntent,
  SubscriptionDefinition,
} from "../../subscriptions/replacement-intent.ts";
import type { Account } from "../account.ts";
import { deleteForCertain } from "../delete-if-there.ts";
import type { OwnedSubscription } from "../inventory.ts";
import {
  concludeReplacement,
  isRefusal,
  makeNew,
  noteNew,
  type Replacement,
  withRoomHint,
} from "./replacement-steps.ts";

/** An intent that says how to create the old one again. */
interface RestorableIntent extends ReplacementIntent {
  readonly previous: SubscriptionDefinition;
}

/**
 * Deletes the old one, then creates the new one, because there is no room for both: the events in between
 * are lost. Where the server refuses the new one, the old one is created again.
 *
 * @param old undefined if an earlier run deleted it
 */
export async function deleteThenMake(
  account: Account,
  intent: RestorableIntent,
  old: OwnedSubscription | undefined,
): Promise<Replacement> {
  const { clock } = account;
  if (old) await deleteFirst(account, intent, old);
  const deletedAt = clock.now();
  const subscription = await makeOrRestore(account, intent);
  const madeAt = clock.now();
  await noteNew(account, subscription, intent);
  await concludeReplacement(account, intent.oldId);
  return { subscription, overlap: deletedAt - madeAt };
}

async function deleteFirst(
  account: Account,
  { oldId }: RestorableIntent,
  old: OwnedSubscription,
): Promise<void> {
  try {
    await deleteForCertain(account, old);
  } catch (error) {
    if (error instanceof CliError && error.code === "STILL_THERE") {
      await account.journal.remove(oldId);
      throw reworded(error, `${asSentence(error.message)} Nothing was changed.`);
    }
    throw maybeProcessed(error)
      ? withNothingInPlace(error, `${nameOf(old)} may be deleted`)
      : error;
  }
}

async function makeOrRestore(
  account: Account,
  intent: RestorableIntent,
): Promise<OwnedSubscription> {
  try {
    return await makeNew(account, intent);
  } catch (error) {
    if (!isRefusal(error)) throw withNothingInPlace(error, `${nameOfOld(intent)} is deleted`);
    throw await restoreAfter(error, account, intent);
  }
}

/** The refusal of the new one, with the state of the old one. */
async function restoreAfter(
  refusal: CliError,
  account: Account,
  { oldId, api, knownIds, previous, managedAs }: RestorableIntent,
): Promise<CliError> {
  const about = { oldId, api, knownIds, ...(managedAs && { managedAs }) };
  const undo = { ...previous, ...about, previous, undoing: true };
  await account.journal.save(undo);
  const { exitCode, code, message } = refusal;
  try {
    const { subscription } = await restoreOld(account, undo);
    const state = `${nameOfOld(undo)} was re-created: it is ${subscription.id} now.`;
    return reworded(refusal, `${asSentence(message)} ${state}`);
  } catch (cause) {
    if (!(cause instanceof CliError) || cause.code === "INTERRUPTED") throw cause;
    return new CliError(
      `${asSentence(message)} ${nameOfOld(undo)} is deleted and could not be re-created. ${asSentence(cause.message)}`,
      {
        exitCode,
        code,
        hint: "Fix the endpoint, then run `rcwh renew`: it re-creates the old one.",
        cause,
      },
    );
  }
}

/** Creates the old one again. Where that fails, the intent stays, and the next run tries again. */
export async function restoreOld(account: Account, undo: ReplacementIntent): Promise<Replacement> {
  const deletedAt = account.clock.now();
  const subscription = await makeNew(account, undo).catch((error: unknown) => {
    throw isRefusal(error) ? withRoomHint(error) : error;
  });
  const madeAt = account.clock.now();
  await noteNew(account, subscription, undo);
  await concludeReplacement(account, undo.oldId);
  return { subscription, overlap: deletedAt - madeAt };
}

/** What is deleted first, by the definition that re-creates it. */
function nameOfOld({ oldId, previous }: RestorableIntent): string {
  return nameOf({ ...previous, id: oldId });
}

/** The failure, with the state that it leaves: the old one is gone and nothing took its place. */
function withNothingInPlace(failure: unknown, state: string): unknown {
  if (!(failure instanceof CliError) || failure.code === "INTERRUPTED") return failure;
  return reworded(
    failure,
    `${asSentence(failure.message)} ${state}, and nothing replaces it yet.`,
    "Run `rcwh renew` as soon as RingCentral answers again, to finish this.",
  );
}
