import { UsageError } from "../errors.ts";
import type { Api } from "../filters/api.ts";
import { parseEventFilters } from "../filters/parse.ts";
import { checkReminder, parseReminder, reminderFilter, reminderOf } from "../filters/reminder.ts";
import { parseAddress } from "../subscriptions/address.ts";
import { doubtAbout, type Lifetime, parseLifetime } from "../subscriptions/lifetime.ts";
import { defaultLifetime } from "../subscriptions/limits.ts";
import type { CreateSubscriptionRequest } from "../subscriptions/subscription.ts";

/** A subscription as somebody wishes it, unchecked. */
export interface Wish {
  /** Aliases, short paths or whole URIs. */
  readonly filters: readonly string[];
  readonly url: string;
  /** A duration, `max`, or an RFC 3339 time; undefined for the server's default. */
  readonly expiresIn: string | undefined;
  /** A reminder before expiry, such as `3d/12h`. */
  readonly remind: string | undefined;
  readonly allowUnknownFilter: boolean;
}

/** A subscription to create. */
export interface NewSubscription {
  readonly api: Api;
  readonly request: CreateSubscriptionRequest;
  /** A lifetime that ends at a given time: `settleLifetime` makes seconds of it. */
  readonly until: Lifetime | undefined;
}

export interface CheckedWish extends NewSubscription {
  /** Sentences about what was accepted. */
  readonly notes: readonly string[];
  /** A sentence about a lifetime in which hardly an event can arrive. */
  readonly doubt: string | undefined;
}

/**
 * Finds every mistake that shows without asking the server. Throws UsageError.
 *
 * @param server called only for what is right otherwise
 * @param lifetimeName what messages call the lifetime
 */
export async function checkWish(
  { filters, url, expiresIn, remind, allowUnknownFilter }: Wish,
  server: () => Promise<string>,
  lifetimeName?: string,
): Promise<CheckedWish> {
  const reminders = remind === undefined ? [] : [reminderFilter(parseReminder(remind))];
  const { eventFilters, api, notes } = parseEventFilters([...filters, ...reminders], {
    allowUnknown: allowUnknownFilter,
  });
  const lifetime = expiresIn === undefined ? undefined : parseLifetime(expiresIn, lifetimeName);
  const seconds = lifetime?.seconds;
  const until = seconds === undefined ? lifetime : undefined;
  if (!until) checkReminders(eventFilters, seconds);
  const address = parseAddress(url, await server());
  const request: CreateSubscriptionRequest = {
    eventFilters,
    deliveryMode: { transportType: "WebHook", address },
    ...(seconds !== undefined && { expiresIn: seconds }),
  };
  return { api, request, until, notes, doubt: doubtAbout(seconds) };
}

export function withVerificationToken<Plan extends NewSubscription>(
  plan: Plan,
  verificationToken: string | undefined,
): Plan {
  if (verificationToken === undefined) return plan;
  const deliveryMode = { ...plan.request.deliveryMode, verificationToken };
  return { ...plan, request: { ...plan.request, deliveryMode } };
}

/**
 * Makes seconds of a lifetime that ends at a given time. `now` is milliseconds since the epoch by the server's clock;
 * `warn` is called with doubts.
 */
export function settleLifetime<Plan extends NewSubscription>(
  plan: Plan,
  now: number,
  warn: (line: string) => void,
): Plan {
  const expiresIn = plan.until?.from(now);
  if (expiresIn === undefined) return plan;
  checkReminders(plan.request.eventFilters, expiresIn);
  const doubt = doubtAbout(expiresIn);
  if (doubt !== undefined) warn(doubt);
  return { ...plan, until: undefined, request: { ...plan.request, expiresIn } };
}

/** Throws UsageError for a reminder that RingCentral would refuse for a lifetime of `expiresIn` seconds. */
export function checkReminders(eventFilters: readonly string[], expiresIn = defaultLifetime): void {
  const reminder = reminderOf(eventFilters);
  const objection = reminder && checkReminder(reminder, expiresIn);
  if (!objection) return;
  throw new UsageError(objection, "Choose a shorter reminder, or a longer --expires-in.");
}
