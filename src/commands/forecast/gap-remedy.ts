import type { OwnIds } from "../../filters/compare.ts";
import { dueBefore } from "../../subscriptions/due.ts";
import type { RenewalRuns } from "../../subscriptions/forecast.ts";
import { renewalInterval } from "../../subscriptions/interval.ts";
import { formatDuration, parseDuration, remainingSeconds } from "../../subscriptions/lifetime.ts";
import { longestRun } from "../../subscriptions/limits.ts";
import type { SubscriptionRecord } from "../../subscriptions/record.ts";
import { renewalPlan } from "../../subscriptions/renewal-plan.ts";
import type { Subscription } from "../../subscriptions/subscription.ts";

/** Lifetimes worth suggesting, shortest first. */
const lifetimes = ["7d", "30d", "365d"] as const;

export interface RemedyOptions {
  readonly recorded?: SubscriptionRecord | undefined;
  readonly own?: OwnIds | undefined;
  readonly runs: RenewalRuns;
  /** Since the epoch, by the server's clock: milliseconds. */
  readonly now: number;
}

/** How to close the gap of a subscription that these runs renew too late: only what leaves none, whenever the runs begin. */
export function gapRemedy(
  subscription: Subscription,
  { recorded, own, runs, now }: RemedyOptions,
): string {
  const { id } = subscription;
  const { every, within } = runs;
  const remaining = remainingSeconds(subscription, now);
  if (remaining <= 0) {
    return recorded
      ? `Re-create it with \`rcwh renew --recreate ${id}\`.`
      : "Make a new one with `rcwh create`.";
  }
  const granted = renewalPlan(subscription, { recorded, now, own }).expiresIn;
  const due = dueBefore({ within, lifetime: recorded?.expiresIn });
  const renew = `Renew it with \`rcwh renew ${id}\``;
  if (isEnough(every, due, granted)) {
    return `${renew}: runs every ${formatDuration(every / 1000)} come in time from then on.`;
  }
  const interval = renewalInterval(Math.min(due, granted, remaining), longestRun)?.minutes;
  const lifetime = lifetimes.find((text) => {
    const seconds = parseDuration(text, "--expires-in", "d") / 1000;
    return isEnough(every, dueBefore({ within, lifetime: seconds }), seconds);
  });
  const ways = [
    ...(interval === undefined || interval * 60_000 >= every
      ? []
      : [`run \`rcwh renew\` every ${formatDuration(interval * 60)}`]),
    ...(lifetime === undefined
      ? []
      : [`lengthen the lifetime with \`rcwh renew ${id} --expires-in ${lifetime}\``]),
    ...(within !== undefined && within < every ? ["use a longer --within"] : []),
  ].join(", or ");
  if (ways === "") return `${renew}, and run \`rcwh renew\` more often.`;
  return `${ways.slice(0, 1).toUpperCase()}${ways.slice(1)}.`;
}

/** Whether one of the runs always falls between the moment at which it is due and its expiry. `every` is in milliseconds, the others in seconds. */
function isEnough(every: number, due: number, lifetime: number): boolean {
  return every / 1000 <= Math.min(Math.floor(due), lifetime - 1);
}
