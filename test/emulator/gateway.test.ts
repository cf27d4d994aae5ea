import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { describe } from "vitest";
import { serve } from "../../src/emulator/server/serve.ts";
import { emulatorApp } from "../../src/emulator/settings.ts";
import { connect, type GatewayClient } from "./gateway-client.ts";
import { test as base, own, platform } from "./kit.ts";

interface Fixtures {
  /** The emulator's HTTP address. */
  readonly server: string;
  /** A token of `wstoken`, for a new session of user 1 unless an access token is given. */
  readonly wsToken: (accessToken?: string) => Promise<string>;
  /** Connects with a new token and reads the connection details. */
  readonly join: (options?: JoinOptions) => Promise<Member>;
}

interface JoinOptions {
  readonly accessToken?: string;
  readonly wsc?: string;
}

interface Member extends GatewayClient {
  readonly details: Awaited<ReturnType<GatewayClient["next"]>>;
  /** The session's token. */
  readonly wsc: string;
}

const test = base.extend<Fixtures>({
  server: async ({ emulator }, use) => {
    await using running = await serve(emulator.fetch, { upgrade: emulator.upgrade });
    await use(running.url);
  },
  wsToken: async ({ call, signIn }, use) =>
    use(async (accessToken) => {
      const token = accessToken ?? (await signIn());
      const { body } = await call("POST", "/restapi/oauth/wstoken", { token });
      return body.ws_access_token;
    }),
  join: async ({ server, wsToken }, use) =>
    use(async ({ accessToken, wsc } = {}) => {
      const token = await wsToken(accessToken);
      const client = await connect(
        gatewayUrl(server, { access_token: token, ...(wsc && { wsc }) }),
      );
      const details = await client.next();
      return { ...client, details, wsc: details[0].wsc.token };
    }),
});

const posts = "/team-messaging/v1/posts";
const overSocket = { eventFilters: [posts], deliveryMode: { transportType: "WebSocket" } };

function gatewayUrl(server: string, parameters: Readonly<Record<string, string>>): string {
  return `${server.replace("http", "ws")}/ws?${new URLSearchParams(parameters)}`;
}

describe("wstoken", () => {
  test("returns a token and the gateway's address", async ({ call, signIn, expect }) => {
    const answer = await call("POST", "/restapi/oauth/wstoken", { token: await signIn() });
    expect(answer).toMatchObject({
      status: 200,
      body: {
        uri: "ws://127.0.0.1:4010/ws",
        ws_access_token: expect.stringMatching(/^EMUW[\w-]{40}$/),
        expires_in: 30,
      },
    });
  });

  test("requires a session whose app has the scope", async ({
    configure,
    call,
    signIn,
    expect,
  }) => {
    expect(await call("POST", "/restapi/oauth/wstoken")).toMatchObject({
      status: 401,
      code: "AGW-401",
    });
    expect(await call("GET", "/restapi/oauth/wstoken")).toMatchObject({ status: 405 });
    configure({ apps: [{ ...emulatorApp, scopes: ["SubscriptionWebhook"] }] });
    const token = await signIn();
    expect(await call("POST", "/restapi/oauth/wstoken", { token })).toMatchObject({
      status: 403,
      code: "CMN-401",
    });
    configure({ webSocketScope: "SubscriptionWebhook" });
    expect(await call("POST", "/restapi/oauth/wstoken", { token })).toMatchObject({ status: 200 });
  });
});

