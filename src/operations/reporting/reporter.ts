import type { AccountEnd, AccountSummary, RunSummary } from "./run-summary.ts";

/** The flags that say how to report an unattended run. */
export interface RunReportFlags {
  readonly onRenewed?: string;
  readonly onFailure?: string;
  readonly hookTimeout?: string;
  readonly metricsFile?: string;
  readonly pingUrl?: string;
  /** A dry run is not reported, but checks whether it could be. */
  readonly dryRun?: true;
}

/** A hook, metrics file or ping that reports a run. */
export interface Reporter {
  /** Milliseconds to keep for it before an explicit deadline. */
  readonly reserve?: number;
  /** For a dry run, instead of all others. Throws CliError if reporting would fail. */
  check?(): Promise<void>;
  /** Called before the first account. Must not wait for anything. */
  begin?(): void;
  account?(account: AccountSummary): void;
  /** Corrects `account`: its output could not be written, so that it ended differently. */
  outputFailed?(account: AccountEnd): void;
  /** Throws CliError if reporting failed. */
  end(summary: RunSummary): Promise<void>;
}
