import type { CommandContext } from "../../context.ts";
import { CliError, ExitCode } from "../../errors.ts";
import { createHooks } from "./hooks.ts";
import { createMetrics } from "./metrics.ts";
import { createPing } from "./ping.ts";
import type { Reporter, RunReportFlags } from "./reporter.ts";
import type { RunSummary } from "./run-summary.ts";

/**
 * Opens the reporters in the order in which they learn of the end. The ping is the last, so that it also
 * says whether the others worked. Throws UsageError for invalid flags.
 */
export function openReporters(context: CommandContext, flags: RunReportFlags): readonly Reporter[] {
  if (flags.dryRun) return [];
  return [
    createHooks(context, flags),
    createMetrics(context, flags),
    createPing(context, flags),
  ].flatMap((reporter) => reporter ?? []);
}

/** Ends all reporters, and returns the errors of those that failed. The first one becomes the exit code of a successful run. */
export async function endReporters(
  reporters: readonly Reporter[],
  summary: RunSummary,
): Promise<readonly CliError[]> {
  let { exitCode } = summary;
  const problems: CliError[] = [];
  for (const reporter of reporters) {
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
