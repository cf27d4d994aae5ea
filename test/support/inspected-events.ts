import type { InspectedEvent } from "../../src/inspector/protocol.ts";

const start = Date.UTC(2027, 0, 15, 12);

/** An event like those that come, the same for each number. */
export function sampleEvent(number: number, changes: Partial<InspectedEvent> = {}): InspectedEvent {
  const [filter, summary, data] = kinds[number % kinds.length] ?? kinds[0];
  const receivedAt = start + number * 1370;
  return {
    number,
    receivedAt,
    origin: "received",
    transport: "WebHook",
    summary,
    filter,
    subscriptionId: "6b1f0f7e-2c1b-4d0c-9d0a-5f3a0b9f1c55",
    headers: {
      "content-type": "application/json;charset=UTF-8",
      "user-agent": "RingCentral-WebHook/9.1",
      "verification-token": "…",
      "x-request-id": `0d2c5c7e-${String(number).padStart(4, "0")}`,
    },
    text: JSON.stringify({
      uuid: "1234567890123456789",
      event: `/restapi/v1.0/${filter}`,
      timestamp: new Date(receivedAt).toISOString(),
      subscriptionId: "6b1f0f7e-2c1b-4d0c-9d0a-5f3a0b9f1c55",
      ownerId: "7000000001",
      body: { number, ...data },
    }),
    delivery: delivery(number),
    ...changes,
  };
}

function delivery(number: number): NonNullable<InspectedEvent["delivery"]> {
  const target = "http://localhost:3000/webhook";
  const latency = 8 + ((number * 7919) % 90) * (number % 11 === 0 ? 24 : 1);
  if (number % 17 === 5) {
    return {
      state: "failed",
      target,
      milliseconds: 3002,
      verdict: {
        status: "fail",
        text: "No answer within 3 seconds: RingCentral counts a failure, and blacklists after ten minutes of them.",
        code: "SUB-525",
      },
    };
  }
  return {
    state: "answered",
    target,
    status: 200,
    milliseconds: latency,
    headers: { "content-type": "application/json", "content-length": "15" },
    body: '{"stored":true}',
    verdict:
      number % 13 === 3
        ? { status: "warn", text: "The answer took longer than a second.", code: "SUB-525" }
        : { status: "pass", text: "RingCentral would accept this answer." },
  };
}

type Kind = readonly [filter: string, summary: string, data: object];

const kinds: readonly [Kind, ...Kind[]] = [
  [
    "glip/posts",
    "Post by Amira Haddad: The invoices for January are ready",
    {
      eventType: "PostAdded",
      text: "The invoices for January are ready",
      mentions: [{ id: "31", type: "Person", name: "Amira Haddad" }],
      attachments: null,
    },
  ],
  [
    "account/~/extension/~/message-store/instant?type=SMS",
    "SMS from +1 650 555 0100: Could you call me back this afternoon, please?",
    {
      subject: "Could you call me back this afternoon, please?",
      from: { phoneNumber: "+16505550100" },
      to: [{ phoneNumber: "+16505550199", target: true }],
      isRead: false,
    },
  ],
  [
    "account/~/extension/~/telephony/sessions",
    "Call from +1 650 555 0123 to 101: Answered",
    { telephonySessionId: "s-a0b1c2d3", parties: [{ status: { code: "Answered" } }] },
  ],
  [
    "account/~/extension/~/presence",
    "مرحبا: presence of Layla is Busy",
    { presenceStatus: "Busy", userStatus: "Available", note: "مرحبا بالعالم" },
  ],
];
