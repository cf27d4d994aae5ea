import { accountId, company, customer, extensionId, startedAt } from "./sample-people.ts";

const sessionId = "938172640518";
const telephonySessionId = "s-a0d7c1f25e3b4z19ca41f8b32z5c9d40000";

/** A call that rings at the extension, seen from its side. */
const telephonySession = {
  sequence: 4,
  sessionId,
  telephonySessionId,
  serverId: "10.13.118.47.TAM",
  eventTime: startedAt,
  origin: { type: "Call" },
  parties: [
    {
      accountId,
      extensionId,
      id: `p-${telephonySessionId.slice(2)}-2`,
      direction: "Inbound",
      from: { phoneNumber: customer.phoneNumber, name: customer.name },
      to: { ...company, extensionId },
      status: { code: "Proceeding", rcc: false },
      missedCall: false,
      standAlone: false,
      muted: false,
    },
  ],
};

const ringing = {
  extensionId,
  action: "StartRing",
  sessionId,
  serverId: telephonySession.serverId,
  from: customer.phoneNumber,
  fromName: customer.name,
  to: company.phoneNumber,
  toName: company.name,
  timestamp: startedAt,
  ownerId: extensionId,
};

const account = "/restapi/v1.0/account/{accountId}";
const extension = `${account}/extension/{extensionId}`;

export const callSamples: Readonly<Record<string, unknown>> = {
  [`${account}/telephony/sessions`]: telephonySession,
  [`${extension}/telephony/sessions`]: telephonySession,
  [`${extension}/start-ring`]: ringing,
  [`${extension}/stop-ring`]: { ...ringing, action: "StopRing" },
  [`${extension}/incoming-call-pickup`]: { ...ringing, action: "Pickup" },
  [`${extension}/missed-calls`]: { ...ringing, action: "MissedCall" },
};
