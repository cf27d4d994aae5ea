import type { CatalogueEntry } from "./entry.ts";
import { migratedToThreads } from "./sms.ts";

const message = {
  category: "messages",
  permission: "ReadMessages",
  api: "platform",
  confidence: "documented",
} as const;

export const messageFilters: readonly CatalogueEntry[] = [
  {
    ...message,
    filter: "/restapi/v1.0/account/{accountId}/extension/{extensionId}/fax?direction=Inbound",
    name: "Fax Message Event",
    summary: "The extension received a fax",
    query: [{ name: "direction", type: "enum", values: ["Inbound"], required: true }],
    aliases: ["fax"],
    since: "1.0.37",
    notes: ["Also called Inbound Fax Event."],
  },
  {
    ...message,
    filter: "/restapi/v1.0/account/{accountId}/extension/{extensionId}/message-store",
    name: "Message Event",
    summary:
      "Something in the extension's message store is new or changed; gives counts, no content",
    query: [
      { name: "type", type: "enum", values: ["SMS", "Fax", "Voicemail", "Pager"] },
      { name: "direction", type: "enum", values: ["Inbound", "Outbound"] },
    ],
    aliases: ["messages"],
    since: "1.0.6",
    notes: [
      "The parameter is type: messageType belongs to the REST call and is refused here.",
      "There is none for the whole account, only one for each extension.",
      "Filtering by type and direction is possible since 1.0.39.",
      migratedToThreads,
    ],
  },
  {
    ...message,
    filter: "/restapi/v1.0/account/{accountId}/extension/{extensionId}/voicemail",
    name: "Voicemail Message Event",
    summary: "Somebody left the extension a voicemail",
    query: [],
    aliases: ["voicemail"],
    since: "1.0.36",
    notes: ["The changelog has it from 1.0.37 only."],
  },
  {
    ...message,
    filter: "/restapi/v1.0/account/{accountId}/extension/{extensionId}/inbound-messages",
    name: "Inbound Message Event",
    summary: "A message came in; shaped as a push for a phone's badge",
    query: [{ name: "badge", type: "boolean" }],
    aliases: [],
    confidence: "legacy",
    notes: ["Known from mobile push; whether a webhook may have it is not known."],
  },
];
