import type { RingCentralClient } from "../../api/client.ts";
import { handshakeSettlingTime } from "../../endpoint/limits.ts";
import { asSentence, CliError, ExitCode } from "../../errors.ts";
import type { Api } from "../../filters/api.ts";
import { redactAddress } from "../../machine/redact.ts";
import { isHealthy } from "../../subscriptions/health.ts";
import { nameOf } from "../../subscriptions/name.ts";
import type { ReplacementIntent } from "../../subscriptions/replacement-intent.ts";
import type { Subscription } from "../../subscriptions/subscription.ts";
import type { Account } from "../account.ts";
import { endsTheRun } from "../bulk.ts";
import { creationOf, findCreated, mayBeCreatedBy } from "../creation.ts";
import { type Inventory, listOwned, owned, takeInventory } from "../inventory.ts";
import { deleteDuplicates, isSettled } from "../repeated-create.ts";
import type { Result } from "../results.ts";
import { carryOut } from "./replacement.ts";
import { recordNew } from "./replacement-steps.ts";
import { isKept } from "./under-way.ts";

/** Milliseconds to wait for another process. The lock of one that was killed is over by then: in a store after 15 seconds. */
const longestWait = 16_000;

/** Milliseconds of a run that the wait leaves for the work that follows; of a short run, half. */
const timeForWork = 8_000;

/** What became of what earlier runs left. */
export interface Finished {
  /** The new ids of the subscriptions that were just replaced, by their old ids. */
  readonly replaced: ReadonlyMap<string, string>;
  /** What could not be finished, and needs attention. */
  readonly unfinished: readonly Result[];
}

export interface FinishedInventory extends Inventory, Finished {}

export interface FinishOptions {
  /** Leave everything as it is: say what would be done, and return the inventory as it would be. */
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
  if (dryRun) return foreseeFinished(account, inventory);
  const finished = await finishJournal(account);
  if (!finished) return { ...inventory, ...nothingFinished };
  return { ...(await takeInventory(account)), ...finished };
}

const nothingFinished: Finished = { replaced: new Map(), unfinished: [] };

export interface ForeseenInventory extends FinishedInventory {
  /** The replacements that would still be under way. */
  readonly kept: readonly ReplacementIntent[];
}

/**
 * What `finishReplacements` would leave, as far as the list shows it; says what it would do.
 *
 * @param inventory as it is now
 */
export async function foreseeFinished(
  account: Account,
  inventory: Inventory,
): Promise<ForeseenInventory> {
  const replaced = new Map<string, string>();
  const deleted = new Set<string>();
  const kept: ReplacementIntent[] = [];
  const note = (text: string) => account.notify({ kind: "note", text });
  for (const intent of await account.journal.list()) {
    const { oldId, newId, api } = intent;
    if (intent.creates) continue;
    const ofApi = inventory.subscriptions.filter((each) => each.api === api);
    const old = ofApi.find(({ id }) => id === oldId);
    const creation = creationOf(intent);
    const made = ofApi.find((each) =>
      newId === undefined ? mayBeCreatedBy(creation, each) : each.id === newId,
    );
    if (!old && !made && newId === undefined && intent.previous) {
      note(
        `The run would first create a subscription for ${redactAddress(intent.address)} in place of ${oldId}, which an earlier run deleted. This preview does not include it.`,
      );
    }
    if (!old || !made) continue;
    if (isKept(intent, account)) {
      kept.push({ ...intent, newId: made.id });
    } else if (isHealthy(made)) {
      replaced.set(oldId, made.id);
      deleted.add(oldId);
      note(
        `The run would first finish an earlier run's replacement: ${nameOf(made)} replaces ${oldId}, which is deleted.`,
      );
    } else {
      deleted.add(made.id);
      note(
        `The run would first undo an earlier run's replacement: ${nameOf(made)} is ${made.status} and is deleted, and ${oldId} stays.`,
      );
    }
  }
  const subscriptions = inventory.subscriptions.filter(({ id }) => !deleted.has(id));
  return { ...inventory, subscriptions, replaced, unfinished: [], kept };
}

/**
 * Does what `finishReplacements` does, and leaves the inventory to the caller. Undefined where nothing was left.
 *
 * @param begunHere the old id of a replacement that this very run began
 */
export async function finishJournal(
  account: Account,
  begunHere?: string,
): Promise<Finished | undefined> {
  const { client, clock, journal, notify } = account;
  const left = await journal.list();
  if (left.length === 0) return undefined;
  const text =
    begunHere === undefined
      ? "An earlier run was interrupted. Waiting for another rcwh that is working on its unfinished changes."
      : "Waiting for another rcwh that is working on unfinished changes.";
  notify({ kind: "progress", text });
  const time = client.deadlineAt - clock.now();
  const wait = Math.min(longestWait, Math.max(time / 2, time - timeForWork));
  try {
    return await account.exclusively(wait, () => finishAll(account, begunHere));
  } catch (error) {
    if (!(error instanceof CliError) || error.code !== "LOCKED") throw error;
    const stuck = await findStuck(account, left);
    const unfinished = stuck.map((intent) => toResult(account, intent, error));
    return { replaced: new Map(), unfinished };
  }
}

/** What was to be finished before the wait, and still is: other runs may have finished some, and begun others. */
async function findStuck(
  account: Account,
  left: readonly ReplacementIntent[],
): Promise<readonly ReplacementIntent[]> {
  const present = await account.journal.list();
  return present.filter((intent) => {
    const { oldId, askedAt, newId, creates } = intent;
    const isOver = newId !== undefined && (creates || isKept(intent, account));
    return !isOver && left.some((each) => each.oldId === oldId && each.askedAt === askedAt);
  });
}

