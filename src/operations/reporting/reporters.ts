import type { CommandContext } from "../../context.ts";
import { createHooks } from "./hooks.ts";
import { createMetrics } from "./metrics.ts";
import { createPing } from "./ping.ts";
import type { Reporter, RunReportFlags } from "./reporter.ts";

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
