import type { LastRun } from "../../config/types.ts";
import type { CommandContext } from "../../context.ts";
import { ExitCode } from "../../errors.ts";
import { instant } from "../../io/time.ts";
import type { Result, ResultError } from "../../lifecycle/results.ts";
import type { RunCommand } from "./run-summary.ts";

export interface EndedRun {
  readonly command: RunCommand;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly results: readonly Result[];
  /** What is wrong; undefined where all is well. */
  readonly error: ResultError | undefined;
}

/** How this account's last run ended that was about all of its subscriptions. */
export async function readLastRun(context: CommandContext): Promise<LastRun | undefined> {
  return (await openLastRun(context)).read();
}

/** A run as it is on record, and the one before it. */
export interface RecordedRun {
  readonly lastRun: LastRun;
  readonly previous: LastRun | undefined;
}

/** Keeps how a run over all subscriptions of this account ended, as far as it can be kept, and returns it. */
export async function recordRun(context: CommandContext, run: EndedRun): Promise<RecordedRun> {
  const store = await openLastRun(context);
  const previous = await store.read();
  const lastRun = followUp(run, context.clock.now(), previous);
  if (!(await store.save(lastRun))) {
    context.io.detail("This run could not be written down; `rcwh status` will not know of it.");
  }
  return { lastRun, previous };
}

/** Has a run that was recorded end in this error instead, unless another one has been recorded since. */
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

async function openLastRun(context: CommandContext) {
  const [config, { recordsKey }] = [await context.config(), await context.identity()];
  return config.lastRun(recordsKey);
}

function followUp(
  { command, startedAt, results, error }: EndedRun,
  endedAt: number,
  previous: LastRun | undefined,
): LastRun {
  const lastSuccessAt =
    error === undefined && command === "renew" ? instant(endedAt) : previous?.lastSuccessAt;
  const outcomes: Record<string, number> = {};
  for (const { outcome } of results) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  return {
    command,
    startedAt: instant(startedAt),
    endedAt: instant(endedAt),
    exitCode: error?.exitCode ?? ExitCode.ok,
    outcomes,
    ...(lastSuccessAt !== undefined && { lastSuccessAt }),
    ...(error && {
      message: error.message,
      failingSince: previous?.failingSince ?? instant(endedAt),
    }),
  };
}
