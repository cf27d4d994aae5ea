import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { setTimeout } from "node:timers/promises";
import { describe } from "vitest";
import { createEmulator } from "../../src/emulator/emulator.ts";
import type { Emulator } from "../../src/emulator/interface.ts";
import { type Endpoint, goodHandshake, httpEndpoint, httpsEndpoint } from "../support/endpoints.ts";
import { selfSigned } from "../support/self-signed.ts";
import { basic, jwtGrant, otherUser, own, platform, start, test } from "./kit.ts";

const posts = "/team-messaging/v1/posts";
const presence = "/restapi/v1.0/account/~/extension/~/presence?detailedTelephonyState=true";
const reminder = "/restapi/v1.0/subscription/~?threshold=1200&interval=600";
const ownPresence = `/restapi/v1.0/account/${own.accountId}/extension/${own.extensionId}/presence?detailedTelephonyState=true`;

describe("an event", () => {
  test("arrives in RingCentral's envelope", async ({ emulator, subscribe, webhook, expect }) => {
    const { body } = await subscribe({ filters: [presence] });
    emulator.clock.advance(60_000);

    const deliveries = await emulator.sendEvent({ filter: presence, body: { sequence: 1 } });

    expect(webhook.events).toEqual([
      {
        uuid: expect.stringMatching(/^[1-9]\d{18}$/),
        event: ownPresence,
        timestamp: "2026-11-22T12:01:00.000Z",
        subscriptionId: body.id,
        ownerId: own.extensionId,
        body: { sequence: 1 },
      },
    ]);
    expect(deliveries).toEqual([
      {
        uuid: expect.any(String),
        subscriptionId: body.id,
        user: 1,
        event: ownPresence,
        address: webhook.url,
        timestamp: "2026-11-22T12:01:00.000Z",
        body: { sequence: 1 },
        delivered: true,
        status: 200,
        duration: expect.any(Number),
      },
    ]);
    expect(emulator.deliveries).toEqual(deliveries);
  });

  test("about the whole account names the extension, if there is one", async ({
    emulator,
    subscribe,
    webhook,
    expect,
  }) => {
    const account = `/restapi/v1.0/account/${own.accountId}`;
    const [calls, everybody] = ["account/~/telephony/sessions", "account/~/presence"].map(
      (path) => `/restapi/v1.0/${path}`,
    );
    await subscribe({ filters: [`${calls}?direction=Inbound`, everybody ?? ""] });
    const parties = [{ extensionId: "7000000042", direction: "Inbound" }];
    await emulator.sendEvent({ filter: calls ?? "", body: { parties } });
    await emulator.sendEvent({ filter: calls ?? "", body: { parties: [{ id: "p-1" }] } });
    await emulator.sendEvent({ filter: everybody ?? "", body: { extensionId: "7000000042" } });
    await emulator.sendEvent({ filter: everybody ?? "" });

    const expected = [
      `${account}/extension/7000000042/telephony/sessions?direction=Inbound`,
      `${account}/telephony/sessions?direction=Inbound`,
      `${account}/extension/7000000042/presence`,
      `${account}/extension/${own.extensionId}/presence`,
    ];
    expect(webhook.events).toMatchObject(expected.map((event) => ({ event })));
    expect(emulator.deliveries.map(({ event }) => event)).toEqual(expected);
  });

  test("carries RingCentral's headers", async ({ emulator, subscribe, expect }) => {
    const seen: { headers: IncomingHttpHeaders; body: string }[] = [];
    await using endpoint = await httpEndpoint(async (request, response) => {
      seen.push({ headers: request.headers, body: await bodyOf(request) });
      goodHandshake(request, response);
    });
    await subscribe({ address: endpoint.url, verificationToken: "s3cret" });
    await emulator.sendEvent({ filter: posts, body: { text: "ä" } });

    expect(seen[1]?.headers).toMatchObject({
      "content-type": "application/json; charset=UTF-8",
      "content-length": String(Buffer.byteLength(seen[1]?.body ?? "")),
      accept: "application/json",
      "accept-encoding": "UTF-8",
      "user-agent": "RingCentral-Webhook/8.3",
      "verification-token": "s3cret",
    });
    expect(seen[1]?.headers).not.toHaveProperty("validation-token");
    expect(seen[1]?.body).toContain("ä");
  });

  test("has a realistic body by default", async ({ emulator, subscribe, webhook, expect }) => {
    await subscribe({ filters: [presence] });
    await emulator.sendEvent({ filter: presence });

    expect(webhook.events).toMatchObject([{ body: { telephonyStatus: expect.any(String) } }]);
  });

  test("reaches every subscriber with that subscriber's ids", async ({
    emulator,
    subscribe,
    signIn,
    webhook,
    expect,
  }) => {
    await subscribe({ filters: [presence, posts] });
    await subscribe({ filters: [presence] });
    await subscribe({ filters: [presence], token: await signIn(2) });
    await subscribe({ filters: [posts] });

    await emulator.sendEvent({ filter: presence, body: {} });
    expect(webhook.events).toHaveLength(3);
    expect(webhook.events).toContainEqual(
      expect.objectContaining({
        event: ownPresence
          .replace(own.accountId, otherUser.accountId)
          .replace(own.extensionId, otherUser.extensionId),
        ownerId: otherUser.extensionId,
      }),
    );

    expect(await emulator.sendEvent({ filter: presence, body: {}, user: 2 })).toHaveLength(1);
    expect(await emulator.sendEvent({ filter: ownPresence, body: {} })).toHaveLength(2);
    const template = "/restapi/v1.0/account/{accountId}/extension/{extensionId}/presence";
    expect(await emulator.sendEvent({ filter: template, body: {} })).toHaveLength(3);
    expect(await emulator.sendEvent({ filter: "/nothing", body: {} })).toEqual([]);
  });

  test("about one user reaches the colleagues who watch that user and nobody else", async ({
    emulator,
    configure,
    signIn,
    subscribe,
    expect,
  }) => {
    configure({ users: { 2: { account: 1 } } });
    const token = await signIn(2);
    const ofColleague = ownPresence.replace("?detailedTelephonyState=true", "");
    const watched = await subscribe({ filters: [ofColleague], token });
    await subscribe({ filters: [ofColleague.replace(own.extensionId, "~"), posts], token });
    const mine = await subscribe({ filters: [posts] });

    const heard = async (filter: string) =>
      (await emulator.sendEvent({ filter, user: 1 })).map(({ subscriptionId }) => subscriptionId);

    expect(await heard(presence.replace(/\?.*/, ""))).toEqual([watched.body.id]);
    expect(await heard(posts)).toEqual([mine.body.id]);
  });

  test("is not delivered for filters that were removed", async ({
    emulator,
    configure,
    call,
    subscribe,
    signIn,
    expect,
  }) => {
    configure({ users: { 2: { disabledFilters: [{ filter: posts, permission: "Glip" }] } } });
    const token = await signIn();
    const deleted = await subscribe({ token });
    const blacklisted = await subscribe({ token });
    await subscribe({ token, expiresIn: 60 });
    await subscribe({ token: await signIn(2) });
    await call("DELETE", `${platform}/${deleted.body.id}`, { token });
    emulator.blacklist(blacklisted.body.id);
    emulator.clock.advance(60_000);

    expect(await emulator.sendEvent({ filter: posts, body: {} })).toEqual([]);
  });
});

