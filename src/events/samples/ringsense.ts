import { drawCall, type Party } from "./call-parties.ts";
import type { EventBody } from "./event-context.ts";
import type { Choices } from "./random-choices.ts";
import type { BodyGenerators, Scene } from "./sample-data.ts";

const domains = "/ai/ringsense/v1/public/accounts/{accountId}/domains";

export const ringsenseBodies: BodyGenerators = {
  [`${domains}/pbx/insights`]: (scene) => callInsights(scene, "pbx"),
  [`${domains}/rcv/insights`]: (scene) => meetingInsights(scene, "rcv"),
  [`${domains}/rcx/insights`]: (scene) => callInsights(scene, "rcx"),
  [`${domains}/ms-teams/insights`]: (scene) => meetingInsights(scene, "ms-teams"),
  [`${domains}/nice-incontact/insights`]: (scene) => callInsights(scene, "nice-incontact"),
};

function callInsights(scene: Scene, domain: string): EventBody {
  const { draws, ago } = scene;
  const call = drawCall(scene);
  const party = call.partyId.slice(0, -1);
  const conversation = drawConversation(scene, [`${party}1`, `${party}2`]);
  const readyIn = draws.integer(20_000, 120_000);
  const recordingDurationMs = conversation.milliseconds;
  return {
    title: `Call from ${call.from.name} to ${call.to.name}`,
    domain,
    sourceSessionId: call.telephonySessionId,
    sourceRecordId: draws.id(),
    callDirection: call.direction,
    ownerExtensionId: call.member.extensionId,
    recordingDurationMs,
    recordingStartTime: ago(recordingDurationMs + readyIn),
    creationTime: ago(draws.integer(1_000, 4_000)),
    lastModifiedTime: ago(draws.integer(100, 900)),
    speakerInfo: [speaker(`${party}1`, call.from, scene), speaker(`${party}2`, call.to, scene)],
    insights: conversation.insights,
  };
}

/** A meeting has neither a direction nor an owner. */
function meetingInsights(scene: Scene, domain: string): EventBody {
  const { draws, ago } = scene;
  const { member, stranger } = drawCall(scene);
  const meetingId = draws.uuid();
  const speakers: readonly [string, string] = [`f${draws.hex(3)}_1`, `f${draws.hex(3)}_2`];
  return {
    title: `Meeting of ${member.name} and ${stranger.name}`,
    domain,
    sourceSessionId: meetingId,
    sourceRecordId: meetingId,
    creationTime: ago(draws.integer(1_000, 4_000)),
    lastModifiedTime: ago(draws.integer(100, 900)),
    speakerInfo: [speaker(speakers[0], member, scene), speaker(speakers[1], stranger, scene)],
    insights: drawConversation(scene, speakers).insights,
  };
}

/** Somebody outside of the account has no ids in it. */
function speaker(speakerId: string, party: Party, { member }: Scene) {
  const isMember = party === member;
  return {
    speakerId,
    name: party.name,
    accountId: isMember ? member.accountId : null,
    extensionId: isMember ? member.extensionId : null,
  };
}

function drawConversation({ draws }: Scene, speakers: readonly [string, string]) {
  const { lines, summary, next } = draws.pick(conversations);
  let clock = 0;
  const Transcript = lines.map((text, index) => {
    const start = clock + draws.integer(3, 12) / 10;
    clock = start + text.length / 14;
    return { start: tenths(start), end: tenths(clock), speakerId: speakers[index % 2], text };
  });
  const last = Transcript.at(-1);
  return {
    milliseconds: Math.ceil(clock) * 1_000 + draws.integer(100, 2_000),
    insights: {
      Transcript,
      Summary: [{ start: 0, end: 1, value: summary }],
      Sentiment: [{ value: draws.pick(["Positive", "Neutral", "Negative"]) }],
      NextSteps: [{ start: last?.start, end: last?.end, speakerId: last?.speakerId, value: next }],
    },
  };
}

function tenths(seconds: number): number {
  return Math.round(seconds * 10) / 10;
}

interface Conversation {
  /** In turns. */
  readonly lines: readonly string[];
  readonly summary: string;
  readonly next: string;
}

const conversations: Choices<Conversation> = [
  {
    lines: [
      "Good morning, this is about the green touring bike.",
      "Good morning! It is on the stand right now.",
      "Will it be done by noon?",
      "It will, I shall call you when it is.",
    ],
    summary: "They ask when the repair of a bicycle is finished.",
    next: "Call back by noon.",
  },
  {
    lines: [
      "Hello, the wheels that we ordered have not arrived.",
      "Let me look. They left our warehouse yesterday.",
      "Then they should be here tomorrow?",
      "Yes, and I shall send you the tracking number.",
    ],
    summary: "They speak of a delivery that is late by a day.",
    next: "Send the tracking number.",
  },
  {
    lines: [
      "Hi, we need to agree on the stand at the market.",
      "Right. I would bring two mechanics and the small tent.",
      "Good, then I take care of the leaflets.",
      "Perfect, I shall book the pitch today.",
    ],
    summary: "They share out the work for a market day.",
    next: "Book the pitch.",
  },
];
