import type { OwnIds } from "../filters/compare.ts";
import { reminderOf } from "../filters/reminder.ts";
import { remainingSeconds } from "./lifetime.ts";
import { defaultLifetime, maximumLifetime } from "./limits.ts";
import type { SubscriptionRecord } from "./record.ts";
import type { Subscription } from "./subscription.ts";
import { allFilters, without } from "./subscription-filters.ts";

/** Lifetimes, in seconds. */
export interface LifetimeOptions {
  /** `--expires-in`. */
  readonly asked?: number | undefined;
  /** The lifetime recorded when rcwh created or changed the subscription. */
  readonly recorded?: number | undefined;
  readonly remaining: number;
  /** The threshold of the reminder filter, if there is one. */
  readonly reminderThreshold?: number | undefined;
  /** `--allow-shorter`: whether the lifetime may be less than what remains. */
  readonly allowShorter?: boolean | undefined;
}

/**
 * The lifetime to ask for: `asked`, else `recorded`, else what remains or the default. At least what remains, unless
 * shorter is allowed; at least twice a reminder's threshold, because RingCentral refuses less; at most the maximum.
 */
export function wantedLifetime(options: LifetimeOptions): number {
  const { asked, recorded, reminderThreshold = 0, allowShorter = false } = options;
  const atLeast = withFraction(Math.ceil(Math.max(options.remaining || 0, 0)));
  const wanted = asked ?? recorded ?? Math.max(atLeast, defaultLifetime);
  const least = Math.max(1, allowShorter ? 0 : atLeast, 2 * reminderThreshold);
  return Math.min(Math.max(wanted, least), maximumLifetime);
}

/**
 * The server rounds down to whole seconds, so asking for exactly what it reports would shorten the lifetime. A full
 * default was granted just now, and needs no extra second.
 */
function withFraction(remaining: number): number {
  return remaining === 0 || remaining === defaultLifetime ? remaining : remaining + 1;
}

/** How to renew a subscription without shortening its lifetime. */
export interface RenewalPlan {
  /** `POST …/renew`, `PUT`, or no request, if more is left than RingCentral grants today. */
  readonly method: "renew" | "put" | "leave";
  /** Seconds. */
  readonly expiresIn: number;
  /** For the PUT: every filter, including disabled ones and those that an earlier renewal dropped. */
  readonly eventFilters: readonly string[];
}

export interface RenewalOptions {
  /** Seconds. */
  readonly asked?: number | undefined;
  readonly recorded?: SubscriptionRecord | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly own?: OwnIds | undefined;
}

export function renewalPlan(
  subscription: Subscription,
  { asked, recorded, now, own }: RenewalOptions,
): RenewalPlan {
  const known = allFilters(subscription, own);
  const dropped = without(recorded?.droppedFilters ?? [], known, own);
  const eventFilters = [...known, ...dropped];
  const remaining = remainingSeconds(subscription, now);
  if (remaining > maximumLifetime) return { method: "leave", expiresIn: remaining, eventFilters };
  const expiresIn = wantedLifetime({
    asked,
    recorded: recorded?.expiresIn,
    remaining,
    reminderThreshold: reminderOf(eventFilters)?.threshold,
  });
  // A plain renew is only known to set the default lifetime, and restores no dropped filters.
  const isPlain = expiresIn === defaultLifetime && dropped.length === 0;
  return { method: isPlain ? "renew" : "put", expiresIn, eventFilters };
}
