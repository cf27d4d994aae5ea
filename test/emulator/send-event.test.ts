import { describe, expectTypeOf } from "vitest";
import { signIn, test } from "./running-kit.ts";

const sms = "/restapi/v1.0/account/~/extension/~/message-store/instant?type=SMS";
const presence = "/restapi/v1.0/account/~/extension/~/presence";
const own = "/restapi/v1.0/account/4000000001/extension/7000000001";

describe("sendEvent", () => {
  test("checks the type of a body by the event's alias", async ({
    running,
    client,
    hook,
    expect,
  }) => {
    await client.subscribe(hook, [sms]);
    // More fields than are known are allowed, wrong ones are not.
    const sent = await running.sendEvent({
      filter: "sms",
      body: { subject: "Hello", from: { phoneNumber: "+12055550100" }, other: 1 },
    });
    const delivery = await running.waitForDelivery({ event: "sms" });

    expectTypeOf(sent[0]?.body?.subject).toEqualTypeOf<string | undefined>();
    expectTypeOf(delivery.body?.subject).toEqualTypeOf<string | undefined>();
    expectTypeOf(running.deliveries[0]?.body).toEqualTypeOf<unknown>();
    expect([sent[0]?.body?.subject, delivery.body?.from?.phoneNumber]).toEqual([
      "Hello",
      "+12055550100",
    ]);
    // @ts-expect-error The subject is a text.
    await running.sendEvent({ filter: "sms", body: { subject: 1 } });
    await running.sendEvent({ filter: sms, body: { subject: 1 } });
  });

  test("says why it reached no subscription", async ({ running, client, hook, expect }) => {
    const reasonOf = async (filter: string, user?: number) => {
      const sent = await running.sendEvent({ filter, ...(user !== undefined && { user }) });
      expect(sent).toEqual([]);
      return sent.reason;
    };
    expect(await reasonOf("sms")).toBe("Nobody has subscribed.");

    const id = await client.subscribe(hook, [sms, presence]);
    expect((await running.sendEvent({ filter: "sms" })).reason).toBeUndefined();
    expect(await reasonOf("voicemail")).toBe(
      `No subscription has the filter /restapi/v1.0/account/~/extension/~/voicemail. There are subscriptions for ${own}/presence, ${own}/message-store/instant?type=SMS.`,
    );
    expect(await reasonOf("sms", 2)).toBe(
      `Subscription ${id} is user 1's, and the event was user 2's.`,
    );
    running.blacklist(id, "Read timed out");
    expect(await reasonOf("sms")).toBe(`Subscription ${id} is Blacklisted: Read timed out.`);

    const permission = "ReadPresence";
    running.configure({ users: { 2: { disabledFilters: [{ filter: "*presence", permission }] } } });
    const other = await (await signIn(running, 2)).subscribe(hook, [presence, sms]);
    expect(await reasonOf("presence", 2)).toContain(
      `Subscription ${other} has it disabled: Extension permission [ReadPresence] is missing.`,
    );
  });

  test("says why it reached no subscription over the control API too", async ({
    running,
    expect,
  }) => {
    const answer = await fetch(`${running.url}/emulator/v1/events`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ filter: sms }),
    });
    expect(await answer.json()).toEqual({ deliveries: [], reason: "Nobody has subscribed." });
  });

  test("finds an event by its account-wide alias, although it is delivered with an extension's path", async ({
    running,
    client,
    hook,
    expect,
  }) => {
    await client.subscribe(hook, ["/restapi/v1.0/account/~/telephony/sessions"]);
    const [sent] = await running.sendEvent({ filter: "account-telephony" });

    expect(sent?.event).toMatch(/extension\/\d+\/telephony\/sessions/);
    expect(await running.waitForDelivery({ event: "account-telephony" })).toBe(sent);
  });
});

describe("faults.add", () => {
  for (const [fault, message] of [
    [{ status: 99 }, "Invalid fault.status value 99: must be a whole number from 200 to 599."],
    [
      { stauts: 503 },
      "Unknown fault.stauts: use one of match, status, code, html, body, headers, truncate, drop, delay, times, rate, seed.",
    ],
    [{ code: "CMN-3011" }, 'Unknown fault.code "CMN-3011": did you mean CMN-301?'],
    [{ code: 7 }, "Unknown fault.code 7: use one such as CMN-301 or SUB-525."],
    [{ status: 500, times: 0 }, "Invalid fault.times value 0: must be a whole number from 1 to"],
    [{ delay: "2d" }, 'Invalid fault.delay value "2d": must be a duration of up to a day'],
    [{ drop: "before", status: 500 }, "fault.drop and fault.status exclude each other."],
    [{ times: 2 }, "The fault would change nothing: give it one of status, code, html, body"],
    [
      { headers: { "Content-Length": "5" } },
      "fault.headers must not have Content-Length: it describes the connection, and only the server can set it.",
    ],
    [
      { match: { path: "renew" }, status: 500 },
      'Invalid fault.match.path value "renew": must be a pattern such as POST or */renew.',
    ],
    [7, "Invalid fault value 7: must be an object."],
  ] as const) {
    test(`refuses ${JSON.stringify(fault)}`, async ({ running, expect }) => {
      const given = JSON.parse(JSON.stringify(fault));
      expect(() => running.faults.add(given)).toThrow(message);
      expect(running.faults.list()).toEqual([]);
    });
  }
});
