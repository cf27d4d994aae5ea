import { drawCall, drawSipTags } from "./call-parties.ts";
import type { EventBody } from "./event-context.ts";
import { colleagueOf, drawColleague, type Member } from "./people.ts";
import type { Choices } from "./random-choices.ts";
import type { BodyGenerators, Scene } from "./sample-data.ts";

const account = "/restapi/v1.0/account/{accountId}";
const extension = `${account}/extension/{extensionId}`;

export const presenceBodies: BodyGenerators = {
  [`${account}/presence`]: (scene) => presenceOf(scene, scene.member),
  [`${extension}/presence`]: (scene) => presenceOf(scene, scene.member),
  [`${extension}/presence/line/presence`]: colleaguesPresence,
  [`${extension}/favorite/presence`]: colleaguesPresence,
  [`${extension}/presence/line`]: monitoredLines,
  [`${extension}/presence/dnd`]: doNotDisturb,
  [`${account}/call-queues/{groupId}/presence`]: queueMembers,
};

/** Somebody whom the subscriber monitors, or has as a favorite. */
function colleaguesPresence(scene: Scene): EventBody {
  return presenceOf(scene, drawColleague(scene.member.accountId, scene.seriesDraws));
}

function presenceOf(scene: Scene, whose: Member): EventBody {
  const { draws, ownerId, sequence, asks } = scene;
  const state = scene.turn(states);
  const acceptsNothing = state.telephonyStatus === "NoCall" && draws.chance(0.2);
  const calls = activeCalls(scene, whose, state.telephonyStatus);
  const isBusy = state.busy || acceptsNothing;
  return {
    extensionId: whose.extensionId,
    telephonyStatus: state.telephonyStatus,
    ...(asks("detailedTelephonyState") && {
      activeCalls: calls,
      totalActiveCalls: state.telephonyStatus === "NoCall" ? 0 : calls.length,
      meetingStatus: "Disconnected",
    }),
    sequence: sequence + 1,
    presenceStatus: isBusy ? "Busy" : "Available",
    userStatus: "Available",
    dndStatus: acceptsNothing ? "DoNotAcceptAnyCalls" : "TakeAllCalls",
    allowSeeMyPresence: true,
    ringOnMonitoredCall: false,
    pickUpCallsOnHold: false,
    ownerId,
  };
}

/** A call's course: somebody who only rings is not busy yet. */
const states: Choices<{ readonly telephonyStatus: string; readonly busy: boolean }> = [
  { telephonyStatus: "Ringing", busy: false },
  { telephonyStatus: "CallConnected", busy: true },
  { telephonyStatus: "OnHold", busy: true },
  { telephonyStatus: "NoCall", busy: false },
];

/** The call that the status tells of, from one event of a series to the next, up to and with its end. */
function activeCalls(scene: Scene, whose: Member, telephonyStatus: string): readonly EventBody[] {
  const { seriesDraws, seriesAge, asks, ago } = scene;
  const lasting = { ...scene, draws: seriesDraws };
  // It rings, so somebody calls.
  const call = drawCall(lasting, whose, "Inbound");
  const sipData = {
    ...drawSipTags(lasting),
    remoteUri: `sip:${call.stranger.phoneNumber}@sip.example.com`,
    localUri: `sip:${whose.phoneNumber}@sip.example.com`,
    rcSessionId: call.sessionId,
  };
  const rang = seriesDraws.integer(500, 4_000);
  return [
    {
      id: call.sessionId,
      direction: call.direction,
      queueCall: false,
      from: call.from.phoneNumber,
      fromName: call.from.name,
      to: call.to.phoneNumber,
      toName: call.to.name,
      startTime: ago(seriesAge + rang),
      sessionId: call.sessionId,
      telephonySessionId: call.telephonySessionId,
      partyId: call.partyId,
      telephonyStatus,
      ...(telephonyStatus === "NoCall" && { terminationType: "final" }),
      ...(asks("sipData") && { sipData }),
    },
  ];
}

function monitoredLines({ draws, member, sequence }: Scene): EventBody {
  const first = draws.integer(0, 3);
  const lines = Array.from({ length: draws.integer(1, 4) }, (_, index) => ({
    id: colleagueOf(member.accountId, first + index).extensionId,
  }));
  return { extension: lines, sequence: sequence + 1 };
}

function doNotDisturb({ member, turn }: Scene): EventBody {
  const dndStatus = turn([
    "DoNotAcceptAnyCalls",
    "TakeAllCalls",
    "DoNotAcceptDepartmentCalls",
    "TakeDepartmentCallsOnly",
  ]);
  return { extensionId: member.extensionId, dndStatus };
}

/** RingCentral's sample and its definition disagree on the shape: this has the fields of both. */
function queueMembers({ draws, member, id, turn }: Scene): EventBody {
  const colleague = drawColleague(member.accountId, draws);
  const acceptCalls = turn([true, false]);
  return {
    extensionId: member.extensionId,
    callQueueId: id("groupId"),
    acceptCalls,
    records: [
      { member: { id: member.extensionId }, acceptCurrentQueueCalls: acceptCalls },
      { member: { id: colleague.extensionId }, acceptCurrentQueueCalls: draws.chance(0.5) },
    ],
  };
}
