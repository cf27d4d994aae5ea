import {
  colleagueId,
  company,
  customer,
  extensionId,
  queueId,
  startedAt,
} from "./sample-people.ts";

const onTheCall = {
  extensionId,
  telephonyStatus: "CallConnected",
  sequence: 1207,
  presenceStatus: "Busy",
  userStatus: "Available",
  dndStatus: "TakeAllCalls",
  allowSeeMyPresence: true,
  ringOnMonitoredCall: false,
  pickUpCallsOnHold: false,
  ownerId: extensionId,
};

const activeCall = {
  id: "938172640518",
  direction: "Inbound",
  queueCall: false,
  from: customer.phoneNumber,
  fromName: customer.name,
  to: company.phoneNumber,
  toName: company.name,
  startTime: startedAt,
  sessionId: "938172640518",
  telephonySessionId: "s-a0d7c1f25e3b4z19ca41f8b32z5c9d40000",
  partyId: "p-a0d7c1f25e3b4z19ca41f8b32z5c9d40000-2",
  telephonyStatus: "CallConnected",
  terminationType: "final",
};

const sipData = {
  callId: "7d1c9a50f3e24b",
  toTag: "10.13.22.45-5070-6f2d",
  fromTag: "10.13.118.47-5060-91be",
  remoteUri: `sip:${customer.phoneNumber}@sip.example.com`,
  localUri: `sip:${company.phoneNumber}@sip.example.com`,
  rcSessionId: activeCall.sessionId,
};

const detailed = { ...onTheCall, totalActiveCalls: 1, activeCalls: [activeCall] };
const withSip = { ...detailed, activeCalls: [{ ...activeCall, sipData }] };
const lines = { extension: [{ id: colleagueId }, { id: queueId }], sequence: 318 };
const doNotDisturb = { extensionId, dndStatus: "DoNotAcceptAnyCalls" };
const queueMembers = {
  records: [
    { member: { id: extensionId }, acceptCurrentQueueCalls: true },
    { member: { id: colleagueId }, acceptCurrentQueueCalls: false },
  ],
};

/** The same person as seen by somebody who monitors them or has them as a favorite. */
const colleague = { extensionId: colleagueId, ownerId: extensionId };

const account = "/restapi/v1.0/account/{accountId}";
const extension = `${account}/extension/{extensionId}`;
const withCalls = "?detailedTelephonyState=true";

export const presenceSamples: Readonly<Record<string, unknown>> = {
  [`${account}/presence`]: onTheCall,
  [`${extension}/presence`]: onTheCall,
  [`${extension}/presence${withCalls}`]: detailed,
  [`${extension}/presence${withCalls}&sipData=true`]: withSip,
  [`${extension}/presence/line/presence`]: { ...onTheCall, ...colleague },
  [`${extension}/presence/line/presence${withCalls}`]: { ...detailed, ...colleague },
  [`${extension}/presence/line/presence${withCalls}&sipData=true`]: { ...withSip, ...colleague },
  [`${extension}/favorite/presence`]: { ...onTheCall, ...colleague },
  [`${extension}/favorite/presence${withCalls}`]: { ...detailed, ...colleague },
  [`${extension}/favorite/presence${withCalls}&sipData=true`]: { ...withSip, ...colleague },
  [`${extension}/presence/line`]: lines,
  [`${extension}/presence/dnd`]: doNotDisturb,
  [`${account}/call-queues/{groupId}/presence`]: queueMembers,
};
