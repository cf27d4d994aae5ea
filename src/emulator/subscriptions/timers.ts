import { reminderPath } from "../../filters/reminder.ts";
import { queryPairs, splitUri } from "../../filters/uri.ts";
import type { Backend } from "../backend.ts";
import { nextRecheck, recheck } from "../deliveries/blacklisting.ts";
import { deliver } from "../deliveries/deliveries.ts";
import { enabledFilters, type StoredSubscription } from "./store.ts";

/**
 * Keeps a timer on the emulator's clock for the next event of each subscription: a reminder or, while it is
 * blacklisted, another try of its endpoint. It is set again whenever a subscription changes. Returns a function that
 * sets all timers again, for a change of the settings.
 */
export function scheduleTimers(backend: Backend): () => void {
  const { subscriptions, clock } = backend;
  const cancellations = new Map<string, () => void>();

  const run = async (id: string) => {
    cancellations.delete(id);
    const subscription = subscriptions.find(id);
    if (!subscription) return;
    if (subscription.blacklisted) await recheck(subscription, backend);
    else await remind(subscription, backend);
  };
  const plan = (id: string) => {
    cancellations.get(id)?.();
    cancellations.delete(id);
    const subscription = subscriptions.find(id);
    if (!subscription) return;
    const instant = nextRecheck(subscription, backend.settings) ?? nextReminder(subscription);
    if (instant === undefined) return;
    cancellations.set(
      id,
      // In the order of creation.
      clock.schedule(instant, () => run(id), [subscriptions.placeOf(id) ?? 0]),
    );
  };
  subscriptions.watch(plan);
  return () => {
    for (const { id } of subscriptions.all()) plan(id);
  };
}

/** When the endpoint is next reminded of the subscription's expiry; undefined if never. */
function nextReminder(subscription: StoredSubscription): number | undefined {
  if (subscription.blacklisted) return undefined;
  const instants = enabledFilters(subscription).flatMap((filter) => {
    const instant = nextInstant(filter, subscription);
    return instant === undefined ? [] : [instant];
  });
  return instants.length === 0 ? undefined : Math.min(...instants);
}

/** Sends the reminders that are due, one for several that were missed. Resolves when the endpoint has answered. */
async function remind(subscription: StoredSubscription, backend: Backend): Promise<void> {
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
