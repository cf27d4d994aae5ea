import fc from "fast-check";
import { describe, test } from "vitest";
import { eventSources, generateBody } from "../../src/events/body.ts";
import { catalogue } from "../../src/filters/catalogue/catalogue.ts";
import { eventContext, filters, now, user } from "./kit.ts";

const account = "/restapi/v1.0/account/~";
const extension = `${account}/extension/~`;

/** Filters without changeable facts: they only name a list to read again, or the time that is left. */
const unchanging = [/\/favorite$/, /\/grant$/, /^\/restapi\/v1\.0\/subscription\//];

/** Several events of one filter, whose seeds and sequences are 0, 1, 2… */
// biome-ignore lint/suspicious/noExplicitAny: JSON, whose shape each test knows.
function several(filter: string, count = 40): any[] {
  return Array.from({ length: count }, (_, seed) => generateBody(filter, eventContext(seed)));
}

describe("generateBody", () => {
  test("generates an event for every filter of the catalogue", ({ expect }) => {
    expect(eventSources).toEqual(catalogue);
  });

  test("generates nothing for an unknown filter", ({ expect }) => {
    expect(generateBody("/restapi/v1.0/nothing", eventContext(1))).toBe(undefined);
  });

  test("is deterministic for the same random choices, time and user", () => {
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom(...filters), (seed, filter) => {
        const first = JSON.stringify(generateBody(filter, eventContext(seed)));
        return first === JSON.stringify(generateBody(filter, eventContext(seed)));
      }),
    );
  });

  test("differs from one call to the next", () => {
    const changing = filters.filter((filter) => !unchanging.some((one) => one.test(filter)));
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom(...changing), (seed, filter) => {
        const { random } = eventContext(seed);
        const [first, second] = [0, 1].map((step) =>
          generateBody(
            filter,
            eventContext(seed, { random, sequence: seed + step, now: now + step * 1_000 }),
          ),
        );
        return JSON.stringify(first) !== JSON.stringify(second);
      }),
    );
  });

  test("uses only fictional telephone numbers", ({ expect }) => {
    const text = JSON.stringify(filters.flatMap((filter) => several(filter)));
    const numbers = text.match(/\+\d+/g) ?? [];
    expect(numbers.length).toBeGreaterThan(1_000);
    expect(numbers.filter((number) => !/^\+1\d{3}55501\d\d$/.test(number))).toEqual([]);
  });

  test("uses only fictional email addresses", ({ expect }) => {
    const text = JSON.stringify(several(`${account}/directory/entries`));
    const addresses = [...text.matchAll(/"email":"([^"]*)"/g)].map(([, address]) => address);
    expect(addresses).toHaveLength(40);
    expect(
      addresses.filter((address) => !/^[a-z]+\.[a-z]+@example\.com$/.test(address ?? "")),
    ).toEqual([]);
  });

  test("contains no future times and no change before the creation", () => {
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom(...filters), (seed, filter) => {
        const body = generateBody(filter, eventContext(seed)) ?? {};
        const text = JSON.stringify(body);
        const times = [...text.matchAll(/"(\d{4}-\d\d-\d\dT[^"]*)"/g)].map(([, time = ""]) => time);
        const { creationTime = "", lastModifiedTime = creationTime } = body;
        return (
          times.every((time) => Date.parse(time) <= now && /\.\d{3}Z$/.test(time)) &&
          String(creationTime) <= String(lastModifiedTime)
        );
      }),
    );
  });

  test("uses ids larger than 2^31 that JavaScript numbers can represent", ({ expect }) => {
    const text = JSON.stringify(filters.flatMap((filter) => several(filter, 5)));
    const names = "id|accountId|extensionId|ownerId|sessionId|messageId|creatorId|groupId";
    const ids = [...text.matchAll(new RegExp(`"(?:${names})":"?(\\d{4,15})"?[,}]`, "g"))];
    expect(ids.length).toBeGreaterThan(100);
    const values = ids.map(([, id]) => Number(id)).filter((id) => id > 99_999_999);
    expect(values.filter((id) => id <= 2 ** 31 || !Number.isSafeInteger(id))).toEqual([]);
  });

  test("belongs to the subscriber's account and extension", ({ expect }) => {
    expect(generateBody(`${extension}/grant`, eventContext(1))).toEqual({
      extensionId: String(user.extensionId),
    });
    const [party] = several(`${account}/telephony/sessions`, 1)[0].parties;
    expect(party).toMatchObject({
      accountId: String(user.accountId),
      extensionId: String(user.extensionId),
    });
  });

  test("belongs to the extension that the filter names", ({ expect }) => {
    const other = `${account}/extension/7000000042`;
    expect(generateBody(`${other}/presence`, eventContext(1))).toMatchObject({
      extensionId: "7000000042",
    });
  });

  test("has the ids of the filter's path", ({ expect }) => {
    expect(
      generateBody(`${account}/device/803194726008/emergency-address`, eventContext(1)),
    ).toMatchObject({ deviceId: "803194726008" });
    expect(generateBody(`${account}/a2p-sms/batches/5642276556`, eventContext(1))).toMatchObject({
      id: "5642276556",
    });
    expect(
      generateBody(`${account}/call-queues/411753183004/presence`, eventContext(1)),
    ).toMatchObject({ callQueueId: "411753183004" });
  });
});

