import { accountFilters } from "./account.ts";
import type { CatalogueEntry } from "./entry.ts";
import { messageFilters } from "./messages.ts";
import { observedFilters } from "./observed.ts";
import { presenceFilters } from "./presence.ts";
import { ringsenseFilters } from "./ringsense.ts";
import { smsFilters } from "./sms.ts";
import { teamMessagingFilters } from "./team-messaging.ts";
import { contactCenterFilters, telephonyFilters } from "./telephony.ts";
import { webinarFilters } from "./webinar.ts";

/** The reminder belongs to every subscription; `reminder.ts` makes and reads it. */
const subscriptionFilters: readonly CatalogueEntry[] = [
  {
    filter: "/restapi/v1.0/subscription/~?threshold={threshold}&interval={interval}",
    name: "Subscription Renewal Reminder",
    category: "subscription",
    summary: "Reminds the endpoint that this subscription is about to expire, until it is renewed",
    permission: "SubscriptionWebhook",
    query: [
      {
        name: "threshold",
        type: "integer",
        required: true,
        note: "seconds before the expiry; no more than half of the lifetime",
      },
      {
        name: "interval",
        type: "integer",
        required: true,
        note: "seconds from one reminder to the next; no more than half of the threshold",
      },
    ],
    api: "platform",
    aliases: ["reminder"],
    confidence: "documented",
    notes: [
      "Written reminder:3d/12h, or reminder:3d for an interval of a quarter of the threshold.",
      "Here ~ stands for the subscription itself and is delivered as it is.",
      "Another filter has to go with it (SUB-515); numbers out of range give SUB-516.",
      "Answering the reminder renews nothing: the subscription has to be renewed by a call.",
    ],
  },
];

/** Every event filter known, documented or not, in the order in which `rcwh filters` shows them. */
export const catalogue: readonly CatalogueEntry[] = [
  ...smsFilters,
  ...messageFilters,
  ...contactCenterFilters,
  ...telephonyFilters,
  ...presenceFilters,
  ...teamMessagingFilters,
  ...accountFilters,
  ...webinarFilters,
  ...ringsenseFilters,
  ...subscriptionFilters,
  ...observedFilters,
];

/**
 * Whether the filter reports every user of the account as they work, so that its volume deserves a word:
 * the account's presence and telephony. Other account-level filters report rare changes.
 */
export function accountWide({ filter, category }: CatalogueEntry): boolean {
  const busy = category === "presence" || category === "telephony";
  return busy && !filter.includes("{extensionId}") && !filter.includes("{groupId}");
}
