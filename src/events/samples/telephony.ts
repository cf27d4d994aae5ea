import { type Call, drawCall, drawSipTags } from "./call-parties.ts";
import type { EventBody } from "./event-context.ts";
import type { BodyGenerators, Scene } from "./sample-data.ts";

const account = "/restapi/v1.0/account/{accountId}";
const extension = `${account}/extension/{extensionId}`;

export const telephonyBodies: BodyGenerators = {
  [`${account}/telephony/sessions`]: telephonySession,
  [`${extension}/telephony/sessions`]: telephonySession,
  [`${extension}/telephony`]: (scene) => telephonySession(scene, "Answered", "Inbound"),
  [`${extension}/missed-calls`]: (scene) => ring(scene, "MissedCall"),
  [`${extension}/start-ring`]: (scene) => ring(scene, "StartRing"),
  [`${extension}/stop-ring`]: (scene) => ring(scene, "StopRing"),
  [`${extension}/incoming-call-pickup`]: (scene) => ring(scene, "Pickup"),
};

/** One moment of one call, from the subscriber's side of it. */
function telephonySession(
  scene: Scene,
  code = scene.given("statusCode", codeOf(scene)),
  direction = directionOf(scene, code),
): EventBody {
  const { draws, ago } = scene;
  const call = drawCall(scene, scene.member, direction);
  return {
    sequence: sequenceAt(code) + draws.integer(0, 1),
    sessionId: call.sessionId,
    telephonySessionId: call.telephonySessionId,
    serverId: call.serverId,
    eventTime: ago(draws.integer(50, 500)),
    origin: { type: "Call" },
    parties: [partyOf(call, code, scene)],
  };
}

function partyOf(call: Call, code: string, scene: Scene): EventBody {
  const { draws, given, asks } = scene;
  const { member, stranger } = call;
  const inbound = call.direction === "Inbound";
  const own = {
    phoneNumber: member.phoneNumber,
    name: member.name,
    extensionId: member.extensionId,
  };
  const other = { phoneNumber: stranger.phoneNumber, name: stranger.name };
  const missedCall = given("missedCall", "false") === "true";
  const parkId = String(draws.integer(800, 899));
  const sipData = drawSipTags(scene);
  const recordingId = draws.id();
  const missedReason = draws.pick(["NoAnswer", "Cancelled"]);
  return {
    accountId: member.accountId,
    extensionId: member.extensionId,
    id: call.partyId,
    direction: call.direction,
    from: inbound ? other : own,
    to: inbound ? own : other,
    ...(asks("withRecordings") && {
      recordings: [{ id: recordingId, active: code === "Answered" || code === "Hold" }],
    }),
    status: {
      code,
      ...(missedCall && code === "Disconnected" && { reason: missedReason }),
      ...(code === "Parked" && { parkData: parkId }),
      rcc: false,
    },
    ...(code === "Parked" && { park: { id: parkId } }),
    queueCall: false,
    missedCall,
    standAlone: false,
    muted: false,
    ...(asks("sipData") && { sipData }),
  };
}

/** A missed call is over. */
function codeOf({ draws, asks }: Scene): string {
  const drawn = draws.pick(["Setup", "Proceeding", "Answered", "Hold", "Disconnected"]);
  return asks("missedCall") ? "Disconnected" : drawn;
}

/** Nobody misses a call of their own, and only what comes in ends in a mailbox or on a fax line. */
function directionOf({ draws, asks }: Scene, code: string): string {
  const drawn = draws.pick(["Inbound", "Outbound"]);
  const comesIn = ["VoiceMail", "VoiceMailScreening", "FaxReceive"].includes(code);
  return comesIn || asks("missedCall") ? "Inbound" : drawn;
}

/** The session's events are numbered: this one is later the further the call has come. */
function sequenceAt(code: string): number {
  const place = ["Setup", "Proceeding", "Answered", "Hold", "Parked"].indexOf(code);
  return place === -1 ? 13 : 1 + place * 3;
}

function ring(scene: Scene, action: string): EventBody {
  const { member, ownerId, draws, ago } = scene;
  const { sessionId, serverId, from, to } = drawCall(scene, member, "Inbound");
  return {
    extensionId: member.extensionId,
    action,
    sessionId,
    serverId,
    from: from.phoneNumber,
    fromName: from.name,
    to: to.phoneNumber,
    toName: to.name,
    timestamp: ago(draws.integer(50, 500)),
    ownerId,
  };
}
