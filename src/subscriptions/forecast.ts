import type { OwnIds } from "../filters/compare.ts";
import { dueBefore, isKeptByOthers } from "./due.ts";
import { isHealthy } from "./health.ts";
import { renewalInterval } from "./interval.ts";
import { remainingSeconds } from "./lifetime.ts";
import { defaultLifetime, longestRun } from "./limits.ts";
import type { SubscriptionRecord } from "./record.ts";
import { renewalPlan } from "./renewal-plan.ts";
import type { Subscription } from "./subscription.ts";

/** The runs of `renew` to come. Milliseconds. */
export interface RenewalRuns {
  /** Since the epoch, by the server's clock. */
  readonly first: number;
  readonly every: number;
  /** Their `--within`. */
  readonly within?: number | undefined;
}

export interface ForecastOptions {
  readonly recorded?: SubscriptionRecord | undefined;
  readonly own?: OwnIds | undefined;
  readonly runs: RenewalRuns;
  /** Since the epoch, by the server's clock: milliseconds. */
  readonly now: number;
  /** Where the forecast ends. */
  readonly until: number;
}

/** Times are milliseconds since the epoch, by the server's clock. */
export interface Forecast {
  /** When it expires if no run renews it from now on. NaN if its expiry cannot be read. */
  readonly expiresAt: number;
  /** When the runs renew it. */
  readonly renewals: readonly number[];
  /** When events stop although every run works. */
  readonly gapFrom?: number;
}

/**
 * What happens to a subscription if every run of `renew` works and takes no time: by the rules of `isDue` and
 * `renewalPlan`, with RingCentral granting what is asked for. One that has expired is not renewed any more, one that is
 * blacklisted is, but delivers nothing; one that others keep alive expires only if they fail.
 */
export function forecast(
  subscription: Subscription,
  { recorded, own, runs, now, until }: ForecastOptions,
): Forecast {
  const expiresAt = expiryOf(subscription, now);
  const isLost = !isHealthy(subscription) || expiresAt <= now;
  if (isKeptByOthers(subscription)) {
    return { expiresAt, renewals: [], ...(isLost && { gapFrom: now }) };
  }
  const due = Math.floor(dueBefore({ within: runs.within, lifetime: recorded?.expiresIn }));
  const renewals: number[] = [];
  let expires = expiresAt;
  let run = runs.first;
  for (;;) {
    // The server counts whole seconds: one is due while less than a second more than `due` remains.
    const dueAt = expires - (due + 1) * 1000 + 1;
    if (dueAt > run) run += Math.ceil((dueAt - run) / runs.every) * runs.every;
    if (run > until || expires <= run) break;
    const remaining = Math.floor((expires - run) / 1000);
    const seen = Number.isNaN(expires) ? subscription : { ...subscription, expiresIn: remaining };
    const plan = renewalPlan(seen, { recorded, now: run, own });
    if (plan.method !== "leave") {
      renewals.push(run);
      expires = run + plan.expiresIn * 1000;
    }
    run += runs.every;
  }
  const gap = isLost ? now : expires <= until ? expires : undefined;
  return { expiresAt, renewals, ...(gap !== undefined && { gapFrom: gap }) };
}

/** To the millisecond, where that agrees with the seconds that the server counts. */
function expiryOf(subscription: Subscription, now: number): number {
  const counted = now + remainingSeconds(subscription, now) * 1000;
  const announced = Date.parse(subscription.expirationTime);
  return Math.abs(announced - counted) < 2000 ? announced : counted;
}

/** Milliseconds between runs where nothing renews any subscription. */
const unneeded = 24 * 60 * 60_000;

/**
 * How often `rcwh cron print` would have `renew` run for these, in milliseconds: so often that three runs in a row may
 * fail, and every minute where that is not enough.
 */
export function usualInterval(
  subscriptions: readonly {
    readonly subscription: Pick<Subscription, "deliveryMode">;
    readonly recorded?: SubscriptionRecord | undefined;
  }[],
): number {
  const windows = subscriptions.flatMap(({ subscription, recorded }) => {
    if (isKeptByOthers(subscription)) return [];
    const lifetime = recorded?.expiresIn;
    return Math.min(dueBefore({ lifetime }), lifetime ?? defaultLifetime);
  });
  if (windows.length === 0) return unneeded;
  const shortest = windows.reduce((least, each) => Math.min(least, each));
  return (renewalInterval(shortest, longestRun)?.minutes ?? 1) * 60_000;
}
