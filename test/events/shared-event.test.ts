import { describe, test } from "vitest";
import type { EventBody, EventSeries } from "../../src/events/samples/event-context.ts";
import { createSharedEvent } from "../../src/events/samples/shared-event.ts";
import { eventContext, now, user } from "./kit.ts";

const { accountId, extensionId } = user;
const presence = `/restapi/v1.0/account/${accountId}/extension/${extensionId}/presence`;
const calls = `/restapi/v1.0/account/${accountId}/telephony/sessions`;
const colleague = { ...user, extensionId: 7_000_000_002, name: "User 2" };
const otherAccount = { ...user, accountId: 4_000_000_003, extensionId: 7_000_000_003 };

describe("a shared event", () => {
  test("has the detail that each filter asks for", ({ expect }) => {
    const { bodyFor } = createSharedEvent(eventContext(1));
    const plain = bodyFor(user, presence, presence);
    const detailed = bodyFor(user, `${presence}?detailedTelephonyState=true`, presence);
    expect(Object.keys(plain)).not.toContain("activeCalls");
    expect(detailed).toMatchObject({
      ...plain,
      activeCalls: [{ telephonyStatus: "CallConnected" }],
    });
  });

  test("has no more detail than a filter asks for", ({ expect }) => {
    const { bodyFor } = createSharedEvent(eventContext(1));
    const filter = `${presence}?detailedTelephonyState=true&sipData=true`;
    expect(Object.keys(bodyFor(user, presence, filter))).not.toContain("activeCalls");
  });

  test("keeps the parameters that were given", ({ expect }) => {
    for (const direction of ["Inbound", "Outbound"]) {
      const { bodyFor } = createSharedEvent(eventContext(1));
      const filter = `${calls}?direction=${direction}`;
      expect(bodyFor(user, calls, filter)).toMatchObject({ parties: [{ direction }] });
    }
  });

  test("takes unspecified parameters from a random one of its filters", ({ expect }) => {
    const store = presence.replace("presence", "message-store");
    const asked = ["SMS", "Fax", "Pager"].map((type) => `${store}?type=${type}`);
    const outcomes = Array.from({ length: 40 }, (_, seed) =>
      completed(eventContext(seed), store, [store, ...asked]),
    );
    expect(new Set(outcomes)).toEqual(new Set(asked));
  });

  test("is never both a missed call and an answered or outgoing one", ({ expect }) => {
    const missed = `${calls}?missedCall=true`;
    for (const other of ["statusCode=Hold", "direction=Outbound"]) {
      const outcomes = Array.from({ length: 40 }, (_, seed) =>
        completed(eventContext(seed), calls, [missed, `${calls}?${other}`]),
      );
      expect(new Set(outcomes)).toEqual(
        new Set([
          `${missed}&direction=Inbound&statusCode=Disconnected`,
          `${calls}?${other}&missedCall=false`,
        ]),
      );
    }
  });

  test("combines the parameters of all filters that do not contradict it", ({ expect }) => {
    const event = completed(eventContext(1), `${calls}?missedCall=false`, [
      `${calls}?direction=Inbound&sipData=true`,
      `${calls}?statusCode=Hold&withRecordings=true`,
      `${calls}?missedCall=true&phoneNumber=+1`,
    ]);
    const pairs = event.split("?")[1]?.split("&").toSorted();
    expect(pairs).toEqual(["direction=Inbound", "missedCall=false", "statusCode=Hold"]);
  });

  test("is completed for each path by the filters of that path", ({ expect }) => {
    const { complete } = createSharedEvent(eventContext(1));
    const elsewhere = `${calls}/elsewhere`;
    const asked = [
      { filter: `${calls}?direction=Inbound`, event: calls },
      { filter: `${elsewhere}?direction=Outbound`, event: elsewhere },
    ];
    expect([...complete(asked).values()]).toEqual(asked.map(({ filter }) => filter));
  });

  test("is the same for everybody in the account, in any order", ({ expect }) => {
    const { bodyFor } = createSharedEvent(eventContext(1));
    const first = bodyFor(user, calls, calls);
    expect(bodyFor(colleague, calls, calls)).toEqual(first);
    expect(bodyFor(user, calls, calls)).toEqual(first);
    expect(first).toMatchObject({ parties: [{ extensionId: String(extensionId) }] });
  });

  test("has other ids in another account", ({ expect }) => {
    const { bodyFor } = createSharedEvent(eventContext(1));
    const posts = "/team-messaging/v1/posts";
    expect(bodyFor(user, posts, posts)["id"]).not.toBe(bodyFor(otherAccount, posts, posts)["id"]);
  });

  test("has a new id each time", ({ expect }) => {
    const { random, now, sequence } = eventContext(1);
    const ids = Array.from({ length: 100 }, () =>
      createSharedEvent({ random, now, sequence }).bodyFor(user, calls, calls),
    ).map(({ sessionId }) => sessionId);
    expect(new Set(ids).size).toBe(100);
  });

  test("uses one random number, however many subscribers there are", ({ expect }) => {
    let count = 0;
    const random = () => {
      count++;
      return 0.5;
    };
    const { complete, bodyFor } = createSharedEvent({ random, now: 0, sequence: 0 });
    complete([{ filter: `${calls}?direction=Inbound`, event: calls }]);
    bodyFor(user, calls, calls);
    bodyFor(otherAccount, calls, calls);
    expect(count).toBe(1);
  });

  test("is one of four that describe the same call", ({ expect }) => {
    const { random } = eventContext(1);
    const bodies: EventBody[] = [];
    let series: EventSeries | undefined;
    for (let sequence = 0; sequence < 8; sequence++) {
      const at = now + sequence * 60_000;
      const event = createSharedEvent({ random, now: at, sequence, ...(series && { series }) });
      series = event.series;
      bodies.push(
        event.bodyFor(user, `${presence}?detailedTelephonyState=true&sipData=true`, presence),
      );
    }

    const calls = bodies.map(({ activeCalls }) => (activeCalls as readonly EventBody[])[0] ?? {});
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

  test("has an empty body for an unknown filter", ({ expect }) => {
    expect(createSharedEvent(eventContext(1)).bodyFor(user, "/nothing", "/nothing")).toEqual({});
  });
});

function completed(
  when: Parameters<typeof createSharedEvent>[0],
  event: string,
  asked: readonly string[],
): string {
  const all = asked.map((filter) => ({ filter, event }));
  return createSharedEvent(when).complete(all).get(event) ?? "";
}
