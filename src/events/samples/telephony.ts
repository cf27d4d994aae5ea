import { type Call, randomCall, randomSipTags } from "./call-parties.ts";
import type { EventBody } from "./event-context.ts";
import type { BodyGenerators, SampleData } from "./sample-data.ts";

const account = "/restapi/v1.0/account/{accountId}";
const extension = `${account}/extension/{extensionId}`;

export const telephonyBodies: BodyGenerators = {
  [`${account}/telephony/sessions`]: telephonySession,
  [`${extension}/telephony/sessions`]: telephonySession,
  [`${extension}/telephony`]: (data) => telephonySession(data, "Answered", "Inbound"),
  [`${extension}/missed-calls`]: (data) => ring(data, "MissedCall"),
  [`${extension}/start-ring`]: (data) => ring(data, "StartRing"),
  [`${extension}/stop-ring`]: (data) => ring(data, "StopRing"),
  [`${extension}/incoming-call-pickup`]: (data) => ring(data, "Pickup"),
};

/** One moment of a call, as seen from the subscriber's side. */
function telephonySession(
  data: SampleData,
  code = data.queryValue("statusCode", codeOf(data)),
  direction = directionOf(data, code),
): EventBody {
  const { random, ago } = data;
  const call = randomCall(data, data.member, direction);
  return {
    sequence: sequenceAt(code) + random.integer(0, 1),
    sessionId: call.sessionId,
    telephonySessionId: call.telephonySessionId,
    serverId: call.serverId,
    eventTime: ago(random.integer(50, 500)),
    origin: { type: "Call" },
    parties: [partyOf(call, code, data)],
  };
}

function partyOf(call: Call, code: string, data: SampleData): EventBody {
  const { random, queryValue, asksFor, template } = data;
  const { member, contact } = call;
  const inbound = call.direction === "Inbound";
  const own = {
    phoneNumber: member.phoneNumber,
    name: member.name,
  };
  const other = { phoneNumber: contact.phoneNumber, name: contact.name };
  const missedCall = queryValue("missedCall", "false") === "true";
  const parkId = String(random.integer(800, 899));
  const sipData = randomSipTags(data);
  const recordingId = random.id();
  const missedReason = random.pick(["NoAnswer", "Cancelled"]);
  // The company's greeting has no extension; only the whole account hears of its calls. Nor has it a phone.
  const isGreeting = template === `${account}/telephony/sessions` && random.chance(0.1);
  const extensionId = isGreeting ? {} : { extensionId: member.extensionId };
  const ownSide = isGreeting ? own : { ...own, ...extensionId, deviceId: random.id() };
  return {
    accountId: member.accountId,
    ...extensionId,
    id: call.partyId,
    direction: call.direction,
    from: inbound ? other : ownSide,
    to: inbound ? ownSide : other,
    ...(asksFor("withRecordings") && {
      recordings: [{ id: recordingId, active: code === "Answered" || code === "Hold" }],
    }),
    status: {
      code,
      ...(missedCall && code === "Disconnected" && { reason: missedReason }),
      ...(code === "Parked" && { parkData: parkId }),
      rcc: false,
    },
    park: code === "Parked" ? { id: parkId } : {},
    queueCall: false,
    missedCall,
    standAlone: false,
    muted: false,
    ...(asksFor("sipData") && { sipData }),
  };
}

/** A missed call is over. */
function codeOf({ random, asksFor }: SampleData): string {
  const code = random.pick(["Setup", "Proceeding", "Answered", "Hold", "Disconnected"]);
  return asksFor("missedCall") ? "Disconnected" : code;
}

/** Only an inbound call can be missed, or end in voicemail or on a fax line. */
function directionOf({ random, asksFor }: SampleData, code: string): string {
  const direction = random.pick(["Inbound", "Outbound"]);
  const mustBeInbound = ["VoiceMail", "VoiceMailScreening", "FaxReceive"].includes(code);
  return mustBeInbound || asksFor("missedCall") ? "Inbound" : direction;
}

/** A session's events are numbered: the further the call, the higher the number. */
function sequenceAt(code: string): number {
  const place = ["Setup", "Proceeding", "Answered", "Hold", "Parked"].indexOf(code);
  return place === -1 ? 13 : 1 + place * 3;
}

function ring(data: SampleData, action: string): EventBody {
  const { member, random, ago } = data;
  const { sessionId, serverId, from, to } = randomCall(data, member, "Inbound");
  return {
    extensionId: member.extensionId,
    action,
    sessionId,
    serverId,
    from: from.phoneNumber,
    fromName: from.name,
    to: to.phoneNumber,
    toName: to.name,
    timestamp: ago(random.integer(50, 500)),
  };
}
