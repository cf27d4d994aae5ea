import type { Backend } from "../backend.ts";
import { nextRecheck, recheck } from "../deliveries/blacklisting.ts";
import { nextReminder, remind } from "./reminders.ts";

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
