import type { AccountEnd, AccountSummary, RunSummary } from "./run-summary.ts";

/** Who is to hear of an unattended run, besides its own output. */
export interface RunReportFlags {
  readonly onRenewed?: string;
  readonly onFailure?: string;
  readonly hookTimeout?: string;
  readonly metricsFile?: string;
  readonly pingUrl?: string;
  /** Nobody hears of a run that does nothing. */
  readonly dryRun?: true;
}

/** One of those who hear of a run. */
export interface Reporter {
  /** Must not wait for anything. */
  begin?(): void;
  account?(account: AccountSummary): void;
  /** That an account ended otherwise than `account` was told, because nothing of it could be printed. */
  unwritten?(account: AccountEnd): void;
  /** Throws what could not be told, as CliError. */
  end(summary: RunSummary): Promise<void>;
}
