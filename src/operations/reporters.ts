import type { CommandContext } from "../context.ts";
import { createHooks } from "./hooks.ts";
import { createMetrics } from "./metrics.ts";
import { createPing } from "./ping.ts";
import type { RunReportFlags } from "./run-report.ts";
import type { AccountEnd, AccountSummary, RunSummary } from "./run-summary.ts";

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

/**
 * Who is to hear of this run, in the order in which they hear of its end: the dead man's switch comes
 * last, because it is to know whether all went well. Throws UsageError for flags that make no sense.
 */
export function openReporters(context: CommandContext, flags: RunReportFlags): readonly Reporter[] {
  if (flags.dryRun) return [];
  return [
    createHooks(context, flags),
    createMetrics(context, flags),
    createPing(context, flags),
  ].flatMap((reporter) => reporter ?? []);
}
