import { describe } from "vitest";
import { createEmulator } from "../../src/emulator/emulator.ts";
import type { Emulator } from "../../src/emulator/interface.ts";
import { otherUser, own, start, test } from "./kit.ts";

const presence = "/restapi/v1.0/account/~/extension/~/presence";
const sms = "/restapi/v1.0/account/~/extension/~/message-store/instant?type=SMS";
const calls = "/restapi/v1.0/account/~/telephony/sessions";

/** The bodies of the received events. */
// biome-ignore lint/suspicious/noExplicitAny: JSON, whose shape each test knows.
function bodiesOf(events: readonly unknown[]): any[] {
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  return events.map((event: any) => event.body);
}

describe("an event without a body", () => {
  test("is different each time", async ({ emulator, subscribe, webhook, expect }) => {
    await subscribe({ filters: [sms] });
    await emulator.sendEvent({ filter: sms });
    await emulator.sendEvent({ filter: sms });

    const [first, second] = bodiesOf(webhook.events);
    expect(first.id).not.toBe(second.id);
  });

  test("has the ids of each account", async ({ emulator, subscribe, signIn, webhook, expect }) => {
    await subscribe({ filters: [presence] });
    await subscribe({ filters: [presence], token: await signIn(2) });
    await emulator.sendEvent({ filter: presence });

    // biome-ignore lint/suspicious/noExplicitAny: JSON, whose shape the test knows.
    const ids = webhook.events.map(({ ownerId, body: { extensionId } }: any) => ({
      extensionId,
      ownerId,
    }));
    expect(ids).toHaveLength(2);
    for (const { extensionId } of [own, otherUser]) {
      expect(ids).toContainEqual({ extensionId, ownerId: extensionId });
    }
  });

  test("describes the same thing to every subscriber, with the detail that each requested", async ({
    emulator,
    subscribe,
    webhook,
    expect,
  }) => {
    const detailed = `${presence}?detailedTelephonyState=true`;
    await subscribe({ filters: [presence] });
    await subscribe({ filters: [detailed] });
    await subscribe({ filters: [detailed] });
    await emulator.sendEvent({ filter: presence });

    const bodies = bodiesOf(webhook.events);
    const [plain] = bodies.filter((body) => body.activeCalls === undefined);
    const detailedOnes = bodies.filter((body) => body.activeCalls !== undefined);
    expect(detailedOnes).toHaveLength(2);
    expect(detailedOnes[0]).toEqual(detailedOnes[1]);
    expect(detailedOnes[0]).toMatchObject(plain);
  });

  test("matches the event and the subscription", async ({
    emulator,
    subscribe,
    webhook,
    expect,
  }) => {
    await subscribe({ filters: [`${calls}?direction=Inbound`] });
    await emulator.sendEvent({ filter: `${calls}?statusCode=Hold` });

    expect(bodiesOf(webhook.events)).toMatchObject([
      { parties: [{ direction: "Inbound", status: { code: "Hold" } }] },
    ]);
  });

  test("is shared even if some subscribers did not subscribe to it", async ({
    emulator,
    subscribe,
    webhook,
    expect,
  }) => {
    const store = "/restapi/v1.0/account/~/extension/~/message-store";
    const types = ["SMS", "Fax", "Pager"];
    await subscribe({ filters: [store] });
    for (const type of types) await subscribe({ filters: [`${store}?type=${type}`] });
    const heard = new Set<string>();
    for (let count = 0; count < 30; count++) {
      webhook.events.length = 0;
      await emulator.sendEvent({ filter: store });
      const bodies = bodiesOf(webhook.events);
      expect(bodies).toHaveLength(2);
      expect(bodies[0]).toEqual(bodies[1]);
      heard.add(bodies[0].changes[0].type);
    }
    expect([...heard].toSorted()).toEqual(types.toSorted());
  });

  test("matches the subscriptions of each extension", async ({
    emulator,
    subscribe,
    signIn,
    webhook,
    expect,
  }) => {
    const store = "/restapi/v1.0/account/~/extension/~/message-store";
    await subscribe({ filters: [`${store}?type=SMS`] });
    await subscribe({ filters: [`${store}?type=Fax`], token: await signIn(2) });
    await emulator.sendEvent({ filter: store });
    const heard = bodiesOf(webhook.events).map(({ changes: [{ type }] }) => type);
    expect(heard.toSorted()).toEqual(["Fax", "SMS"]);
  });

  test("follows one call until it ends, even across a restart", async ({
    emulator,
    subscribe,
    webhook,
    expect,
  }) => {
    const detailed = `${presence}?detailedTelephonyState=true`;
    await subscribe({ filters: [detailed] });
    for (let count = 0; count < 2; count++) {
      await emulator.sendEvent({ filter: detailed });
      emulator.clock.advance(60_000);
    }
    const next = createEmulator({ clock: { now: () => start + 120_000 } });
    await next.restore(emulator.snapshot());
    for (let count = 0; count < 3; count++) await next.sendEvent({ filter: detailed });

    const calls = bodiesOf(webhook.events).map(({ activeCalls: [call] }) => call);
    const [first, ...others] = calls.map(({ sessionId, startTime }) => `${sessionId} ${startTime}`);
    expect(others.map((one) => one === first)).toEqual([true, true, true, false]);
    expect(calls.map(({ telephonyStatus }) => telephonyStatus)).toEqual([
      "Ringing",
      "CallConnected",
      "OnHold",
      "NoCall",
      "Ringing",
    ]);
  });

  test("has the emulator's time", async ({ emulator, subscribe, webhook, expect }) => {
    await subscribe({ filters: [calls] });
    await emulator.clock.advance(3_600_000);
    await emulator.sendEvent({ filter: calls });

    const [{ eventTime }] = bodiesOf(webhook.events);
    const age = start + 3_600_000 - Date.parse(eventTime);
    expect(age).toBeGreaterThan(0);
    expect(age).toBeLessThan(1_000);
  });

  test("has increasing sequence numbers until a reset", async ({
    emulator,
    subscribe,
    webhook,
    expect,
  }) => {
    await subscribe({ filters: [presence] });
    await emulator.sendEvent({ filter: presence });
    await emulator.sendEvent({ filter: presence });
    emulator.reset();
    await subscribe({ filters: [presence] });
    await emulator.sendEvent({ filter: presence });

    expect(bodiesOf(webhook.events).map(({ sequence }) => sequence)).toEqual([1, 2, 1]);
  });

  test("continues the sequence after a restart", async ({
    emulator,
    subscribe,
    webhook,
    expect,
  }) => {
    await subscribe({ filters: [presence] });
    await emulator.sendEvent({ filter: presence });
    const next = createEmulator({ clock: { now: () => start } });
    await next.restore(emulator.snapshot());
    await next.sendEvent({ filter: presence });

    expect(bodiesOf(webhook.events).map(({ sequence }) => sequence)).toEqual([1, 2]);
  });

  test("is the same in every run with the same seed", async ({
    subscribe,
    emulator,
    webhook,
    expect,
  }) => {
    await subscribe({ filters: [sms] });
    const snapshot = emulator.snapshot();
    const run = async (seed: string) => {
      const seeded: Emulator = createEmulator({ clock: { now: () => start }, seed });
      await seeded.restore(snapshot);
      await seeded.sendEvent({ filter: sms });
      return bodiesOf(webhook.events).at(-1);
    };

    const first = await run("a");
    expect(await run("a")).toEqual(first);
    expect(await run("b")).not.toEqual(first);
  });
});
