import type { CommandContext } from "../../context.ts";
import { CliError, ExitCode, OutputError, withOutputError } from "../../errors.ts";
import type { ResultError } from "../../lifecycle/results.ts";
import type { KnownAccounts } from "../accounts/many-accounts.ts";
import { AccountNotes, type AccountReport, sumUp } from "./account-notes.ts";
import { type EndedRun, type RecordedRun, recordFailure, recordRun } from "./last-run.ts";
import type { Reporter, RunReportFlags } from "./reporter.ts";
import { openReporters } from "./reporters.ts";
import { describeError, type RunCommand, type RunSummary } from "./run-summary.ts";

/** Takes down what becomes of a run. */
export interface RunReport {
  /**
   * Runs `work` on one account, and records how that ended; throws what it throws. To be called once
   * the account's lock is held: a run that finds another one at work is none, and nobody hears of it.
   */
  account(
    context: CommandContext,
    scope: RunScope,
    work: (account: AccountReport) => Promise<void>,
  ): Promise<void>;
  /** Of a run over many accounts: which ones there are. */
  known(accounts: KnownAccounts): void;
  /** Adds what kept single accounts from being worked on to their end, where the others go on. */
  failed(failures: readonly AccountFailure[]): void;
}

interface RunScope {
  /**
   * Whether the run is about every subscription that the account has. A run about some of them says
   * nothing of the others, so `rcwh status` does not count it.
   */
  readonly isComplete: boolean;
  /** Whether what became of the account is only printed at the end of the run. */
  readonly printsLater: boolean;
}

interface AccountFailure {
  readonly profile: string;
  readonly error: unknown;
}

/**
 * Runs `work` and tells the hooks, the metrics file and the dead man's switch how it went, also where it
 * throws or is interrupted. A telling that fails is reported, and makes a run that went well exit 8.
 */
export async function reportRun(
  context: CommandContext,
  command: RunCommand,
  flags: RunReportFlags,
  work: (run: RunReport) => Promise<void>,
): Promise<void> {
  const run = new Run(context, command, openReporters(context, flags), flags.dryRun ?? false);
  let thrown: unknown;
  try {
    await work(run);
  } catch (error) {
    if (isTurnedAway(error) && !run.hasBegun) throw error;
    thrown = error;
  }
  thrown = withOutputError(thrown, await context.outputError());
  if (thrown instanceof OutputError) await run.unwritten(thrown);
  const problems = await run.end(thrown);
  const problem = thrown ?? problems.shift();
  for (const { message } of problems) context.io.warn(message);
  if (problem !== undefined) throw problem;
}

/** By another run, or by the user, who knows. */
function isTurnedAway(error: unknown): boolean {
  return error instanceof CliError && (error.code === "LOCKED" || error.code === "DECLINED");
}

/** Outcomes after which a subscription lives longer than before. */
const renewals = new Set([
  "renewed",
  "degraded",
  "disabled-filters",
  "shortened",
  "recovered",
  "recreated",
  "replaced",
]);

interface UnprintedAccount {
  readonly profile: string;
  readonly recordsKey: string;
  /** Undefined for a run that was about some of the subscriptions only. */
  readonly recorded: RecordedRun | undefined;
  /** Milliseconds since the epoch. */
  readonly endedAt: number;
}

class Run implements RunReport {
  hasBegun = false;
  readonly #context: CommandContext;
  readonly #command: RunCommand;
  readonly #reporters: readonly Reporter[];
  readonly #isDry: boolean;
  readonly #startedAt: number;
  readonly #profiles = new Set<string>();
  readonly #failures: { readonly profile: string; readonly error: ResultError }[] = [];
  readonly #outcomes = new Map<string, number>();
  /** Accounts that ended before anything of them was printed. */
  readonly #unprinted: UnprintedAccount[] = [];
  #accounts: KnownAccounts | undefined;
  #bad = 0;

  constructor(
    context: CommandContext,
    command: RunCommand,
    reporters: readonly Reporter[],
    isDry: boolean,
  ) {
    this.#context = context;
    this.#command = command;
    this.#reporters = reporters;
    this.#isDry = isDry;
    this.#startedAt = context.clock.now();
  }

