import { ExitCode } from "../errors.ts";
import type { OwnIds } from "../filters/compare.ts";
import type { Difference } from "../subscriptions/compare.ts";
import { disabledFiltersHint } from "../subscriptions/disabled-filters.ts";
import { describeUnhealthy, isHealthy, repairHint } from "../subscriptions/health.ts";
import { nameOf } from "../subscriptions/name.ts";
import type { OwnedSubscription } from "./inventory.ts";
import type { ResultError } from "./results.ts";

/** What needs attention of a subscription that was just created or changed; undefined where all is as it was asked for. */
export function findShortfall(
  differences: readonly Difference[],
  subscription: OwnedSubscription,
  own: OwnIds,
): ResultError | undefined {
  const { id } = subscription;
  const exitCode = ExitCode.attention;
  if (!isHealthy(subscription)) {
    return {
      code: "UNHEALTHY",
      message: describeUnhealthy(subscription, nameOf(subscription)),
      hint: repairHint(subscription),
      exitCode,
    };
  }
  const lacking = differences.filter(({ less }) => less);
  if (lacking.length === 0) return undefined;
  const concernsFilters = lacking.some(({ kind }) => kind !== "lifetime");
  return {
    code: concernsFilters ? "DISABLED_FILTERS" : "SHORTER_LIFETIME",
    message: lacking.map(({ sentence }) => sentence).join(" "),
    hint: concernsFilters
      ? (disabledFiltersHint(subscription, own) ?? `See \`rcwh show ${id}\`.`)
      : "Run `rcwh renew` from cron to keep it alive; see `rcwh help scheduling`.",
    exitCode,
  };
}
