import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { test as base, describe } from "vitest";
import type { RunningEmulator, StartOptions } from "../src/emulator/server/running-emulator.ts";
import { serve } from "../src/emulator/server/serve.ts";
import { startEmulator } from "../src/emulator/server/start-emulator.ts";
import { defaultSettings } from "../src/emulator/setting-table.ts";
import { emulatorApp } from "../src/emulator/settings.ts";
import { createReceiver } from "../src/receiver/receiver.ts";
import { answeringLast } from "./support/endpoints.ts";

const root = join(import.meta.dirname, "..");

interface Fixtures {
  /** Starts an emulator that is closed when the test ends. */
  readonly start: (options?: StartOptions) => Promise<RunningEmulator>;
  /** A webhook that answers correctly, and the requests that it received. */
  readonly webhook: { readonly url: string; readonly events: unknown[] };
}

const test = base.extend<Fixtures>({
  start: async ({}, use) => {
    const started: RunningEmulator[] = [];
    await use(async (options) => {
      const emulator = await startEmulator(options);
      started.push(emulator);
      return emulator;
    });
    for (const emulator of started) await emulator.close();
  },
  webhook: async ({}, use) => {
    const events: unknown[] = [];
    const receive = createReceiver({
      onEvent: (event) => events.push(event),
      onRejected: (reason) => events.push(reason),
    });
    await using server = await serve(answeringLast(receive));
    await use({ url: `${server.url}/hook`, events });
  },
});

async function signIn(emulator: RunningEmulator, user?: number): Promise<Response> {
  const { clientId, clientSecret } = emulator;
  return fetch(`${emulator.url}/restapi/oauth/token`, {
    method: "POST",
    headers: { Authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}` },
    body: new URLSearchParams({
      grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
      assertion: emulator.jwt(user),
    }),
  });
}

/** Creates a subscription and returns the answer's JSON. */
async function subscribe(emulator: RunningEmulator, address: string, user?: number) {
  const { access_token: token } = (await (await signIn(emulator, user)).json()) as {
    readonly access_token: string;
  };
  const answer = await fetch(`${emulator.url}/restapi/v1.0/subscription`, {
    method: "POST",
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    body: JSON.stringify({
      eventFilters: ["/team-messaging/v1/posts"],
      deliveryMode: { transportType: "WebHook", address },
    }),
  });
  return (await answer.json()) as { readonly id: string; readonly errorCode?: string };
}

describe("startEmulator", () => {
  test("starts a server that a client can sign in to and subscribe on", async ({
    start,
    webhook,
    expect,
  }) => {
    const emulator = await start();
    const { id } = await subscribe(emulator, webhook.url);

    const deliveries = await emulator.sendEvent({ filter: "posts", body: { text: "Hello" } });

    expect(deliveries).toMatchObject([{ subscriptionId: id, delivered: true, status: 200 }]);
    expect(webhook.events).toMatchObject([{ subscriptionId: id, body: { text: "Hello" } }]);
    expect(emulator.subscriptions(1)).toMatchObject([{ id, status: "Active" }]);
    expect(emulator.subscriptions(2)).toEqual([]);
    expect(emulator.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      "POST /restapi/oauth/token",
      "POST /restapi/v1.0/subscription",
    ]);
    expect(emulator.deliveries).toHaveLength(1);
    emulator.clearLog();
    expect([emulator.requests, emulator.deliveries]).toEqual([[], []]);
  });

  test("starts any number of independent emulators", async ({ start, webhook, expect }) => {
    const [one, other] = await Promise.all([start(), start()]);
    await subscribe(one, webhook.url);

    expect(one.url).not.toBe(other.url);
    expect([one.subscriptions().length, other.subscriptions().length]).toEqual([1, 0]);
  });

  test("uses the given port and settings", async ({ start, expect }) => {
    const { port, close } = await startEmulator();
    await close();
    const app = {
      clientId: "mine",
      clientSecret: "secret",
      jwtFlow: true,
      refreshTokens: true,
      scopes: [],
    };

    const emulator = await start({ port, settings: { apps: [app] } });

    expect([emulator.url, emulator.port]).toEqual([`http://127.0.0.1:${port}`, port]);
    expect([emulator.clientId, emulator.clientSecret]).toEqual(["mine", "secret"]);
    expect((await signIn(emulator)).status).toBe(200);
  });

  test("limits rates like RingCentral by default", async ({ start, expect }) => {
    const sixth = async (emulator: RunningEmulator) => {
      for (let login = 1; login <= 5; login++) await signIn(emulator);
      return (await signIn(emulator)).status;
    };

    expect(await sixth(await start())).toBe(429);
    expect(await sixth(await start({ settings: { rateLimits: "off" } }))).toBe(200);
  });

  test("makes the same ids for the same seed", async ({ start, webhook, expect }) => {
    const idOf = async (seed: string) => (await subscribe(await start({ seed }), webhook.url)).id;

    const id = await idOf("a");
    expect(await idOf("a")).toBe(id);
    expect(await idOf("b")).not.toBe(id);
  });

  test("refuses a port that is in use, and invalid options", async ({ start, expect }) => {
    const { port } = await start();
    const errorOf = (options: StartOptions) =>
      startEmulator(options).then(
        () => undefined,
        (error: Error) => [error.name, error.message],
      );

    expect(await errorOf({ port })).toEqual(["Error", `Port ${port} is already in use.`]);
    expect(await errorOf({ port: 65_536 })).toEqual([
      "RangeError",
      "Invalid options.port value 65536: must be a whole number from 0 to 65535.",
    ]);
    expect(await errorOf({ time: "tomorrow" })).toEqual([
      "RangeError",
      '"tomorrow" is not an instant such as "2027-01-31T00:00:00Z".',
    ]);
  });
});

