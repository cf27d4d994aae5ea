import type { RecordedSubscription } from "../../lifecycle/inventory.ts";
import { relativeExpiry, relativeTime } from "../../subscriptions/time.ts";
import type { SubscriptionRow } from "./subscription-columns.ts";

/** What the server no longer has as a row: when it expired, or when rcwh noticed. `now` is the server's. */
export function recordedRow(recorded: RecordedSubscription, now: number): SubscriptionRow {
  const { id, status, eventFilters, deliveryMode, expirationTime, goneAt, profile, api } = recorded;
  return {
    ...{ id, status, eventFilters, deliveryMode, expirationTime, profile, api },
    expires: describeEnd({ status, expirationTime, goneAt }, now),
    isDim: true,
    document: {
      ...{ id, status, eventFilters, deliveryMode, expirationTime },
      recorded: true,
      ...(goneAt !== undefined && { goneAt }),
      profile,
      api,
    },
  };
}

/** `expired 2 d ago`, `noticed 3 h ago`. Who deleted it, and when, nobody says. */
export function describeEnd(
  {
    status,
    expirationTime,
    goneAt,
  }: {
    readonly status: string;
    readonly expirationTime: string;
    readonly goneAt?: string | undefined;
  },
  now: number,
): string {
  if (status === "Expired") return relativeExpiry(Math.min(0, Date.parse(expirationTime) - now));
  return `noticed ${relativeTime(Math.min(0, Date.parse(goneAt ?? "") - now || 0))}`;
}