describe("deliveries", () => {
  test("run one after another per subscription and in parallel across subscriptions", async ({
    emulator,
    subscribe,
    expect,
  }) => {
    const order: string[] = [];
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await using slow = await httpEndpoint(async (request, response) => {
      const name = nameOf(await bodyOf(request));
      if (name === "first") await held;
      if (name) order.push(`slow ${name}`);
      goodHandshake(request, response);
    });
    await using quick = await httpEndpoint(async (request, response) => {
      const name = nameOf(await bodyOf(request));
      if (name) order.push(`quick ${name}`);
      goodHandshake(request, response);
      if (name === "second") release();
    });
    await subscribe({ address: slow.url });
    await subscribe({ address: quick.url });

    await Promise.all([
      emulator.sendEvent({ filter: posts, body: { name: "first" } }),
      emulator.sendEvent({ filter: posts, body: { name: "second" } }),
    ]);

    expect(order).toEqual(["quick first", "quick second", "slow first", "slow second"]);
  });

  test("have a reason when they fail, and do not delay others", async ({
    emulator,
    configure,
    subscribe,
    webhook,
    expect,
  }) => {
    configure({ endpointDeadline: 100 });
    await using endpoint = await httpEndpoint((request, response) => {
      if (request.headers["validation-token"]) return goodHandshake(request, response);
      if (request.url === "/404") response.writeHead(404, "Not Here").end();
      if (request.url === "/201") response.writeHead(201).end();
      if (request.url === "/large") response.end("x".repeat(2000));
      if (request.url === "/hang-up") response.destroy();
    });
    for (const path of ["/404", "/201", "/large", "/hang-up", "/silent"]) {
      await subscribe({ address: endpoint.url + path });
    }
    await subscribe();

    const deliveries = await emulator.sendEvent({ filter: posts, body: {} });

    expect(
      deliveries.map(({ address, delivered, status, reason }) => [
        address?.replace(endpoint.url, ""),
        delivered,
        status,
        reason,
      ]),
    ).toEqual([
      ["/404", false, 404, "Webhook responses with code: [404], reason: [Not Here]"],
      ["/201", false, 201, "Webhook responses with code: [201], reason: [Created]"],
      ["/large", false, 200, "Webhook response exceeds max size. Read bytes count: [1024]"],
      ["/hang-up", false, undefined, "I/O operation is failed. Details: [socket hang up]"],
      ["/silent", false, undefined, "I/O operation is failed. Details: [Read timed out]"],
      [webhook.url, true, 200, undefined],
    ]);
  });
});

