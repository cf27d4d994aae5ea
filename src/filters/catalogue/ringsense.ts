import { entries } from "./entry.ts";

const ringsenseNotes = [
  "Another page asks for the user permission ReadRingSenseInsights.",
  "RingCentral has called RingSense ACE (AI Conversation Expert) since 2026; paths and scope are the same.",
];

const shared = {
  category: "ringsense",
  permission: "RingSense",
  userPermission: "ReadCompanyCallRecording",
} as const;

export const ringsenseFilters = entries(shared, [
  {
    filter: "/ai/ringsense/v1/public/accounts/{accountId}/domains/pbx/insights",
    name: "RingSense Event (pbx)",
    summary: "Insights into a RingEX call are ready",
    aliases: ["ringsense-pbx"],
    notes: [...ringsenseNotes, "A call with AI Notes on gives two events."],
  },
  {
    filter: "/ai/ringsense/v1/public/accounts/{accountId}/domains/rcv/insights",
    name: "RingSense Event (rcv)",
    summary: "Insights into a RingEX video meeting are ready",
    aliases: ["ringsense-rcv"],
    notes: ringsenseNotes,
  },
  {
    filter: "/ai/ringsense/v1/public/accounts/{accountId}/domains/rcx/insights",
    name: "RingSense Event (rcx)",
    summary: "Insights into a RingCX call are ready",
    aliases: ["ringsense-rcx"],
    notes: ringsenseNotes,
  },
  {
    filter: "/ai/ringsense/v1/public/accounts/{accountId}/domains/ms-teams/insights",
    name: "RingSense Event (ms-teams)",
    summary: "Insights into a Microsoft Teams meeting are ready",
    aliases: ["ringsense-ms-teams"],
    notes: ringsenseNotes,
  },
  {
    filter: "/ai/ringsense/v1/public/accounts/{accountId}/domains/nice-incontact/insights",
    name: "RingSense Event (nice-incontact)",
    summary: "Insights into a NICE CXone call are ready",
    aliases: ["ringsense-nice-incontact"],
    notes: ringsenseNotes,
  },
]);
