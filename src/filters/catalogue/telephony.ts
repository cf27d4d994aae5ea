import { entries, type QueryParameter } from "./entry.ts";

const sessionQuery: readonly QueryParameter[] = [
  { name: "direction", type: "enum", values: ["Inbound", "Outbound"] },
  { name: "missedCall", type: "boolean" },
  {
    name: "phoneNumber",
    type: "string",
    note: "E.164; write the plus sign as %2B, a bare one may be read as a space",
  },
  { name: "sipData", type: "boolean" },
  {
    name: "statusCode",
    type: "enum",
    values: [
      "Setup",
      "Proceeding",
      "Answered",
      "Disconnected",
      "Gone",
      "Parked",
      "Hold",
      "VoiceMail",
      "FaxReceive",
      "VoiceMailScreening",
    ],
    note: "one value; use one filter per value",
  },
  { name: "withRecordings", type: "boolean" },
];

const contactCenter = { category: "contact-center", permission: "ReadAccounts" } as const;

export const contactCenterFilters = entries(contactCenter, [
  {
    filter: "/restapi/v1.0/account/{accountId}/phone-number?usageType=ContactCenterNumber",
    name: "Contact Center Phone Number Event",
    summary: "A contact center phone number was added, changed or removed",
    query: [{ name: "usageType", type: "enum", values: ["ContactCenterNumber"], required: true }],
    aliases: ["contact-center-numbers"],
    since: "1.0.43",
    notes: ["body.eventType says what happened: Created, Updated or Deleted."],
  },
]);

const sessions = {
  category: "telephony",
  permission: "CallControl",
  query: sessionQuery,
  since: "1.0.36",
} as const;
const sessionFilters = entries(sessions, [
  {
    filter: "/restapi/v1.0/account/{accountId}/telephony/sessions",
    name: "Account Telephony Sessions Event",
    summary: "A call of any user of the account changed state",
    aliases: ["account-telephony", "account-missed-calls"],
    presets: { "account-missed-calls": "missedCall=true" },
    notes: [
      "Events may arrive out of order: sort them by body.sequence.",
      "Reported to cover the whole account only for administrators.",
      "Delivered under the path of the extension, if the call's party has one.",
      "Parameters came later: missedCall with 1.0.42, sipData and statusCode with 1.0.46.",
    ],
  },
  {
    filter: "/restapi/v1.0/account/{accountId}/extension/{extensionId}/telephony/sessions",
    name: "Extension Telephony Sessions Event",
    summary: "A call of the extension changed state",
    aliases: ["telephony", "missed-calls"],
    presets: { "missed-calls": "missedCall=true" },
    notes: ["Events may arrive out of order: sort them by body.sequence."],
  },
]);

const ring = { category: "telephony", permission: "ReadPresence", confidence: "legacy" } as const;
const ringFilters = entries(ring, [
  {
    filter: "/restapi/v1.0/account/{accountId}/extension/{extensionId}/missed-calls",
    name: "Missed Call Event",
    summary: "The extension missed a call",
    since: "1.0.28",
    notes: [
      "Made for mobile push, although a webhook was granted it in 2020; the permission is a guess.",
      "Prefer telephony/sessions?missedCall=true, which the alias missed-calls stands for.",
      "Another user's missed calls are refused (SUB-527).",
    ],
  },
  {
    filter: "/restapi/v1.0/account/{accountId}/extension/{extensionId}/start-ring",
    name: "Incoming Call Event (start-ring)",
    summary: "The extension began to ring",
    notes: ["Made for mobile push, although a webhook was granted it in 2020."],
  },
  {
    filter: "/restapi/v1.0/account/{accountId}/extension/{extensionId}/stop-ring",
    name: "Incoming Call Event (stop-ring)",
    summary: "The extension no longer rings",
    notes: ["Made for mobile push, although a webhook was granted it in 2020."],
  },
  {
    filter: "/restapi/v1.0/account/{accountId}/extension/{extensionId}/incoming-call-pickup",
    name: "Incoming Call Pickup Event",
    summary: "Somebody else picked up a call ringing at the extension",
    notes: [
      "Made for mobile push, although a webhook was granted it in 2020.",
      "Another user's extension is refused (SUB-530).",
    ],
  },
]);

export const telephonyFilters = [...sessionFilters, ...ringFilters];