describe("connecting to the gateway", () => {
  test("is answered with the connection's details", async ({ join, expect }) => {
    const { details } = await join();
    expect(details).toEqual([
      {
        type: "ConnectionDetails",
        messageId: expect.any(String),
        status: 200,
        headers: { RCRequestId: details[0].messageId },
        wsc: { token: expect.stringMatching(/^EMUC[\w-]{40}$/), sequence: 1 },
      },
      {
        creationTime: "2026-11-22T12:00:00.000Z",
        maxConnectionsPerSession: 50,
        recoveryBufferSize: 100,
        recoveryTimeout: 180,
        idleTimeout: 1800,
        absoluteTimeout: 86_400,
        maxActiveRequests: 10,
      },
    ]);
  });

  for (const [name, parameters, code] of [
    ["no token", {}, "WSG-400"],
    ["a made-up token", { access_token: "EMUWnone" }, "WSG-401"],
    ["a session token of the wrong form", { access_token: "EMUWnone", wsc: "x" }, "WSG-400"],
  ] as const) {
    test(`with ${name} is refused with ${code}`, async ({ server, expect }) => {
      const client = await connect(gatewayUrl(server, parameters));
      expect(await client.next()).toMatchObject([{ type: "Error" }, { errorCode: code }]);
      expect(await client.closed).toBe(Number(code.replace("WSG-", "4")));
    });
  }

  test("uses up the token", async ({ server, wsToken, expect }) => {
    const token = await wsToken();
    const url = gatewayUrl(server, { access_token: token });
    expect(await (await connect(url)).next()).toMatchObject([{ type: "ConnectionDetails" }, {}]);
    const second = await connect(url);
    expect(await second.next()).toMatchObject([{ status: 401 }, { errorCode: "WSG-401" }]);
    expect(await second.closed).toBe(4401);
  });

  test("accepts a used token if the setting says so", async ({
    server,
    configure,
    wsToken,
    expect,
  }) => {
    configure({ webSocketTokenReuse: "always" });
    const url = gatewayUrl(server, { access_token: await wsToken() });
    await (await connect(url)).next();
    expect(await (await connect(url)).next()).toMatchObject([{ type: "ConnectionDetails" }, {}]);
  });

  test("also accepts the token in Authorization", async ({ server, wsToken, expect }) => {
    const url = gatewayUrl(server, {});
    const connectWith = (Authorization: string) => connect(url, { headers: { Authorization } });
    const client = await connectWith(`Bearer ${await wsToken()}`);
    expect(await client.next()).toMatchObject([{ type: "ConnectionDetails" }, {}]);
    for (const [value, code] of [
      ["Bearer EMUWnone", "WSG-401"],
      [`Basic ${await wsToken()}`, "WSG-400"],
    ] as const) {
      expect(await (await connectWith(value)).next()).toMatchObject([{}, { errorCode: code }]);
    }
  });

  test("accepts a token for 30 seconds only", async ({ server, emulator, wsToken, expect }) => {
    const tokens = [await wsToken(), await wsToken()];
    await emulator.clock.advance(29_999);
    const inTime = await connect(gatewayUrl(server, { access_token: tokens[0] ?? "" }));
    expect(await inTime.next()).toMatchObject([{ type: "ConnectionDetails" }, {}]);
    await emulator.clock.advance(1);
    const late = await connect(gatewayUrl(server, { access_token: tokens[1] ?? "" }));
    expect(await late.next()).toMatchObject([{ type: "Error" }, { errorCode: "WSG-401" }]);
  });

  test("rejects the token of a revoked session", async ({
    server,
    emulator,
    wsToken,
    signIn,
    expect,
  }) => {
    const accessToken = await signIn();
    const token = await wsToken(accessToken);
    await emulator.fetch(revocation(accessToken));
    const client = await connect(gatewayUrl(server, { access_token: token }));
    expect(await client.next()).toMatchObject([{}, { errorCode: "WSG-401" }]);
  });

  test("is refused beyond the connection limit of an OAuth session", async ({
    configure,
    join,
    signIn,
    server,
    wsToken,
    expect,
  }) => {
    configure({ webSocketConnectionLimit: 1 });
    const accessToken = await signIn();
    await join({ accessToken });
    const token = await wsToken(accessToken);
    const second = await connect(gatewayUrl(server, { access_token: token }));
    expect(await second.next()).toMatchObject([{ status: 429 }, { errorCode: "WSG-429" }]);
    await join();
  });

  test("is refused for other paths", async ({ server, expect }) => {
    expect(await upgradeStatus(server, "/elsewhere")).toBe(404);
  });
});

