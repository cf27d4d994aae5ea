import { asSentence, CliError, ExitCode } from "../errors.ts";
import type { ReplacementIntent } from "../subscriptions/replacement-intent.ts";
import type { Account } from "./account.ts";
import { endsTheRun } from "./bulk.ts";
import { findCreated } from "./creation.ts";
import { type Inventory, listOwned, owned, takeInventory } from "./inventory.ts";
import { carryOut } from "./replacement.ts";
import { creationOf } from "./replacement-steps.ts";
import type { Result } from "./results.ts";

/** Milliseconds to wait for another process: the lock of one that was killed is stale by then. */
const longestWait = 12_000;

export interface FinishedInventory extends Inventory {
  /** The new ids of the subscriptions that were just replaced, by their old ids. */
  readonly replaced: ReadonlyMap<string, string>;
  /** What could not be finished, and needs attention. */
  readonly unfinished: readonly Result[];
}

export interface FinishOptions {
  /** Leave everything as it is. */
  readonly dryRun?: boolean | undefined;
}

/**
 * Finishes or undoes what an interrupted run left: deletes the old one where the new one works, creates
 * the new one where the old one was deleted for it, and forgets the intent where nothing had happened yet.
 * What cannot be finished now is left for the next run.
 *
 * @returns the inventory as it is afterwards
 */
export async function finishReplacements(
  account: Account,
  inventory: Inventory,
  { dryRun = false }: FinishOptions = {},
): Promise<FinishedInventory> {
  const untouched = { ...inventory, replaced: new Map<string, string>(), unfinished: [] };
  const { client, clock, journal, notify } = account;
  if (dryRun || (await journal.list()).length === 0) return untouched;
  notify({
    kind: "progress",
    text: "An earlier run did not finish a replacement. Waiting until no other rcwh works on it.",
  });
  // The work that follows needs time as well.
  const wait = Math.min(longestWait, (client.deadlineAt - clock.now()) / 2);
  try {
    return await account.exclusively(wait, () => finishAll(account));
  } catch (error) {
    if (!(error instanceof CliError) || error.code !== "LOCKED") throw error;
    notify({
      kind: "note",
      text: "Another rcwh is replacing a subscription, so the unfinished replacement was left to it.",
    });
    return untouched;
  }
}

async function finishAll(account: Account): Promise<FinishedInventory> {
  const replaced = new Map<string, string>();
  const unfinished: Result[] = [];
  for (const intent of await account.journal.list()) {
    try {
      const newId = await finishOne(account, intent);
      if (newId !== undefined) replaced.set(intent.oldId, newId);
    } catch (error) {
      // One that cannot be finished must not keep the others from being renewed.
      unfinished.push(toResult(account, intent, error));
    }
  }
  return { ...(await takeInventory(account)), replaced, unfinished };
}

/** Says what is unfinished, for commands that are about something else. */
export function warnOfUnfinished(
  { unfinished }: FinishedInventory,
  { notify }: Pick<Account, "notify">,
): void {
  for (const { error } of unfinished) if (error) notify({ kind: "warning", text: error.message });
}

function toResult({ profile }: Account, { oldId }: ReplacementIntent, error: unknown): Result {
  if (!(error instanceof CliError) || endsTheRun(error)) throw error;
  return {
    id: oldId,
    profile,
    outcome: "unfinished",
    error: {
      code: error.code,
      message: `An earlier run began to replace ${oldId}, and it cannot be finished yet. ${asSentence(error.message)}`,
      hint: error.hint,
      exitCode: ExitCode.attention,
    },
  };
}

/** The id of the new one; undefined if there was nothing left to do. */
async function finishOne(account: Account, intent: ReplacementIntent): Promise<string | undefined> {
  const { client, profile, journal, notify } = account;
  const { api, oldId, newId } = intent;
  const present = await listOwned(account, api);
  const old = present.find(({ id }) => id === oldId);
  const made =
    newId === undefined
      ? await findCreated(client, creationOf(intent))
      : present.find(({ id }) => id === newId);

  // Otherwise somebody else deleted what is missing.
  const isOwed = !old && newId === undefined && intent.previous !== undefined;
  if (!made && !isOwed) {
    if (old) {
      const text = `An earlier run was interrupted before it replaced ${oldId}, which stays as it is.`;
      notify({ kind: "note", text });
    }
    await journal.remove(oldId);
    return undefined;
  }
  const { subscription } = await carryOut(account, intent, {
    ...(old && { old }),
    ...(made && { made: owned(made, profile, api) }),
  });
  notify({
    kind: "note",
    text: intent.undoing
      ? `Undid an earlier run's replacement: ${oldId} was re-created as ${subscription.id}.`
      : `Finished an earlier run's replacement: ${subscription.id} replaces ${oldId}.`,
  });
  return subscription.id;
}