/** Calls from code without types. */
const invalidArguments: readonly (readonly [given: string, message: string])[] = [
  ['"x"', 'Invalid options value "x": must be an object such as { port: 4010 }.'],
  ["null", "Invalid options value null: must be an object such as { port: 4010 }."],
  [
    '{"prot":1}',
    "Unknown options.prot: use one of port, seed, time, frozen, settings, waitTimeout, state, onError.",
  ],
  [
    '{"hostname":"0.0.0.0"}',
    "Unknown options.hostname: use one of port, seed, time, frozen, settings, waitTimeout, state, onError.",
  ],
  ['{"port":"0"}', 'Invalid options.port value "0": must be a whole number from 0 to 65535.'],
  ['{"frozen":"yes"}', 'Invalid options.frozen value "yes": must be true or false.'],
  ['{"seed":{}}', "Invalid options.seed value {}: must be a number or a non-empty string."],
  ['{"state":""}', 'Invalid options.state value "": must be the path of a file.'],
  ['{"time":true}', 'true is not an instant such as "2027-01-31T00:00:00Z".'],
  ['{"settings":7}', 'Invalid settings value 7: must be an object such as { rateLimits: "off" }.'],
  [
    '{"settings":{"sessionsLimit":1}}',
    "Unknown settings.sessionsLimit: did you mean sessionLimit?",
  ],
  [
    '{"settings":{"overMaximum":"cut"}}',
    'Invalid settings.overMaximum value "cut": must be clamp or reject.',
  ],
  [
    '{"settings":{"defaultLifetime":9e15}}',
    "Invalid settings.defaultLifetime value 9000000000000000: must be a whole number from 1 to 3153600000.",
  ],
  [
    '{"settings":{"endpointDeadline":-1}}',
    "Invalid settings.endpointDeadline value -1: must be a whole number from 1 to 86400000.",
  ],
  [
    '{"settings":{"users":{"2":{"status":"Gone"}}}}',
    'Invalid settings.users.2.status value "Gone": must be Enabled, Disabled, Frozen, NotActivated, Unassigned or Deleted.',
  ],
  [
    '{"settings":{"users":{"2":{"nam":"Ada"}}}}',
    "Unknown settings.users.2.nam: did you mean name?",
  ],
  [
    '{"settings":{"users":{"0":{}}}}',
    'Invalid settings.users value {"0":{}}: must be an object with settings of users, such as {"2":{"admin":false}}.',
  ],
  [
    '{"settings":{"apps":[{"clientId":"mine"}]}}',
    'settings.apps[0].clientSecret is missing: settings.apps[0] must be an object such as {"clientId":"a","clientSecret":"b"}.',
  ],
  [
    '{"settings":{"rateLimits":{"lihgt":1}}}',
    "Unknown settings.rateLimits.lihgt: use one of light, medium, heavy, auth.",
  ],
];

