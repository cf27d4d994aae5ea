import type { BackOff } from "../../config/last-run.ts";
import type { CommandContext } from "../../context.ts";
import { ExitCode } from "../../errors.ts";
import type { Inventory, OwnedSubscription } from "../../lifecycle/inventory.ts";
import {
  combinedExitCode,
  nameResult,
  type Result,
  type ResultError,
} from "../../lifecycle/results.ts";
import { type Tally, tallyResults } from "../../lifecycle/tally.ts";
import type { Clock } from "../../machine/clock.ts";
import { backOffAfter } from "./back-off.ts";
import { endBackOff, type RecordedRun, readLastRun, recordRun } from "./last-run.ts";
import {
  type AccountSummary,
  describeError,
  type RunCommand,
  withoutSecrets,
} from "./run-summary.ts";

/** How a run ended for one account. */
export interface EndedAccount extends AccountSummary {
  readonly recordsKey: string;
  /** Undefined for a run over selected subscriptions. */
  readonly recorded: RecordedRun | undefined;
}

/** Runs `work` on one account, records how it ended and calls `onEnd` with that; throws what `work` throws. */
export async function runAccount(
  context: CommandContext,
  command: RunCommand,
  { isComplete, file }: { readonly isComplete: boolean; readonly file?: string | undefined },
  work: (account: AccountReport) => Promise<void>,
  onEnd: (ended: EndedAccount) => void,
): Promise<void> {
  const { profile, recordsKey } = await context.identity();
  const startedAt = context.clock.now();
  // Before anything changes, if it cannot be recorded: something else, or a newer rcwh's file, is in the place of the file.
  if (isComplete) await readLastRun(context);
  const account = new AccountReport(context.clock);
  let failure: unknown;
  try {
    await work(account);
    failure = await context.outputError();
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    const { results, subscriptions, malformed, gone, serverAhead } = account;
    const tally = tallyResults(results);
    const error =
      failure === undefined
        ? combineErrors(results, tally, context)
        : describeError(failure, context);
    const attention =
      failure === undefined ? results.flatMap(({ id, error }) => (error ? id : [])) : [];
    const backOff = (previous: BackOff | undefined) => backOffAfter(failure, previous, context);
    const run = { command, file, startedAt, serverAhead, tally, error, attention, backOff };
    const recorded = isComplete ? await recordRun(context, run) : undefined;
    if (!isComplete && failure === undefined) await endBackOff(context);
    onEnd({
      profile,
      recordsKey,
      subscriptions,
      malformed,
      gone,
      results,
      tally,
      exitCode: error?.exitCode ?? ExitCode.ok,
      endedAt: context.clock.now(),
      recorded,
      lastRun: recorded?.lastRun,
    });
  }
}

/** What a run found out about one account and did to its subscriptions. */
export class AccountReport {
  readonly results: Result[] = [];
  readonly #subscriptions = new Map<string, OwnedSubscription>();
  #isListed = false;
  /** Number of malformed records. */
  malformed = 0;
  /** Number of subscriptions on record that the server no longer has. */
  gone = 0;
  /** Milliseconds by which the server's clock is ahead, as far as it told. */
  serverAhead: number | undefined;
  readonly #clock: Pick<Clock, "now">;

  constructor(clock: Pick<Clock, "now">) {
    this.#clock = clock;
  }

  /** Records all subscriptions of the account, before anything changes. */
  list({
    subscriptions,
    malformed,
    serverNow,
  }: Pick<Inventory, "subscriptions" | "malformed" | "serverNow">): void {
    this.#isListed = true;
    if (serverNow !== undefined) this.serverAhead = serverNow - this.#clock.now();
    this.malformed = malformed.length;
    for (const subscription of subscriptions) {
      this.#subscriptions.set(subscription.id, subscription);
    }
  }

  /** Records the results for some of them. May be called several times. */
  add(results: readonly Result[]): void {
    for (const result of results) {
      const { id, outcome, newId, subscription } = result;
      this.results.push(result);
      if (newId !== undefined || outcome === "gone") this.#subscriptions.delete(id);
      const isCurrent = newId === undefined ? outcome !== "gone" : subscription?.id === newId;
      if (subscription && isCurrent) this.#subscriptions.set(subscription.id, subscription);
    }
  }

  /** All subscriptions as they are now; undefined if they could not be listed. */
  get subscriptions(): readonly OwnedSubscription[] | undefined {
    return this.#isListed ? [...this.#subscriptions.values()] : undefined;
  }
}

/** Combines the errors of several results; undefined if there are none. */
function combineErrors(
  results: readonly Result[],
  { exitCodes }: Tally,
  { redactor }: Pick<CommandContext, "redactor">,
): ResultError | undefined {
  const failed = results.flatMap((result) =>
    result.error ? [{ result, error: result.error }] : [],
  );
  const [first] = failed;
  if (!first) return undefined;
  const { result, error } = first;
  const sentence = nameResult(error.message, result);
  const message = failed.length === 1 ? sentence : `${sentence} (and ${failed.length - 1} more)`;
  return withoutSecrets(
    { ...error, message, exitCode: combinedExitCode([...exitCodes]) },
    redactor,
  );
}
