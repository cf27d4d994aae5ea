import type { CommandContext } from "../context.ts";
import { asSentence, CliError, ExitCode } from "../errors.ts";
import type { IO } from "../io/io.ts";
import type { ReplacementIntent } from "../subscriptions/replacement-intent.ts";
import { endsTheRun } from "./bulk.ts";
import { findCreated } from "./creation.ts";
import { type Inventory, owned, takeInventory } from "./inventory.ts";
import {
  carryOut,
  creationOf,
  exclusively,
  openJournal,
  openRun,
  type ReplacementRun,
} from "./replacement.ts";
import type { Result } from "./results.ts";

/** How long to wait for another rcwh, milliseconds: the lock of one that was killed is stale by then. */
const patience = 12_000;

export interface FinishedInventory extends Inventory {
  /** The new ids of subscriptions that were replaced just now, by their old ids. */
  readonly replaced: ReadonlyMap<string, string>;
  /** What could not be finished, and wants attention. */
  readonly unfinished: readonly Result[];
}

export interface FinishOptions {
  /** Leave everything as it is. */
  readonly dryRun?: boolean | undefined;
}

/**
 * Finishes or undoes what an interrupted run left: deletes the old one where the new one works, makes
 * the new one where the old one had been deleted for it, and forgets the intent where nothing had
 * happened yet. What cannot be done now is left for the next run, and so is what another process is
 * at for longer than a killed one could be. Returns the inventory as it is then.
 */
export async function finishReplacements(
  context: CommandContext,
  inventory: Inventory,
  { dryRun = false }: FinishOptions = {},
): Promise<FinishedInventory> {
  const untouched = { ...inventory, replaced: new Map<string, string>(), unfinished: [] };
  const journal = await openJournal(context);
  if (dryRun || (await journal.list()).length === 0) return untouched;
  const { clock, io } = context;
  // What follows needs time too.
  const spare = (inventory.client.deadlineAt - clock.now()) / 2;
  io.progress("An earlier run did not finish a replacement. Waiting until no other rcwh is at it.");
  try {
    return await exclusively(context, Math.min(patience, spare), async () => {
      const run = await openRun(context, inventory.client, inventory.profile);
      const replaced = new Map<string, string>();
      const unfinished: Result[] = [];
      for (const intent of await journal.list()) {
        try {
          const newId = await finish(run, intent);
          if (newId !== undefined) replaced.set(intent.oldId, newId);
        } catch (error) {
          // One that cannot be finished must not keep the others from being renewed.
          unfinished.push(toResult(run, intent, error));
        }
      }
      return { ...(await takeInventory(context)), replaced, unfinished };
    });
  } catch (error) {
    if (!(error instanceof CliError) || error.code !== "LOCKED") throw error;
    io.note("Another rcwh is replacing a subscription: what is unfinished was left to it.");
    return untouched;
  }
}

/** For commands that are about something else. */
export function warnOfUnfinished({ unfinished }: FinishedInventory, io: IO): void {
  for (const { error } of unfinished) if (error) io.warn(error.message);
}

function toResult(
  { profile }: ReplacementRun,
  { oldId }: ReplacementIntent,
  error: unknown,
): Result {
  if (!(error instanceof CliError) || endsTheRun(error)) throw error;
  return {
    id: oldId,
    profile,
    outcome: "unfinished",
    error: {
      code: error.code,
      message: `An earlier run began to replace ${oldId}, and that cannot be finished yet. ${asSentence(error.message)}`,
      hint: error.hint,
      exitCode: ExitCode.attention,
    },
  };
}

async function finish(run: ReplacementRun, intent: ReplacementIntent): Promise<string | undefined> {
  const { client, profile, context, journal } = run;
  const { api, oldId, newId } = intent;
  const present = (await client.list(api)).map((each) => owned(each, profile, api));
  const old = present.find(({ id }) => id === oldId);
  const found =
    newId === undefined
      ? await findCreated(client, creationOf(intent))
      : present.find(({ id }) => id === newId);

  // Where the new one was made, or the old one not deleted for it, somebody else deleted what is missing.
  const isOwed = !old && newId === undefined && intent.previous !== undefined;
  if (!found && !isOwed) {
    if (old) {
      context.io.note(
        `An earlier run was interrupted before it replaced ${oldId}: that one stays.`,
      );
    }
    await journal.remove(oldId);
    return undefined;
  }
  const { subscription } = await carryOut(run, intent, {
    ...(old && { old }),
    ...(found && { made: owned(found, profile, api) }),
  });
  context.io.note(
    intent.undoing
      ? `Undid what an earlier run had begun: ${oldId} was made again, as ${subscription.id}.`
      : `Finished what an earlier run had begun: ${subscription.id} replaces ${oldId}.`,
  );
  return subscription.id;
}
