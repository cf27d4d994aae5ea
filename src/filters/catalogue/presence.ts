import { entries, type QueryParameter } from "./entry.ts";

const plainQuery: readonly QueryParameter[] = [
  { name: "detailedTelephonyState", type: "boolean" },
  {
    name: "sipData",
    type: "boolean",
    needs: "detailedTelephonyState=true",
    note: "only together with detailedTelephonyState=true",
  },
];

const detailedQuery: readonly QueryParameter[] = [
  { name: "detailedTelephonyState", type: "boolean", values: ["true"], required: true },
];

const sipQuery: readonly QueryParameter[] = [
  ...detailedQuery,
  { name: "sipData", type: "boolean", values: ["true"], required: true },
];

/** Of the extension's own presence. */
const aggregated: QueryParameter = {
  name: "aggregated",
  type: "boolean",
  note: "not documented, but used by RingCentral's own code",
};

const overPlain = ["If a subscription has the plain filter too, this one is delivered."];

const shared = { category: "presence", permission: "ReadPresence", since: "1.0.6" } as const;

export const presenceFilters = entries(shared, [
  {
    filter: "/restapi/v1.0/account/{accountId}/presence",
    name: "Account Presence Event",
    summary: "The presence of any user of the account changed",
    permission: "ReadAccounts",
    permissionDisputed: ["ReadPresence"],
    query: [
      {
        name: "detailedTelephonyState",
        type: "boolean",
        note: "mentioned only in changelog 1.0.45",
      },
    ],
    aliases: ["account-presence"],
    notes: ["Delivered under the path of the extension."],
    since: "1.0.26",
  },
  {
    filter: "/restapi/v1.0/account/{accountId}/extension/{extensionId}/presence",
    name: "Extension Presence Event",
    summary: "The extension's presence changed; without its calls",
    query: [...plainQuery, aggregated],
    aliases: ["presence"],
    notes: ["If a subscription has the detailed filter too, the detailed event is delivered."],
  },
  {
    filter: "/restapi/v1.0/account/{accountId}/extension/{extensionId}/presence/line/presence",
    name: "Extension Presence Event (monitored extensions)",
    summary: "The presence of somebody whom the extension monitors changed",
    query: plainQuery,
    aliases: ["monitored-presence"],
    notes: [
      "Another user's lines are refused (SUB-531).",
      "Without the HUD permission the filter is disabled (SUB-412).",
    ],
  },
  {
    filter: "/restapi/v1.0/account/{accountId}/extension/{extensionId}/favorite/presence",
    name: "Extension Presence Event (favorites)",
    summary: "The presence of one of the extension's favorites changed",
    query: plainQuery,
    aliases: ["favorites-presence"],
  },
  {
    filter:
      "/restapi/v1.0/account/{accountId}/extension/{extensionId}/presence?detailedTelephonyState=true",
    name: "Detailed Extension Presence Event",
    summary: "The extension's presence changed; with its calls in progress",
    query: [...detailedQuery, aggregated],
    aliases: ["presence-detailed"],
    notes: overPlain,
  },
  {
    filter:
      "/restapi/v1.0/account/{accountId}/extension/{extensionId}/presence?detailedTelephonyState=true&sipData=true",
    name: "Detailed Extension Presence with SIP Event",
    summary: "The extension's presence changed; with its calls in progress and their SIP data",
    query: [...sipQuery, aggregated],
    aliases: ["presence-sip"],
  },
  {
    filter:
      "/restapi/v1.0/account/{accountId}/extension/{extensionId}/presence/line/presence?detailedTelephonyState=true",
    name: "Detailed Extension Presence Event (monitored extensions)",
    summary: "The presence of a monitored extension changed; with its calls in progress",
    query: detailedQuery,
    aliases: ["monitored-presence-detailed"],
    notes: overPlain,
  },
  {
    filter:
      "/restapi/v1.0/account/{accountId}/extension/{extensionId}/presence/line/presence?detailedTelephonyState=true&sipData=true",
    name: "Detailed Extension Presence with SIP Event (monitored extensions)",
    summary: "The presence of a monitored extension changed; with its calls and their SIP data",
    query: sipQuery,
    aliases: ["monitored-presence-sip"],
  },
  {
    filter:
      "/restapi/v1.0/account/{accountId}/extension/{extensionId}/favorite/presence?detailedTelephonyState=true",
    name: "Detailed Extension Presence Event (favorites)",
    summary: "The presence of a favorite changed; with the calls in progress",
    query: detailedQuery,
    aliases: ["favorites-presence-detailed"],
    notes: overPlain,
  },
  {
    filter:
      "/restapi/v1.0/account/{accountId}/extension/{extensionId}/favorite/presence?detailedTelephonyState=true&sipData=true",
    name: "Detailed Extension Presence with SIP Event (favorites)",
    summary: "The presence of a favorite changed; with the calls and their SIP data",
    query: sipQuery,
    aliases: ["favorites-presence-sip"],
  },
  {
    filter: "/restapi/v1.0/account/{accountId}/extension/{extensionId}/presence/line",
    name: "Extension Presence Line Event",
    summary: "The list of monitored extensions changed",
    aliases: ["presence-lines"],
    since: "1.0.16",
    notes: ["Lists extensions without their presence; for presence use monitored-presence."],
  },
  {
    filter: "/restapi/v1.0/account/{accountId}/extension/{extensionId}/presence/dnd",
    name: "Extension DND Status Event",
    summary: "The extension turned do-not-disturb on or off",
    permission: "ReadAccounts",
    aliases: ["dnd"],
    since: "1.0.46",
  },
  {
    filter: "/restapi/v1.0/account/{accountId}/call-queues/{groupId}/presence",
    name: "Call Queue Member Presence Event",
    summary: "A member of a call queue started or stopped taking its calls",
    aliases: ["call-queue-presence"],
    since: "1.0.55",
    notes: ["Written call-queue-presence:<groupId>."],
  },
]);