describe("a WebSocket subscription", () => {
  test("is created by a request frame, and receives its events", async ({
    join,
    emulator,
    expect,
  }) => {
    const client = await join();
    // The path of RingCentral's guide.
    const created = await client.request("POST", `${platform}/`, overSocket);
    expect(created).toEqual([
      {
        type: "ClientRequest",
        messageId: "request-1",
        status: 200,
        headers: expect.objectContaining({
          RCRequestId: expect.any(String),
          "content-type": "application/json",
        }),
      },
      {
        uri: `${platform}/${created[1].id}`,
        id: expect.any(String),
        status: "Active",
        eventFilters: [posts],
        deliveryMode: { transportType: "WebSocket", encryption: false },
        creationTime: "2026-11-22T12:00:00.000Z",
        expirationTime: "2026-11-23T12:00:00.000Z",
        expiresIn: 86_399,
      },
    ]);
    const deliveries = await emulator.sendEvent({ filter: posts, body: { text: "Hello" } });
    expect(deliveries).toMatchObject([{ delivered: true }]);
    const subscriptionId = created[1].id;
    expect(await client.next()).toEqual([
      {
        type: "ServerNotification",
        messageId: deliveries[0]?.uuid,
        status: 200,
        headers: { RCRequestId: expect.any(String) },
        wsc: { token: client.wsc, sequence: 2 },
      },
      {
        uuid: deliveries[0]?.uuid,
        event: posts,
        timestamp: "2026-11-22T12:00:00.000Z",
        subscriptionId,
        ownerId: own.extensionId,
        body: { text: "Hello" },
      },
    ]);
  });

  test("is refused with WSG-808 if a body is null", async ({ join, expect }) => {
    const client = await join();
    for (const method of ["GET", "POST"]) {
      expect(await client.request(method, platform, null)).toMatchObject([
        { type: "Error", status: 400 },
        { errorCode: "WSG-808" },
      ]);
    }
    expect(await client.request("POST", platform, overSocket)).toMatchObject([{ status: 200 }, {}]);
  });

  test("is the only kind that an app with only the WebSocket scope can create (SUB-528)", async ({
    configure,
    join,
    webhook,
    expect,
  }) => {
    configure({ apps: [{ ...emulatorApp, scopes: ["WebSocket", "TeamMessaging"] }] });
    const client = await join();
    const deliveryMode = { transportType: "WebHook", address: webhook.url };
    const refused = await client.request("POST", platform, { ...overSocket, deliveryMode });
    expect(refused).toMatchObject([{ status: 403 }, { errorCode: "SUB-528" }]);
    expect(await client.request("POST", platform, overSocket)).toMatchObject([{ status: 200 }, {}]);
  });

  test("replaces the session's earlier subscription", async ({ join, emulator, expect }) => {
    const client = await join();
    await client.request("POST", platform, overSocket);
    const [, second] = await client.request("POST", platform, {
      ...overSocket,
      eventFilters: ["/team-messaging/v1/chats"],
    });
    expect(emulator.state().subscriptions.map(({ id }) => id)).toEqual([second.id]);
  });

  test("does not affect another session's subscription", async ({ join, emulator, expect }) => {
    for (const client of [await join(), await join()]) {
      await client.request("POST", platform, overSocket);
    }
    expect(emulator.state().subscriptions).toHaveLength(2);
  });

  test("can be listed, updated over the socket, and deleted", async ({
    join,
    call,
    signIn,
    expect,
  }) => {
    const token = await signIn();
    const client = await join({ accessToken: token });
    const [, { id }] = await client.request("POST", platform, overSocket);
    const listed = await call("GET", platform, { token });
    expect(listed.body.records).toMatchObject([
      { id, deliveryMode: { transportType: "WebSocket" } },
    ]);
    const changed = await client.request("PUT", `${platform}/${id}`, {
      ...overSocket,
      eventFilters: ["/team-messaging/v1/chats"],
    });
    expect(changed).toMatchObject([
      { status: 200 },
      { id, eventFilters: ["/team-messaging/v1/chats"] },
    ]);
    expect(await client.request("DELETE", `${platform}/${id}`)).toEqual([
      expect.objectContaining({ type: "ClientRequest", status: 204 }),
    ]);
    expect((await call("GET", platform, { token })).body.records).toEqual([]);
  });

  test("renews itself while its session lasts", async ({ join, emulator, configure, expect }) => {
    configure({ webSocketLifetime: 600 });
    const client = await join();
    await client.request("POST", platform, overSocket);
    await emulator.clock.advance(25 * 60_000);
    expect(emulator.state().subscriptions).toMatchObject([
      { expirationTime: "2026-11-22T12:35:00.000Z" },
    ]);
  });
});

