import type { CatalogueEntry, QueryParameter } from "./entry.ts";

const sipQuery: readonly QueryParameter[] = [
  { name: "detailedTelephonyState", type: "enum", values: ["true"], required: true },
  { name: "sipData", type: "enum", values: ["true"], required: true },
];

const observed = { api: "platform", confidence: "observed" } as const;

const usedByRingCentral = "Not documented, but used by RingCentral's own code.";

/** Filters that RingCentral's own programs subscribe to, although its guide does not mention them. */
export const observedFilters: readonly CatalogueEntry[] = [
  {
    ...observed,
    filter:
      "/restapi/v1.0/account/{accountId}/extension/{extensionId}/presence?detailedTelephonyState=true&sipData=true&totalActiveCalls",
    name: "Detailed Extension Presence with call totals",
    category: "presence",
    summary: "The extension's presence changed; includes its calls, SIP data and call count",
    permission: "ReadPresence",
    query: [...sipQuery, { name: "totalActiveCalls", type: "flag", required: true }],
    aliases: ["presence-totals"],
    notes: [usedByRingCentral],
  },
  {
    ...observed,
    filter:
      "/restapi/v1.0/account/{accountId}/extension/{extensionId}/telephony?action=call-answered-elsewhere",
    name: "Call Answered Elsewhere",
    category: "telephony",
    summary: "A call to the extension was answered on another device",
    permission: "CallControl",
    query: [{ name: "action", type: "enum", values: ["call-answered-elsewhere"], required: true }],
    aliases: ["answered-elsewhere"],
    notes: [usedByRingCentral, "No payload is published; the sample is a telephony session."],
  },
  {
    ...observed,
    filter: "/restapi/v1.0/account/{accountId}/presence?detailedTelephonyState=true&sipData=true",
    name: "Detailed Account Presence with SIP Event",
    category: "presence",
    summary: "The presence of any user of the account changed; includes calls and SIP data",
    permission: "ReadAccounts",
    query: sipQuery,
    aliases: ["account-presence-sip"],
    notes: [usedByRingCentral],
  },
];
