import { describe } from "vitest";
import { goodHandshake, httpEndpoint } from "../support/endpoints.ts";
import { platform, test } from "./kit.ts";

const posts = "/team-messaging/v1/posts";
const reminder = "/restapi/v1.0/subscription/~?threshold=600&interval=240";
const hour = 3_600_000;
const inAnHour = { filters: [posts, reminder], expiresIn: 3600 };

describe("a reminder", () => {
  test("is sent at the threshold and at every interval, in RingCentral's envelope", async ({
    emulator,
    subscribe,
    webhook,
    expect,
  }) => {
    const { body } = await subscribe(inAnHour);
    await emulator.clock.advance(2 * hour);

    expect(webhook.events).toEqual(
      [
        ["2026-11-22T12:50:00.000Z", 600],
        ["2026-11-22T12:54:00.000Z", 360],
        ["2026-11-22T12:58:00.000Z", 120],
      ].map(([timestamp, expiresIn]) => ({
        uuid: expect.stringMatching(/^[1-9]\d{18}$/),
        event: reminder,
        timestamp,
        subscriptionId: body.id,
        ownerId: "7000000001",
        body: { expiresIn },
      })),
    );
    expect(emulator.deliveries).toHaveLength(3);
  });

  test("stops after a renewal and is sent again before the next expiry", async ({
    emulator,
    configure,
    call,
    subscribe,
    signIn,
    webhook,
    expect,
  }) => {
    configure({ lifetimeOnRenewal: "unchanged" });
    const token = await signIn();
    const { body } = await subscribe({ ...inAnHour, token });
    await emulator.clock.advance(51 * 60_000);
    await call("POST", `${platform}/${body.id}/renew`, { token });
    await emulator.clock.advance(49 * 60_000);
    expect(timestamps(webhook.events)).toEqual(["2026-11-22T12:50:00.000Z"]);

    await emulator.clock.advance(60_000);
    expect(timestamps(webhook.events)).toEqual([
      "2026-11-22T12:50:00.000Z",
      "2026-11-22T13:41:00.000Z",
    ]);
  });

  test("is sent again after a renewal at an earlier time", async ({
    emulator,
    configure,
    call,
    subscribe,
    signIn,
    webhook,
    expect,
  }) => {
    configure({ lifetimeOnRenewal: "unchanged" });
    const token = await signIn();
    const { body } = await subscribe({ ...inAnHour, token });
    await emulator.clock.advance(51 * 60_000);
    await emulator.clock.advance(-51 * 60_000);
    await call("POST", `${platform}/${body.id}/renew`, { token });
    await emulator.clock.advance(51 * 60_000);
    const atThreshold = "2026-11-22T12:50:00.000Z";
    expect(timestamps(webhook.events)).toEqual([atThreshold, atThreshold]);
  });

  test("is sent at half of a lifetime that a renewal made too short for the threshold", async ({
    emulator,
    call,
    subscribe,
    signIn,
    webhook,
    expect,
  }) => {
    const token = await signIn();
    const long = reminder.replace("600", "1000000").replace("240", "86400");
    const { body } = await subscribe({ filters: [posts, long], expiresIn: 5_000_000, token });
    await call("POST", `${platform}/${body.id}/renew`, { token });
    await emulator.clock.advance(84 * hour - 1);
    expect(webhook.events).toEqual([]);

    await emulator.clock.advance(1);
    expect(webhook.events).toMatchObject([{ body: { expiresIn: 302_400 } }]);
  });

  test("follows a PUT that changes its numbers and ends with a PUT that omits it", async ({
    emulator,
    call,
    subscribe,
    signIn,
    webhook,
    expect,
  }) => {
    const token = await signIn();
    const { body } = await subscribe({ ...inAnHour, token });
    const later = reminder.replace("600", "1200").replace("240", "500");
    const put = (eventFilters: readonly string[]) =>
      call("PUT", `${platform}/${body.id}`, { token, body: { eventFilters, expiresIn: 3600 } });
    await put([posts, later]);
    await emulator.clock.advance(45 * 60_000);
    expect(timestamps(webhook.events)).toEqual(["2026-11-22T12:40:00.000Z"]);

    await put([posts]);
    await emulator.clock.advance(hour);
    expect(webhook.events).toHaveLength(1);
  });

  test("is not sent for a deleted or blacklisted subscription", async ({
    emulator,
    call,
    subscribe,
    signIn,
    expect,
  }) => {
    const token = await signIn();
    const deleted = await subscribe({ ...inAnHour, token });
    const blacklisted = await subscribe({ ...inAnHour, token });
    await call("DELETE", `${platform}/${deleted.body.id}`, { token });
    emulator.blacklist(blacklisted.body.id);
    await emulator.clock.advance(2 * hour);

    expect(emulator.deliveries).toEqual([]);
  });

  test("that falls due while blacklisted is lost, and the next one is sent", async ({
    emulator,
    configure,
    subscribe,
    webhook,
    expect,
  }) => {
    configure({ blacklistRecovery: "recheck", blacklistRecheckInterval: 300 });
    const { body } = await subscribe(inAnHour);
    await emulator.clock.advance(47 * 60_000);
    emulator.blacklist(body.id);
    await emulator.clock.advance(hour);

    expect(timestamps(webhook.events)).toEqual([
      "2026-11-22T12:54:00.000Z",
      "2026-11-22T12:58:00.000Z",
    ]);
  });

  test("is sent once for all that fell due between two runs", async ({
    emulator,
    subscribe,
    webhook,
    expect,
  }) => {
    await subscribe(inAnHour);
    const { clock } = emulator;
    await clock.leap(clock.now() + 59 * 60_000);
    await clock.leap(clock.now() + 30_000);

    expect(webhook.events).toMatchObject([{ body: { expiresIn: 60 } }]);
  });

  test("does not delay another reminder due at the same time", async ({
    emulator,
    configure,
    subscribe,
    signIn,
    expect,
  }) => {
    configure({ endpointDeadline: 1000 });
    const waiting: (() => void)[] = [];
    await using endpoint = await httpEndpoint((request, response) => {
      if (request.headers["validation-token"]) return goodHandshake(request, response);
      // No request is answered before all have arrived.
      waiting.push(() => goodHandshake(request, response));
      if (waiting.length === 3) for (const answer of waiting) answer();
    });
    const token = await signIn();
    for (const path of ["/1", "/2", "/3"]) {
      await subscribe({ ...inAnHour, address: endpoint.url + path, token });
    }
    await emulator.clock.advance(51 * 60_000);
    expect(emulator.deliveries.map(({ delivered }) => delivered)).toEqual([true, true, true]);
  });

  test("counts as a failure if the endpoint rejects it", async ({
    emulator,
    configure,
    subscribe,
    expect,
  }) => {
    configure({ blacklistAfterSeconds: 60 });
    await using endpoint = await httpEndpoint((request, response) => {
      if (request.headers["validation-token"]) return goodHandshake(request, response);
      response.writeHead(503).end();
    });
    await subscribe({ ...inAnHour, address: endpoint.url });
    await emulator.clock.advance(56 * 60_000);

    expect(emulator.deliveries).toHaveLength(2);
    expect(emulator.state().subscriptions).toMatchObject([{ status: "Blacklisted" }]);
  });

  test("is dropped by a reset", async ({ emulator, subscribe, webhook, expect }) => {
    await subscribe(inAnHour);
    emulator.reset();
    await emulator.clock.advance(2 * hour);
    expect(webhook.events).toEqual([]);
  });
});

function timestamps(events: readonly unknown[]): unknown[] {
  return events.map((event) => (event as { readonly timestamp: string }).timestamp);
}