describe("a WebSocket session", () => {
  test("is recovered with the events that it missed, in order", async ({
    join,
    signIn,
    emulator,
    expect,
  }) => {
    const accessToken = await signIn();
    const first = await join({ accessToken });
    await first.request("POST", platform, overSocket);
    expect(emulator.cutConnections()).toBe(1);
    expect(await first.closed).toBe(1006);
    for (const text of ["one", "two"]) await emulator.sendEvent({ filter: posts, body: { text } });

    const second = await join({ accessToken, wsc: first.wsc });
    expect(second.details).toMatchObject([
      { wsc: { token: first.wsc, sequence: 1 } },
      { recoveryState: "Successful" },
    ]);
    expect(await second.next()).toMatchObject([
      { wsc: { sequence: 2 } },
      { body: { text: "one" } },
    ]);
    expect(await second.next()).toMatchObject([
      { wsc: { sequence: 3 } },
      { body: { text: "two" } },
    ]);
    await emulator.sendEvent({ filter: posts, body: { text: "three" } });
    expect(await second.next()).toMatchObject([{}, { body: { text: "three" } }]);
  });

  test("receives nothing after a recovery until the client has answered a ping", async ({
    join,
    signIn,
    server,
    wsToken,
    emulator,
    expect,
  }) => {
    const accessToken = await signIn();
    const first = await join({ accessToken });
    await first.request("POST", platform, overSocket);
    emulator.cutConnections();
    await emulator.sendEvent({ filter: posts, body: { text: "one" } });

    const parameters = { access_token: await wsToken(accessToken), wsc: first.wsc };
    const second = await connect(gatewayUrl(server, parameters), { autoPong: false });
    await second.next();
    await emulator.sendEvent({ filter: posts, body: { text: "two" } });
    expect(await second.request("GET", platform)).toMatchObject([{ type: "ClientRequest" }, {}]);
    second.socket.pong();
    expect([await second.next(), await second.next()]).toMatchObject([
      [{ type: "ServerNotification" }, { body: { text: "one" } }],
      [{ type: "ServerNotification" }, { body: { text: "two" } }],
    ]);
  });

  test("keeps the latest events if its buffer overflows", async ({
    join,
    signIn,
    emulator,
    configure,
    expect,
  }) => {
    configure({ webSocketRecoveryBufferSize: 2 });
    const accessToken = await signIn();
    const first = await join({ accessToken });
    await first.request("POST", platform, overSocket);
    emulator.cutConnections();
    for (const text of ["one", "two", "three"]) {
      await emulator.sendEvent({ filter: posts, body: { text } });
    }
    const second = await join({ accessToken, wsc: first.wsc });
    expect([await second.next(), await second.next()]).toMatchObject([
      [{}, { body: { text: "two" } }],
      [{}, { body: { text: "three" } }],
    ]);
  });

  test("can be recovered with the token that opened it", async ({
    server,
    wsToken,
    emulator,
    configure,
    expect,
  }) => {
    const parameters = { access_token: await wsToken() };
    const first = await connect(gatewayUrl(server, parameters));
    const [{ wsc }] = await first.next();
    await first.request("POST", platform, overSocket);
    emulator.cutConnections();
    const recovering = gatewayUrl(server, { ...parameters, wsc: wsc.token });
    expect(await (await connect(recovering)).next()).toMatchObject([
      {},
      { recoveryState: "Successful" },
    ]);
    configure({ webSocketTokenReuse: "never" });
    emulator.cutConnections();
    expect(await (await connect(recovering)).next()).toMatchObject([{}, { errorCode: "WSG-401" }]);
  });

  test("ends, with its subscription, after 180 seconds without a connection", async ({
    join,
    signIn,
    emulator,
    expect,
  }) => {
    const accessToken = await signIn();
    const first = await join({ accessToken });
    await first.request("POST", platform, overSocket);
    emulator.cutConnections();
    await first.closed;
    await emulator.clock.advance(179_999);
    expect(emulator.state().subscriptions).toHaveLength(1);
    await emulator.clock.advance(1);
    expect(emulator.state().subscriptions).toEqual([]);
    const second = await join({ accessToken, wsc: first.wsc });
    expect(second.details[1]).toMatchObject({
      recoveryState: "Failed",
      recoveryErrorCode: "WSG-1005",
    });
    expect(second.wsc).not.toBe(first.wsc);
  });

  test("continues after a recovery as long as it is connected", async ({
    join,
    signIn,
    emulator,
    expect,
  }) => {
    const accessToken = await signIn();
    const first = await join({ accessToken });
    await first.request("POST", platform, overSocket);
    emulator.cutConnections();
    await first.closed;
    await join({ accessToken, wsc: first.wsc });
    await emulator.clock.advance(3_600_000 / 4);
    expect(emulator.state().subscriptions).toHaveLength(1);
  });

  test("leaves nothing behind when it ends with its subscription", async ({
    join,
    emulator,
    expect,
  }) => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const client = await join();
    emulator.intercept(() => held.then(() => undefined));
    client.send([
      { type: "ClientRequest", messageId: "1", method: "POST", path: platform },
      overSocket,
    ]);
    client.send([{ type: "Heartbeat", messageId: "2" }]);
    await client.next();
    emulator.cutConnections();
    await client.closed;
    await emulator.clock.advance(180_000);
    release();
    await expect
      .poll(() => emulator.requests.at(-1))
      .toMatchObject({ path: platform, status: 200 });
    expect(emulator.state().subscriptions).toEqual([]);
  });

  test("does not count frames of the previous connection", async ({
    join,
    signIn,
    emulator,
    expect,
  }) => {
    const accessToken = await signIn();
    const first = await join({ accessToken });
    await first.request("POST", platform, overSocket);
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let asked = () => {};
    const underWay = new Promise<void>((resolve) => {
      asked = resolve;
    });
    emulator.intercept(({ url }) => {
      if (!url.endsWith("?late=1")) return undefined;
      asked();
      return held.then(() => new Response("{}"));
    });
    const meta = { type: "ClientRequest", messageId: "1", method: "GET", path: platform };
    first.send([{ ...meta, query: { late: 1 } }]);
    await underWay;

    const second = await join({ accessToken, wsc: first.wsc });
    expect(second.details[0].wsc.sequence).toBe(1);
    release();
    await first.closed;
    await emulator.sendEvent({ filter: posts, body: {} });
    const [{ wsc }] = await second.next();
    expect(wsc.sequence).toBe(2);
  });

  test("can be recovered at the connection limit of its OAuth session", async ({
    configure,
    join,
    signIn,
    expect,
  }) => {
    configure({ webSocketConnectionLimit: 1 });
    const accessToken = await signIn();
    const first = await join({ accessToken });
    await first.request("POST", platform, overSocket);
    const { details } = await join({ accessToken, wsc: first.wsc });
    expect(details[1]).toMatchObject({ recoveryState: "Successful" });
    expect(await first.closed).toBe(1006);
  });

  for (const [size, reason] of [
    [1, "Kept for the WebSocket's recovery"],
    [0, "The WebSocket is gone, and nothing is kept for it"],
  ] as const) {
    test(`receives nothing after a cut, with room for ${size}`, async ({
      configure,
      join,
      emulator,
      expect,
    }) => {
      configure({ webSocketRecoveryBufferSize: size });
      const client = await join();
      await client.request("POST", platform, overSocket);
      emulator.cutConnections();
      const deliveries = await emulator.sendEvent({ filter: posts, body: {} });
      expect(deliveries).toMatchObject([{ delivered: false, reason }]);
      expect(emulator.deliveries).toEqual(deliveries);
    });
  }

  test("cannot be recovered without a subscription", async ({ join, signIn, expect }) => {
    const accessToken = await signIn();
    const { wsc } = await join({ accessToken });
    const { details } = await join({ accessToken, wsc });
    expect(details[1]).toMatchObject({ recoveryState: "Failed", recoveryErrorCode: "WSG-1005" });
  });

  test("cannot be recovered by another OAuth session", async ({ join, expect }) => {
    const first = await join();
    await first.request("POST", platform, overSocket);
    const { details } = await join({ wsc: first.wsc });
    expect(details[1]).toMatchObject({ recoveryState: "Failed", recoveryErrorCode: "WSG-1003" });
  });

  test("moves to a new connection while the old one still hangs", async ({
    join,
    signIn,
    emulator,
    expect,
  }) => {
    const accessToken = await signIn();
    const first = await join({ accessToken });
    await first.request("POST", platform, overSocket);
    const second = await join({ accessToken, wsc: first.wsc });
    expect(await first.closed).toBe(1006);
    await emulator.sendEvent({ filter: posts, body: {} });
    expect(await second.next()).toMatchObject([{ type: "ServerNotification" }, {}]);
    await emulator.clock.advance(180_000);
    expect(emulator.state().subscriptions).toHaveLength(1);
  });

  test("is cut by the control API, and ended by a reset", async ({
    join,
    call,
    emulator,
    expect,
  }) => {
    const first = await join();
    await first.request("POST", platform, overSocket);
    expect(await call("POST", "/emulator/v1/websockets/cut")).toMatchObject({
      status: 200,
      body: { cut: 1 },
    });
    expect(await call("POST", "/emulator/v1/websockets/cut")).toMatchObject({ body: { cut: 0 } });
    const second = await join();
    emulator.reset();
    expect(await second.closed).toBe(1006);
  });
});

