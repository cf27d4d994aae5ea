import type { RecordedSubscription } from "../../lifecycle/inventory.ts";
import { describeEnd } from "../../subscriptions/time.ts";
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