describe("the delivery log", () => {
  test("is in the order in which events happened, not in the order of the answers", async ({
    emulator,
    subscribe,
    expect,
  }) => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await using slow = await httpEndpoint(async (request, response) => {
      if (!request.headers["validation-token"]) await held;
      goodHandshake(request, response);
    });
    await using quick = await httpEndpoint((request, response) => {
      goodHandshake(request, response);
      if (!request.headers["validation-token"]) release();
    });
    await subscribe({ address: slow.url });
    await subscribe({ address: quick.url });

    await emulator.sendEvent({ filter: posts, body: {} });
    expect(emulator.deliveries.map(({ address }) => address)).toEqual([slow.url, quick.url]);
  });

  test("has the same ids for the same seed, whichever endpoint answers first", async ({
    expect,
  }) => {
    const run = async (slowFirst: boolean) => {
      const emulator = createEmulator({ clock: { now: () => start }, seed: "same" });
      await using endpoint = await httpEndpoint(async (request, response) => {
        const isSlow = (request.url === "/first") === slowFirst;
        if (isSlow) await setTimeout(20);
        goodHandshake(request, response);
      });
      for (const path of ["/first", "/second"]) {
        await subscribeAt(emulator, endpoint.url + path);
      }
      await emulator.sendEvent({ filter: posts, body: {} });
      return emulator.deliveries.map(({ uuid, subscriptionId }) => [uuid, subscriptionId]);
    };
    expect(await run(true)).toEqual(await run(false));
  });

  test("is the same for the same seed if retries and reminders coincide", async ({ expect }) => {
    const run = async (slow: string) => {
      const settings = {
        deliveryRetries: 2,
        deliveryRetryInterval: 1200,
        blacklistAfterFailures: 100,
      };
      const emulator = createEmulator({ clock: { now: () => start }, seed: "same", settings });
      await using endpoint = await httpEndpoint(async (request, response) => {
        if (request.headers["validation-token"]) return goodHandshake(request, response);
        if (request.url === slow) await setTimeout(20);
        response.writeHead(500).end();
      });
      for (const path of ["/first", "/second"]) {
        await subscribeAt(emulator, endpoint.url + path, [posts, reminder]);
      }
      await emulator.sendEvent({ filter: posts, body: {} });
      await emulator.sendEvent({ filter: posts, body: {} });
      await emulator.clock.advance(3_600_000);
      return emulator.deliveries.map(({ uuid, subscriptionId, timestamp, attempt }) =>
        [uuid, subscriptionId, timestamp, attempt].join(),
      );
    };
    const log = await run("/first");
    expect(log).toHaveLength(16);
    expect(await run("/second")).toEqual(log);
  });

  test("omits deliveries that end after a reset", async ({ emulator, subscribe, expect }) => {
    await using endpoint = await httpEndpoint((request, response) => {
      if (request.headers["validation-token"]) return goodHandshake(request, response);
      emulator.reset();
    });
    await subscribe({ address: endpoint.url });
    const deliveries = await emulator.sendEvent({ filter: posts, body: {} });

    // Without the reset, the deadline would end it.
    expect(deliveries).toMatchObject([{ reason: "I/O operation is failed. Details: [cut off]" }]);
    expect(emulator.deliveries).toEqual([]);
  });
});

