import { describe } from "vitest";
import { generateEvent } from "../../src/events/event.ts";
import { createSeededRandom } from "../../src/events/samples/seeded-random.ts";
import { type EventSummary, summarizeEvent } from "../../src/events/summary.ts";
import { catalogue } from "../../src/filters/catalogue/catalogue.ts";
import { test } from "../support/rcwh.ts";

const user = {
  accountId: 400_131_426_008,
  extensionId: 400_131_430_008,
  extensionNumber: "101",
  name: "Mara Lindqvist",
};

function sampleOf(filter: string, seed: string, sequence: number) {
  return generateEvent(filter, {
    random: createSeededRandom(seed),
    now: Date.UTC(2026, 10, 22, 12),
    sequence,
    user,
  });
}

function isPlainLine(text: string): boolean {
  return text !== "" && text === text.trim() && text.length <= 250 && !/[\p{Cc}\p{Cf}]/u.test(text);
}

describe("summarizeEvent", () => {
  for (const { filter, aliases, presets = {} } of catalogue) {
    test(`says what happened for ${filter}`, ({ expect }) => {
      for (let sequence = 0; sequence < 8; sequence++) {
        const summary = summarizeEvent(sampleOf(filter, `seed ${sequence}`, sequence));

        expect(summary.owner).toBe("400131430008");
        expect(summary.what).toSatisfy(isPlainLine);
        // Inherited members of an object are not words.
        expect(summary.what).not.toMatch(/undefined|null|NaN|\[object/);
        const [first] = aliases;
        // The extension's, under whose path RingCentral delivers it, unless the body names none.
        const name = first?.replace(/^account-(?=telephony|presence)/, "");
        if (first && !(first in presets)) expect([name, first]).toContain(summary.alias);
        else expect(summary.alias).toMatch(/^[a-z]/);
      }
    });
  }

  test("reads like plain English", ({ expect }) => {
    const lines = catalogue.map(({ filter }) => {
      const { alias, what } = summarizeEvent(sampleOf(filter, "x", 0));
      return `${alias}: ${what}`;
    });

    expect(lines.join("\n")).toMatchInlineSnapshot(`
      "sms: Tomás Aguilar: "Can my daughter collect it instead of me?"
      a2p-batches: Batch from +12025550108, Processing, 149 of 413
      a2p-batch: Batch from +12025550108, Processing, 149 of 413
      a2p-messages: +12125550197: "Could you move my appointment to Friday morning?"
      a2p-opt-outs: +12125550197 opted out of +12025550108
      sms-v2-batches: Batch from +12025550108, Completed, 82 of 82
      sms-v2-messages: +12125550197: "Could you move my appointment to Friday morning?"
      sms-threads: Message threads have changed
      sms-thread-messages: Messages in threads have changed
      fax: Fax from Tomás Aguilar, 12 pages
      messages: SMS: 1 new
      voicemail: Voice message from Tomás Aguilar, 22 s
      account/~/extension/~/inbound-messages: Tomás Aguilar: "Could you move my appointment to Friday morning?"
      contact-center-numbers: +12025550128, Created
      telephony: Incoming call +17025550116 → +12025550108, Setup
      telephony: Incoming call +17025550116 → +12025550108, Setup
      account/~/extension/~/missed-calls: Missed call: Tomás Aguilar → Mara Lindqvist
      account/~/extension/~/start-ring: Ringing: Tomás Aguilar → Mara Lindqvist
      account/~/extension/~/stop-ring: Stopped ringing: Tomás Aguilar → Mara Lindqvist
      account/~/extension/~/incoming-call-pickup: Picked up: Tomás Aguilar → Mara Lindqvist
      presence: Ringing, Available
      presence: Ringing, Available
      monitored-presence: 40013142600811: Ringing, Available
      favorites-presence: 40013142600811: Ringing, Available
      presence-detailed: Ringing +12125550197 → +12025550108, Available
      presence-sip: Ringing +12125550197 → +12025550108, Available
      monitored-presence-detailed: 40013142600811: Ringing +13035550118 → +17035550111, Available
      monitored-presence-sip: 40013142600811: Ringing +13035550118 → +17035550111, Available
      favorites-presence-detailed: 40013142600811: Ringing +13035550118 → +17035550111, Available
      favorites-presence-sip: 40013142600811: Ringing +13035550118 → +17035550111, Available
      presence-lines: 1 monitored line
      dnd: DoNotAcceptAnyCalls
      call-queue-presence: 400131430008 takes calls of queue 148236979008
      posts: 40013142600815: "The stand at the market was a success: 31 check-ups."
      groups: Front desk: GroupChanged, 4 members
      chats: Front desk: GroupChanged, 4 members
      glip/posts: 40013142600815: "The stand at the market was a success: 31 check-ups."
      glip/groups: Front desk: GroupChanged, 4 members
      glip/teams: Front desk: GroupChanged, 4 members
      directory: Samuel Osei, Update, Workshop
      account/~/directory/contacts: Samuel Osei, Update, Workshop
      emergency-address: Emergency address of device 148236979008
      favorites: Favorites of 400131430008 have changed
      grants: Grants of 400131430008 have changed
      extension: 400131430008 Update, ExtensionInfo, Permissions
      extensions: 400131430008 Update, ExtensionInfo, Permissions; 191310367008 Create
      webinar-sessions: "Brakes that do not squeal", Create
      webinar-state: "Brakes that do not squeal", Started
      webinar-registration: "Brakes that do not squeal", registration Open
      webinar-registrants: "Brakes that do not squeal", Dmitri Volkov
      ringsense-pbx: Call from Kwame Boateng to Mara Lindqvist, Positive
      ringsense-rcv: Meeting of Mara Lindqvist and Kwame Boateng, Neutral
      ringsense-rcx: Call from Kwame Boateng to Mara Lindqvist, Positive
      ringsense-ms-teams: Meeting of Mara Lindqvist and Kwame Boateng, Neutral
      ringsense-nice-incontact: Call from Kwame Boateng to Mara Lindqvist, Positive
      reminder: The subscription expires in 3 d
      presence-totals: Ringing +12125550197 → +12025550108, Available
      answered-elsewhere: Answered elsewhere: +12125550197 → +12025550108
      presence-sip: Ringing +12125550197 → +12025550108, Available"
    `);
  });

  for (const [what, event, summary] of detailedEvents()) {
    test(`describes ${what}`, ({ expect }) => {
      expect(summarizeEvent(event)).toEqual(summary);
    });
  }

  test("handles any payload", ({ expect }) => {
    const oddValues: readonly unknown[] = [
      undefined,
      null,
      "text",
      7,
      [],
      { event: 7, body: null, ownerId: {} },
      { event: "", body: [1, 2] },
      JSON.parse('{"event":"/restapi/v1.0/glip/posts","body":{"__proto__":{"text":"x"}}}'),
    ];
    for (const oddity of oddValues) expect(() => summarizeEvent(oddity)).not.toThrow();

    const bodies: readonly unknown[] = [
      undefined,
      null,
      7,
      "text",
      [],
      {},
      [[]],
      { to: "x", from: [] },
    ];
    const values: readonly unknown[] = [null, [], {}, 7, true, [null], [{}], ["x"], { id: [] }];
    for (const { filter } of catalogue) {
      const event = sampleOf(filter, "x", 0);
      const keys = Object.keys(event?.body ?? {});
      const odd = keys.flatMap((key) => values.map((value) => ({ ...event?.body, [key]: value })));
      for (const body of [...bodies, ...odd]) {
        const { what } = summarizeEvent({ ...event, body });
        expect(what === "" || isPlainLine(what), `${filter}: ${what}`).toBe(true);
      }
    }
  });
});

function detailedEvents(): readonly (readonly [string, unknown, EventSummary])[] {
  const extension = "/restapi/v1.0/account/1/extension/2";
  const sms = `${extension}/message-store/instant?type=SMS`;
  return [
    [
      "a text message",
      { event: sms, ownerId: "9", body: { from: { name: "Carol Smith" }, subject: "Hello" } },
      { alias: "sms", owner: "9", what: 'Carol Smith: "Hello"' },
    ],
    [
      "no more of a long text than fits a line, and nothing that a terminal acts on",
      {
        event: sms,
        body: {
          from: { phoneNumber: "+1\u001b[2J650" },
          subject: `a\r\n\u202eb${"x".repeat(200)}`,
        },
      },
      { alias: "sms", owner: "2", what: `+1650: "a b${"x".repeat(76)}…"` },
    ],
    [
      "a missed call by the alias that is for these",
      {
        event: `${extension}/telephony/sessions?missedCall=true`,
        ownerId: "2",
        body: {
          parties: [
            {
              direction: "Inbound",
              missedCall: true,
              from: { phoneNumber: "+16505550100" },
              to: { extensionNumber: "101" },
              status: { code: "Disconnected", reason: "NoAnswer" },
            },
          ],
        },
      },
      {
        alias: "missed-calls",
        owner: "2",
        what: "Missed call +16505550100 → 101, NoAnswer",
      },
    ],
    [
      "a message that could not be delivered",
      {
        event: "/restapi/v1.0/account/1/a2p-sms/messages",
        body: {
          direction: "Outbound",
          from: "+12025550108",
          to: ["+14045550144", "+14045550145"],
          text: "Hi",
          messageStatus: "DeliveryFailed",
        },
      },
      {
        alias: "a2p-messages",
        owner: "",
        what: 'To +14045550144 and 1 more: "Hi", DeliveryFailed',
      },
    ],
    [
      "an event that nobody knows by its own members",
      {
        event: "/restapi/v1.0/account/1/extension/2/tea?kind=green",
        body: { cups: 2, kind: "green", pot: { lid: true } },
      },
      { alias: "account/~/extension/~/tea", owner: "2", what: "cups: 2, kind: green" },
    ],
  ];
}
