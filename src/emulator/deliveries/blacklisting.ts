import type { Backend } from "../backend.ts";
import type { StoredSubscription } from "../subscriptions/store.ts";
import { shakeHands } from "./handshake.ts";

/**
 * Records the outcome of a call to a subscription's endpoint; `reason` says why it failed. An endpoint that has failed
 * often and long enough, without a success in between, gets its subscription blacklisted.
 */
export function recordOutcome(
  subscriptionId: string,
  reason: string | undefined,
  backend: Pick<Backend, "subscriptions" | "settings" | "clock">,
): void {
  const { subscriptions, settings, clock } = backend;
  const subscription = subscriptions.find(subscriptionId);
  if (!subscription || subscription.blacklisted) return;
  if (reason === undefined) {
    const { failing, ...healthy } = subscription;
    if (failing) subscriptions.put(healthy);
    return;
  }

  const now = clock.now();
  // The clock may have been moved back since.
  const since = Math.min(subscription.failing?.since ?? now, now);
  const count = (subscription.failing?.count ?? 0) + 1;
  const { blacklistAfterSeconds, blacklistAfterFailures } = settings;
  if (now - since >= blacklistAfterSeconds * 1000 && count >= blacklistAfterFailures) {
    blacklist(subscription, reason, backend);
  } else {
    subscriptions.put({ ...subscription, failing: { since, count } });
  }
}

/** Blacklists a subscription: it receives no more events. */
export function blacklist(
  subscription: StoredSubscription,
  reason: string,
  { subscriptions, clock }: Pick<Backend, "subscriptions" | "clock">,
): void {
  const { failing: _, ...rest } = subscription;
  subscriptions.put({ ...rest, blacklisted: { at: clock.now(), reason } });
}

/** When the endpoint of a blacklisted subscription is next tried; undefined if never. */
export function nextRecheck(
  { blacklisted, deliveryMode }: StoredSubscription,
  { blacklistRecovery, blacklistRecheckInterval }: Backend["settings"],
): number | undefined {
  if (!blacklisted || deliveryMode.transportType !== "WebHook") return undefined;
  if (blacklistRecovery === "permanent") return undefined;
  return (blacklisted.recheckedAt ?? blacklisted.at) + Math.max(1, blacklistRecheckInterval) * 1000;
}

/** Repeats the handshake of a blacklisted subscription. If it succeeds, the subscription is active again. */
export async function recheck(subscription: StoredSubscription, backend: Backend): Promise<void> {
  const { subscriptions, clock, resetSignal } = backend;
  const { id, blacklisted, deliveryMode } = subscription;
  if (!blacklisted || deliveryMode.transportType !== "WebHook") return;
  subscriptions.put({
    ...subscription,
    blacklisted: { ...blacklisted, recheckedAt: clock.now() },
  });
  const isGood = await shakeHands(deliveryMode, backend).then(
    () => true,
    () => false,
  );
  if (resetSignal.aborted) return;
  // It may have been deleted or revived during the handshake.
  const { blacklisted: current, ...active } = subscriptions.find(id) ?? {};
  if (!isGood || !current || !("id" in active)) return;
  // Reminders that fell due while it was blacklisted are lost, as events are.
  subscriptions.put({ ...active, remindedAt: clock.now() });
}
