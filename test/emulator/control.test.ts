import { describe } from "vitest";
import { createEmulator } from "../../src/emulator/emulator.ts";
import { emulatorApp } from "../../src/emulator/settings.ts";
import { platform, start, test } from "./kit.ts";

const posts = "/team-messaging/v1/posts";
const json = { "Content-Type": "application/json" };

describe("/emulator/v1/clock", () => {
  const clock = "/emulator/v1/clock";
  const noon = { now: "2026-11-22T12:00:00.000Z", frozen: false };

  test("returns and advances the time", async ({ emulator, call, expect }) => {
    expect((await call("GET", clock)).body).toEqual(noon);

    const moved = await call("POST", clock, { body: { advance: "3d" } });
    expect([moved.status, moved.body]).toEqual([
      200,
      { now: "2026-11-25T12:00:00.000Z", frozen: false },
    ]);
    await call("POST", clock, { body: { advance: "1d12h30m15s20ms" } });
    expect((await call("GET", clock)).body.now).toBe("2026-11-27T00:30:15.020Z");

    await call("POST", clock, { body: { set: "2027-01-01T00:00:00Z" } });
    expect((await call("GET", clock)).body.now).toBe("2027-01-01T00:00:00.000Z");
    expect(emulator.clock.now()).toBe(Date.UTC(2027, 0, 1));
    await call("POST", clock, { body: { set: "2028-02-29t23:30:00.5-01:00" } });
    expect(emulator.clock.now()).toBe(Date.UTC(2028, 2, 1, 0, 30, 0, 500));
  });

  test("freezes and unfreezes the clock, with or without an advance", async ({ expect }) => {
    let real = start;
    const emulator = createEmulator({ clock: { now: () => real } });
    const change = async (body: object) => {
      const init = { method: "POST", headers: json, body: JSON.stringify(body) };
      const answer = await emulator.fetch(new Request(`http://127.0.0.1${clock}`, init));
      return answer.json();
    };

    expect(await change({ freeze: true })).toEqual({ ...noon, frozen: true });
    real += 5000;
    expect(await change({ freeze: false })).toEqual(noon);
    real += 5000;
    const frozen = await change({ set: "2027-01-01T00:00:00Z", freeze: true });
    real += 5000;
    expect(frozen).toEqual({ now: "2027-01-01T00:00:00.000Z", frozen: true });
    expect(await change({ advance: "1h" })).toEqual({
      now: "2027-01-01T01:00:00.000Z",
      frozen: true,
    });
    await change({ advance: "1h", freeze: false });
    real += 5000;
    expect(emulator.clock.now()).toBe(Date.UTC(2027, 0, 1, 2, 0, 5));
  });

  for (const [body, parameterName] of [
    [{}, "advance"],
    [{ advance: 3 }, "advance"],
    [{ advance: "3 days" }, "advance"],
    [{ advance: "" }, "advance"],
    [{ advance: "9999y" }, "advance"],
    [{ advance: "9999y", freeze: true }, "advance"],
    [{ advance: "1d", set: "2027-01-01T00:00:00Z" }, "advance"],
    [{ set: "tomorrow" }, "set"],
    [{ set: "7" }, "set"],
    [{ set: "2027-02-30T00:00:00Z" }, "set"],
    [{ set: "2027-02-29T00:00:00Z" }, "set"],
    [{ set: "2027-01-01T24:00:00Z" }, "set"],
    [{ set: "2027-01-01T00:00:00" }, "set"],
    [{ set: "2027-01-01T00:00Z" }, "set"],
    [{ set: "2027-01-01T00:00:00+0100" }, "set"],
    [{ set: "2027-01-01T00:00:00 GMT" }, "set"],
    [{ set: "9999-01-01T00:00:00Z" }, "set"],
    [{ set: null }, "set"],
    [{ freeze: "yes" }, "freeze"],
    [{ advance: "1d", freez: true }, "freez"],
  ] as const) {
    test(`refuses ${JSON.stringify(body)}`, async ({ call, expect }) => {
      const answer = await call("POST", clock, { body });
      expect([answer.status, answer.body.parameterName]).toEqual([400, parameterName]);
      expect((await call("GET", clock)).body).toEqual(noon);
    });
  }

  test("expires subscriptions and tokens when it advances", async ({
    call,
    subscribe,
    signIn,
    expect,
  }) => {
    await subscribe();
    const token = await signIn();
    await call("POST", "/emulator/v1/clock", { body: { advance: "7d" } });

    expect((await call("GET", platform, { token })).code).toBe("OAU-128");
    expect((await call("GET", platform, { token: await signIn() })).body.records).toEqual([]);
  });
});

