import type { SubscriptionRecord } from "../../src/subscriptions/record.ts";
import type { Subscription } from "../../src/subscriptions/subscription.ts";

export const now = Date.parse("2026-11-22T12:00:00Z");
const week = 604_800;

/** A healthy webhook for posts with a week left, unless `parts` says otherwise. */
export function subscription(id: string, parts: Partial<Subscription> = {}): Subscription {
  return {
    id,
    uri: `https://platform.ringcentral.com/restapi/v1.0/subscription/${id}`,
    eventFilters: ["/team-messaging/v1/posts"],
    deliveryMode: { transportType: "WebHook", address: "https://example.com/hook" },
    creationTime: new Date(now).toISOString(),
    expirationTime: new Date(now + week * 1000).toISOString(),
    expiresIn: week,
    status: "Active",
    ...parts,
  };
}

export function record(parts: Partial<SubscriptionRecord> = {}): SubscriptionRecord {
  return {
    id: "a",
    api: "platform",
    eventFilters: ["/team-messaging/v1/posts"],
    address: "https://example.com/hook",
    expirationTime: new Date(now + week * 1000).toISOString(),
    ...parts,
  };
}
