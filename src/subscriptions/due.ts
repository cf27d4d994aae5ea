import { remainingSeconds } from "./lifetime.ts";
import { isOfListener } from "./marker.ts";
import type { SubscriptionRecord } from "./record.ts";
import type { Subscription } from "./subscription.ts";

/** Seconds before expiry at which a subscription of unknown lifetime is due: 48 hours. */
const defaultThreshold = 172_800;

export interface DueOptions {
  /** `--within`, milliseconds. */
  readonly within?: number | undefined;
  readonly recorded?: SubscriptionRecord | undefined;
  /** Milliseconds since the epoch. Used if the server does not report the remaining seconds. */
  readonly now: number;
}

/**
 * Whether it is time to renew: `within` before expiry, by default in the last third of the recorded lifetime, or in the
 * last 48 hours if none is recorded. A subscription whose expiry cannot be read is due.
 */
export function isDue(subscription: Subscription, { within, recorded, now }: DueOptions): boolean {
  const threshold = dueBefore({ within, lifetime: recorded?.expiresIn });
  return !(remainingSeconds(subscription, now) > threshold);
}

/**
 * Whether others keep it alive: RingCentral a WebSocket subscription while its connection is open, and `rcwh listen` the
 * one that it made.
 */
export function isKeptByOthers(subscription: Pick<Subscription, "deliveryMode">): boolean {
  return subscription.deliveryMode.transportType === "WebSocket" || isOfListener(subscription);
}

/** Whether rcwh may replace it: a webhook that no other program maintains. */
export function isReplaceable(subscription: Pick<Subscription, "deliveryMode">): boolean {
  const { transportType, address } = subscription.deliveryMode;
  return transportType === "WebHook" && address !== undefined && !isOfListener(subscription);
}

/** How many seconds before expiry a subscription is due. `within` is in milliseconds, the recorded `lifetime` in seconds. */
export function dueBefore({
  within,
  lifetime,
}: {
  readonly within?: number | undefined;
  readonly lifetime: number | undefined;
}): number {
  if (within !== undefined) return within / 1000;
  return lifetime === undefined ? defaultThreshold : lifetime / 3;
}