test("queued deliveries are dropped by a reset, even if ids repeat", async ({ expect }) => {
  const emulator = createEmulator({ clock: { now: () => start }, seed: "same" });
  const names: unknown[] = [];
  await using endpoint = await httpEndpoint(async (request, response) => {
    const name = nameOf(await bodyOf(request));
    if (name) names.push(name);
    if (name !== "held") goodHandshake(request, response);
    else emulator.reset();
  });
  const create = async () => {
    await subscribeAt(emulator, endpoint.url);
    return emulator.state().subscriptions[0]?.id;
  };
  const id = await create();
  const sent = ["held", "waiting"].map((name) =>
    emulator.sendEvent({ filter: posts, body: { name } }),
  );
  await sent[0];
  expect(await create()).toBe(id);
  await sent[1];
  await emulator.sendEvent({ filter: posts, body: { name: "new" } });

  expect(names).toEqual(["held", "new"]);
});

test("deliveries that a reset interrupts are not retried, even if ids repeat", async ({
  expect,
}) => {
  const settings = { deliveryRetries: 1 };
  const emulator = createEmulator({ clock: { now: () => start }, seed: "same", settings });
  let events = 0;
  await using endpoint = await httpEndpoint((request, response) => {
    if (request.headers["validation-token"]) return goodHandshake(request, response);
    events += 1;
    emulator.reset();
  });
  await subscribeAt(emulator, endpoint.url);
  const ids = emulator.state().subscriptions.map(({ id }) => id);
  await emulator.sendEvent({ filter: posts, body: {} });
  await subscribeAt(emulator, endpoint.url);
  await emulator.clock.advance(1_800_000);

  expect(emulator.state().subscriptions.map(({ id }) => id)).toEqual(ids);
  expect(events).toBe(1);
});

test("a subscription whose handshake a reset interrupts is not created", async ({ expect }) => {
  const emulator = createEmulator({ clock: { now: () => start } });
  await using endpoint = await httpEndpoint((request, response) => {
    emulator.reset();
    goodHandshake(request, response);
  });
  await expect(subscribeAt(emulator, endpoint.url)).rejects.toThrow("OAU-213");
  expect(emulator.state().subscriptions).toEqual([]);
});

