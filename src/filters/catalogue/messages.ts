import { entries } from "./entry.ts";
import { migratedToThreads } from "./sms.ts";

export const messageFilters = entries({ category: "messages", permission: "ReadMessages" }, [
  {
    filter: "/restapi/v1.0/account/{accountId}/extension/{extensionId}/fax?direction=Inbound",
    name: "Fax Message Event",
    summary: "The extension received a fax",
    query: [{ name: "direction", type: "enum", values: ["Inbound"], required: true }],
    aliases: ["fax"],
    since: "1.0.37",
    notes: ["Also called Inbound Fax Event."],
  },
  {
    filter: "/restapi/v1.0/account/{accountId}/extension/{extensionId}/message-store",
    name: "Message Event",
    summary: "Messages in the extension's message store are new or changed; counts without content",
    query: [
      { name: "type", type: "enum", values: ["SMS", "Fax", "Voicemail", "Pager"] },
      { name: "direction", type: "enum", values: ["Inbound", "Outbound"] },
    ],
    aliases: ["messages"],
    since: "1.0.6",
    notes: [
      "The parameter is type; messageType is the REST API's name and is refused here.",
      "Exists per extension only, not for the whole account.",
      "Filtering by type and direction is possible since 1.0.39.",
      migratedToThreads,
    ],
  },
  {
    filter: "/restapi/v1.0/account/{accountId}/extension/{extensionId}/voicemail",
    name: "Voicemail Message Event",
    summary: "Somebody left the extension a voicemail",
    aliases: ["voicemail"],
    since: "1.0.36",
    notes: ["The changelog mentions it only from 1.0.37."],
  },
  {
    filter: "/restapi/v1.0/account/{accountId}/extension/{extensionId}/inbound-messages",
    name: "Inbound Message Event",
    summary: "A message arrived; shaped as a mobile push notification",
    query: [{ name: "badge", type: "boolean" }],
    confidence: "legacy",
    notes: ["Known from mobile push; webhook support is unknown."],
  },
]);
