import type { Result } from "../lifecycle/results.ts";
import { isHealthy } from "../subscriptions/health.ts";

/**
 * What a run says that first makes changes and then renews: each change, and what renewing found beyond it.
 *
 * @param changes what became of the changes, or would become
 * @param renewals what became of all subscriptions after that
 */
export function combineResults(
  changes: readonly Result[],
  renewals: readonly Result[],
): readonly Result[] {
  const changeOf = new Map(
    changes.flatMap((each) =>
      [each.id, each.newId, each.subscription?.id].map((id) => [id, each] as const),
    ),
  );
  const news = renewals.filter((each) => isNews(each, changeOf.get(each.id)));
  const outdated = new Set(news.map(({ id }) => changeOf.get(id)));
  const remaining = changes.flatMap((each) => (outdated.has(each) ? withoutState(each) : each));
  return [...remaining, ...news];
}

/** Whether a renewal says more than the change of the same subscription. */
function isNews({ outcome, error }: Result, change: Result | undefined): boolean {
  if (!change) return true;
  switch (change.outcome) {
    case "adopted":
    case "unchanged":
      return error !== undefined || (outcome !== "not-due" && outcome !== "skipped");
    case "would-replace":
    case "would-delete":
      return false;
    default:
      if (outcome === "gone") return false;
      return error !== undefined || outcome === "recovered" || outcome === "would-recover";
  }
}

/** A change of which a renewal says the latest state. That it is on record alone is not worth a line. */
function withoutState(change: Result): Result | readonly [] {
  const { error, ...rest } = change;
  switch (change.outcome) {
    case "adopted":
    case "unchanged":
      return error ? change : [];
    case "updated":
    case "would-update":
      return change.subscription && !isHealthy(change.subscription) ? rest : change;
    default:
      return change;
  }
}