describe("a failed delivery", () => {
  test("is not retried by default", async ({ emulator, subscribe, expect }) => {
    await using endpoint = await failingEndpoint(1);
    await subscribe({ address: endpoint.url });
    await emulator.sendEvent({ filter: posts, body: {} });
    await emulator.clock.advance(86_400_000);
    expect(emulator.deliveries).toHaveLength(1);
  });

  test("is retried as often as configured, on the emulator's clock", async ({
    emulator,
    configure,
    subscribe,
    expect,
  }) => {
    configure({ deliveryRetries: 2, deliveryRetryInterval: 30 });
    await using endpoint = await failingEndpoint(2);
    await subscribe({ address: endpoint.url });
    const [first] = await emulator.sendEvent({ filter: posts, body: {} });
    await emulator.clock.advance(29_999);
    expect(emulator.deliveries).toHaveLength(1);
    await emulator.clock.advance(86_400_000);

    const { uuid, timestamp } = first ?? {};
    expect(emulator.deliveries).toMatchObject([
      { uuid, timestamp, status: 500, delivered: false },
      { uuid, timestamp, attempt: 2, status: 500, delivered: false },
      { uuid, timestamp, attempt: 3, status: 200, delivered: true },
    ]);
  });

  test("is abandoned after the last retry", async ({ emulator, configure, subscribe, expect }) => {
    configure({ deliveryRetries: 2, blacklistAfterFailures: 100 });
    await using endpoint = await failingEndpoint(100);
    await subscribe({ address: endpoint.url });
    await emulator.sendEvent({ filter: posts, body: {} });
    await emulator.clock.advance(86_400_000);
    expect(emulator.deliveries).toHaveLength(3);
  });
});

test("events that arrive faster than the endpoint answers are dropped above a limit", async ({
  emulator,
  configure,
  subscribe,
  webhook,
  expect,
}) => {
  configure({ deliveryQueueLimit: 3 });
  await subscribe();
  const sent = await Promise.all(
    Array.from({ length: 5 }, (_, name) => emulator.sendEvent({ filter: posts, body: { name } })),
  );

  expect(sent.flat().map(({ delivered, reason }) => [delivered, reason])).toEqual([
    [true, undefined],
    [true, undefined],
    [true, undefined],
    [false, "Too many deliveries wait"],
    [false, "Too many deliveries wait"],
  ]);
  expect(webhook.events).toMatchObject([
    { body: { name: 0 } },
    { body: { name: 1 } },
    { body: { name: 2 } },
  ]);
  expect(emulator.state().subscriptions).toMatchObject([{ status: "Active" }]);
});