describe("/emulator/v1/events", () => {
  test("sends an event and returns its recipients", async ({
    call,
    subscribe,
    webhook,
    expect,
  }) => {
    const { body } = await subscribe();

    const answer = await call("POST", "/emulator/v1/events", {
      body: { filter: posts, body: { text: "hello" }, user: 1 },
    });

    expect(answer.status).toBe(200);
    expect(answer.body.deliveries).toMatchObject([
      { subscriptionId: body.id, delivered: true, status: 200 },
    ]);
    expect(webhook.events).toMatchObject([{ body: { text: "hello" } }]);
    const nobody = await call("POST", "/emulator/v1/events", { body: { filter: posts, user: 2 } });
    expect(nobody.body).toEqual({
      deliveries: [],
      reason: expect.stringContaining("the event was user 2's."),
    });
  });

  for (const [body, parameterName] of [
    [{}, "filter"],
    [{ filter: "posts" }, "filter"],
    [{ filter: posts, user: 0 }, "user"],
    [{ filter: posts, user: "1" }, "user"],
    [{ filter: posts, usr: 1 }, "usr"],
    [{ filter: posts, toString: 1 }, "toString"],
  ] as const) {
    test(`refuses ${JSON.stringify(body)}`, async ({ call, expect }) => {
      const answer = await call("POST", "/emulator/v1/events", { body });
      expect([answer.status, answer.body.parameterName]).toEqual([400, parameterName]);
    });
  }
});

describe("/emulator/v1/state", () => {
  test("shows the state without secrets", async ({ call, subscribe, signIn, expect }) => {
    const token = await signIn();
    const { body } = await subscribe({ token, verificationToken: "s3cret" });
    await call("POST", "/emulator/v1/events", { body: { filter: posts, body: {} } });

    const state = await call("GET", "/emulator/v1/state");

    expect(state.body).toEqual({
      schemaVersion: 1,
      now: "2026-11-22T12:00:00.000Z",
      subscriptions: [
        {
          id: body.id,
          api: "platform",
          user: 1,
          clientId: "emulator-client",
          address: body.deliveryMode.address,
          eventFilters: [posts],
          disabledFilters: [],
          creationTime: body.creationTime,
          expirationTime: body.expirationTime,
          status: "Active",
          transportType: "WebHook",
          hasVerificationToken: true,
        },
      ],
      sessions: [
        {
          id: expect.any(String),
          user: 1,
          clientId: "emulator-client",
          startedAt: "2026-11-22T12:00:00.000Z",
          accessTokenExpiresAt: "2026-11-22T13:00:00.000Z",
        },
      ],
      deliveries: [expect.objectContaining({ subscriptionId: body.id, delivered: true })],
    });
    expect(JSON.stringify(state.body)).not.toContain("s3cret");
    expect(JSON.stringify(state.body)).not.toContain(token);
  });

  test("is reset by DELETE", async ({ emulator, call, subscribe, signIn, expect }) => {
    const token = await signIn();
    await subscribe({ token });
    emulator.clock.advance(1000);

    const reset = await call("DELETE", "/emulator/v1/state");

    expect([reset.status, reset.body]).toEqual([204, undefined]);
    expect((await call("GET", "/emulator/v1/state")).body).toEqual({
      schemaVersion: 1,
      now: "2026-11-22T12:00:00.000Z",
      subscriptions: [],
      sessions: [],
      deliveries: [],
    });
    expect(emulator.requests).toEqual([]);
    expect((await call("GET", platform, { token })).code).toBe("OAU-213");
  });
});

