import type { CommandContext } from "../../context.ts";
import { CliError, ExitCode, OutputError, withOutputError } from "../../errors.ts";
import { WentBack } from "../../io/went-back.ts";
import { addTallies, emptyTally } from "../../lifecycle/tally.ts";
import { type AccountFlags, forEachAccount, isMany } from "../accounts/accounts.ts";
import type { AccountFailure, KnownAccounts } from "../accounts/many-accounts.ts";
import { type AccountReport, type EndedAccount, runAccount } from "./account-run.ts";
import { refuseBackedOff } from "./back-off.ts";
import { createHooks } from "./hooks.ts";
import { recordFailure } from "./last-run.ts";
import { createMetrics } from "./metrics.ts";
import { createPing } from "./ping.ts";
import type { Reporter, RunReportFlags } from "./reporter.ts";
import { describeError, type RunCommand, type RunSummary } from "./run-summary.ts";

/** Reports what a run does to each account. */
export interface RunReport {
  /** As `forEachAccount`, whose failures become part of the report. Of several, one that is backed off fails at once. */
  forEachAccount(
    flags: AccountFlags & RetryFlags,
    work: (account: CommandContext) => Promise<void>,
    deadline: number,
  ): Promise<readonly AccountFailure[]>;
  /**
   * Runs `work` on one account and records how it ended; throws what it throws. Call it while holding the
   * account's lock: a run that finds the account locked is not reported.
   */
  account(
    context: CommandContext,
    scope: RunScope,
    work: (account: AccountReport) => Promise<void>,
  ): Promise<void>;
}

interface RetryFlags {
  /** Whether accounts are tried that are backed off. */
  readonly retryFailed?: true;
}

interface RunScope {
  /** Whether the run is about all subscriptions of the account, so that `rcwh status` counts it. */
  readonly isComplete: boolean;
  /** Whether the results of the account are only printed at the end of the run. */
  readonly printsLater: boolean;
  /** The path of the file that the run is about. */
  readonly file?: string | undefined;
}

/**
 * Runs `work` and reports to the hooks, the metrics file and the dead man's switch how it ended, also where
 * it throws or is interrupted. A reporter that fails makes a run that succeeded exit 8.
 */
export async function reportRun(
  context: CommandContext,
  command: RunCommand,
  flags: RunReportFlags,
  work: (run: RunReport) => Promise<void>,
): Promise<void> {
  const opened = openReporters(context, flags);
  const reporters = flags.dryRun ? [] : opened;
  const reserve = reporters.reduce((sum, reporter) => sum + (reporter.reserve ?? 0), 0);
  if (reserve > 0) context.end.reserve(reserve);
  const run = createRun(context, command, reporters);
  let failure: unknown;
  try {
    await work(run.report);
  } catch (error) {
    if (!run.hasBegun() && isExpected(error)) throw error;
    failure = error;
  }
  failure = withOutputError(failure, await context.outputError());
  if (failure instanceof OutputError) await run.outputFailed(failure);
  const problems = flags.dryRun
    ? await collectProblems(opened, (reporter) => reporter.check?.())
    : await endReporters(reporters, run.summarize(failure));
  const [first, ...others] = problems;
  for (const { message } of failure === undefined ? others : problems) context.io.warn(message);
  if (failure !== undefined || first) throw failure ?? first;
}

/** No report is needed: another run holds the lock, or the user declined or went back. */
function isExpected(error: unknown): boolean {
  if (error instanceof WentBack) return true;
  return error instanceof CliError && (error.code === "LOCKED" || error.code === "DECLINED");
}

/** An account whose results are not printed yet. */
type UnprintedAccount = Pick<EndedAccount, "profile" | "recordsKey" | "recorded" | "endedAt">;

function createRun(context: CommandContext, command: RunCommand, reporters: readonly Reporter[]) {
  const startedAt = context.clock.now();
  const profiles = new Set<string>();
  const unprinted: UnprintedAccount[] = [];
  let hasBegun = false;
  let tally = emptyTally;
  let failures: RunSummary["failures"] = [];
  let accounts: KnownAccounts | undefined;

  const report: RunReport = {
    async forEachAccount(flags, work, deadline) {
      const skips = isMany(context, flags) && !flags.retryFailed;
      const begin = async (account: CommandContext) => {
        if (skips) await refuseBackedOff(account);
        await work(account);
      };
      const failed = await forEachAccount(context, flags, begin, deadline, (known) => {
        accounts = known;
      });
      failures = failed.map(({ profile, error }) => ({
        profile,
        error: describeError(error, context),
      }));
      return failed;
    },

    async account(accountContext, { printsLater, ...scope }, work) {
      if (!hasBegun) for (const reporter of reporters) reporter.begin?.();
      hasBegun = true;
      await runAccount(accountContext, command, scope, work, (ended) => {
        const { profile, recordsKey, recorded, endedAt } = ended;
        profiles.add(profile);
        tally = addTallies(tally, ended.tally);
        if (printsLater) unprinted.push({ profile, recordsKey, recorded, endedAt });
        for (const reporter of reporters) reporter.account?.(ended);
      });
    },
  };

  return {
    report,
    /** Whether work on an account has begun. */
    hasBegun: () => hasBegun,

    /** Turns accounts whose results could not be printed into failed ones. */
    async outputFailed(failure: OutputError): Promise<void> {
      const error = describeError(failure, context);
      const { exitCode } = error;
      for (const { profile, recordsKey, recorded, endedAt } of unprinted) {
        const lastRun = recorded && (await recordFailure(context, recordsKey, recorded, error));
        for (const reporter of reporters) {
          reporter.outputFailed?.({ profile, exitCode, endedAt, lastRun });
        }
      }
    },

    summarize(failure: unknown): RunSummary {
      const error = failure === undefined ? undefined : describeError(failure, context);
      const failed = tally.attention + tally.failed + failures.length;
      return {
        command,
        startedAt,
        endedAt: context.clock.now(),
        exitCode: error?.exitCode ?? ExitCode.ok,
        tally,
        // An error without a failed subscription or account is that of the only account.
        failed: failed === 0 && error && error.exitCode !== ExitCode.declined ? 1 : failed,
        profiles,
        ...(error && { error }),
        failures,
        ...(accounts && { accounts }),
      };
    },
  };
}

/**
 * Opens the reporters in the order in which they learn of the end. The ping is the last, so that it also
 * says whether the others worked. Throws UsageError for invalid flags.
 */
function openReporters(context: CommandContext, flags: RunReportFlags): readonly Reporter[] {
  return [
    createHooks(context, flags),
    createMetrics(context, flags),
    createPing(context, flags),
  ].flatMap((reporter) => reporter ?? []);
}

/** Ends all reporters, and returns the errors of those that failed. The first one becomes the exit code of a successful run. */
function endReporters(
  reporters: readonly Reporter[],
  summary: RunSummary,
): Promise<readonly CliError[]> {
  let { exitCode } = summary;
  return collectProblems(
    reporters,
    (reporter) => reporter.end({ ...summary, exitCode }),
    (problem) => {
      if (exitCode === ExitCode.ok) exitCode = problem.exitCode;
    },
  );
}

/** Works on one reporter after the other, and returns the errors of those that failed. */
async function collectProblems(
  reporters: readonly Reporter[],
  work: (reporter: Reporter) => Promise<void> | undefined,
  onProblem: (problem: CliError) => void = () => {},
): Promise<readonly CliError[]> {
  const problems: CliError[] = [];
  for (const reporter of reporters) {
    try {
      await work(reporter);
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      problems.push(error);
      onProblem(error);
    }
  }
  return problems;
}
