import { accountFilters } from "./account.ts";
import { type CatalogueEntry, entries } from "./entry.ts";
import { messageFilters } from "./messages.ts";
import { observedFilters } from "./observed.ts";
import { presenceFilters } from "./presence.ts";
import { ringsenseFilters } from "./ringsense.ts";
import { smsFilters } from "./sms.ts";
import { teamMessagingFilters } from "./team-messaging.ts";
import { contactCenterFilters, telephonyFilters } from "./telephony.ts";
import { webinarFilters } from "./webinar.ts";

const reminder = { category: "subscription", permission: "SubscriptionWebhook" } as const;

const subscriptionFilters = entries(reminder, [
  {
    filter: "/restapi/v1.0/subscription/~?threshold={threshold}&interval={interval}",
    name: "Subscription Renewal Reminder",
    summary: "Reminds the endpoint that the subscription is about to expire, until it is renewed",
    query: [
      {
        name: "threshold",
        type: "integer",
        required: true,
        note: "seconds before expiry; at most half the lifetime",
      },
      {
        name: "interval",
        type: "integer",
        required: true,
        note: "seconds between reminders; at most half the threshold",
      },
    ],
    aliases: ["reminder"],
    notes: [
      "Write reminder:3d/12h, or reminder:3d with a quarter of the threshold as interval.",
      "Here ~ stands for the subscription itself and is delivered unchanged.",
      "It needs another filter beside it (SUB-515); numbers out of range give SUB-516.",
      "Answering the reminder renews nothing: renew the subscription through the API.",
    ],
  },
]);

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
 * Whether the filter reports the activity of every user of the account, which means many events: account-wide presence
 * and telephony. Other account-wide filters report rare changes.
 */
export function accountWide({ filter, category }: CatalogueEntry): boolean {
  const busy = category === "presence" || category === "telephony";
  return busy && !filter.includes("{extensionId}") && !filter.includes("{groupId}");
}
