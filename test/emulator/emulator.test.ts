import { describe } from "vitest";
import { createEmulator } from "../../src/emulator/emulator.ts";
import { platform, start, test } from "./kit.ts";

describe("emulator.requests", () => {
  test("logs requests without secrets", async ({ emulator, call, subscribe, signIn, expect }) => {
    const token = await signIn();
    await subscribe({ token, verificationToken: "s3cret" });
    const unknown = await call("GET", `${platform}/x?access_token=${token}`, { token });
    await call("GET", "/emulator/v1/clock");

    expect(emulator.requests).toEqual([
      {
        requestId: expect.any(String),
        timestamp: "2026-11-22T12:00:00.000Z",
        method: "POST",
        path: "/restapi/oauth/token",
        status: 200,
        user: 1,
      },
      {
        requestId: expect.any(String),
        timestamp: "2026-11-22T12:00:00.000Z",
        method: "POST",
        path: platform,
        status: 200,
        user: 1,
        body: {
          eventFilters: ["/team-messaging/v1/posts"],
          deliveryMode: {
            transportType: "WebHook",
            address: expect.stringMatching(/^http:/),
            verificationToken: "…",
          },
        },
      },
      {
        requestId: unknown.headers.get("RCRequestId"),
        timestamp: "2026-11-22T12:00:00.000Z",
        method: "GET",
        path: `${platform}/x`,
        status: 404,
        code: "CMN-102",
        user: 1,
      },
    ]);
  });

  test("logs requests in the order in which they arrived", async ({ emulator, call, expect }) => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    emulator.intercept(async ({ url }) => {
      if (!url.endsWith("/slow")) return undefined;
      await held;
      return new Response();
    });

    const slow = call("GET", "/slow");
    await call("GET", "/quick");
    expect(emulator.requests.map(({ path }) => path)).toEqual(["/quick"]);
    release();
    await slow;

    expect(emulator.requests.map(({ path }) => path)).toEqual(["/slow", "/quick"]);
  });

  test("omits requests that arrived before the log was cleared and are answered later", async ({
    emulator,
    call,
    expect,
  }) => {
    emulator.intercept(() => {
      emulator.clearLog();
      return new Response();
    });
    await call("GET", "/slow");
    expect(emulator.requests).toEqual([]);
  });

  test("truncates a body that is too large to keep", async ({ emulator, call, signIn, expect }) => {
    const body = { eventFilters: Array(30_000).fill("/x"), more: "y".repeat(100_000) };
    await call("POST", platform, { token: await signIn(), body });

    const entry = emulator.requests.at(-1);
    expect(JSON.stringify(entry).length).toBeLessThan(50_000);
    expect(entry).toMatchObject({ body: { eventFilters: expect.arrayContaining(["/x", "…"]) } });
  });
});

describe("emulator.intercept", () => {
  test("answers the next matching request once", async ({ emulator, call, signIn, expect }) => {
    const token = await signIn();
    emulator.intercept(({ method }) =>
      method === "GET" ? new Response("<html>", { status: 502 }) : undefined,
    );

    expect((await call("POST", platform, { token, body: {} })).status).toBe(400);
    const intercepted = await call("GET", platform, { token });
    expect([intercepted.status, intercepted.body]).toEqual([502, "<html>"]);
    expect(intercepted.headers.get("RCRequestId")).toBe(emulator.requests.at(-1)?.requestId);
    expect((await call("GET", platform, { token })).status).toBe(200);
  });

  test("answers the given number of times, or until it is removed", async ({
    emulator,
    call,
    expect,
  }) => {
    const unavailable = () => new Response(null, { status: 503 });
    emulator.intercept(unavailable, 2);
    const statuses = [];
    for (let count = 0; count < 3; count++) statuses.push((await call("GET", "/")).status);
    expect(statuses).toEqual([503, 503, 404]);

    const withdraw = emulator.intercept(unavailable, 2);
    withdraw();
    expect((await call("GET", "/")).status).toBe(404);
  });

  test("gives one answer to one of several concurrent requests", async ({
    emulator,
    call,
    expect,
  }) => {
    emulator.intercept(async () => new Response(null, { status: 503 }));
    const answers = await Promise.all([call("GET", "/"), call("GET", "/")]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([404, 503]);
  });

  test("can read the request without consuming it", async ({ emulator, subscribe, expect }) => {
    const seen: string[] = [];
    emulator.intercept(async (request) => {
      seen.push(await request.text());
      return undefined;
    });

    expect((await subscribe()).status).toBe(200);
    expect(seen[1]).toContain("eventFilters");
  });
});

test("does not change the random sequence of a seed", async ({ expect }) => {
  const nextId = async (paths: readonly string[]) => {
    const emulator = createEmulator({ clock: { now: () => start }, seed: 7 });
    const ask = (path: string) => emulator.fetch(new Request(`http://127.0.0.1${path}`));
    for (const path of paths) await ask(path);
    return (await ask("/nothing")).headers.get("RCRequestId");
  };
  const paths = ["/emulator/v1/clock", "/emulator/v1/state", "/emulator/v1/log"];
  expect(await nextId(paths)).toBe(await nextId([]));
});

describe("emulator.configure", () => {
  test("changes the named settings and keeps the others", async ({
    emulator,
    configure,
    expect,
  }) => {
    const before = emulator.settings;
    configure({ subscriptionLimit: 2 });
    expect(emulator.settings).toEqual({ ...before, subscriptionLimit: 2 });
  });
});

test("a bug in the emulator is answered with 500 in RingCentral's format and reported to the operator", async ({
  expect,
}) => {
  let broken = false;
  const problem = new Error("no time");
  const errors: unknown[] = [];
  const emulator = createEmulator({
    clock: {
      now: () => {
        if (broken) throw problem;
        return start;
      },
    },
    onError: (error) => errors.push(error),
  });
  broken = true;
  const response = await emulator.fetch(new Request("http://127.0.0.1/emulator/v1/clock"));

  expect(response.status).toBe(500);
  expect(response.headers.get("RCRequestId")).toBeTruthy();
  const message = "Internal Server Error";
  expect(await response.json()).toEqual({
    errorCode: "CMN-203",
    message,
    errors: [{ errorCode: "CMN-203", message }],
  });
  expect(errors).toEqual([problem]);
});

test("blacklisting requires an existing subscription", ({ emulator, expect }) => {
  expect(() => emulator.blacklist("x")).toThrow(RangeError);
});