describe("generated bodies follow captured events beyond the definition:", () => {
  test("park, a phone's deviceId, and calls of the account without an extension", ({ expect }) => {
    const parties = (path: string) => several(path, 200).map(({ parties: [party] }) => party);
    const ofAccount = parties(`${account}/telephony/sessions`);
    const own = ofAccount.map(({ direction, from, to }) => (direction === "Inbound" ? to : from));
    const [without, within] = [true, false].map((isGreeting) =>
      own.filter((_, index) => "extensionId" in ofAccount[index] !== isGreeting),
    );
    expect(without?.length).toBeGreaterThan(5);
    expect(without?.length).toBeLessThan(50);
    for (const side of without ?? []) expect(Object.keys(side)).toEqual(["phoneNumber", "name"]);
    for (const side of within ?? []) expect(side.deviceId).toMatch(/^\d+$/);
    for (const { park, status } of ofAccount) {
      expect(park).toEqual(status.code === "Parked" ? { id: status.parkData } : {});
    }
    for (const party of parties(`${extension}/telephony/sessions`)) {
      expect(party.extensionId).toBe(String(user.extensionId));
    }
  });

  test("accountId, site, size and meetingStatus", ({ expect }) => {
    const [store] = several(`${extension}/message-store`, 1);
    expect(store.accountId).toBe(String(user.accountId));
    const [directory] = several(`${account}/directory/entries`, 1);
    expect(directory.contacts[0].site).toEqual({
      id: expect.any(String),
      name: expect.any(String),
    });
    for (const { subject, attachments } of several(`${extension}/message-store/instant?type=SMS`)) {
      expect(attachments[0].size).toBe(Buffer.byteLength(subject));
    }
    expect(several(`${extension}/presence`, 1)[0]).toMatchObject({ meetingStatus: "Disconnected" });
  });

  test("the aggregated status only where it was requested", ({ expect }) => {
    const [plain] = several(`${extension}/presence`, 1);
    const [asked] = several(`${extension}/presence?aggregated=true`, 1);
    expect(plain).not.toHaveProperty("aggregatedTelephonyStatus");
    expect(asked).toEqual({ ...plain, aggregatedTelephonyStatus: plain.telephonyStatus });
  });

  test("fields that only insights into RingCX calls have", ({ expect }) => {
    const insights = (domain: string) =>
      several(`/ai/ringsense/v1/public/accounts/~/domains/${domain}/insights`, 1)[0];
    expect(insights("rcx")).toMatchObject({
      eventType: "Create",
      rsRecordUri: expect.stringMatching(/^https:\/\/ringsense\.ringcentral\.com\/calls\//),
      speakerInfo: [{ phoneNumber: expect.any(String) }, { phoneNumber: expect.any(String) }],
      insights: {
        AIScore: [{ value: expect.stringMatching(/^\d+$/) }],
        QnA: [{ speakerId: expect.any(String), value: expect.stringContaining("?") }],
        BulletedSummary: [{ value: expect.any(String) }],
      },
    });
    expect(insights("pbx")).not.toHaveProperty("eventType");
    expect(insights("pbx").insights).not.toHaveProperty("AIScore");
  });
});

test("no body has the owner's id, which is in the envelope", ({ expect }) => {
  const owners = filters.filter((filter) => several(filter, 8).some((body) => "ownerId" in body));
  expect(owners).toEqual([]);
});

describe("a generated message", () => {
  test("has an address with its own id", ({ expect }) => {
    for (const path of ["message-store/instant?type=SMS", "fax?direction=Inbound", "voicemail"]) {
      for (const { id, attachments } of several(`${extension}/${path}`)) {
        const { accountId, extensionId } = user;
        const store = `https://platform.ringcentral.com/restapi/v1.0/account/${accountId}/extension/${extensionId}/message-store/${id}/content/`;
        for (const attachment of attachments) expect(attachment.uri).toBe(store + attachment.id);
      }
    }
  });

  test("belongs to a conversation whose id fits into 63 bits", ({ expect }) => {
    const messages = ["message-store/instant?type=SMS", "inbound-messages"].flatMap((path) =>
      several(`${extension}/${path}`, 200),
    );
    expect(messages.filter(({ conversationId: id }) => !/^\d{15,19}$/.test(id))).toEqual([]);
    expect(messages.filter(({ conversationId: id }) => BigInt(id) >= 2n ** 63n)).toEqual([]);
  });

  test("has the requested type", ({ expect }) => {
    const types = (query: string) => [
      ...new Set(several(`${extension}/message-store${query}`).map((body) => body.changes[0].type)),
    ];
    expect(types("?type=SMS")).toEqual(["SMS"]);
    expect(types("?type=Voicemail&direction=Inbound")).toEqual(["VoiceMail"]);
    expect(types("").toSorted()).toEqual(["Fax", "Pager", "SMS", "VoiceMail"]);
  });

  test("counts as many new messages as it has ids", ({ expect }) => {
    for (const { changes } of several(`${extension}/message-store`)) {
      const [{ newCount, updatedCount, newMessageIds = [] }] = changes;
      expect(newMessageIds).toHaveLength(newCount);
      expect(newCount + updatedCount).toBeGreaterThan(0);
    }
  });

  test("has a badge unless it is turned off", ({ expect }) => {
    const [plain] = several(`${extension}/inbound-messages`, 1);
    const [without] = several(`${extension}/inbound-messages?badge=false`, 1);
    expect(plain.aps).toMatchObject({ badge: expect.stringMatching(/^[1-9]$/) });
    expect(without.aps).not.toHaveProperty("badge");
  });

  test("has the requested direction", ({ expect }) => {
    const own = /^\+12025550101$/;
    for (const { from, to, direction } of several(
      `${account}/a2p-sms/messages?direction=Outbound`,
    )) {
      expect({ direction, from }).toEqual({ direction: "Outbound", from: "+12025550101" });
      expect(to[0]).not.toMatch(own);
    }
    for (const { from, to, direction } of several(
      "/restapi/v2/accounts/~/extensions/~/sms/messages?direction=Inbound",
    )) {
      expect({ direction, to }).toEqual({
        direction: "Inbound",
        to: [{ phoneNumber: "+12025550101", messageStatus: "Delivered" }],
      });
      expect(from.phoneNumber).not.toMatch(own);
    }
  });

  test("has the requested numbers and batch", ({ expect }) => {
    const query = "direction=Inbound&from=%2B13035550155&to=+14155550166&batchId=b-1";
    expect(generateBody(`${account}/a2p-sms/messages?${query}`, eventContext(1))).toMatchObject({
      batchId: "b-1",
      from: "+13035550155",
      to: ["+14155550166"],
    });
  });

  test("belongs to a batch and does not exceed the batch's size", ({ expect }) => {
    for (const { batchSize, processedCount, status } of several(`${account}/a2p-sms/batches`)) {
      expect(status === "Completed").toBe(processedCount === batchSize);
      expect(processedCount).toBeLessThanOrEqual(batchSize);
    }
  });
});

describe("a generated call", () => {
  const sessions = `${extension}/telephony/sessions`;

  test("has the subscriber on the side that matches its direction", ({ expect }) => {
    for (const { parties } of several(sessions)) {
      const [{ id, direction, from, to, extensionId }] = parties;
      expect((direction === "Inbound" ? to : from).extensionId).toBe(extensionId);
      expect(direction === "Inbound" ? from : to).not.toHaveProperty("extensionId");
      expect(id.endsWith(direction === "Inbound" ? "-2" : "-1")).toBe(true);
    }
  });

  test("has its session id in its party id", ({ expect }) => {
    for (const { telephonySessionId, parties } of several(sessions)) {
      expect(parties[0].id.slice(2, -2)).toBe(telephonySessionId.slice(2));
    }
  });

  test("has the requested direction, number and state", ({ expect }) => {
    for (const code of ["Setup", "Parked", "VoiceMailScreening"]) {
      const query = `direction=Outbound&phoneNumber=%2B13035550155&statusCode=${code}`;
      for (const { parties } of several(`${sessions}?${query}`, 5)) {
        expect(parties[0]).toMatchObject({
          direction: "Outbound",
          to: { phoneNumber: "+13035550155" },
          status: { code },
        });
      }
    }
  });

  test("is incoming if it was missed or ends in voicemail", ({ expect }) => {
    for (const query of ["statusCode=VoiceMail", "statusCode=FaxReceive", "missedCall=true"]) {
      const directions = several(`${sessions}?${query}`).map(({ parties }) => parties[0].direction);
      expect(new Set(directions)).toEqual(new Set(["Inbound"]));
    }
  });

  test("is over if it was missed", ({ expect }) => {
    for (const { parties } of several(`${sessions}?missedCall=true`)) {
      expect(parties[0]).toMatchObject({
        missedCall: true,
        status: { code: "Disconnected", reason: expect.stringMatching(/^(NoAnswer|Cancelled)$/) },
      });
    }
    expect(several(sessions).filter(({ parties }) => parties[0].missedCall)).toEqual([]);
  });

  test("has increasing sequence numbers", ({ expect }) => {
    const highest = (code: string) =>
      Math.max(...several(`${sessions}?statusCode=${code}`).map(({ sequence }) => sequence));
    const codes = ["Setup", "Proceeding", "Answered", "Hold", "Disconnected"].map(highest);
    expect(codes).toEqual([2, 5, 8, 11, 14]);
  });

  test("has SIP data, recordings and a parking place only where they apply", ({ expect }) => {
    const [plain] = several(`${sessions}?statusCode=Answered`, 1);
    expect(Object.keys(plain.parties[0])).not.toContain("sipData");
    expect(Object.keys(plain.parties[0])).not.toContain("recordings");
    const query = "statusCode=Answered&sipData=true&withRecordings=true";
    const [full] = several(`${sessions}?${query}`, 1);
    expect(full.parties[0]).toMatchObject({
      sipData: { callId: expect.any(String) },
      recordings: [{ active: true }],
    });
    const [parked] = several(`${sessions}?statusCode=Parked`, 1);
    expect(parked.parties[0].park.id).toBe(parked.parties[0].status.parkData);
  });

  test("rings at the subscriber's extension", ({ expect }) => {
    const actions = ["start-ring", "stop-ring", "incoming-call-pickup", "missed-calls"].map(
      (path) => several(`${extension}/${path}`, 1)[0],
    );
    expect(actions).toMatchObject([
      { action: "StartRing", to: "+12025550101", toName: "User 1" },
      { action: "StopRing", to: "+12025550101", toName: "User 1" },
      { action: "Pickup", to: "+12025550101", toName: "User 1" },
      { action: "MissedCall", to: "+12025550101", toName: "User 1" },
    ]);
  });
});

describe("a generated presence", () => {
  const detailed = `${extension}/presence?detailedTelephonyState=true`;

  test("matches the calls in progress", ({ expect }) => {
    for (const body of several(detailed)) {
      const statuses = body.activeCalls.map((call: typeof body) => call.telephonyStatus);
      expect(statuses).toEqual([body.telephonyStatus]);
      const isOver = body.telephonyStatus === "NoCall";
      expect(body.totalActiveCalls).toBe(isOver ? 0 : 1);
      expect(body.activeCalls[0].terminationType).toBe(isOver ? "final" : undefined);
      const talks = ["CallConnected", "OnHold"].includes(body.telephonyStatus);
      const busy = talks || body.dndStatus === "DoNotAcceptAnyCalls";
      expect(body.presenceStatus).toBe(busy ? "Busy" : "Available");
    }
  });

  test("passes through every state of a call", ({ expect }) => {
    expect(several(detailed, 5).map(({ telephonyStatus }) => telephonyStatus)).toEqual([
      "Ringing",
      "CallConnected",
      "OnHold",
      "NoCall",
      "Ringing",
    ]);
  });

  test("counts up", ({ expect }) => {
    for (const path of ["presence", "presence/line"]) {
      const sequences = several(`${extension}/${path}`, 4).map(({ sequence }) => sequence);
      expect(sequences).toEqual([1, 2, 3, 4]);
    }
  });

  test("has calls and SIP data only if they are requested", ({ expect }) => {
    const [, plain] = several(`${extension}/presence`, 2);
    const [, calls] = several(detailed, 2);
    const [, sip] = several(`${detailed}&sipData=true`, 2);
    expect(plain).not.toHaveProperty("activeCalls");
    expect(calls.activeCalls[0]).not.toHaveProperty("sipData");
    expect(sip.activeCalls[0].sipData).toMatchObject({ rcSessionId: sip.activeCalls[0].sessionId });
  });

  test("belongs to a colleague for favorites and monitored lines", ({ expect }) => {
    for (const path of ["favorite/presence", "presence/line/presence"]) {
      for (const { extensionId } of several(`${extension}/${path}`)) {
        expect(extensionId).toMatch(new RegExp(`^${user.accountId}1\\d$`));
      }
    }
  });
});

describe("a generated post", () => {
  test("is usually new, and has only an id if it was deleted", ({ expect }) => {
    const posts = several("/team-messaging/v1/posts", 100);
    const of = (wanted: string) => posts.filter(({ eventType }) => eventType === wanted);
    expect(of("PostAdded").length).toBeGreaterThan(60);
    expect(of("PostChanged").length).toBeGreaterThan(0);
    for (const { creationTime, lastModifiedTime } of of("PostChanged")) {
      expect(creationTime < lastModifiedTime).toBe(true);
    }
    expect(of("PostRemoved").length).toBeGreaterThan(0);
    for (const post of of("PostRemoved")) expect(Object.keys(post)).toEqual(["id", "eventType"]);
  });

  test("is the same for its old filter name", ({ expect }) => {
    for (const name of ["posts", "groups"]) {
      expect(several(`/restapi/v1.0/glip/${name}`)).toEqual(several(`/team-messaging/v1/${name}`));
    }
  });

  test("is in a named team if only teams are requested", ({ expect }) => {
    for (const { name, description, type } of several("/restapi/v1.0/glip/teams")) {
      expect([type, typeof name, typeof description]).toEqual(["Team", "string", "string"]);
    }
  });

  test("is in groups and teams, some of them new", ({ expect }) => {
    const joined = several("/team-messaging/v1/groups", 100).filter(
      ({ eventType }) => eventType === "GroupJoined",
    );
    const ages = (wanted: string) =>
      joined
        .filter(({ type }) => type === wanted)
        .map(({ creationTime }) => now - Date.parse(creationTime));
    for (const { type, name } of joined) expect(name === null).toBe(type === "Group");
    expect(new Set(ages("Group")).size).toBeGreaterThan(5);
    expect(Math.max(...ages("Group"))).toBeLessThan(10_000);
    expect(Math.min(...ages("Team"))).toBeGreaterThan(86_000_000);
  });

  test("is in a chat without the person who left it", ({ expect }) => {
    for (const { eventType, members } of several("/team-messaging/v1/chats")) {
      expect(members.includes(String(user.extensionId))).toBe(eventType !== "GroupLeft");
    }
  });
});

describe("a generated webinar", () => {
  test("is the requested one", ({ expect }) => {
    const query = "hostUserId=62288329016&webinarId=w1";
    expect(
      generateBody(`/webinar/runtime/v1/company/sessions/state?${query}`, eventContext(1)),
    ).toMatchObject({ hostUserId: "62288329016", webinarId: "w1" });
  });
});

describe("generated insights", () => {
  test("come from a conversation that fits into its recording", ({ expect }) => {
    const path = "/ai/ringsense/v1/public/accounts/~/domains/pbx/insights";
    for (const body of several(path)) {
      const { Transcript } = body.insights;
      const speakers = body.speakerInfo.map(({ speakerId }: { speakerId: string }) => speakerId);
      let clock = 0;
      for (const { start, end, speakerId } of Transcript) {
        expect(start).toBeGreaterThanOrEqual(clock);
        expect(end).toBeGreaterThan(start);
        expect(speakers).toContain(speakerId);
        clock = end;
      }
      expect(body.recordingDurationMs).toBeGreaterThanOrEqual(clock * 1_000);
      const recordedUntil = Date.parse(body.recordingStartTime) + body.recordingDurationMs;
      expect(recordedUntil).toBeLessThan(Date.parse(body.creationTime));
    }
  });

  test("contain ids only for speakers of the own account", ({ expect }) => {
    const path = "/ai/ringsense/v1/public/accounts/~/domains/rcv/insights";
    const [{ speakerInfo }] = several(path, 1);
    expect(speakerInfo).toMatchObject([
      { name: "User 1", extensionId: String(user.extensionId) },
      { extensionId: null, accountId: null },
    ]);
  });
});

describe("a generated reminder", () => {
  test("is due at its threshold", ({ expect }) => {
    const filter = "/restapi/v1.0/subscription/~?threshold=60&interval=15";
    expect(generateBody(filter, eventContext(1))).toEqual({ expiresIn: 60 });
  });
});
