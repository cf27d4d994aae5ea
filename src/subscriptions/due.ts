import { remainingSeconds } from "./lifetime.ts";
import type { SubscriptionRecord } from "./record.ts";
import type { Subscription } from "./subscription.ts";

/** Seconds before its end at which a subscription of unknown lifetime is due: 48 hours. */
const defaultThreshold = 172_800;

export interface DueOptions {
  /** `--within`, milliseconds. */
  readonly within?: number | undefined;
  readonly recorded?: SubscriptionRecord | undefined;
  /** Milliseconds since the epoch; only counts where the server does not say what remains. */
  readonly now: number;
}

/**
 * Whether it is time to renew: within `within` of the end, else in the last third of the recorded
 * lifetime, else in the last 48 hours. An expiry that cannot be read is due.
 */
export function isDue(subscription: Subscription, { within, recorded, now }: DueOptions): boolean {
  const threshold = dueBefore({ within, lifetime: recorded?.expiresIn });
  return !(remainingSeconds(subscription, now) > threshold);
}

/** Seconds before its end from which a subscription is due. `within` in milliseconds, `lifetime` as recorded, in seconds. */
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
