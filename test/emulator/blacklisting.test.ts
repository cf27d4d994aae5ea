import { describe } from "vitest";
import { goodHandshake, httpEndpoint } from "../support/endpoints.ts";
import { test as base, platform } from "./kit.ts";

const posts = "/team-messaging/v1/posts";
const happening = { filter: posts, body: {} };
const minute = 60_000;

interface Fixtures {
  /** An endpoint that answers events with this status and handshakes correctly by default. */
  readonly endpoint: { readonly url: string; status: number; handshakes: "good" | "bad" };
}

const test = base.extend<Fixtures>({
  endpoint: async ({}, use) => {
    const behaviour = { url: "", status: 200, handshakes: "good" as "good" | "bad" };
    await using server = await httpEndpoint((request, response) => {
      const isHandshake = request.headers["validation-token"] !== undefined;
      if (isHandshake && behaviour.handshakes === "good") return goodHandshake(request, response);
      response.writeHead(isHandshake ? 404 : behaviour.status).end();
    });
    behaviour.url = server.url;
    await use(behaviour);
  },
});

describe("a subscription is blacklisted", () => {
  test("when its endpoint has failed for ten minutes, with the latest reason", async ({
    emulator,
    endpoint,
    subscribe,
    call,
    signIn,
    expect,
  }) => {
    const token = await signIn();
    const { body } = await subscribe({ address: endpoint.url, token });
    const path = `${platform}/${body.id}`;
    endpoint.status = 500;
    await emulator.sendEvent(happening);
    await emulator.clock.advance(10 * minute - 1);
    await emulator.sendEvent(happening);
    expect((await call("GET", path, { token })).body.status).toBe("Active");

    endpoint.status = 404;
    await emulator.clock.advance(1);
    await emulator.sendEvent(happening);

    expect((await call("GET", path, { token })).body).toMatchObject({
      id: body.id,
      status: "Blacklisted",
      blacklistedData: {
        blacklistedAt: "2026-11-22T12:10:00.000Z",
        reason: "Webhook responses with code: [404], reason: [Not Found]",
      },
    });
    expect(await emulator.sendEvent(happening)).toEqual([]);
  });

  test("on time even if the clock is set back", async ({
    emulator,
    endpoint,
    subscribe,
    expect,
  }) => {
    await subscribe({ address: endpoint.url });
    endpoint.status = 500;
    await emulator.sendEvent(happening);
    await emulator.clock.advance(-1440 * minute);
    await emulator.sendEvent(happening);
    await emulator.clock.advance(10 * minute);
    await emulator.sendEvent(happening);
    expect(statuses(emulator)).toEqual(["Blacklisted"]);
  });

  test("only if there was no success between the failures", async ({
    emulator,
    endpoint,
    subscribe,
    expect,
  }) => {
    await subscribe({ address: endpoint.url });
    for (const status of [500, 500, 200, 500]) {
      endpoint.status = status;
      await emulator.clock.advance(9 * minute);
      await emulator.sendEvent(happening);
    }
    await emulator.clock.advance(9 * minute);
    await emulator.sendEvent(happening);
    expect(statuses(emulator)).toEqual(["Active"]);

    await emulator.clock.advance(minute);
    await emulator.sendEvent(happening);
    expect(statuses(emulator)).toEqual(["Blacklisted"]);
  });

  test("after the configured number of failures", async ({
    emulator,
    configure,
    endpoint,
    subscribe,
    expect,
  }) => {
    configure({ blacklistAfterSeconds: 0, blacklistAfterFailures: 3 });
    await subscribe({ address: endpoint.url });
    endpoint.status = 500;
    const seen: unknown[] = [];
    for (let count = 0; count < 3; count++) {
      await emulator.sendEvent(happening);
      seen.push(...statuses(emulator));
    }
    expect(seen).toEqual(["Active", "Active", "Blacklisted"]);
  });

  test("without affecting subscriptions at other endpoints", async ({
    emulator,
    configure,
    endpoint,
    subscribe,
    webhook,
    expect,
  }) => {
    configure({ blacklistAfterSeconds: 0, blacklistAfterFailures: 1 });
    await subscribe({ address: endpoint.url });
    await subscribe();
    endpoint.status = 500;
    await emulator.sendEvent(happening);
    await emulator.sendEvent(happening);

    expect(statuses(emulator)).toEqual(["Blacklisted", "Active"]);
    expect(webhook.events).toHaveLength(2);
  });

  test("and its queued events are lost", async ({
    emulator,
    configure,
    endpoint,
    subscribe,
    expect,
  }) => {
    configure({ blacklistAfterSeconds: 0, blacklistAfterFailures: 2 });
    await subscribe({ address: endpoint.url });
    endpoint.status = 500;
    await Promise.all(Array.from({ length: 5 }, () => emulator.sendEvent(happening)));

    expect(emulator.deliveries).toHaveLength(2);
  });
});

