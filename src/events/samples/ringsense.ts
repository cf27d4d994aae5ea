import { type Party, randomCall } from "./call-parties.ts";
import type { EventBody } from "./event-context.ts";
import type { NonEmpty } from "./random-choices.ts";
import type { BodyGenerators, SampleData } from "./sample-data.ts";

const domains = "/ai/ringsense/v1/public/accounts/{accountId}/domains";

export const ringsenseBodies: BodyGenerators = {
  [`${domains}/pbx/insights`]: (data) => callInsights(data, "pbx"),
  [`${domains}/rcv/insights`]: (data) => meetingInsights(data, "rcv"),
  [`${domains}/rcx/insights`]: (data) => callInsights(data, "rcx"),
  [`${domains}/ms-teams/insights`]: (data) => meetingInsights(data, "ms-teams"),
  [`${domains}/nice-incontact/insights`]: (data) => callInsights(data, "nice-incontact"),
};

function callInsights(data: SampleData, domain: string): EventBody {
  const { random, ago } = data;
  const call = randomCall(data);
  const party = call.partyId.slice(0, -1);
  const conversation = randomConversation(data, [`${party}1`, `${party}2`]);
  const readyIn = random.integer(20_000, 120_000);
  const recordingDurationMs = conversation.milliseconds;
  const isRcx = domain === "rcx";
  return {
    ...(isRcx && {
      eventType: "Create",
      rsRecordUri: `https://ringsense.ringcentral.com/calls/${random.uuid()}`,
    }),
    title: `Call from ${call.from.name} to ${call.to.name}`,
    domain,
    sourceSessionId: call.telephonySessionId,
    sourceRecordId: random.id(),
    callDirection: call.direction,
    ownerExtensionId: call.member.extensionId,
    recordingDurationMs,
    recordingStartTime: ago(recordingDurationMs + readyIn),
    creationTime: ago(random.integer(1_000, 4_000)),
    lastModifiedTime: ago(random.integer(100, 900)),
    speakerInfo: [
      speaker(`${party}1`, call.from, data, isRcx),
      speaker(`${party}2`, call.to, data, isRcx),
    ],
    insights: { ...conversation.insights, ...(isRcx && moreOfRcx(conversation, data)) },
  };
}

/** A meeting has neither a direction nor an owner. */
function meetingInsights(data: SampleData, domain: string): EventBody {
  const { random, ago } = data;
  const { member, contact } = randomCall(data);
  const meetingId = random.uuid();
  const speakers: readonly [string, string] = [`f${random.hex(3)}_1`, `f${random.hex(3)}_2`];
  return {
    title: `Meeting of ${member.name} and ${contact.name}`,
    domain,
    sourceSessionId: meetingId,
    sourceRecordId: meetingId,
    creationTime: ago(random.integer(1_000, 4_000)),
    lastModifiedTime: ago(random.integer(100, 900)),
    speakerInfo: [speaker(speakers[0], member, data), speaker(speakers[1], contact, data)],
    insights: randomConversation(data, speakers).insights,
  };
}

/** What only insights into RingCX calls have. */
function moreOfRcx({ insights }: ReturnType<typeof randomConversation>, { random }: SampleData) {
  const [question] = insights.Transcript.filter(({ text }) => text.includes("?"));
  const { text: value, ...where } = question ?? insights.Transcript[0] ?? { text: "" };
  return {
    AIScore: [{ value: String(random.integer(1, 10)) }],
    QnA: [{ ...where, value }],
    BulletedSummary: insights.Summary.map(({ value }) => ({ value })),
  };
}

/** A contact outside the account has no ids. */
function speaker(speakerId: string, party: Party, { member }: SampleData, withNumber = false) {
  const isMember = party === member;
  return {
    speakerId,
    name: party.name,
    accountId: isMember ? member.accountId : null,
    extensionId: isMember ? member.extensionId : null,
    ...(withNumber && { phoneNumber: party.phoneNumber }),
  };
}

function randomConversation({ random }: SampleData, speakers: readonly [string, string]) {
  const { lines, summary, next } = random.pick(conversations);
  let clock = 0;
  const Transcript = lines.map((text, index) => {
    const start = clock + random.integer(3, 12) / 10;
    clock = start + text.length / 14;
    return { start: tenths(start), end: tenths(clock), speakerId: speakers[index % 2], text };
  });
  const last = Transcript.at(-1);
  return {
    milliseconds: Math.ceil(clock) * 1_000 + random.integer(100, 2_000),
    insights: {
      Transcript,
      Summary: [{ start: 0, end: 1, value: summary }],
      Sentiment: [{ value: random.pick(["Positive", "Neutral", "Negative"]) }],
      NextSteps: [{ start: last?.start, end: last?.end, speakerId: last?.speakerId, value: next }],
    },
  };
}

function tenths(seconds: number): number {
  return Math.round(seconds * 10) / 10;
}

interface Conversation {
  /** The speakers take turns. */
  readonly lines: readonly string[];
  readonly summary: string;
  readonly next: string;
}

const conversations: NonEmpty<Conversation> = [
  {
    lines: [
      "Good morning, this is about the green touring bike.",
      "Good morning! It is on the stand right now.",
      "Will it be done by noon?",
      "It will. I'll call you then.",
    ],
    summary: "A customer asks when the repair of a bicycle will be done.",
    next: "Call back by noon.",
  },
  {
    lines: [
      "Hello, the wheels that we ordered have not arrived.",
      "Let me look. They left our warehouse yesterday.",
      "Then they should be here tomorrow?",
      "Yes, and I'll send you the tracking number.",
    ],
    summary: "A delivery of wheels is a day late.",
    next: "Send the tracking number.",
  },
  {
    lines: [
      "Hi, we need to agree on the stand at the market.",
      "Right. I would bring two mechanics and the small tent.",
      "Good, then I'll take care of the leaflets.",
      "Perfect, I'll book the pitch today.",
    ],
    summary: "The work for a market day is divided up.",
    next: "Book the pitch.",
  },
];
