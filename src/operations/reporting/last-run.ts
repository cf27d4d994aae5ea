import type { BackOff, FailedEnsure, LastRun } from "../../config/last-run.ts";
import type { CommandContext } from "../../context.ts";
import { ExitCode } from "../../errors.ts";
import type { ResultError } from "../../lifecycle/results.ts";
import type { Tally } from "../../lifecycle/tally.ts";
import { shellWord } from "../../machine/shell-word.ts";
import { instant } from "../../subscriptions/time.ts";
import type { RunCommand } from "./run-summary.ts";

export interface EndedRun {
  readonly command: RunCommand;
  /** The path of the file that it was about. */
  readonly file: string | undefined;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** Milliseconds by which the server's clock was ahead; undefined where it did not tell. */
  readonly serverAhead: number | undefined;
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

/**
 * The run that says how the account is: the last one, or a failed `ensure` before it. Renewals cannot clear that one. Where
 * no `ensure` has run for `maxAge` milliseconds, nobody runs it any more.
 */
export function decisiveRun(lastRun: LastRun, now: number, maxAge: number): LastRun {
  const { failedEnsure, ...run } = lastRun;
  const isOver = !failedEnsure || Date.parse(failedEnsure.endedAt) < now - maxAge;
  if (isOver || !mayPass(run.exitCode) || mayPass(failedEnsure.exitCode)) return run;
  const { message: _, failingSince: __, attention: ___, ...rest } = run;
  return { ...rest, ...failedEnsure, command: "ensure" };
}

/** Whether a run succeeded, or only has to be repeated. */
export function mayPass(exitCode: number): boolean {
  return exitCode === ExitCode.ok || transient.has(exitCode);
}

const transient: ReadonlySet<number> = new Set([
  ExitCode.unavailable,
  ExitCode.hangup,
  ExitCode.interrupted,
  ExitCode.terminated,
]);

/** What somebody runs to see how a run of this kind ends. */
export function commandOf({ command, file }: Partial<Pick<LastRun, "command" | "file">>): string {
  if (command !== "ensure") return "rcwh renew";
  return file === undefined ? "rcwh ensure" : `rcwh ensure -f ${shellWord(file)}`;
}

/** Whether it is a run over all subscriptions that have to live. */
function renews(command: string): boolean {
  return command === "renew" || command === "ensure";
}

async function openLastRun(context: CommandContext) {
  const [config, { recordsKey }] = [await context.config(), await context.identity()];
  return config.lastRun(recordsKey);
}

/** What `renew` has to leave to the next `ensure`. What was about subscriptions alone, it has looked at itself. */
function unsettledEnsure(command: RunCommand, previous: LastRun | undefined) {
  if (command === "ensure" || !previous) return undefined;
  if (previous.command !== "ensure") return previous.failedEnsure;
  const { file, startedAt, endedAt, exitCode, outcomes, message, failingSince } = previous;
  const { attention = [] } = previous;
  const isSettled = attention.length > 0 && !attention.includes("");
  if (mayPass(exitCode) || isSettled) return undefined;
  const failed: FailedEnsure = {
    ...(file !== undefined && { file }),
    ...{ startedAt, endedAt, exitCode, outcomes },
    ...(message !== undefined && { message }),
    ...(failingSince !== undefined && { failingSince }),
  };
  return failed;
}

function toLastRun(
  { command, file, startedAt, serverAhead, tally, error, attention }: EndedRun,
  endedAt: number,
  previous: LastRun | undefined,
): LastRun {
  const lastSuccessAt =
    error === undefined && renews(command) ? instant(endedAt) : previous?.lastSuccessAt;
  const failedEnsure = unsettledEnsure(command, previous);
  const since =
    previous?.failingSince ??
    (command === "ensure" ? previous?.failedEnsure?.failingSince : undefined);
  return {
    command,
    ...(file !== undefined && { file }),
    ...(failedEnsure && { failedEnsure }),
    startedAt: instant(startedAt),
    endedAt: instant(endedAt),
    ...(serverAhead !== undefined && { serverAhead }),
    exitCode: error?.exitCode ?? ExitCode.ok,
    outcomes: tally.outcomes,
    ...(lastSuccessAt !== undefined && { lastSuccessAt }),
    ...(error && {
      message: error.message,
      failingSince: since ?? instant(endedAt),
      ...(error.exitCode === ExitCode.attention && attention.length > 0 && { attention }),
    }),
  };
}