describe("a blacklisted subscription", () => {
  test("is permanent", async ({ emulator, endpoint, subscribe, expect }) => {
    const { body } = await subscribe({ address: endpoint.url });
    emulator.blacklist(body.id);
    await emulator.clock.advance(24 * 60 * minute);
    expect(statuses(emulator)).toEqual(["Blacklisted"]);
  });

  test("is retried every 15 minutes if so configured, and becomes active again", async ({
    emulator,
    configure,
    endpoint,
    subscribe,
    call,
    signIn,
    expect,
  }) => {
    const token = await signIn();
    const { body } = await subscribe({ address: endpoint.url, token });
    emulator.blacklist(body.id);
    configure({ blacklistRecovery: "recheck" });
    endpoint.handshakes = "bad";
    await emulator.clock.advance(44 * minute);
    endpoint.handshakes = "good";
    expect(statuses(emulator)).toEqual(["Blacklisted"]);

    await emulator.clock.advance(minute);

    const { body: after } = await call("GET", `${platform}/${body.id}`, { token });
    expect([after.status, after.blacklistedData]).toEqual(["Active", undefined]);
    expect(await emulator.sendEvent(happening)).toMatchObject([{ delivered: true }]);
  });

  test("starts counting failures from zero once it is active again", async ({
    emulator,
    configure,
    endpoint,
    subscribe,
    expect,
  }) => {
    configure({ blacklistRecovery: "recheck", blacklistAfterSeconds: 60 });
    await subscribe({ address: endpoint.url });
    endpoint.status = 500;
    const fail = async () => {
      await emulator.sendEvent(happening);
      await emulator.clock.advance(minute);
      await emulator.sendEvent(happening);
    };
    await fail();
    expect(statuses(emulator)).toEqual(["Blacklisted"]);
    await emulator.clock.advance(15 * minute);
    await emulator.sendEvent(happening);
    expect(statuses(emulator)).toEqual(["Active"]);
    await fail();
    expect(statuses(emulator)).toEqual(["Blacklisted"]);
  });

  test("is not restored if it was deleted during the handshake", async ({
    emulator,
    configure,
    call,
    subscribe,
    signIn,
    expect,
  }) => {
    configure({ blacklistRecovery: "recheck" });
    const token = await signIn();
    const path = () => `${platform}/${emulator.state().subscriptions[0]?.id}`;
    let isFirst = true;
    await using endpoint = await httpEndpoint(async (request, response) => {
      if (!isFirst) await call("DELETE", path(), { token });
      isFirst = false;
      goodHandshake(request, response);
    });
    const { body } = await subscribe({ address: endpoint.url, token });
    emulator.blacklist(body.id);
    await emulator.clock.advance(60 * minute);

    expect(statuses(emulator)).toEqual([]);
  });
});

function statuses(emulator: {
  state(): { readonly subscriptions: readonly { readonly status: string }[] };
}): readonly string[] {
  return emulator.state().subscriptions.map(({ status }) => status);
}