for (const [given, message] of invalidArguments) {
  test(`startEmulator(${given}) names the allowed values`, async ({ start, expect }) => {
    await expect(start(JSON.parse(given))).rejects.toThrow(message);
  });
}

describe("the running emulator", () => {
  test("completes settings and treats null as the default", async ({ start, expect }) => {
    const app = { clientId: "mine", clientSecret: "secret" };
    const emulator = await start({
      settings: { apps: [app], rateLimits: { light: 3 }, sessionLimit: null },
    });
    expect(emulator.settings).toEqual({
      ...defaultSettings,
      apps: [{ ...emulatorApp, ...app }],
      rateLimits: { light: 3, medium: 40, heavy: 10, auth: 5 },
    });
    expect((await signIn(emulator)).status).toBe(200);

    emulator.configure({
      apps: null,
      rateLimits: "100/80/20/10",
      users: { 2: null, 3: { admin: true } },
    });
    expect(emulator.settings).toEqual({
      ...defaultSettings,
      rateLimits: { light: 100, medium: 80, heavy: 20, auth: 10 },
      users: { 3: { admin: true } },
    });
  });

  test("accepts all the defaults", async ({ start, expect }) => {
    expect((await start({ settings: defaultSettings })).settings).toEqual(defaultSettings);
  });

  test("changes no setting if one is invalid", async ({ start, expect }) => {
    const { configure, settings } = await start();

    expect(() => configure({ sessionLimit: 2, subscriptionLimit: Number.NaN })).toThrow(
      "Invalid settings.subscriptionLimit value NaN: must be a whole number from 0 to 1000000.",
    );
    expect(() => configure(JSON.parse("null"))).toThrow(
      "Invalid settings value null: must be an object",
    );
    expect(settings.sessionLimit).toBe(5);
  });

  test("can be allowed to call other machines while it runs", async ({ start, expect }) => {
    const emulator = await start();
    emulator.configure({ allowRemoteDeliveries: true });
    expect(emulator.settings.allowRemoteDeliveries).toBe(true);
  });

  for (const [event, message] of [
    ['"sms"', 'Invalid event value "sms": must be an object such as { filter: "sms", user: 1 }.'],
    ["[]", 'Invalid event value []: must be an object such as { filter: "sms", user: 1 }.'],
    ['{"foo":1}', "Unknown event.foo: use one of filter, body, user."],
    ['{"user":1}', "event.filter is missing: event must be an object"],
    [
      '{"filter":"sms","user":"a"}',
      'Invalid event.user value "a": must be a whole number from 1 to 999999999.',
    ],
    ['{"filter":"sms","usr":1}', "Unknown event.usr: use one of filter, body, user."],
  ] as const) {
    test(`refuses the event ${event}`, async ({ start, expect }) => {
      await expect((await start()).sendEvent(JSON.parse(event))).rejects.toThrow(message);
    });
  }

  test("refuses invalid users and negative durations", async ({ start, expect }) => {
    const { jwt, subscriptions, clock } = await start();
    const word = JSON.parse('"x"');
    const message = 'Invalid user value "x": must be a whole number from 1 to 999999999.';

    expect(() => jwt(word)).toThrow(message);
    expect(() => subscriptions(word)).toThrow(message);
    await expect(clock.advance(-1)).rejects.toThrow(
      '-1 is not a duration such as "90s", "3d" or "1h30m".',
    );
  });

  test("reports bugs to its operator, without details for clients", async ({ start, expect }) => {
    const errors: unknown[] = [];
    const emulator = await start({ onError: (error) => errors.push(error) });
    const problem = new Error("no list");
    Object.defineProperty(emulator.requests, "filter", {
      value: () => {
        throw problem;
      },
    });

    const answer = await fetch(`${emulator.url}/emulator/v1/log`);

    expect([answer.status, await answer.json()]).toMatchObject([
      500,
      { message: "Internal Server Error" },
    ]);
    expect(errors).toEqual([problem]);
  });

  test("does nothing more once it is closed", async ({ start, expect }) => {
    const emulator = await start();
    await emulator.close();

    const closed = "The emulator is closed.";
    await expect(emulator.sendEvent({ filter: "sms" })).rejects.toThrow(closed);
    await expect(emulator.clock.advance("1s")).rejects.toThrow(closed);
    await expect(emulator.clock.set(new Date())).rejects.toThrow(closed);
    expect(() => emulator.faults.add({ status: 503 })).toThrow(closed);
    expect(() => emulator.configure({})).toThrow(closed);
    expect(() => emulator.reset()).toThrow(closed);
    expect(() => emulator.clock.freeze()).toThrow(closed);
    await emulator.close();
  });

  test("starts at a given time, frozen, and can be moved", async ({ start, expect }) => {
    const emulator = await start({ time: "2027-01-31T00:00:00Z", frozen: true });
    const { clock } = emulator;
    expect([clock.now().toISOString(), clock.frozen]).toEqual(["2027-01-31T00:00:00.000Z", true]);

    await clock.advance("1d12h");
    expect(clock.now()).toEqual(new Date("2027-02-01T12:00:00Z"));
    await clock.advance(1500);
    expect(clock.now()).toEqual(new Date("2027-02-01T12:00:01.500Z"));
    await clock.set(new Date("2028-02-29T00:00:00Z"));
    expect(clock.now()).toEqual(new Date("2028-02-29T00:00:00Z"));
    clock.resume();
    expect(clock.frozen).toBe(false);
    clock.freeze();
    expect(clock.frozen).toBe(true);

    await expect(clock.advance("3 days")).rejects.toThrow(
      '"3 days" is not a duration such as "90s", "3d" or "1h30m".',
    );
  });

  test("lets subscriptions expire", async ({ start, webhook, expect }) => {
    const emulator = await start();
    await subscribe(emulator, webhook.url);

    await emulator.clock.advance("8d");

    expect(emulator.subscriptions()).toEqual([]);
    expect(await emulator.sendEvent({ filter: "posts" })).toEqual([]);
  });

  test("makes requests fail that match a fault", async ({ start, expect }) => {
    const emulator = await start();
    emulator.faults.add({ match: { path: "/restapi/oauth/*" }, status: 503 });

    expect((await signIn(emulator)).status).toBe(503);
    expect((await signIn(emulator)).status).toBe(200);
  });

  test("blacklists", async ({ start, webhook, expect }) => {
    const emulator = await start();
    const { id } = await subscribe(emulator, webhook.url);

    emulator.blacklist(id);

    expect(emulator.subscriptions()).toMatchObject([{ id, status: "Blacklisted" }]);
  });

  test("refuses an unknown event", async ({ start, expect }) => {
    const emulator = await start();

    await expect(emulator.sendEvent({ filter: "smss" })).rejects.toThrow(
      'Unknown event filter "smss".',
    );
  });

  test("returns to its start on a reset", async ({ start, webhook, expect }) => {
    const emulator = await start({
      seed: 1,
      time: "2027-01-31T00:00:00Z",
      frozen: true,
      settings: { subscriptionLimit: 2 },
    });
    const { id } = await subscribe(emulator, webhook.url);
    await emulator.clock.advance("3d");
    emulator.clock.resume();
    emulator.configure({ subscriptionLimit: 1 });
    emulator.faults.add({ status: 503, times: "always" });

    emulator.reset();

    expect(emulator.state()).toEqual({
      schemaVersion: 1,
      now: "2027-01-31T00:00:00.000Z",
      subscriptions: [],
      sessions: [],
      deliveries: [],
    });
    expect(emulator.requests).toEqual([]);
    expect(emulator.clock.frozen).toBe(true);
    expect(emulator.settings.subscriptionLimit).toBe(2);
    expect((await subscribe(emulator, webhook.url)).id).toBe(id);
  });

  test("resumes from its state file", async ({ webhook, expect }) => {
    const { mkdtemp, rm } = await import("node:fs/promises");
    const { tmpdir } = await import("node:os");
    const directory = await mkdtemp(join(tmpdir(), "rcwh-test-"));
    try {
      const state = join(directory, "state.json");
      const first = await startEmulator({ state });
      const { id } = await subscribe(first, webhook.url);
      await expect(startEmulator({ state })).rejects.toThrow(`Another emulator uses ${state}`);
      await first.close();

      await using second = await startEmulator({ state });
      expect(second.subscriptions()).toMatchObject([{ id }]);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  test("stops listening once it is closed, however often", async ({ webhook, expect }) => {
    const emulator = await startEmulator();
    await subscribe(emulator, webhook.url);

    await Promise.all([emulator.close(), emulator.close(), emulator[Symbol.asyncDispose]()]);

    await expect(fetch(emulator.url)).rejects.toThrow("fetch failed");
  });
});

test("a process exits if the start failed", async ({ expect }) => {
  const script = `
    const { startEmulator } = require("./dist/emulator.cjs");
    const wrong = [{ settings: { apps: 7 } }, { settings: { apps: [] } }, { time: "x" }, { state: "missing/x" }];
    Promise.allSettled(wrong.map(startEmulator)).then((all) =>
      console.log(all.map(({ status }) => status).join()));`;

  const { stdout } = await promisify(execFile)(process.execPath, ["-e", script], {
    cwd: root,
    env: {},
    timeout: 5000,
  });

  expect(stdout).toBe("rejected,rejected,rejected,rejected\n");
});

test("a process exits after close", async ({ expect }) => {
  const script = `
    const { createServer } = require("node:http");
    const { startEmulator } = require("./dist/emulator.cjs");
    const hook = createServer((request, response) => {
      response.setHeader("Content-Type", "application/json");
      response.setHeader("Validation-Token", request.headers["validation-token"] ?? "");
      response.end();
    });
    hook.listen(0, "127.0.0.1", async () => {
      const emulator = await startEmulator();
      const call = async (path, headers, body) =>
        (await fetch(emulator.url + path, { method: "POST", headers, body })).json();
      const { access_token } = await call(
        "/restapi/oauth/token",
        { Authorization: "Basic " + btoa(emulator.clientId + ":" + emulator.clientSecret) },
        new URLSearchParams({
          grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
          assertion: emulator.jwt(),
        }),
      );
      const address = "http://127.0.0.1:" + hook.address().port + "/hook";
      await call(
        "/restapi/v1.0/subscription",
        { Authorization: "Bearer " + access_token, "Content-Type": "application/json" },
        JSON.stringify({
          eventFilters: ["/team-messaging/v1/posts"],
          deliveryMode: { transportType: "WebHook", address },
        }),
      );
      const deliveries = await emulator.sendEvent({ filter: "posts" });
      await emulator.close();
      hook.close();
      console.log(deliveries.map(({ status }) => status));
    });`;

  const { stdout, stderr } = await promisify(execFile)(process.execPath, ["-e", script], {
    cwd: root,
    env: {},
    timeout: 5000,
  });

  expect({ stdout, stderr }).toEqual({ stdout: "[ 200 ]\n", stderr: "" });
});

test("RcwhError of import and of require are one family", async ({ expect }) => {
  const script = `
    const required = require("./dist/client.cjs");
    import("./dist/client.mjs").then((imported) => {
      for (const [one, other] of [[required, imported], [imported, required]]) {
        try {
          one.createClient({});
        } catch (error) {
          console.log(error instanceof other.RcwhError, error.constructor.name);
          console.log(require("node:util").inspect(error).split("\\n")[0]);
        }
      }
    });`;
  const options = { cwd: root, env: {} };
  const { stdout } = await promisify(execFile)(process.execPath, ["-e", script], options);

  const line = "RcwhError: rcwh/client: give either credentials or accessToken.";
  expect(stdout).toBe(`true RcwhError\n${line}\n`.repeat(2));
});