  async account(
    context: CommandContext,
    scope: RunScope,
    work: (account: AccountReport) => Promise<void>,
  ): Promise<void> {
    if (!this.hasBegun) for (const reporter of this.#reporters) reporter.begin?.();
    this.hasBegun = true;
    const startedAt = context.clock.now();
    const account = new AccountNotes();
    let failure: ResultError | undefined;
    try {
      await work(account);
      const unwritten = await context.outputError();
      if (unwritten) failure = describeError(unwritten, context.signal);
    } catch (error) {
      failure = describeError(error, context.signal);
      throw error;
    } finally {
      const { results } = account;
      const run = { command: this.#command, startedAt, results, error: failure ?? sumUp(results) };
      if (!this.#isDry) await this.#conclude(context, scope, account, run);
    }
  }

  known(accounts: KnownAccounts): void {
    this.#accounts = accounts;
  }

  failed(failures: readonly AccountFailure[]): void {
    for (const { profile, error } of failures) {
      this.#failures.push({ profile, error: describeError(error, this.#context.signal) });
    }
  }

  /** Takes back that accounts ended well of which nothing could be printed. */
  async unwritten(failure: OutputError): Promise<void> {
    const error = describeError(failure, this.#context.signal);
    const { exitCode } = error;
    for (const { profile, recordsKey, recorded, endedAt } of this.#unprinted) {
      const lastRun = recorded && (await recordFailure(this.#context, recordsKey, recorded, error));
      for (const reporter of this.#reporters) {
        reporter.unwritten?.({ profile, exitCode, endedAt, lastRun });
      }
    }
  }

  /** Tells everybody, and returns what could not be told. */
  async end(thrown: unknown): Promise<CliError[]> {
    const summary = this.#summarize(thrown);
    let { exitCode } = summary;
    const problems: CliError[] = [];
    for (const reporter of this.#reporters) {
      try {
        await reporter.end({ ...summary, exitCode });
      } catch (error) {
        if (!(error instanceof CliError)) throw error;
        problems.push(error);
        if (exitCode === ExitCode.ok) exitCode = error.exitCode;
      }
    }
    return problems;
  }

  async #conclude(
    context: CommandContext,
    { isComplete, printsLater }: RunScope,
    account: AccountNotes,
    run: EndedRun,
  ): Promise<void> {
    const { profile, recordsKey } = await context.identity();
    this.#profiles.add(profile);
    for (const { outcome, error } of run.results) {
      this.#outcomes.set(outcome, (this.#outcomes.get(outcome) ?? 0) + 1);
      if (error) this.#bad += 1;
    }
    const recorded = isComplete ? await recordRun(context, run) : undefined;
    const endedAt = context.clock.now();
    if (printsLater) this.#unprinted.push({ profile, recordsKey, recorded, endedAt });
    const { subscriptions, results } = account;
    const exitCode = run.error?.exitCode ?? ExitCode.ok;
    for (const reporter of this.#reporters) {
      reporter.account?.({
        profile,
        subscriptions,
        results,
        exitCode,
        endedAt,
        lastRun: recorded?.lastRun,
      });
    }
  }

  #summarize(thrown: unknown): RunSummary {
    const error = thrown === undefined ? undefined : describeError(thrown, this.#context.signal);
    const failed = this.#bad + this.#failures.length;
    const renewed = [...this.#outcomes].filter(([outcome]) => renewals.has(outcome));
    return {
      command: this.#command,
      startedAt: this.#startedAt,
      endedAt: this.#context.clock.now(),
      exitCode: error?.exitCode ?? ExitCode.ok,
      outcomes: Object.fromEntries(this.#outcomes),
      renewed: renewed.reduce((sum, [, count]) => sum + count, 0),
      // The only account there is has failed as a whole, unless its user did not want it worked on.
      failed: failed === 0 && error && error.exitCode !== ExitCode.declined ? 1 : failed,
      profiles: this.#profiles,
      ...(error && { error }),
      failures: this.#failures,
      ...(this.#accounts && { accounts: this.#accounts }),
    };
  }
}
