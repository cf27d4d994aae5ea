import { reminderPath } from "../../filters/reminder.ts";
import { queryPairs, splitUri } from "../../filters/uri.ts";
import type { Backend } from "../backend.ts";
import { deliver } from "../deliveries/deliveries.ts";
import { enabledFilters, type StoredSubscription } from "./store.ts";

/** When the endpoint is next reminded of the subscription's expiry; undefined if never. */
export function nextReminder(subscription: StoredSubscription): number | undefined {
  if (subscription.blacklisted) return undefined;
  const instants = enabledFilters(subscription).flatMap((filter) => {
    const instant = nextInstant(filter, subscription);
    return instant === undefined ? [] : [instant];
  });
  return instants.length === 0 ? undefined : Math.min(...instants);
}

/** Sends the reminders that are due, one for several that were missed. Resolves when the endpoint has answered. */
export async function remind(subscription: StoredSubscription, backend: Backend): Promise<void> {
  const now = backend.clock.now();
  const due = enabledFilters(subscription).filter((filter) => {
    const instant = nextInstant(filter, subscription);
    return instant !== undefined && instant <= now;
  });
  backend.subscriptions.put({ ...subscription, remindedAt: now });
  const body = { expiresIn: Math.floor((subscription.expiresAt - now) / 1000) };
  await Promise.all(due.map((event) => deliver(subscription, event, body, backend)));
}

/** The next reminder of one filter, after the latest one and the latest renewal. */
function nextInstant(
  filter: string,
  { expiresAt, lifetime, remindedAt = 0 }: StoredSubscription,
): number | undefined {
  const { path, query } = splitUri(filter);
  if (path !== reminderPath) return undefined;
  const pairs = queryPairs(query);
  const milliseconds = (wanted: string) =>
    Number(pairs.find(({ name }) => name === wanted)?.value) * 1000;
  // RingCentral's limit, which a shorter lifetime after a renewal may exceed.
  const first = expiresAt - Math.min(milliseconds("threshold"), lifetime * 500);
  const interval = milliseconds("interval");
  const after = Math.max(remindedAt, expiresAt - lifetime * 1000);
  const missed = after < first ? 0 : Math.floor((after - first) / interval) + 1;
  const instant = first + missed * interval;
  // False also for NaN.
  return instant < expiresAt ? instant : undefined;
}
