import type { Subscription } from "./subscription.ts";

/** Sorts by expiry, soonest first, then by id. An expiry that cannot be read comes first. */
export function byExpiry(
  a: Pick<Subscription, "id" | "expirationTime">,
  b: Pick<Subscription, "id" | "expirationTime">,
): number {
  return expiry(a) - expiry(b) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

function expiry({ expirationTime }: Pick<Subscription, "expirationTime">): number {
  return Date.parse(expirationTime) || 0;
}