describe("/emulator/v1/settings", () => {
  const settings = "/emulator/v1/settings";

  test("returns all settings and accepts each of them", async ({ emulator, call, expect }) => {
    const all = await call("GET", settings);
    expect([all.status, all.body]).toEqual([200, emulator.settings]);

    const { allowRemoteDeliveries: _, certificateAuthorities: __, ...changeable } = all.body;
    const same = await call("PATCH", settings, { body: changeable });
    expect([same.status, same.body]).toEqual([200, all.body]);
  });

  test("changes the named settings for later requests", async ({ emulator, call, expect }) => {
    const before = emulator.settings;
    const changes = { sessionLimit: 2, unknownFilter: "accept", rateLimits: "off" };
    const answer = await call("PATCH", settings, { body: changes });
    expect(answer.body).toEqual({ ...before, ...changes });
    expect(emulator.settings).toEqual({ ...before, ...changes });

    const back = await call("PATCH", settings, { body: { sessionLimit: null } });
    expect(back.body).toMatchObject({ sessionLimit: 5, unknownFilter: "accept" });
  });

  test("changes one user and leaves the others", async ({ emulator, call, expect }) => {
    const change = (users: object) => call("PATCH", settings, { body: { users } });
    await change({ 1: { name: "Ada", admin: true }, 2: { presenceHidden: true } });
    await change({ 1: { name: "Grace" }, 3: { status: "Disabled" } });
    await change({ 2: null });
    expect(emulator.settings.users).toEqual({ 1: { name: "Grace" }, 3: { status: "Disabled" } });
  });

  test("accepts apps, which can then sign in", async ({ call, login, expect }) => {
    const app = {
      clientId: "mine",
      clientSecret: "s",
      jwtFlow: true,
      refreshTokens: true,
      scopes: ["SMS"],
    };
    expect((await call("PATCH", settings, { body: { apps: [app] } })).status).toBe(200);
    const { body } = await login(undefined, `Basic ${btoa("mine:s")}`);
    expect([body.scope, typeof body.refresh_token]).toEqual(["SMS", "string"]);
  });

  test("can be changed back, even after a tiny limit on request bodies", async ({
    emulator,
    call,
    expect,
  }) => {
    await call("PATCH", settings, { body: { maximumBodyBytes: 1 } });
    expect(emulator.settings.maximumBodyBytes).toBe(1);
    await call("PATCH", settings, { body: { maximumBodyBytes: null } });
    expect(emulator.settings.maximumBodyBytes).toBe(104_857_600);
  });

  test("fills in defaults for apps and rate limits", async ({ emulator, call, expect }) => {
    const app = { clientId: "mine", clientSecret: "s" };
    await call("PATCH", settings, { body: { apps: [app], rateLimits: { light: 3 } } });
    expect(emulator.settings.apps).toEqual([{ ...emulatorApp, ...app }]);
    expect(emulator.settings.rateLimits).toEqual({ light: 3, medium: 40, heavy: 10, auth: 5 });

    await call("PATCH", settings, { body: { rateLimits: "100/80/20/10" } });
    expect(emulator.settings.rateLimits).toEqual({ light: 100, medium: 80, heavy: 20, auth: 10 });
  });

  for (const [body, parameterName] of [
    [{ sessionsLimit: 1 }, "sessionsLimit"],
    [{ constructor: 1 }, "constructor"],
    [{ sessionLimit: -1 }, "sessionLimit"],
    [{ sessionLimit: 1.5 }, "sessionLimit"],
    [{ sessionLimit: "5" }, "sessionLimit"],
    [{ handshakeOnRenewal: 1 }, "handshakeOnRenewal"],
    [{ overMaximum: "cut" }, "overMaximum"],
    [{ rateLimits: { light: -1 } }, "rateLimits"],
    [{ rateLimits: "1/2/3" }, "rateLimits"],
    [{ defaultLifetime: 9e15 }, "defaultLifetime"],
    [{ defaultLifetime: 0 }, "defaultLifetime"],
    [{ maximumLifetime: 0 }, "maximumLifetime"],
    [{ accessTokenLifetime: 0 }, "accessTokenLifetime"],
    [{ maximumBodyBytes: 0 }, "maximumBodyBytes"],
    [{ endpointDeadline: 3_000_000_000 }, "endpointDeadline"],
    [{ deliveryRetries: 1e9, deliveryRetryInterval: 1 }, "deliveryRetries"],
    [{ deliveryRetryInterval: 0 }, "deliveryRetryInterval"],
    [{ webSocketPingInterval: 0 }, "webSocketPingInterval"],
    [{ sessionLimit: 0 }, "sessionLimit"],
    [{ users: "x" }, "users"],
    [{ rateLimits: { light: 1, medium: 1, heavy: 1, auth: 1, other: 1 } }, "rateLimits"],
    [{ apps: [] }, "apps"],
    [{ apps: [{ clientId: "mine" }] }, "apps"],
    [{ users: [] }, "users"],
    [{ users: { 0: {} } }, "users"],
    [{ users: { 1: { admin: "yes" } } }, "users"],
    [{ users: { 1: { disabledFilters: [{ filter: "x" }] } } }, "users"],
    [{ users: { 1: { toString: "x" } } }, "users"],
    [{ allowRemoteDeliveries: true }, "allowRemoteDeliveries"],
    [{ certificateAuthorities: [] }, "certificateAuthorities"],
  ] as const) {
    test(`refuses ${JSON.stringify(body)}`, async ({ emulator, call, expect }) => {
      const before = emulator.settings;
      const answer = await call("PATCH", settings, { body: { sessionLimit: 3, ...body } });
      expect([answer.status, answer.code]).toEqual([400, "CMN-101"]);
      expect(answer.body.parameterName).toBe(parameterName);
      expect(emulator.settings).toEqual(before);
    });
  }
});

