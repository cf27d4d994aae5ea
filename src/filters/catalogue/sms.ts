import { entries, type QueryParameter } from "./entry.ts";

const highVolumeQuery: readonly QueryParameter[] = [
  { name: "direction", type: "enum", values: ["Inbound", "Outbound"] },
  { name: "batchId", type: "string" },
  { name: "from", type: "string", note: "sender, E.164; described for outbound messages" },
  { name: "to", type: "string", note: "recipient, E.164; described for inbound messages" },
];

const onlyThreads =
  "On accounts migrated to Message Threads (since 2026-06-01), SMS to main, site and call queue numbers arrives here only.";

/** Also true of the message store. */
export const migratedToThreads =
  "On accounts migrated to Message Threads (since 2026-06-01), SMS to main, site and call queue numbers does not arrive here: subscribe to sms-thread-messages.";

const instantFilters = entries({ category: "sms", permission: "ReadMessages" }, [
  {
    filter:
      "/restapi/v1.0/account/{accountId}/extension/{extensionId}/message-store/instant?type=SMS",
    name: "Instant Message Event",
    summary: "A text message arrived; the event includes its text",
    query: [{ name: "type", type: "enum", values: ["SMS"], required: true }],
    aliases: ["sms"],
    since: "1.0.26",
    notes: [
      "Also called Inbound SMS Event.",
      "For outbound messages and status changes use message-store?type=SMS.",
      "Super admins may subscribe for other extensions, one filter each; other users get SUB-405.",
      migratedToThreads,
    ],
  },
]);

const highVolume = {
  category: "sms",
  permission: "ReadAccounts",
  permissionDisputed: ["A2PSMS"],
  since: "1.0.45",
} as const;
const highVolumeFilters = entries(highVolume, [
  {
    filter: "/restapi/v1.0/account/{accountId}/a2p-sms/batches",
    name: "Message Batch Event",
    summary: "A high-volume SMS batch of the account moved to another state",
    query: [{ name: "from", type: "string", note: "sender, E.164" }],
    aliases: ["a2p-batches", "a2psmsbatch"],
    notes: ["The changelog mentions it only from 1.0.49."],
  },
  {
    filter: "/restapi/v1.0/account/{accountId}/a2p-sms/batches/{batchId}",
    name: "Specific Message Batch Event",
    summary: "One particular high-volume SMS batch moved to another state",
    aliases: ["a2p-batch"],
    notes: ["Written a2p-batch:<batchId>."],
  },
  {
    filter: "/restapi/v1.0/account/{accountId}/a2p-sms/messages",
    name: "Batch Messages Event",
    summary: "A single high-volume message was sent, delivered, refused or received",
    query: highVolumeQuery,
    aliases: ["a2p-messages", "a2p-inbound", "a2p-outbound", "a2psmsinbound"],
    presets: {
      "a2p-inbound": "direction=Inbound",
      "a2p-outbound": "direction=Outbound",
      a2psmsinbound: "direction=Inbound",
    },
  },
  {
    filter: "/restapi/v1.0/account/{accountId}/a2p-sms/opt-outs",
    name: "Batch Message Opt-Out Event",
    summary: "A recipient opted out of high-volume SMS, or back in",
    query: highVolumeQuery,
    aliases: ["a2p-opt-outs", "a2psmsoptouts"],
    notes: ["One of the two guides documents only the parameter from."],
  },
]);

const preview = { category: "sms", permission: "SMS", confidence: "preview" } as const;
const previewFilters = entries(preview, [
  {
    filter: "/restapi/v2/accounts/{accountId}/extensions/{extensionId}/sms/batches",
    name: "SMS Batch Event (v2)",
    summary: "A batch sent through SMS v2 from the extension's numbers is done",
    query: [{ name: "from", type: "string", note: "sender, E.164" }],
    aliases: ["sms-v2-batches"],
    notes: ["From a draft of the guide; the permission is a guess."],
  },
  {
    filter: "/restapi/v2/accounts/{accountId}/extensions/{extensionId}/sms/messages",
    name: "SMS Message Event (v2)",
    summary: "The extension sent or received a message through SMS v2",
    query: [
      { name: "direction", type: "enum", values: ["Inbound", "Outbound"], required: true },
      { name: "to", type: "string", note: "recipient, E.164; for inbound messages" },
      { name: "from", type: "string", note: "sender, E.164; for outbound messages" },
    ],
    aliases: ["sms-v2-messages", "sms-v2-inbound", "sms-v2-outbound"],
    presets: { "sms-v2-inbound": "direction=Inbound", "sms-v2-outbound": "direction=Outbound" },
    notes: ["From a draft of the guide; the permission is a guess."],
  },
]);

const threadFilters = entries({ category: "sms", permission: "SMS" }, [
  {
    filter: "/restapi/v1.0/account/{accountId}/message-threads/sync",
    name: "Thread Event",
    summary: "A shared SMS thread was opened, assigned to somebody else, or resolved",
    aliases: ["sms-threads"],
    notes: [
      "Says only when something changed; fetch the changes with the thread sync API.",
      onlyThreads,
    ],
  },
  {
    filter: "/restapi/v1.0/account/{accountId}/message-threads/entries/sync",
    name: "Thread Message Event",
    summary: "A message of a shared SMS thread is new or changed",
    aliases: ["sms-thread-messages"],
    notes: [
      "Says only when something changed; fetch the changes with the thread entries sync API.",
      onlyThreads,
    ],
  },
]);

export const smsFilters = [
  ...instantFilters,
  ...highVolumeFilters,
  ...previewFilters,
  ...threadFilters,
];
