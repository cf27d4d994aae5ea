import { describe } from "vitest";
import { platform, test } from "./kit.ts";

const posts = "/team-messaging/v1/posts";

describe("/emulator/v1/clock", () => {
  test("tells and moves the time", async ({ emulator, call, expect }) => {
    const clock = "/emulator/v1/clock";
    expect((await call("GET", clock)).body).toEqual({ now: "2026-11-22T12:00:00.000Z" });

    const moved = await call("POST", clock, { body: { advance: "3d" } });
    expect([moved.status, moved.body]).toEqual([200, { now: "2026-11-25T12:00:00.000Z" }]);
    await call("POST", clock, { body: { advance: "1d12h30m15s" } });
    expect((await call("GET", clock)).body).toEqual({ now: "2026-11-27T00:30:15.000Z" });

    await call("POST", clock, { body: { set: "2027-01-01T00:00:00Z" } });
    expect((await call("GET", clock)).body).toEqual({ now: "2027-01-01T00:00:00.000Z" });
    expect(emulator.clock.now()).toBe(Date.UTC(2027, 0, 1));
  });

  for (const [body, parameterName] of [
    [{}, "advance"],
    [{ advance: 3 }, "advance"],
    [{ advance: "3 days" }, "advance"],
    [{ advance: "" }, "advance"],
    [{ advance: "9999y" }, "advance"],
    [{ set: "tomorrow" }, "set"],
    [{ set: "7" }, "set"],
    [{ set: "9999-01-01T00:00:00Z" }, "set"],
    [{ set: null }, "set"],
  ] as const) {
    test(`refuses ${JSON.stringify(body)}`, async ({ call, expect }) => {
      const answer = await call("POST", "/emulator/v1/clock", { body });
      expect([answer.status, answer.body.parameterName]).toEqual([400, parameterName]);
      const { body: clock } = await call("GET", "/emulator/v1/clock");
      expect(clock).toEqual({ now: "2026-11-22T12:00:00.000Z" });
    });
  }

  test("expires subscriptions and tokens", async ({ call, subscribe, signIn, expect }) => {
    await subscribe();
    const token = await signIn();
    await call("POST", "/emulator/v1/clock", { body: { advance: "7d" } });

    expect((await call("GET", platform, { token })).code).toBe("OAU-128");
    expect((await call("GET", platform, { token: await signIn() })).body.records).toEqual([]);
  });
});

describe("/emulator/v1/events", () => {
  test("sends an event and says who got it", async ({ call, subscribe, webhook, expect }) => {
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
    expect(nobody.body).toEqual({ deliveries: [] });
  });

  for (const [body, parameterName] of [
    [{}, "filter"],
    [{ filter: "posts" }, "filter"],
    [{ filter: posts, user: 0 }, "user"],
    [{ filter: posts, user: "1" }, "user"],
  ] as const) {
    test(`refuses ${JSON.stringify(body)}`, async ({ call, expect }) => {
      const answer = await call("POST", "/emulator/v1/events", { body });
      expect([answer.status, answer.body.parameterName]).toEqual([400, parameterName]);
    });
  }
});

describe("/emulator/v1/state", () => {
  test("shows what there is, without secrets", async ({ call, subscribe, signIn, expect }) => {
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

  test("can be thrown away", async ({ emulator, call, subscribe, signIn, expect }) => {
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

describe("the controls", () => {
  const ask = (url: string, headers = {}) => new Request(url, { headers });

  for (const [url, origin, status] of [
    ["http://127.0.0.1:4010/emulator/v1/state", undefined, 200],
    ["http://localhost:4010/emulator/v1/state", "http://localhost:3000", 200],
    ["http://[::1]:4010/emulator/v1/state", undefined, 200],
    ["http://evil.example:4010/emulator/v1/state", undefined, 403],
    ["http://127.0.0.1.evil.example/emulator/v1/state", undefined, 403],
    ["http://127.0.0.1:4010/emulator/v1/state", "https://evil.example", 403],
    ["http://127.0.0.1:4010/emulator/v1/state", "null", 403],
  ] as const) {
    test(`answer ${status} to ${url} from ${origin ?? "a program"}`, async ({
      emulator,
      expect,
    }) => {
      const response = await emulator.fetch(ask(url, origin === undefined ? {} : { origin }));
      expect(response.status).toBe(status);
    });
  }

  for (const [method, path, status] of [
    ["PUT", "/emulator/v1/clock", 405],
    ["GET", "/emulator/v1/events", 405],
    ["POST", "/emulator/v1/state", 405],
    ["GET", "/emulator/v1/nothing", 404],
  ] as const) {
    test(`answer ${method} ${path} with ${status}`, async ({ call, expect }) => {
      expect((await call(method, path)).status).toBe(status);
    });
  }

  test("take JSON only", async ({ call, expect }) => {
    const text = JSON.stringify({ advance: "3d" });
    expect((await call("POST", "/emulator/v1/clock", { text })).status).toBe(415);
  });
});
