import type { BackOff, LastRun } from "../../config/last-run.ts";
import type { CommandContext } from "../../context.ts";
import { ExitCode } from "../../errors.ts";
import type { ResultError } from "../../lifecycle/results.ts";
import type { Tally } from "../../lifecycle/tally.ts";
import { instant } from "../../subscriptions/time.ts";
import type { RunCommand } from "./run-summary.ts";

export interface EndedRun {
  readonly command: RunCommand;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly tally: Tally;
  /** Undefined after a success. */
  readonly error: ResultError | undefined;
  /** The ids of subscriptions that needed attention, where nothing else went wrong. */
  readonly attention: readonly string[];
  /** Given what the last run has recorded. */
  readonly backOff: (previous: BackOff | undefined) => Promise<BackOff | undefined>;
}

/** Reads how this account's last run over all of its subscriptions ended. */
export async function readLastRun(context: CommandContext): Promise<LastRun | undefined> {
  return (await openLastRun(context)).read();
}

/** A run as recorded, and the one before it. */
export interface RecordedRun {
  readonly lastRun: LastRun;
  readonly previous: LastRun | undefined;
}

/** Records how a run over all subscriptions of this account ended. Only notes that it could not be saved. */
export async function recordRun(context: CommandContext, run: EndedRun): Promise<RecordedRun> {
  const store = await openLastRun(context);
  const previous = await store.read();
  const backOff = await run.backOff(previous?.backOff);
  const lastRun = {
    ...toLastRun(run, context.clock.now(), previous),
    ...(backOff && { backOff }),
  };
  if (!(await store.save(lastRun))) {
    context.io.detail("Could not record this run; `rcwh status` will not show it.");
  }
  return { lastRun, previous };
}

/** Tells the recorded run that the account works: another run has worked on some of its subscriptions. */
export async function endBackOff(context: CommandContext): Promise<void> {
  const store = await openLastRun(context);
  const { backOff, ...lastRun } = (await store.read()) ?? {};
  if (backOff) await store.save(lastRun as LastRun);
}

/** Changes a recorded run to one that failed with this error, unless another run was recorded since. */
export async function recordFailure(
  context: Pick<CommandContext, "config">,
  recordsKey: string,
  { lastRun: { lastSuccessAt: _, ...lastRun }, previous }: RecordedRun,
  { exitCode, message }: ResultError,
): Promise<LastRun> {
  const failed: LastRun = {
    ...lastRun,
    exitCode,
    message,
    failingSince: previous?.failingSince ?? lastRun.endedAt,
    ...(previous?.lastSuccessAt !== undefined && { lastSuccessAt: previous.lastSuccessAt }),
  };
  const store = (await context.config()).lastRun(recordsKey);
  const { startedAt, endedAt } = (await store.read()) ?? {};
  if (startedAt === lastRun.startedAt && endedAt === lastRun.endedAt) await store.save(failed);
  return failed;
}

/**
 * Tells the recorded run that nothing about these subscriptions needs attention any more. One that complained of
 * nothing else counts as a success from then on, so that `rcwh status` is calm.
 */
export async function settleLastRun(
  context: CommandContext,
  ids: readonly string[],
): Promise<void> {
  const store = await openLastRun(context);
  const lastRun = await store.read();
  const attention = lastRun?.attention?.filter((id) => !ids.includes(id));
  if (!lastRun?.attention || attention?.length === lastRun.attention.length) return;
  if (attention && attention.length > 0) {
    await store.save({ ...lastRun, attention });
    return;
  }
  const { message: _, failingSince: __, attention: ___, ...run } = lastRun;
  const { command, endedAt, lastSuccessAt } = run;
  const success = renews(command) ? endedAt : lastSuccessAt;
  await store.save({
    ...run,
    exitCode: ExitCode.ok,
    ...(success !== undefined && { lastSuccessAt: success }),
  });
}

/** Whether it is a run over all subscriptions that have to live. */
function renews(command: string): boolean {
  return command === "renew" || command === "ensure";
}

async function openLastRun(context: CommandContext) {
  const [config, { recordsKey }] = [await context.config(), await context.identity()];
  return config.lastRun(recordsKey);
}

function toLastRun(
  { command, startedAt, tally, error, attention }: EndedRun,
  endedAt: number,
  previous: LastRun | undefined,
): LastRun {
  const lastSuccessAt =
    error === undefined && renews(command) ? instant(endedAt) : previous?.lastSuccessAt;
  return {
    command,
    startedAt: instant(startedAt),
    endedAt: instant(endedAt),
    exitCode: error?.exitCode ?? ExitCode.ok,
    outcomes: tally.outcomes,
    ...(lastSuccessAt !== undefined && { lastSuccessAt }),
    ...(error && {
      message: error.message,
      failingSince: previous?.failingSince ?? instant(endedAt),
      ...(error.exitCode === ExitCode.attention && attention.length > 0 && { attention }),
    }),
  };
}
