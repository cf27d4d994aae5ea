import type { LastRun } from "../../config/types.ts";
import { CliError, ExitCode, Interruption } from "../../errors.ts";
import type { OwnedSubscription } from "../../lifecycle/inventory.ts";
import type { Result, ResultError } from "../../lifecycle/results.ts";
import type { KnownAccounts } from "../accounts/many-accounts.ts";

/** What an unattended run came to, as those hear of it who were not there. */
export interface RunSummary {
  readonly command: RunCommand;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly exitCode: ExitCode;
  /** How many subscriptions came to each outcome. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly renewed: number;
  /** Subscriptions that something is wrong with, and accounts that could not be worked on. */
  readonly failed: number;
  /** The accounts that were worked on. */
  readonly profiles: ReadonlySet<string>;
  /** What the run ends with. */
  readonly error?: ResultError;
  /** What ended the run of single accounts. */
  readonly failures: readonly { readonly profile: string; readonly error: ResultError }[];
  /** Of a run over many accounts, which ones there are. */
  readonly accounts?: KnownAccounts;
}

export type RunCommand = "renew" | "recover";

/** How one account's part of the run ended. */
export interface AccountEnd {
  readonly profile: string;
  readonly exitCode: ExitCode;
  /** Milliseconds since the epoch. */
  readonly endedAt: number;
  /** As recorded; undefined for a run that was about some of the subscriptions only. */
  readonly lastRun: LastRun | undefined;
}

/** What one account's part of the run came to. */
export interface AccountSummary extends AccountEnd {
  /** All that the account has, as it is now; undefined where it could not be listed. */
  readonly subscriptions: readonly OwnedSubscription[] | undefined;
  readonly results: readonly Result[];
}

/** An error as `main` will report it, also where it is a bug or hides that the run was interrupted. */
export function describeError(error: unknown, signal: AbortSignal): ResultError {
  const isPassing = !(error instanceof CliError) || error.exitCode === ExitCode.unavailable;
  const told = signal.aborted && isPassing ? interruptionOf(signal) : error;
  if (!(told instanceof CliError)) {
    return { code: "BUG", message: `rcwh hit a bug: ${told}`, exitCode: ExitCode.failure };
  }
  const { code, message, exitCode, hint } = told;
  return { code, message, exitCode, ...(hint !== undefined && { hint }) };
}

function interruptionOf({ reason }: AbortSignal): Interruption {
  return reason instanceof Interruption ? reason : new Interruption();
}
