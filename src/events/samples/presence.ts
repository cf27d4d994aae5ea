import { randomCall, randomSipTags } from "./call-parties.ts";
import type { EventBody } from "./event-context.ts";
import { colleagueOf, type Member, randomColleague } from "./people.ts";
import type { NonEmpty } from "./random-choices.ts";
import type { BodyGenerators, SampleData } from "./sample-data.ts";

const account = "/restapi/v1.0/account/{accountId}";
const extension = `${account}/extension/{extensionId}`;

export const presenceBodies: BodyGenerators = {
  [`${account}/presence`]: (data) => presenceOf(data, data.member),
  [`${extension}/presence`]: (data) => presenceOf(data, data.member),
  [`${extension}/presence/line/presence`]: colleaguesPresence,
  [`${extension}/favorite/presence`]: colleaguesPresence,
  [`${extension}/presence/line`]: monitoredLines,
  [`${extension}/presence/dnd`]: doNotDisturb,
  [`${account}/call-queues/{groupId}/presence`]: queueMembers,
};

/** The presence of somebody the subscriber monitors or has as a favorite. */
function colleaguesPresence(data: SampleData): EventBody {
  return presenceOf(data, randomColleague(data.member.accountId, data.seriesRandom));
}

function presenceOf(data: SampleData, member: Member): EventBody {
  const { random, sequence, asksFor } = data;
  const state = data.cycle(states);
  const acceptsNothing = state.telephonyStatus === "NoCall" && random.chance(0.2);
  const calls = activeCalls(data, member, state.telephonyStatus);
  const isBusy = state.busy || acceptsNothing;
  return {
    extensionId: member.extensionId,
    telephonyStatus: state.telephonyStatus,
    ...(asksFor("detailedTelephonyState") && {
      activeCalls: calls,
      totalActiveCalls: state.telephonyStatus === "NoCall" ? 0 : calls.length,
    }),
    ...(asksFor("aggregated") && { aggregatedTelephonyStatus: state.telephonyStatus }),
    meetingStatus: "Disconnected",
    sequence: sequence + 1,
    presenceStatus: isBusy ? "Busy" : "Available",
    userStatus: "Available",
    dndStatus: acceptsNothing ? "DoNotAcceptAnyCalls" : "TakeAllCalls",
    allowSeeMyPresence: true,
    ringOnMonitoredCall: false,
    pickUpCallsOnHold: false,
  };
}

/** The course of a call. A phone that only rings does not make its owner busy yet. */
const states: NonEmpty<{ readonly telephonyStatus: string; readonly busy: boolean }> = [
  { telephonyStatus: "Ringing", busy: false },
  { telephonyStatus: "CallConnected", busy: true },
  { telephonyStatus: "OnHold", busy: true },
  { telephonyStatus: "NoCall", busy: false },
];

/** The call behind the status: the same one throughout a series, its end included. */
function activeCalls(
  data: SampleData,
  member: Member,
  telephonyStatus: string,
): readonly EventBody[] {
  const { seriesRandom, seriesAge, asksFor, ago } = data;
  const lasting = { ...data, random: seriesRandom };
  // A call that rings is inbound.
  const call = randomCall(lasting, member, "Inbound");
  const sipData = {
    ...randomSipTags(lasting),
    remoteUri: `sip:${call.contact.phoneNumber}@sip.example.com`,
    localUri: `sip:${member.phoneNumber}@sip.example.com`,
    rcSessionId: call.sessionId,
  };
  const rang = seriesRandom.integer(500, 4_000);
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
      ...(asksFor("sipData") && { sipData }),
    },
  ];
}

function monitoredLines({ random, member, sequence }: SampleData): EventBody {
  const first = random.integer(0, 3);
  const lines = Array.from({ length: random.integer(1, 4) }, (_, index) => ({
    id: colleagueOf(member.accountId, first + index).extensionId,
  }));
  return { extension: lines, sequence: sequence + 1 };
}

function doNotDisturb({ member, cycle }: SampleData): EventBody {
  const dndStatus = cycle([
    "DoNotAcceptAnyCalls",
    "TakeAllCalls",
    "DoNotAcceptDepartmentCalls",
    "TakeDepartmentCallsOnly",
  ]);
  return { extensionId: member.extensionId, dndStatus };
}

/** Has the fields of both RingCentral's sample and its definition, which differ. */
function queueMembers({ random, member, id, cycle }: SampleData): EventBody {
  const colleague = randomColleague(member.accountId, random);
  const acceptCalls = cycle([true, false]);
  return {
    extensionId: member.extensionId,
    callQueueId: id("groupId"),
    acceptCalls,
    records: [
      { member: { id: member.extensionId }, acceptCurrentQueueCalls: acceptCalls },
      { member: { id: colleague.extensionId }, acceptCurrentQueueCalls: random.chance(0.5) },
    ],
  };
}