describe("a connection to an endpoint", () => {
  test("is reused for consecutive deliveries", async ({ emulator, subscribe, expect }) => {
    const ports = new Set<number | undefined>();
    await using endpoint = await httpEndpoint((request, response) => {
      if (!request.headers["validation-token"]) ports.add(request.socket.remotePort);
      goodHandshake(request, response);
    });
    await subscribe({ address: endpoint.url });
    for (let count = 0; count < 15; count++) await emulator.sendEvent({ filter: posts, body: {} });
    expect(ports.size).toBe(1);
  });

  test("applies the 1024-byte limit to each answer, even when reused", async ({
    emulator,
    subscribe,
    expect,
  }) => {
    let size = 0;
    await using endpoint = await httpEndpoint((request, response) => {
      if (request.headers["validation-token"]) return goodHandshake(request, response);
      const head = (length: number) => `HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n`;
      const length = size - head(900).length;
      response.socket?.write(head(length) + "x".repeat(length));
      response.detachSocket(request.socket);
      response.emit("close");
    });
    await subscribe({ address: endpoint.url });
    const sizes = [1024, 1024, 1024, 1025, 1024];
    const seen: unknown[] = [];
    for (size of sizes) {
      const [delivery] = await emulator.sendEvent({ filter: posts, body: {} });
      seen.push(delivery?.delivered);
    }
    expect(seen).toEqual([true, true, true, false, true]);
  });

  test("that the endpoint has closed meanwhile does not fail the delivery", async ({
    emulator,
    subscribe,
    expect,
  }) => {
    const sockets = new Map<Socket, number>();
    await using endpoint = await httpEndpoint((request, response) => {
      const count = sockets.get(request.socket) ?? 0;
      sockets.set(request.socket, count + 1);
      // Like a server that closes an idle connection while the next request is on its way.
      if (count === 1) request.socket.destroy();
      else goodHandshake(request, response);
    });
    await subscribe({ address: endpoint.url });
    const seen: unknown[] = [];
    for (let count = 0; count < 3; count++) {
      seen.push(...(await emulator.sendEvent({ filter: posts, body: {} })));
    }
    expect(seen).toMatchObject([{ delivered: true }, { delivered: true }, { delivered: true }]);
    expect(emulator.deliveries).toHaveLength(3);
  });

  test("that breaks in the middle of an answer causes one failure", async ({
    emulator,
    subscribe,
    expect,
  }) => {
    let events = 0;
    await using endpoint = await httpEndpoint((request, response) => {
      if (request.headers["validation-token"] || events++ === 0) {
        return goodHandshake(request, response);
      }
      request.socket.end("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab");
    });
    await subscribe({ address: endpoint.url });
    await emulator.sendEvent({ filter: posts, body: {} });
    expect(await emulator.sendEvent({ filter: posts, body: {} })).toMatchObject([
      { delivered: false, reason: "I/O operation is failed. Details: [aborted]" },
    ]);
    expect(events).toBe(2);
  });

  test("is closed by a reset", async ({ emulator, subscribe, expect }) => {
    const sockets = new Set<Socket>();
    await using endpoint = await httpEndpoint((request, response) => {
      sockets.add(request.socket);
      goodHandshake(request, response);
    });
    await subscribe({ address: endpoint.url });
    await emulator.sendEvent({ filter: posts, body: {} });
    const [, socket] = sockets;
    const closed = new Promise((resolve) => socket?.once("close", resolve));
    expect(socket?.destroyed).toBe(false);
    emulator.reset();
    await closed;
  });

  test("is replaced when the trusted certificate authorities change", async ({
    emulator,
    configure,
    subscribe,
    expect,
  }) => {
    configure({ certificateAuthorities: [selfSigned.certificate] });
    await using endpoint = await httpsEndpoint(goodHandshake);
    await subscribe({ address: `https://localhost:${endpoint.port}/` });
    const [trusted] = await emulator.sendEvent({ filter: posts, body: {} });
    configure({ certificateAuthorities: [] });
    const [untrusted] = await emulator.sendEvent({ filter: posts, body: {} });

    expect([trusted?.delivered, untrusted?.delivered]).toEqual([true, false]);
    expect(untrusted?.reason).toMatch(/^I\/O operation is failed\. Details: \[.*self.signed/);
  });
});

describe("an endpoint address", () => {
  for (const [what, write] of [
    ["line breaks", (url: string) => `${url}/hook\r\nX-Injected: yes\r\n\r\nPOST /other`],
    ["a space", (url: string) => `${url}/hook HTTP/1.1`],
    ["a control character", (url: string) => `${url}/ho\tok`],
    ["a backslash", (url: string) => `${url}\\@evil.example/`],
    ["a non-ASCII letter", (url: string) => `${url}/hök`],
    ["half an escape", (url: string) => `${url}/%0`],
  ] as const) {
    test(`with ${what} is refused and not called`, async ({ subscribe, expect }) => {
      let calls = 0;
      await using endpoint = await httpEndpoint(() => {
        calls++;
      });
      const answer = await subscribe({ address: write(endpoint.url) });

      expect([answer.status, answer.code, calls]).toEqual([400, "CMN-101", 0]);
      expect(answer.body.errors[0].parameterName).toBe("deliveryMode.address");
    });
  }

  for (const [what, write] of [
    ["escaped line breaks", (url: string) => `${url}/hook%0d%0aX-Injected:%20yes`],
    ["a user and a password", (url: string) => url.replace("//", "//user:pass%0d%0aX@")],
    ["its host in another notation", (url: string) => url.replace("127.0.0.1", "0x7f.1")],
  ] as const) {
    test(`with ${what} adds no header`, async ({ emulator, subscribe, expect }) => {
      const seen: IncomingHttpHeaders[] = [];
      await using endpoint = await httpEndpoint((request, response) => {
        seen.push(request.headers);
        goodHandshake(request, response);
      });
      await subscribe({ address: write(endpoint.url) });
      await emulator.sendEvent({ filter: posts, body: {} });

      expect(seen).toHaveLength(2);
      for (const headers of seen) {
        expect(headers.host).toBe(`127.0.0.1:${endpoint.port}`);
        expect(headers).not.toHaveProperty("x-injected");
        expect(headers).not.toHaveProperty("authorization");
      }
    });
  }

  test("that was allowed before is not called when only loopback is allowed", async ({
    expect,
  }) => {
    const lookups: string[] = [];
    const emulator = createEmulator({
      clock: { now: () => start },
      settings: { allowRemoteDeliveries: true },
      lookup: async (hostname) => {
        lookups.push(hostname);
        return [{ address: "127.0.0.1", family: 4 }];
      },
    });
    await using endpoint = await httpEndpoint(goodHandshake);
    await subscribeAt(emulator, `http://hook.example:${endpoint.port}/`);
    const before = lookups.length;
    emulator.configure({ allowRemoteDeliveries: false });

    expect(await emulator.sendEvent({ filter: posts, body: {} })).toMatchObject([
      {
        delivered: false,
        reason: "I/O operation is failed. Details: [hook.example is not on this machine]",
      },
    ]);
    expect(lookups).toHaveLength(before);
  });
});

test("a host name is looked up once for consecutive deliveries", async ({ expect }) => {
  const lookups: string[] = [];
  const emulator = createEmulator({
    clock: { now: () => start },
    settings: { allowRemoteDeliveries: true },
    lookup: async (hostname) => {
      lookups.push(hostname);
      return [{ address: "127.0.0.1", family: 4 }];
    },
  });
  await using endpoint = await httpEndpoint(goodHandshake);
  await subscribeAt(emulator, `http://hook.example:${endpoint.port}/`);
  lookups.length = 0;
  for (let count = 0; count < 5; count++) await emulator.sendEvent({ filter: posts, body: {} });
  expect(lookups).toEqual(["hook.example"]);
});

/** Answers handshakes and refuses this many events. */
function failingEndpoint(failures: number): Promise<Endpoint> {
  let left = failures;
  return httpEndpoint((request, response) => {
    if (request.headers["validation-token"] || left-- <= 0) return goodHandshake(request, response);
    response.writeHead(500).end();
  });
}

async function subscribeAt(
  emulator: Emulator,
  address: string,
  eventFilters: readonly string[] = [posts],
): Promise<void> {
  const login = await emulator.fetch(
    new Request("http://127.0.0.1/restapi/oauth/token", {
      method: "POST",
      headers: { Authorization: basic },
      body: new URLSearchParams({ grant_type: jwtGrant, assertion: "user-1" }),
    }),
  );
  const { access_token } = (await login.json()) as { readonly access_token: string };
  const response = await emulator.fetch(
    new Request(`http://127.0.0.1${platform}`, {
      method: "POST",
      headers: { Authorization: `Bearer ${access_token}`, "Content-Type": "application/json" },
      body: JSON.stringify({
        eventFilters,
        deliveryMode: { transportType: "WebHook", address },
        expiresIn: 3600,
      }),
    }),
  );
  if (!response.ok) throw new Error(await response.text());
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
}

function nameOf(text: string): string | undefined {
  if (text === "") return undefined;
  const event: { readonly body: { readonly name: string } } = JSON.parse(text);
  return event.body.name;
}
