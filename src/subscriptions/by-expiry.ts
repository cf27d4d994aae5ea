import type { Subscription } from "./subscription.ts";

/** For sorting: soonest to expire first, an expiry that cannot be read before all, and always in the same order. */
export function byExpiry(
  a: Pick<Subscription, "id" | "expirationTime">,
  b: Pick<Subscription, "id" | "expirationTime">,
): number {
  return expiry(a) - expiry(b) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

function expiry({ expirationTime }: Pick<Subscription, "expirationTime">): number {
  return Date.parse(expirationTime) || 0;
}
