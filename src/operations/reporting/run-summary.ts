import type { LastRun } from "../../config/last-run.ts";
import type { CommandContext } from "../../context.ts";
import { CliError, ExitCode, endOf } from "../../errors.ts";
import type { OwnedSubscription } from "../../lifecycle/inventory.ts";
import type { Result, ResultError } from "../../lifecycle/results.ts";
import type { Tally } from "../../lifecycle/tally.ts";
import type { Redactor } from "../../machine/redact.ts";
import type { KnownAccounts } from "../accounts/many-accounts.ts";

/** How an unattended run ended, for its reporters. */
export interface RunSummary {
  readonly command: RunCommand;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly exitCode: ExitCode;
  /** What became of the subscriptions of all accounts. */
  readonly tally: Tally;
  /** Number of subscriptions with an error, and of accounts that failed as a whole. */
  readonly failed: number;
  /** The accounts that the run worked on. */
  readonly profiles: ReadonlySet<string>;
  /** The error that the run ends with. */
  readonly error?: ResultError;
  /** Accounts that failed as a whole. */
  readonly failures: readonly { readonly profile: string; readonly error: ResultError }[];
  /** The accounts that exist, for a run over many. */
  readonly accounts?: KnownAccounts;
}

export type RunCommand = "renew" | "recover" | "ensure";

/** How one account's part of the run ended. */
export interface AccountEnd {
  readonly profile: string;
  readonly exitCode: ExitCode;
  /** Milliseconds since the epoch. */
  readonly endedAt: number;
  /** As recorded; undefined for a run over selected subscriptions. */
  readonly lastRun: LastRun | undefined;
}

/** What one account's part of the run did. */
export interface AccountSummary extends AccountEnd {
  /** All subscriptions of the account as they are now; undefined if they could not be listed. */
  readonly subscriptions: readonly OwnedSubscription[] | undefined;
  /** Number of malformed records beside those. */
  readonly malformed: number;
  /** Number of subscriptions on record that the server no longer has. */
  readonly gone: number;
  readonly results: readonly Result[];
  readonly tally: Tally;
}

/** Describes an error as `main` reports it: a bug as such, and a failure after an interruption as the interruption. */
export function describeError(
  error: unknown,
  { signal, redactor }: Pick<CommandContext, "signal" | "redactor">,
): ResultError {
  const isTransient = !(error instanceof CliError) || error.exitCode === ExitCode.unavailable;
  const reported =
    signal.aborted && (isTransient || error === signal.reason) ? endOf(signal) : error;
  if (!(reported instanceof CliError)) {
    const message = `rcwh hit a bug: ${reported}`;
    return withoutSecrets({ code: "BUG", message, exitCode: ExitCode.failure }, redactor);
  }
  const { code, message, exitCode, hint } = reported;
  return withoutSecrets({ code, message, exitCode, hint }, redactor);
}

/** What leaves the run by other ways than its output: files, programs and pings. */
export function withoutSecrets(
  { code, message, exitCode, hint }: ResultError,
  redactor: Pick<Redactor, "message">,
): ResultError {
  return {
    code: redactor.message(code),
    message: redactor.message(message),
    exitCode,
    ...(hint !== undefined && { hint: redactor.message(hint) }),
  };
}
