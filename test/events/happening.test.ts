import { describe, test } from "vitest";
import { createHappening } from "../../src/events/happening.ts";
import { occasion, user } from "./kit.ts";

const { accountId, extensionId } = user;
const presence = `/restapi/v1.0/account/${accountId}/extension/${extensionId}/presence`;
const calls = `/restapi/v1.0/account/${accountId}/telephony/sessions`;
const colleague = { ...user, extensionId: 7_000_000_002, name: "User 2" };
const stranger = { ...user, accountId: 4_000_000_003, extensionId: 7_000_000_003 };

describe("a happening", () => {
  test("is told as each one's filter asks", ({ expect }) => {
    const tell = createHappening(presence, occasion(1));
    const plain = tell(presence, user);
    const detailed = tell(`${presence}?detailedTelephonyState=true`, user);
    expect(Object.keys(plain)).not.toContain("activeCalls");
    expect(detailed).toMatchObject({
      ...plain,
      activeCalls: [{ telephonyStatus: "CallConnected" }],
    });
  });

  test("is told in no more detail than that", ({ expect }) => {
    const tell = createHappening(
      `${presence}?detailedTelephonyState=true&sipData=true`,
      occasion(1),
    );
    expect(Object.keys(tell(presence, user))).not.toContain("activeCalls");
  });

  test("keeps its own facts", ({ expect }) => {
    for (const direction of ["Inbound", "Outbound"]) {
      const tell = createHappening(`${calls}?direction=${direction}`, occasion(1));
      expect(tell(calls, user)).toMatchObject({ parties: [{ direction }] });
    }
  });

  test("takes on the facts that it leaves open", ({ expect }) => {
    const tell = createHappening(calls, occasion(1));
    for (const direction of ["Inbound", "Outbound"]) {
      expect(tell(`${calls}?direction=${direction}`, user)).toMatchObject({
        parties: [{ direction }],
      });
    }
  });

  test("is the same for everybody in the account, whoever is told first", ({ expect }) => {
    const tell = createHappening(calls, occasion(1));
    const first = tell(calls, user);
    expect(tell(calls, colleague)).toEqual(first);
    expect(tell(calls, user)).toEqual(first);
    expect(first).toMatchObject({ parties: [{ extensionId: String(extensionId) }] });
  });

  test("has other ids in another account", ({ expect }) => {
    const tell = createHappening("/team-messaging/v1/posts", occasion(1));
    expect(tell("/team-messaging/v1/posts", user)["id"]).not.toBe(
      tell("/team-messaging/v1/posts", stranger)["id"],
    );
  });

  test("has an id of its own each time", ({ expect }) => {
    const { random, now, sequence } = occasion(1);
    const ids = Array.from({ length: 100 }, () =>
      createHappening(calls, { random, now, sequence })(calls, user),
    ).map(({ sessionId }) => sessionId);
    expect(new Set(ids).size).toBe(100);
  });

  test("draws one number, however many are told", ({ expect }) => {
    let drawn = 0;
    const random = () => {
      drawn++;
      return 0.5;
    };
    const tell = createHappening(calls, { random, now: 0, sequence: 0 });
    tell(calls, user);
    tell(calls, stranger);
    expect(drawn).toBe(1);
  });

  test("is empty where nobody knows what it is", ({ expect }) => {
    expect(createHappening("/nothing", occasion(1))("/nothing", user)).toEqual({});
  });
});