describe("/emulator/v1/log", () => {
  const log = "/emulator/v1/log";

  test("returns requests and deliveries", async ({ emulator, call, subscribe, expect }) => {
    await subscribe();
    await call("POST", "/emulator/v1/events", { body: { filter: posts, body: {} } });
    await call("GET", "/nowhere");

    const { body } = await call("GET", log);

    expect(body).toEqual({ requests: emulator.requests, deliveries: emulator.deliveries });
    expect(body.requests.at(-1)).toEqual({
      requestId: expect.any(String),
      timestamp: "2026-11-22T12:00:00.000Z",
      method: "GET",
      path: "/nowhere",
      status: 404,
      code: "CMN-120",
    });
    expect(body.deliveries).toMatchObject([{ event: posts, delivered: true }]);
  });

  test("filters by the query", async ({ emulator, call, subscribe, signIn, expect }) => {
    await subscribe();
    await call("POST", "/emulator/v1/events", { body: { filter: posts, body: {} } });
    await emulator.clock.advance(60_000);
    const token = await signIn(2);
    await call("GET", platform, { token });
    const ask = async (query: string) => {
      const { body } = await call("GET", `${log}?${query}`);
      const lines = body.requests.map(
        ({ method, path, user }: { method: string; path: string; user: number }) =>
          `${method} ${path} ${user}`,
      );
      return [lines, body.deliveries.length];
    };

    const login = "POST /restapi/oauth/token";
    expect(await ask("method=get")).toEqual([[`GET ${platform} 2`], 1]);
    expect(await ask("path=*/oauth/*")).toEqual([[`${login} 1`, `${login} 2`], 1]);
    expect(await ask("user=2")).toEqual([[`${login} 2`, `GET ${platform} 2`], 0]);
    expect(await ask("user=1&method=POST&path=/restapi/v1.0/*")).toEqual([
      [`POST ${platform} 1`],
      1,
    ]);
    expect(await ask("since=2026-11-22T12:01:00Z")).toEqual([
      [`${login} 2`, `GET ${platform} 2`],
      0,
    ]);
  });

  test("clears the log", async ({ emulator, call, subscribe, expect }) => {
    await subscribe();
    expect((await call("DELETE", log)).status).toBe(204);
    expect((await call("GET", log)).body).toEqual({ requests: [], deliveries: [] });
    expect(emulator.state().subscriptions).toHaveLength(1);
  });

  for (const [query, parameterName] of [
    ["since=yesterday", "since"],
    ["since=2026-11-31T12:00:00Z", "since"],
    ["since=2026-11-22T12:00:00", "since"],
    ["user=x", "user"],
    ["verb=GET", "verb"],
  ]) {
    test(`refuses ?${query}`, async ({ call, expect }) => {
      const answer = await call("GET", `${log}?${query}`);
      expect([answer.status, answer.body.parameterName]).toEqual([400, parameterName]);
    });
  }
});

