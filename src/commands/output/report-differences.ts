import { CliError, ExitCode } from "../../errors.ts";
import type { OwnIds } from "../../filters/compare.ts";
import type { IO } from "../../io/io.ts";
import type { OwnedSubscription } from "../../lifecycle/inventory.ts";
import { oneLine } from "../../one-line.ts";
import type { Difference } from "../../subscriptions/compare.ts";
import { disabledFiltersHint } from "../../subscriptions/disabled-filters.ts";
import { describeUnhealthy, isHealthy, repairHint } from "../../subscriptions/health.ts";
import { nameOf } from "../../subscriptions/name.ts";

/** Reports where the server granted something else than rcwh asked for. Throws exit 8 for less, and for an unhealthy subscription. */
export function reportDifferences(
  differences: readonly Difference[],
  subscription: OwnedSubscription,
  own: OwnIds,
  io: IO,
): void {
  const { id } = subscription;
  for (const { less, sentence } of differences) if (!less) io.note(oneLine(sentence));
  if (!isHealthy(subscription)) {
    throw new CliError(describeUnhealthy(subscription, nameOf(subscription)), {
      exitCode: ExitCode.attention,
      code: "UNHEALTHY",
      hint: repairHint(subscription),
    });
  }

  const lacking = differences.filter(({ less }) => less);
  if (lacking.length === 0) return;
  const concernsFilters = lacking.some(({ kind }) => kind !== "lifetime");
  throw new CliError(lacking.map(({ sentence }) => sentence).join(" "), {
    exitCode: ExitCode.attention,
    code: concernsFilters ? "DISABLED_FILTERS" : "SHORTER_LIFETIME",
    hint: concernsFilters
      ? (disabledFiltersHint(subscription, own) ?? `See \`rcwh show ${id}\`.`)
      : "Run `rcwh renew` from cron to keep it alive; see `rcwh help scheduling`.",
  });
}