async function finishAll(account: Account, begunHere: string | undefined): Promise<Finished> {
  const replaced = new Map<string, string>();
  const unfinished: Result[] = [];
  for (const intent of await account.journal.list()) {
    try {
      const newId = await finishOne(account, intent, intent.oldId === begunHere);
      if (newId !== undefined) replaced.set(intent.oldId, newId);
    } catch (error) {
      // One that cannot be finished must not keep the others from being renewed.
      unfinished.push(toResult(account, intent, error));
    }
  }
  return { replaced, unfinished };
}

/** Says what is unfinished, for commands that are about something else. */
export function warnOfUnfinished(
  { unfinished }: Finished,
  { notify }: Pick<Account, "notify">,
): void {
  for (const { error } of unfinished) if (error) notify({ kind: "warning", text: error.message });
}

function toResult({ profile }: Account, intent: ReplacementIntent, error: unknown): Result {
  if (!(error instanceof CliError) || endsTheRun(error)) throw error;
  const { oldId, creates, address } = intent;
  const begun = creates
    ? `create a subscription for ${redactAddress(address)}`
    : `replace ${oldId} with a new one for ${redactAddress(address)}`;
  return {
    id: oldId,
    profile,
    outcome: "unfinished",
    error: {
      code: error.code,
      message: `An earlier run began to ${begun}, and it cannot be finished yet. ${asSentence(error.message)}`,
      hint: error.hint,
      exitCode: ExitCode.attention,
    },
  };
}

/** The id of the new one; undefined if there was nothing left to do. */
async function finishOne(
  account: Account,
  intent: ReplacementIntent,
  isOwn: boolean,
): Promise<string | undefined> {
  const { profile, journal, notify } = account;
  const { api, oldId } = intent;
  const present = await listOwned(account, api);
  if (intent.creates && intent.newId !== undefined) {
    await deleteDuplicates(account, intent, present);
    if (isSettled(intent, account)) await journal.remove(oldId);
    return undefined;
  }
  const old = present.find(({ id }) => id === oldId);
  const made = await findMade(account, intent, present);
  if (intent.creates) return finishCreation(account, intent, made);

  // Otherwise somebody else deleted what is missing.
  const isOwed = !old && intent.newId === undefined && intent.previous !== undefined;
  if (!made && !isOwed) {
    if (old) {
      const name = nameOf(old);
      notify({
        kind: "note",
        text:
          intent.newId === undefined
            ? `An earlier run was interrupted before it replaced ${name}, which is unchanged.`
            : `The replacement of ${name} no longer exists, so the old one is unchanged.`,
      });
    }
    await journal.remove(oldId);
    return undefined;
  }
  // Its time has not come: the old one delivers on.
  if (old && made && intent.newId !== undefined && isKept(intent, account)) return undefined;
  const { subscription, keptUntil } = await carryOut(account, intent, {
    ...(old && { old }),
    ...(made && { made: owned(made, profile, api) }),
  });
  if (keptUntil !== undefined) return undefined;
  notify({ kind: "note", text: describeFinished(intent, { old, made: subscription, isOwn }) });
  return subscription.id;
}

function describeFinished(
  { oldId, newId, previous, undoing }: ReplacementIntent,
  { old, made, isOwn }: { old: Subscription | undefined; made: Subscription; isOwn: boolean },
): string {
  const name = nameOf(made);
  if (undoing) return `Undid an earlier run's replacement: ${oldId} was re-created as ${name}.`;
  // Whoever deleted the old one after the new one was there, only journal and records were left.
  if (!old && newId !== undefined && !previous) {
    return `${name} replaces ${oldId}, which is deleted already: nothing was left to finish.`;
  }
  return `Finished ${isOwn ? "the" : "an earlier run's"} replacement: ${name} replaces ${oldId}.`;
}

/** The new one, if it exists. A list that lags is asked twice. */
async function findMade(
  { client, clock, signal }: Account,
  intent: ReplacementIntent,
  present: readonly Subscription[],
): Promise<Subscription | undefined> {
  const { api, oldId, newId } = intent;
  if (newId !== undefined && newId !== oldId) {
    return present.find(({ id }) => id === newId) ?? readIfThere(client, { api, id: newId });
  }
  const creation = creationOf(intent);
  const found = present.find((each) => mayBeCreatedBy(creation, each));
  const isLate = clock.now() + handshakeSettlingTime > client.deadlineAt;
  if (found || isLate || isSettled(intent, { client, clock })) return found;
  await clock.sleep(handshakeSettlingTime, signal);
  return findCreated(client, creation);
}

async function readIfThere(
  client: RingCentralClient,
  { api, id }: { readonly api: Api; readonly id: string },
): Promise<Subscription | undefined> {
  try {
    return await client.read(api, id);
  } catch (error) {
    if (error instanceof CliError && error.exitCode === ExitCode.notFound) return undefined;
    throw error;
  }
}

/** Puts on record what a killed `create` made. Where there is nothing, it may still come: a list may lag. */
async function finishCreation(
  account: Account,
  intent: ReplacementIntent,
  made: Subscription | undefined,
): Promise<undefined> {
  const { profile, journal, notify } = account;
  const { api, oldId, verificationToken } = intent;
  if (made) {
    await recordNew(account, owned(made, profile, api), intent);
    const known = verificationToken === undefined ? "" : ", with its verification token";
    notify({
      kind: "note",
      text: `An earlier run was interrupted after it had created ${nameOf(made)}. It is on record now${known}.`,
    });
  }
  if (made || isSettled(intent, account)) await journal.remove(oldId);
}