describe("a WebSocket connection", () => {
  test("answers a heartbeat with a heartbeat", async ({ join, expect }) => {
    const client = await join();
    client.send([{ type: "Heartbeat", messageId: "beat" }]);
    expect(await client.next()).toEqual([
      {
        type: "Heartbeat",
        messageId: "beat",
        status: 200,
        headers: { RCRequestId: expect.any(String) },
      },
    ]);
  });

  test("is closed with WSG-902 after half an hour of idleness", async ({
    join,
    emulator,
    expect,
  }) => {
    const client = await join();
    await emulator.clock.advance(1_799_999);
    client.send([{ type: "Heartbeat", messageId: "beat" }]);
    await client.next();
    await emulator.clock.advance(1_799_999);
    client.socket.ping();
    await once(client.socket, "pong");
    await emulator.clock.advance(1_799_999);
    client.send([{ type: "Heartbeat", messageId: "beat" }]);
    expect(await client.next()).toMatchObject([{ type: "Heartbeat" }]);
    await emulator.clock.advance(1_799_999);
    await emulator.clock.advance(1);
    expect(await client.next()).toMatchObject([
      { type: "Error" },
      { errorCode: "WSG-902", message: "Idle timeout expired" },
    ]);
    expect(await client.closed).toBe(4902);
  });

  test("is closed with WSG-903 after a day, however busy", async ({
    join,
    emulator,
    configure,
    expect,
  }) => {
    configure({ webSocketIdleTimeout: 1_000_000 });
    const client = await join();
    await emulator.clock.advance(86_400_000);
    expect(await client.next()).toMatchObject([
      { type: "Error" },
      { errorCode: "WSG-903", message: "Absolute timeout expired" },
    ]);
    expect(await client.closed).toBe(4903);
  });

  test("is pinged, and cut if it sends no pong", async ({ configure, join, expect }) => {
    configure({ webSocketPingInterval: 10, webSocketPongDeadline: 1000 });
    const alive = await join();
    for (let pings = 0; pings < 3; pings += 1) await once(alive.socket, "ping");
    const dead = await join();
    dead.socket.pause();
    await once(alive.socket, "ping");
    await alive.request("GET", platform);
    dead.socket.pong = () => {};
    dead.socket.resume();
    await expect(dead.closed).resolves.toBe(1006);
    expect(alive.socket.readyState).toBe(alive.socket.OPEN);
  });

  for (const [name, frame] of [
    ["text that is not JSON", "[{"],
    ["JSON that is no array", "{}"],
    ["an empty array", "[]"],
    ["a frame without a messageId", '[{"type":"Heartbeat"}]'],
    ["a frame of three parts", '[{"type":"Heartbeat","messageId":"1"},{},{}]'],
    ["an unknown type", '[{"type":"Greeting","messageId":"1"}]'],
    ["a request without a path", '[{"type":"ClientRequest","messageId":"1","method":"GET"}]'],
    ["arrays in arrays", "[".repeat(100_000)],
  ] as const) {
    test(`answers ${name} with an error and continues`, async ({ join, expect }) => {
      const client = await join();
      client.send(frame);
      expect(await client.next()).toMatchObject([
        { type: "Error", status: 400 },
        { errorCode: "WSG-400" },
      ]);
      expect(await client.request("GET", platform)).toMatchObject([{ status: 200 }, {}]);
    });
  }

  test("answers a binary frame with an error", async ({ join, expect }) => {
    const client = await join();
    client.socket.send(Buffer.from("[]"));
    expect(await client.next()).toMatchObject([{}, { errorCode: "WSG-400" }]);
  });

  test("is closed for a frame of more than a megabyte", async ({ join, expect }) => {
    const client = await join();
    client.socket.send("x".repeat(1024 * 1024 + 1));
    expect(await client.closed).toBe(1009);
  });

  test("carries the API's answers, including errors", async ({ join, expect }) => {
    const client = await join();
    expect(await client.request("GET", "/restapi/v1.0/account/~/extension/~")).toMatchObject([
      { type: "ClientRequest", status: 200 },
      { id: Number(own.extensionId) },
    ]);
    expect(await client.request("GET", `${platform}/none`)).toMatchObject([
      { type: "ClientRequest", status: 404 },
      { errors: [{ errorCode: "CMN-102" }] },
    ]);
    expect(await client.request("POST", platform, { eventFilters: [] })).toMatchObject([
      { status: 400 },
      { errors: [{ errorCode: "CMN-101" }] },
    ]);
  });

  test("refuses sign-in and control requests, and other identities than its own", async ({
    join,
    expect,
  }) => {
    const client = await join();
    for (const path of [
      "/emulator/v1/state",
      "/restapi/../emulator/v1/state",
      "/restapi/oauth/wstoken",
      "http://127.0.0.1/restapi",
    ]) {
      expect(await client.request("POST", path)).toMatchObject([{ type: "Error" }, {}]);
    }
    const meta = { type: "ClientRequest", messageId: "1", method: "GET", path: platform };
    client.send([{ ...meta, headers: { Authorization: "Bearer other", "X-User-Agent": "a" } }]);
    expect(await client.next()).toMatchObject([{ status: 200 }, { records: [] }]);
    client.send([{ ...meta, headers: { "X-Name": "line\r\nbreak" } }]);
    expect(await client.next()).toMatchObject([{ type: "Error", messageId: "1" }, {}]);
  });

  test("answers requests with an error once the session has ended", async ({
    join,
    signIn,
    emulator,
    expect,
  }) => {
    const accessToken = await signIn();
    const client = await join({ accessToken });
    await emulator.fetch(revocation(accessToken));
    expect(await client.request("GET", platform)).toMatchObject([
      { type: "ClientRequest", status: 401 },
      { errors: [{ errorCode: "OAU-213" }] },
    ]);
  });

  test("is dropped by a fault, before or after the request is processed", async ({
    join,
    emulator,
    expect,
  }) => {
    for (const [drop, count] of [
      ["before", 0],
      ["after", 1],
    ] as const) {
      emulator.faults.add({ match: { method: "POST", path: platform }, drop });
      const client = await join();
      client.send([
        { type: "ClientRequest", messageId: "1", method: "POST", path: platform },
        overSocket,
      ]);
      expect(await client.closed).toBe(1006);
      expect(emulator.state().subscriptions).toHaveLength(count);
    }
  });

  test("is cut by a fault that truncates an answer", async ({ join, emulator, expect }) => {
    const client = await join();
    emulator.faults.add({ match: { path: platform }, truncate: 1_000_000 });
    expect(await client.request("GET", platform)).toMatchObject([{ status: 200 }, { records: [] }]);
    emulator.faults.add({ match: { path: platform }, truncate: 10 });
    client.send([{ type: "ClientRequest", messageId: "1", method: "GET", path: platform }]);
    expect(await client.closed).toBe(1006);
  });

  test("has at most ten requests in progress", async ({ join, emulator, expect }) => {
    const client = await join();
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    emulator.intercept(async () => {
      await held;
      return new Response("{}");
    }, 10);
    for (let count = 1; count <= 10; count += 1) {
      const meta = { type: "ClientRequest", messageId: `m${count}`, method: "GET", path: platform };
      client.send([meta]);
    }
    expect(await client.request("GET", platform)).toMatchObject([
      { type: "Error", messageId: "request-1", status: 429 },
      { errorCode: "WSG-429" },
    ]);
    release();
    const answers = await Promise.all(Array.from({ length: 10 }, () => client.next()));
    expect(answers.map(([{ status }]) => status)).toEqual(Array.from({ length: 10 }, () => 200));
    expect(await client.request("GET", platform)).toMatchObject([{ status: 200 }, {}]);
  });
});

test("a server that closes ends its WebSocket connections", async ({
  emulator,
  wsToken,
  expect,
}) => {
  const server = await serve(emulator.fetch, { upgrade: emulator.upgrade });
  const client = await connect(gatewayUrl(server.url, { access_token: await wsToken() }));
  await server.close();
  expect(await client.closed).toBe(1006);
});

function revocation(token: string): Request {
  const { clientId, clientSecret } = emulatorApp;
  return new Request("http://127.0.0.1:4010/restapi/oauth/revoke", {
    method: "POST",
    headers: { Authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}` },
    body: new URLSearchParams({ token }),
  });
}

/** The status of the answer to a request for a WebSocket. */
function upgradeStatus(
  server: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(server + path, {
      headers: {
        Connection: "Upgrade",
        Upgrade: "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        ...headers,
      },
    });
    request.on("upgrade", ({ statusCode }, socket) => {
      socket.destroy();
      resolve(statusCode);
    });
    request.on("response", (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.on("error", reject);
    request.end();
  });
}
