import { describe, test } from "vitest";
import type { EventBody, Series } from "../../src/events/samples/event-context.ts";
import { createHappening } from "../../src/events/samples/event-series.ts";
import { now, occasion, user } from "./kit.ts";

const { accountId, extensionId } = user;
const presence = `/restapi/v1.0/account/${accountId}/extension/${extensionId}/presence`;
const calls = `/restapi/v1.0/account/${accountId}/telephony/sessions`;
const colleague = { ...user, extensionId: 7_000_000_002, name: "User 2" };
const stranger = { ...user, accountId: 4_000_000_003, extensionId: 7_000_000_003 };

describe("a happening", () => {
  test("is told as each one's filter asks", ({ expect }) => {
    const { tell } = createHappening(occasion(1));
    const plain = tell(presence, presence, user);
    const detailed = tell(`${presence}?detailedTelephonyState=true`, presence, user);
    expect(Object.keys(plain)).not.toContain("activeCalls");
    expect(detailed).toMatchObject({
      ...plain,
      activeCalls: [{ telephonyStatus: "CallConnected" }],
    });
  });

  test("is told in no more detail than that", ({ expect }) => {
    const { tell } = createHappening(occasion(1));
    const settled = `${presence}?detailedTelephonyState=true&sipData=true`;
    expect(Object.keys(tell(presence, settled, user))).not.toContain("activeCalls");
  });

  test("keeps its own facts", ({ expect }) => {
    for (const direction of ["Inbound", "Outbound"]) {
      const { tell } = createHappening(occasion(1));
      const settled = `${calls}?direction=${direction}`;
      expect(tell(calls, settled, user)).toMatchObject({ parties: [{ direction }] });
    }
  });

  test("takes on facts that it leaves open, as one of its listeners wants them", ({ expect }) => {
    const store = presence.replace("presence", "message-store");
    const asked = ["SMS", "Fax", "Pager"].map((type) => `${store}?type=${type}`);
    const outcomes = Array.from({ length: 40 }, (_, seed) =>
      settle(occasion(seed), store, [store, ...asked]),
    );
    expect(new Set(outcomes)).toEqual(new Set(asked));
  });

  test("is no missed call that somebody is in, or made", ({ expect }) => {
    const missed = `${calls}?missedCall=true`;
    for (const other of ["statusCode=Hold", "direction=Outbound"]) {
      const outcomes = Array.from({ length: 40 }, (_, seed) =>
        settle(occasion(seed), calls, [missed, `${calls}?${other}`]),
      );
      expect(new Set(outcomes)).toEqual(
        new Set([
          `${missed}&direction=Inbound&statusCode=Disconnected`,
          `${calls}?${other}&missedCall=false`,
        ]),
      );
    }
  });

  test("takes on what does not contradict, from as many as there are", ({ expect }) => {
    const settled = settle(occasion(1), `${calls}?missedCall=false`, [
      `${calls}?direction=Inbound&sipData=true`,
      `${calls}?statusCode=Hold&withRecordings=true`,
      `${calls}?missedCall=true&phoneNumber=+1`,
    ]);
    const pairs = settled.split("?")[1]?.split("&").toSorted();
    expect(pairs).toEqual(["direction=Inbound", "missedCall=false", "statusCode=Hold"]);
  });

  test("is settled at each place by those who listen there", ({ expect }) => {
    const { settle: settleAll } = createHappening(occasion(1));
    const elsewhere = `${calls}/elsewhere`;
    const asked = [
      { subscribed: `${calls}?direction=Inbound`, event: calls },
      { subscribed: `${elsewhere}?direction=Outbound`, event: elsewhere },
    ];
    expect([...settleAll(asked).values()]).toEqual(asked.map(({ subscribed }) => subscribed));
  });

  test("is the same for everybody in the account, whoever is told first", ({ expect }) => {
    const { tell } = createHappening(occasion(1));
    const first = tell(calls, calls, user);
    expect(tell(calls, calls, colleague)).toEqual(first);
    expect(tell(calls, calls, user)).toEqual(first);
    expect(first).toMatchObject({ parties: [{ extensionId: String(extensionId) }] });
  });

  test("has other ids in another account", ({ expect }) => {
    const { tell } = createHappening(occasion(1));
    const posts = "/team-messaging/v1/posts";
    expect(tell(posts, posts, user)["id"]).not.toBe(tell(posts, posts, stranger)["id"]);
  });

  test("has an id of its own each time", ({ expect }) => {
    const { random, now, sequence } = occasion(1);
    const ids = Array.from({ length: 100 }, () =>
      createHappening({ random, now, sequence }).tell(calls, calls, user),
    ).map(({ sessionId }) => sessionId);
    expect(new Set(ids).size).toBe(100);
  });

  test("draws one number, however many are told", ({ expect }) => {
    let drawn = 0;
    const random = () => {
      drawn++;
      return 0.5;
    };
    const { settle: settleAll, tell } = createHappening({ random, now: 0, sequence: 0 });
    settleAll([{ subscribed: `${calls}?direction=Inbound`, event: calls }]);
    tell(calls, calls, user);
    tell(calls, calls, stranger);
    expect(drawn).toBe(1);
  });

  test("is one of a series of four, which tell of one call, and no other", ({ expect }) => {
    const { random } = occasion(1);
    const told: EventBody[] = [];
    let series: Series | undefined;
    for (let sequence = 0; sequence < 8; sequence++) {
      const at = now + sequence * 60_000;
      const happening = createHappening({ random, now: at, sequence, ...(series && { series }) });
      series = happening.series;
      told.push(
        happening.tell(`${presence}?detailedTelephonyState=true&sipData=true`, presence, user),
      );
    }

    const calls = told.map(({ activeCalls }) => (activeCalls as readonly EventBody[])[0] ?? {});
    const life = ["Ringing", "CallConnected", "OnHold", "NoCall"];
    expect(calls.map(({ telephonyStatus }) => telephonyStatus)).toEqual([...life, ...life]);
    const unchanging = calls.map(({ telephonyStatus: _, terminationType: __, ...rest }) => rest);
    expect(unchanging.slice(0, 4)).toEqual(Array(4).fill(unchanging[0]));
    expect(unchanging.slice(4)).toEqual(Array(4).fill(unchanging[4]));
    expect(unchanging[4]?.["sessionId"]).not.toBe(unchanging[0]?.["sessionId"]);
    const begun = calls.map(({ startTime }) => Date.parse(String(startTime)) - now);
    expect(begun[0]).toBeLessThan(0);
    expect(begun[4]).toBeGreaterThan(3 * 60_000);
  });

  test("is empty where nobody knows what it is", ({ expect }) => {
    expect(createHappening(occasion(1)).tell("/nothing", "/nothing", user)).toEqual({});
  });
});

function settle(
  when: Parameters<typeof createHappening>[0],
  event: string,
  asked: readonly string[],
): string {
  const all = asked.map((subscribed) => ({ subscribed, event }));
  return createHappening(when).settle(all).get(event) ?? "";
}