describe("/emulator/v1/subscriptions/{id}/blacklist", () => {
  test("blacklists a subscription", async ({ call, subscribe, signIn, expect }) => {
    const { body } = await subscribe();
    const path = `/emulator/v1/subscriptions/${body.id}/blacklist`;
    expect((await call("POST", path, { body: { reason: "because" } })).status).toBe(204);

    const { body: shown } = await call("GET", `${platform}/${body.id}`, { token: await signIn() });
    expect([shown.status, shown.blacklistedData.reason]).toEqual(["Blacklisted", "because"]);
  });

  test("requires an existing subscription and a valid reason", async ({
    call,
    subscribe,
    expect,
  }) => {
    expect((await call("POST", "/emulator/v1/subscriptions/x/blacklist")).code).toBe("CMN-102");
    const { body } = await subscribe();
    const path = `/emulator/v1/subscriptions/${body.id}/blacklist`;
    for (const [body, parameterName] of [
      [{ reason: 7 }, "reason"],
      [{ reason: "" }, "reason"],
      [{ reason: " " }, "reason"],
      [{ reasn: "because" }, "reasn"],
    ] as const) {
      const answer = await call("POST", path, { body });
      expect([answer.status, answer.body.parameterName]).toEqual([400, parameterName]);
    }
  });
});

describe("the control API", () => {
  for (const [method, path, status] of [
    ["PUT", "/emulator/v1/clock", 405],
    ["GET", "/emulator/v1/events", 405],
    ["POST", "/emulator/v1/state", 405],
    ["POST", "/emulator/v1/settings", 405],
    ["PUT", "/emulator/v1/faults", 405],
    ["GET", "/emulator/v1/faults/1", 405],
    ["POST", "/emulator/v1/log", 405],
    ["GET", "/emulator/v1/subscriptions/x/blacklist", 405],
    ["GET", "/emulator/v1/nothing", 404],
  ] as const) {
    test(`returns ${status} for ${method} ${path}`, async ({ call, expect }) => {
      expect((await call(method, path)).status).toBe(status);
    });
  }

  test("accepts only JSON", async ({ call, expect }) => {
    const text = JSON.stringify({ advance: "3d" });
    expect((await call("POST", "/emulator/v1/clock", { text })).status).toBe(400);
  });
});

test("reading the control API changes nothing, so it can be polled", async ({
  emulator,
  call,
  expect,
}) => {
  let changes = 0;
  emulator.watch(() => {
    changes += 1;
  });
  for (const path of ["state", "clock", "faults", "log", "settings"]) {
    await call("GET", `/emulator/v1/${path}`);
  }
  expect(changes).toBe(0);
  await call("POST", "/emulator/v1/clock", { body: { freeze: true } });
  expect(changes).toBeGreaterThan(0);
});
