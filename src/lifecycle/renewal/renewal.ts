import type { RingCentralClient } from "../../api/client.ts";
import { ApiError } from "../../api/errors.ts";
import { asSentence } from "../../errors.ts";
import type { OwnIds } from "../../filters/compare.ts";
import { describeUnhealthy, isHealthy } from "../../subscriptions/health.ts";
import {
  formatDuration,
  formatRemaining,
  lifetimeTolerance,
  remainingSeconds,
} from "../../subscriptions/lifetime.ts";
import { defaultLifetime } from "../../subscriptions/limits.ts";
import type { SubscriptionRecord } from "../../subscriptions/record.ts";
import { type RenewalPlan, renewalPlan } from "../../subscriptions/renewal-plan.ts";
import type { Subscription } from "../../subscriptions/subscription.ts";
import { allFilters, enabledFilters, without } from "../../subscriptions/subscription-filters.ts";
import type { OwnedSubscription } from "../inventory.ts";

/** A renewal that the server accepted, and how well it went. */
export interface Renewal {
  readonly outcome:
    | "renewed"
    | "unchanged"
    | "degraded"
    | "disabled-filters"
    | "blacklisted"
    | "shortened";
  readonly subscription: OwnedSubscription;
  /** What needs attention, as sentences. */
  readonly remarks: readonly string[];
  /** Filters that were asked for and not granted: the next renewal asks again. */
  readonly droppedFilters: readonly string[];
}

export interface RenewalOptions {
  readonly record: SubscriptionRecord | undefined;
  /** The lifetime asked for, seconds; undefined for the recorded one. */
  readonly expiresIn: number | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly own: OwnIds;
}

/**
 * Renews one subscription for its intended lifetime, and never for less than what remains. Throws the
 * server's refusal.
 */
export async function renewSubscription(
  client: RingCentralClient,
  subscription: OwnedSubscription,
  { record, expiresIn, now, own }: RenewalOptions,
): Promise<Renewal> {
  const plan = renewalPlan(subscription, { asked: expiresIn, recorded: record, now, own });
  if (plan.method === "leave") {
    const droppedFilters = record?.droppedFilters ?? [];
    return { outcome: "unchanged", subscription, remarks: [], droppedFilters };
  }

  const { granted, remarks } =
    plan.method === "renew"
      ? { granted: await client.renew(subscription.api, subscription.id), remarks: [] }
      : await putOrFallBack(client, subscription, plan, now);
  const renewed = { ...granted, profile: subscription.profile, api: subscription.api };
  const droppedFilters = without(plan.eventFilters, allFilters(renewed, own), own);
  const lost = remainingSeconds(subscription, now) - remainingSeconds(renewed, now);
  if (lost > lifetimeTolerance) {
    const remark = `The server shortened its lifetime: it now expires ${renewed.expirationTime} instead of ${subscription.expirationTime}.`;
    const all = [remark, ...remarks];
    return { outcome: "shortened", subscription: renewed, remarks: all, droppedFilters };
  }
  return { ...judge(renewed, plan.expiresIn, remarks, now), droppedFilters };
}

/**
 * Tries a PUT with every filter, the disabled ones included; then without those; then a plain renew, if
 * the default lifetime is longer than what remains.
 */
async function putOrFallBack(
  client: RingCentralClient,
  subscription: OwnedSubscription,
  { eventFilters, expiresIn }: RenewalPlan,
  now: number,
): Promise<{ readonly granted: Subscription; readonly remarks: readonly string[] }> {
  const { api, id } = subscription;
  try {
    const granted = await client.update(api, id, { eventFilters, expiresIn });
    return { granted, remarks: [] };
  } catch (refusal) {
    if (!isRefusal(refusal)) throw refusal;
    const enabled = enabledFilters(subscription);
    const disabled = without(eventFilters, enabled);
    if (disabled.length > 0 && enabled.length > 0) {
      try {
        const granted = await client.update(api, id, { eventFilters: enabled, expiresIn });
        const remark = `${asSentence(refusal.message)} Renewed without ${disabled.join(", ")}; the next renewal tries again.`;
        return { granted, remarks: [remark] };
      } catch (error) {
        if (!isRefusal(error)) throw error;
      }
    }
    if (remainingSeconds(subscription, now) >= defaultLifetime) throw refusal;
    const granted = await client.renew(api, id);
    const remark = `${asSentence(refusal.message)} Renewed for ${formatDuration(defaultLifetime)} instead of ${formatDuration(expiresIn)}, with unchanged filters: ${eventFilters.join(", ")}.`;
    return { granted, remarks: [remark] };
  }
}

function isRefusal(error: unknown): error is ApiError {
  return error instanceof ApiError && (error.status === 400 || error.status === 403);
}

function judge(
  subscription: OwnedSubscription,
  wanted: number,
  fallback: readonly string[],
  now: number,
): Omit<Renewal, "droppedFilters"> {
  const { disabledFilters = [] } = subscription;
  if (!isHealthy(subscription)) {
    const renewed = "It was renewed, so that you can recover it.";
    const remarks = [describeUnhealthy(subscription, "It"), renewed, ...fallback];
    return { outcome: "blacklisted", subscription, remarks };
  }
  const remarks = [...fallback];
  const granted = remainingSeconds(subscription, now);
  if (granted < wanted - lifetimeTolerance && fallback.length === 0) {
    remarks.push(
      `The server granted ${formatRemaining(granted)} instead of ${formatDuration(wanted)}.`,
    );
  }
  for (const { filter, reason, message } of disabledFilters) {
    remarks.push(
      `RingCentral disabled ${filter}: ${[message, reason].filter(Boolean).join(", ")}.`,
    );
  }
  if (fallback.length > 0 || granted < wanted - lifetimeTolerance) {
    return { outcome: "degraded", subscription, remarks };
  }
  return {
    outcome: disabledFilters.length > 0 ? "disabled-filters" : "renewed",
    subscription,
    remarks,
  };
}
