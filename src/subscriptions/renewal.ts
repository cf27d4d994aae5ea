import { type OwnIds, sameFilter } from "../filters/compare.ts";
import { reminderOf } from "../filters/reminder.ts";
import { remainingSeconds } from "./lifetime.ts";
import { defaultLifetime, maximumLifetime } from "./limits.ts";
import type { SubscriptionRecord } from "./record.ts";
import type { Subscription } from "./subscription.ts";

/** All in seconds. */
export interface LifetimeWishes {
  /** `--expires-in`. */
  readonly asked?: number | undefined;
  /** What rcwh recorded when it made or changed the subscription. */
  readonly recorded?: number | undefined;
  readonly remaining: number;
  /** Of the reminder filter, if there is one. */
  readonly reminderThreshold?: number | undefined;
  /** `--allow-shorter`: what remains is no lower bound. */
  readonly allowShorter?: boolean | undefined;
}

/**
 * The lifetime to ask for. Never less than what remains, unless that is allowed, and never less than
 * twice the threshold of a reminder, below which RingCentral refuses that; at most today's maximum.
 */
export function wantedLifetime(wishes: LifetimeWishes): number {
  const { asked, recorded, reminderThreshold = 0, allowShorter = false } = wishes;
  const atLeast = withFraction(Math.ceil(Math.max(wishes.remaining || 0, 0)));
  const wanted = asked ?? recorded ?? Math.max(atLeast, defaultLifetime);
  const least = Math.max(1, allowShorter ? 0 : atLeast, 2 * reminderThreshold);
  return Math.min(Math.max(wanted, least), maximumLifetime);
}

/**
 * The server tells whole seconds and keeps the fraction to itself: to ask for what it tells would shorten
 * the life by that. A whole default has just been granted, and hides none.
 */
function withFraction(remaining: number): number {
  return remaining === 0 || remaining === defaultLifetime ? remaining : remaining + 1;
}

/** How to renew without shortening a life. */
export interface RenewalPlan {
  /** `POST …/renew`, `PUT`, or nothing, because more is left than RingCentral grants today. */
  readonly method: "renew" | "put" | "leave";
  /** Seconds. */
  readonly expiresIn: number;
  /** For the PUT: all of them, the disabled ones and those that an earlier renewal had to drop included. */
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
  // A plain renew may set the default, and nobody promises that it sets anything else; it brings no filter back.
  const isPlain = expiresIn === defaultLifetime && dropped.length === 0;
  return { method: isPlain ? "renew" : "put", expiresIn, eventFilters };
}

/** The filters of a subscription, each once; the server lists the disabled ones among them or apart. */
export function allFilters(
  { eventFilters, disabledFilters = [] }: Subscription,
  own?: OwnIds,
): string[] {
  const disabled = disabledFilters.map(({ filter }) => filter);
  return [...new Set([...eventFilters, ...without(disabled, eventFilters, own)])];
}

/** What the server delivers. */
export function enabledFilters({ eventFilters, disabledFilters = [] }: Subscription): string[] {
  const disabled = new Set(disabledFilters.map(({ filter }) => filter));
  return eventFilters.filter((filter) => !disabled.has(filter));
}

/** Those of `filters` that are not among `others`. */
export function without(
  filters: readonly string[],
  others: readonly string[],
  own?: OwnIds,
): string[] {
  return filters.filter((filter) => !others.some((other) => sameFilter(filter, other, own)));
}
