import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, type ExpectStatic } from "vitest";
import { serve } from "../../src/emulator/server/serve.ts";
import { Interruption } from "../../src/errors.ts";
import { closedPort, httpEndpoint } from "../support/endpoints.ts";
import { type RunResult, test } from "../support/rcwh.ts";

function expectUsageError({ exitCode, stdout, stderr }: RunResult, expect: ExpectStatic) {
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
  return expect(stderr);
}

describe("rcwh emulator", () => {
  test("prints its address, and runs until it is interrupted", async ({ rcwh, expect }) => {
    const { ready, ended } = startEmulator(rcwh, "emulator --port 0");
    const text = await ready;
    const { port } = new URL(/http:\S+/.exec(text)?.[0] ?? "");

    expect(text.replaceAll(port, "4010")).toMatchInlineSnapshot(`
      "Emulated RingCentral at http://127.0.0.1:4010

        RCWH_SERVER=http://127.0.0.1:4010 RCWH_CLIENT_ID=emulator-client \\
          RCWH_CLIENT_SECRET=emulator-secret RCWH_JWT=user-1 \\
          rcwh list

      The JWT user-1 signs in as user 1, user-2 as user 2, and so on. Press Ctrl-C to stop.
      "
    `);
    expect(await ended()).toEqual({ exitCode: 130, stderr: "" });
  });

  test("can listen for other machines, and answers for its own names only", async ({
    rcwh,
    expect,
  }) => {
    const started = startEmulator(
      rcwh,
      "emulator --port 0 --json --host 0.0.0.0 --allow-host RingCentral",
    );
    const { url } = JSON.parse(await started.ready);
    const { hostname, port } = new URL(url);
    expect(hostname).toBe("127.0.0.1");

    const statuses: Record<string, number | undefined> = {};
    for (const host of ["127.0.0.1", "10.1.2.3", "ringcentral", "evil.example"]) {
      statuses[host] = await statusFor(Number(port), `${host}:${port}`);
    }
    expect(statuses).toEqual({
      "127.0.0.1": 200,
      "10.1.2.3": 200,
      ringcentral: 200,
      "evil.example": 403,
    });
    const { stderr } = await started.ended();
    expect(JSON.parse(stderr ?? "").warnings).toEqual([
      "With --host 0.0.0.0 other machines can use this emulator, and control it.",
    ]);
  });

  test("refuses a --host that is no address", async ({ rcwh, expect }) => {
    const result = await rcwh(["emulator", "--host", "http://x"]);
    expectUsageError(result, expect).toBe(
      'error: Invalid --host value "http://x": must be an address of this machine.\nhint: Use one such as 127.0.0.1, ::1 or 0.0.0.0.\n',
    );
  });

  test("limits rates by --rate-limit", async ({ rcwh, expect }) => {
    const logins = async (flags: string) => {
      const { ready, ended } = startEmulator(rcwh, `emulator --port 0 --json${flags}`);
      const { url } = JSON.parse(await ready);
      const statuses: number[] = [];
      for (let count = 0; count < 6; count++) statuses.push(await signIn(url));
      await ended();
      return statuses;
    };

    expect(await logins("")).toEqual([200, 200, 200, 200, 200, 429]);
    expect(await logins(" --rate-limit off")).toEqual([200, 200, 200, 200, 200, 200]);
    expect(await logins(" --rate-limit 9/9/9/1")).toEqual([200, 429, 429, 429, 429, 429]);
  });

  test("makes the same tokens for the same seed", async ({ rcwh, expect }) => {
    const tokenOf = async (seed: string) => {
      const { ready, ended } = startEmulator(rcwh, `emulator --port 0 --json --seed ${seed}`);
      const { url } = JSON.parse(await ready);
      const { access_token: token } = await signInAnswer(url);
      await ended();
      return token;
    };

    const token = await tokenOf("7");
    expect(await tokenOf("7")).toBe(token);
    expect(await tokenOf("8")).not.toBe(token);
  });

  test("keeps its state in a file, also after Ctrl-C", async ({ rcwh, directory, expect }) => {
    const path = join(directory, "state.json");
    const command = `emulator --port 0 --json --state ${path}`;
    const first = startEmulator(rcwh, command);
    await signIn(JSON.parse(await first.ready).url);
    expect(await first.ended()).toMatchObject({ exitCode: 130 });

    const second = startEmulator(rcwh, command);
    const { url } = JSON.parse(await second.ready);
    const state = await rcwh(`emulator state --json --url ${url}`);
    expect(JSON.parse(state.stdout).sessions).toMatchObject([{ user: 1 }]);
    await second.ended();
  });

  test("refuses a state file with other content, and leaves it unchanged", async ({
    rcwh,
    directory,
    expect,
  }) => {
    const path = join(directory, "state.json");
    await writeFile(path, "my notes");

    expectUsageError(
      await rcwh(`emulator --port 0 --state ${path}`),
      expect,
    ).toMatchInlineSnapshot(`
        "error: /tmp/rcwh-test/state.json cannot be used: it is not JSON, or is incomplete.
        hint: The file is unchanged. Move it away to start with an empty emulator.
        "
      `);
    expect(await readFile(path, "utf8")).toBe("my notes");
  });

  for (const [flags, message] of [
    ["--port 65536", 'Invalid --port value "65536": must be a whole number from 0 to 65535.'],
    ["--rate-limit on", 'Invalid --rate-limit value "on": must be off or four numbers above 0.'],
    [
      "--rate-limit 50/40/10",
      'Invalid --rate-limit value "50/40/10": must be off or four numbers above 0.',
    ],
    [
      "--rate-limit 50/40/10/0",
      'Invalid --rate-limit value "50/40/10/0": must be off or four numbers above 0.',
    ],
  ]) {
    test(`refuses ${flags}`, async ({ rcwh, expect }) => {
      expectUsageError(await rcwh(`emulator ${flags}`), expect).toContain(`error: ${message}\n`);
    });
  }
});

describe("rcwh emulator clock", () => {
  test("shows the time", async ({ rcwh, expect }) => {
    expect(await rcwh("emulator clock", { tty: true })).toEqual({
      exitCode: 0,
      stdout: "NOW                       FROZEN\n2026-11-22T12:00:00.000Z  no\n",
      stderr: "",
    });
    expect(await rcwh("emulator clock")).toMatchObject({
      stdout: "2026-11-22T12:00:00.000Z\tfalse\n",
    });
    expect(JSON.parse((await rcwh("emulator clock --json")).stdout)).toEqual({
      schemaVersion: 1,
      clocks: [{ now: "2026-11-22T12:00:00.000Z", frozen: false }],
    });
  });

  test("moves, stops and starts the clock", async ({ rcwh, emulator, expect }) => {
    const clock = async (flags: string) => (await rcwh(`emulator clock ${flags}`)).stdout;

    expect(await clock("--advance 2d23h60m")).toBe("2026-11-25T12:00:00.000Z\tfalse\n");
    expect(await clock("--set 2027-01-31T00:00:00Z --freeze")).toBe(
      "2027-01-31T00:00:00.000Z\ttrue\n",
    );
    expect(await clock("--advance 1h --resume")).toBe("2027-01-31T01:00:00.000Z\tfalse\n");
    expect(emulator.clock.now()).toBe(Date.UTC(2027, 0, 31, 1));
  });

  for (const [flags, message] of [
    ["--advance 3", 'Invalid --advance value "3": add a unit, for example 3h.'],
    ["--set tomorrow", 'Invalid --set value "tomorrow": must be an RFC 3339 instant.'],
    [
      "--set 2027-02-30T00:00:00Z",
      'Invalid --set value "2027-02-30T00:00:00Z": must be an RFC 3339 instant.',
    ],
    ["--advance 3d --set 2027-01-31T00:00:00Z", "--advance and --set cannot be used together."],
    ["--freeze --resume", "--freeze and --resume cannot be used together."],
    [
      "--advance 9999y",
      "Could not move the emulator's clock: --advance is outside the emulator's range.\nhint: Choose an instant between the years 1970 and 8000, such as 2027-01-31T00:00:00Z.",
    ],
  ] as const) {
    test(`refuses ${flags}`, async ({ rcwh, emulator, expect }) => {
      const result = await rcwh(`emulator clock ${flags}`);

      expectUsageError(result, expect).toContain(`error: ${message}\n`);
      expect(emulator.clock.now()).toBe(Date.UTC(2026, 10, 22, 12));
    });
  }
});

describe("rcwh emulator event", () => {
  test("delivers the event, and shows what the endpoints answered", async ({
    rcwh,
    endpoint,
    expect,
  }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}`);
    const { exitCode, stdout, stderr } = await rcwh(
      ["emulator", "event", "posts", "--body", '{"text":"Hello"}'],
      { tty: true },
    );

    expect(withSteadyIds(stdout)).toMatchInlineSnapshot(`
      "SUBSCRIPTION                          DELIVERED
      <id>  yes, 200
        /team-messaging/v1/posts
        http://127.0.0.1:50100/hook
      "
    `);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(endpoint.events).toMatchObject([{ body: { text: "Hello" } }]);
  });

  test("sends sample data by default", async ({ rcwh, endpoint, expect }) => {
    await rcwh(`create --filter voicemail --url ${endpoint.url}`);

    const { stdout } = await rcwh("emulator event voicemail --user 1 --json");

    expect(JSON.parse(stdout)).toMatchObject({
      schemaVersion: 1,
      deliveries: [{ user: 1, delivered: true, status: 200 }],
    });
    expect(endpoint.events).toMatchObject([{ body: { type: "Voicemail" } }]);
  });

  test("reads the body from a file or standard input", async ({
    rcwh,
    endpoint,
    directory,
    expect,
  }) => {
    const path = join(directory, "event.json");
    await writeFile(path, '{"text":"from a file"}');
    await rcwh(`create --filter posts --url ${endpoint.url}`);

    await rcwh(`emulator event posts --body-file ${path}`);
    await rcwh("emulator event posts --body-file -", { stdin: '{"text":"piped"}' });

    expect(endpoint.events).toMatchObject([
      { body: { text: "from a file" } },
      { body: { text: "piped" } },
    ]);
  });

  test("notes that nobody is subscribed", async ({ rcwh, expect }) => {
    expect(await rcwh("emulator event posts")).toEqual({
      exitCode: 0,
      stdout: "",
      stderr: "No subscription in the emulator matches /team-messaging/v1/posts.\n",
    });
  });

  test("exits with 6 if every endpoint fails, with 7 if some do", async ({
    rcwh,
    endpoint,
    expect,
  }) => {
    await using failing = await serve(({ headers }) => {
      const token = headers.get("validation-token");
      if (token === null) return new Response(null, { status: 500 });
      const answer = { "Validation-Token": token, "Content-Type": "application/json" };
      return new Response(null, { headers: answer });
    });
    await rcwh(`create --filter posts --url ${failing.url}`);

    const all = await rcwh("emulator event posts", { tty: true, columns: 120 });
    expect(all.exitCode).toBe(6);
    expect(
      withSteadyIds(all.stdout).replaceAll(failing.url, "http://failing"),
    ).toMatchInlineSnapshot(`
      "SUBSCRIPTION                          DELIVERED
      <id>  no: Webhook responses with code: [500], reason: [Internal Server Error]
        /team-messaging/v1/posts
        http://failing
      "
    `);
    expect(all.stderr.replaceAll(failing.url, "http://failing")).toMatchInlineSnapshot(`
      "error: Could not deliver the event.
      hint: Try the endpoint with \`rcwh check http://failing\`: it must answer 200 within 3 s.
      "
    `);

    await rcwh(`create --filter posts --url ${endpoint.url}`);
    const some = await rcwh("emulator event posts --json");
    expect(some.exitCode).toBe(7);
    expect(JSON.parse(some.stderr).error).toMatchObject({
      code: "DELIVERY_FAILED",
      message: "Could not deliver the event to 1 of 2 subscriptions.",
      exitCode: 7,
    });
    expect(JSON.parse(some.stdout).deliveries).toMatchObject([
      { delivered: false, status: 500 },
      { delivered: true, status: 200 },
    ]);
  });

  for (const [words, message] of [
    [["smss"], 'Unknown event filter "smss".'],
    [["posts", "--user", "0"], 'Invalid --user value "0": must be a whole number from 1.'],
    [["posts", "--body", "{"], "Invalid --body value: not JSON ("],
    [
      ["posts", "--body", "{}", "--body-file", "x"],
      "--body and --body-file cannot be used together.",
    ],
    [
      ["posts", "--body-file", "missing.json"],
      "--body-file: cannot read missing.json: no such file or directory.",
    ],
  ] as const) {
    test(`refuses ${words.join(" ")}`, async ({ rcwh, emulator, expect }) => {
      const result = await rcwh(["emulator", "event", ...words]);

      expectUsageError(result, expect).toContain(`error: ${message}`);
      expect(emulator.requests).toEqual([]);
    });
  }
});

describe("rcwh emulator fault", () => {
  test("makes requests fail, lists faults, and removes them", async ({
    rcwh,
    emulator,
    expect,
  }) => {
    const added = await rcwh(
      [
        ...["emulator", "fault", "--method", "POST", "--path", "/restapi/oauth/*"],
        ...["--code", "CMN-301", "--header", "Retry-After: 30", "--times", "3"],
      ],
      { tty: true },
    );
    expect(added).toEqual({
      exitCode: 0,
      stdout:
        "ID  METHOD  PATH              EFFECT                TIMES  FIRED\n1   POST    /restapi/oauth/*  CMN-301, Retry-After  3      0\n",
      stderr: "",
    });
    expect(emulator.faults.list()).toEqual([
      {
        id: "1",
        match: { method: "POST", path: "/restapi/oauth/*" },
        code: "CMN-301",
        headers: { "Retry-After": "30" },
        times: 3,
        fired: 0,
      },
    ]);

    await rcwh("emulator fault --rate 0.5 --seed 7 --delay 20ms --drop");
    expect(await rcwh("emulator fault list")).toEqual({
      exitCode: 0,
      stdout:
        "1\tPOST\t/restapi/oauth/*\tCMN-301, Retry-After\t3\t0\n2\t*\t*\t20ms late, dropped before the processing\t50 %\t0\n",
      stderr: "",
    });

    expect(await rcwh("emulator fault clear 1")).toMatchObject({ stderr: "Removed fault 1.\n" });
    expect(await rcwh("emulator fault clear 1")).toMatchObject({ exitCode: 3, stdout: "" });
    expect(await rcwh("emulator fault clear")).toMatchObject({ stderr: "Removed all faults.\n" });
    expect(await rcwh("emulator fault ls")).toEqual({
      exitCode: 0,
      stdout: "",
      stderr: "No faults.\n",
    });
  });

  test("sends bodies as JSON if they are JSON, else as text", async ({
    rcwh,
    emulator,
    expect,
  }) => {
    await rcwh(["emulator", "fault", "--status", "500", "--body", '{"a":1}']);
    await rcwh(["emulator", "fault", "--status", "500", "--body", "Oops", "--truncate", "2"]);
    await rcwh(["emulator", "fault", "--html", "--times", "always"]);

    expect(emulator.faults.list()).toEqual([
      { id: "1", status: 500, body: { a: 1 }, fired: 0 },
      { id: "2", status: 500, body: "Oops", truncate: 2, fired: 0 },
      { id: "3", html: true, times: "always", fired: 0 },
    ]);
  });

  for (const [words, message] of [
    [["--path", "/x"], "Which fault? Add --status, --code, --drop or --delay."],
    [["--status", "many"], 'Invalid --status value "many": must be a number.'],
    [
      ["--status", "99"],
      "Could not add the fault: invalid --status value.\nhint: Use a status from 200 to 599.",
    ],
    [
      ["--code", "CMN-309"],
      "Could not add the fault: invalid --code value.\nhint: Did you mean CMN-109? Use one of RingCentral's codes, listed by `rcwh explain --list`.",
    ],
    [
      ["--path", "restapi", "--html"],
      "Could not add the fault: invalid --path value.\nhint: Start it with / or *, such as `--path '*/renew'`.",
    ],
    [
      ["--drop", "--header", "A: b"],
      "--drop and --header cannot be used together.\nhint: Use one of them.",
    ],
    [
      ["--header", "Retry-After"],
      'Invalid --header value "Retry-After": must be a name, a colon and a value.',
    ],
    [
      ["--drop", "soon"],
      "Could not add the fault: invalid --drop value.\nhint: Use `--drop before` or `--drop after`.",
    ],
    [["--body", "a", "--body-file", "b"], "--body and --body-file cannot be used together."],
  ] as const) {
    test(`refuses ${words.join(" ")}`, async ({ rcwh, emulator, expect }) => {
      const result = await rcwh(["emulator", "fault", ...words]);

      expectUsageError(result, expect).toContain(`error: ${message}\n`);
      expect(emulator.faults.list()).toEqual([]);
    });
  }
});

describe("rcwh emulator state", () => {
  test("shows the subscriptions of all users, and resets them", async ({
    rcwh,
    endpoint,
    expect,
  }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}`);

    const { exitCode, stdout, stderr } = await rcwh("emulator state", { tty: true, columns: 120 });
    expect(withSteadyIds(stdout)).toMatchInlineSnapshot(`
      "ID                                    USER  STATUS  EXPIRES  ADDRESS                      FILTERS
      <id>  1     Active  in 7 d   http://127.0.0.1:50100/hook  /team-messaging/v1/posts
      "
    `);
    expect({ exitCode, stderr }).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "Its clock shows 2026-11-22T12:00:00.000Z. Subscriptions: 1, sessions: 1, deliveries: 0.
      ",
      }
    `);
    const json = JSON.parse((await rcwh("emulator state --json")).stdout);
    expect(Object.keys(json)).toEqual([
      "schemaVersion",
      "subscriptions",
      "now",
      "sessions",
      "deliveries",
    ]);
    expect(json.subscriptions).toMatchObject([{ user: 1, status: "Active" }]);

    expect(await rcwh("emulator state --reset")).toEqual({
      exitCode: 0,
      stdout: "",
      stderr: "The emulator was reset.\n",
    });
    expect(JSON.parse((await rcwh("emulator state --json")).stdout)).toMatchObject({
      subscriptions: [],
      sessions: [],
    });
  });
});

describe("rcwh emulator log", () => {
  test("shows the requests of clients, and clears them", async ({ rcwh, expect }) => {
    await rcwh("list");

    expect(await rcwh("emulator log")).toEqual({
      exitCode: 0,
      stdout:
        "1\tPOST\t/restapi/oauth/token\t200\t\t2026-11-22T12:00:00.000Z\t\n1\tGET\t/restapi/v1.0/subscription\t200\t\t2026-11-22T12:00:00.000Z\t\n",
      stderr: "",
    });
    expect((await rcwh("emulator log", { tty: true })).stdout).toMatch(
      /^TIME .*\n2026-11-22T12:00:00Z +1 +POST/,
    );
    expect(JSON.parse((await rcwh("emulator log --json")).stdout)).toMatchObject({
      schemaVersion: 1,
      requests: [{ method: "POST" }, { method: "GET" }],
      deliveries: [],
    });

    expect(await rcwh("emulator log --clear")).toMatchObject({ stderr: "Log cleared.\n" });
    expect(await rcwh("emulator log")).toEqual({
      exitCode: 0,
      stdout: "",
      stderr: "No requests yet.\n",
    });
  });

  test("notes a handshake that was answered without JSON's content type", async ({
    rcwh,
    expect,
  }) => {
    await using untyped = await httpEndpoint((request, response) => {
      response.setHeader("Validation-Token", request.headers["validation-token"] ?? "").end();
    });
    await rcwh(`create --filter posts --url ${untyped.url}`);
    const create = "--method POST --path */subscription";

    expect((await rcwh(`emulator log ${create}`)).stdout).toBe(
      "1\tPOST\t/restapi/v1.0/subscription\t200\t\t2026-11-22T12:00:00.000Z\tSUB-525: the endpoint answered the handshake without Content-Type: application/json\n",
    );
    expect((await rcwh(`emulator log ${create}`, { tty: true })).stdout).toMatchInlineSnapshot(`
      "TIME                  USER  METHOD  STATUS
      2026-11-22T12:00:00Z  1     POST    200
        /restapi/v1.0/subscription
        SUB-525: the endpoint answered the handshake without Content-Type:
        application/json
      "
    `);
  });
});

describe("rcwh emulator log, filtered", () => {
  test("shows matching requests", async ({ rcwh, expect }) => {
    await rcwh("list");
    const log = async (flags: string) => (await rcwh(`emulator log ${flags}`)).stdout;

    expect(await log("--method get")).toBe(
      "1\tGET\t/restapi/v1.0/subscription\t200\t\t2026-11-22T12:00:00.000Z\t\n",
    );
    expect(await log("--path */oauth/*")).toBe(
      "1\tPOST\t/restapi/oauth/token\t200\t\t2026-11-22T12:00:00.000Z\t\n",
    );
    expect(await rcwh("emulator log --user 2")).toEqual({
      exitCode: 0,
      stdout: "",
      stderr: "No requests match.\n",
    });
    expect(await log("--since 2026-11-22T12:00:00Z")).not.toBe("");
    expect(await log("--since 2026-11-22T12:00:01Z")).toBe("");
  });

  test("shows deliveries, and notes how many there are", async ({ rcwh, endpoint, expect }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}?secret=abc`);
    await rcwh("emulator event posts");

    expect((await rcwh("emulator log")).stderr).toBe(
      "Deliveries: 1. List them with `rcwh emulator log --deliveries`.\n",
    );
    expect(await rcwh("emulator log --deliveries")).toEqual({
      exitCode: 0,
      stdout:
        "1\ttrue\t200\t/team-messaging/v1/posts\thttp://127.0.0.1:50100/hook?…\t\t2026-11-22T12:00:00.000Z\n",
      stderr: "",
    });
  });

  for (const [flags, message] of [
    ["--since yesterday", 'Invalid --since value "yesterday": must be an RFC 3339 instant.'],
    ["--user 0", 'Invalid --user value "0": must be a whole number from 1.'],
    ["--clear --user 2", "--clear clears the whole log and takes no other flags."],
  ]) {
    test(`refuses ${flags}`, async ({ rcwh, expect }) => {
      const result = await rcwh(`emulator log ${flags}`);
      expectUsageError(result, expect).toContain(`error: ${message}\n`);
    });
  }
});

describe("rcwh emulator blacklist", () => {
  test("blacklists a subscription, for a reason", async ({ rcwh, endpoint, emulator, expect }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}`);
    const id = emulator.state().subscriptions[0]?.id ?? "";

    expect(await rcwh(["emulator", "blacklist", id, "--reason", "It is gone"])).toEqual({
      exitCode: 0,
      stdout: "",
      stderr: `${id} (http://127.0.0.1:50100/hook) is blacklisted.\n`,
    });

    expect(JSON.parse((await rcwh("list --json")).stdout).subscriptions).toMatchObject([
      { id, status: "Blacklisted", blacklistedData: { reason: "It is gone" } },
    ]);
  });

  test("takes the beginning of an id, if it is one's only", async ({
    rcwh,
    endpoint,
    emulator,
    expect,
  }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}`);
    await rcwh(`create --filter sms --url ${endpoint.url}`);
    const id = emulator.state().subscriptions[0]?.id ?? "";

    expect((await rcwh(["emulator", "blacklist", ""])).exitCode).toBe(2);
    expect(await rcwh(["emulator", "blacklist", id.slice(0, 8)])).toMatchObject({
      exitCode: 0,
      stderr: `${id} (http://127.0.0.1:50100/hook) is blacklisted.\n`,
    });
  });

  test("says how to find the id of a subscription it does not know", async ({ rcwh, expect }) => {
    expect(await rcwh("emulator blacklist nothing")).toEqual({
      exitCode: 3,
      stdout: "",
      stderr:
        "error: Could not blacklist nothing: the emulator has no subscription with this id.\nhint: Give an id or its beginning; list them with `rcwh emulator state`.\n",
    });
  });
});

describe("rcwh emulator cut", () => {
  test("says how many WebSockets it cut", async ({ rcwh, expect }) => {
    expect(await rcwh("emulator cut")).toEqual({
      exitCode: 0,
      stdout: "",
      stderr: "Cut 0 WebSockets.\n",
    });
  });
});

describe("a webhook's secret", () => {
  test("is shown by the emulator's commands only with --show-secrets", async ({
    rcwh,
    endpoint,
    expect,
  }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}?secret=abc`);
    for (const words of ["state", "state -o csv", "event posts", "log --deliveries"]) {
      const hidden = (await rcwh(`emulator ${words}`)).stdout;
      expect(hidden, words).toContain("/hook?…");
      expect(hidden, words).not.toContain("abc");
      const shown = (await rcwh(`emulator ${words} --show-secrets`)).stdout;
      expect(shown, words).toContain("/hook?secret=abc");
    }
  });
});

describe("rcwh emulator settings", () => {
  test("shows and changes them", async ({ rcwh, emulator, expect }) => {
    expect((await rcwh("emulator settings")).stdout).toContain("\nsubscriptionLimit\t30\n");

    expect(await rcwh("emulator settings subscriptionLimit=2 rateLimits=off")).toEqual({
      exitCode: 0,
      stdout: "subscriptionLimit\t2\nrateLimits\toff\n",
      stderr: "",
    });
    expect(emulator.settings).toMatchObject({ subscriptionLimit: 2, rateLimits: "off" });
    const { stdout } = await rcwh([
      "emulator",
      "settings",
      'users={"2":{"admin":false}}',
      "--json",
    ]);
    expect(JSON.parse(stdout)).toEqual({
      schemaVersion: 1,
      settings: [{ name: "users", value: { 2: { admin: false } } }],
    });
  });

  test("refuses malformed changes, and settings of the start", async ({ rcwh, expect }) => {
    expectUsageError(await rcwh("emulator settings subscriptionLimit"), expect).toBe(
      'error: Invalid setting "subscriptionLimit": must look like name=value.\nhint: Write it as subscriptionLimit=2, or list all settings with `rcwh emulator settings`.\n',
    );
    expectUsageError(await rcwh("emulator settings allowRemoteDeliveries=true"), expect).toBe(
      "error: Could not change the emulator's settings: Parameter [allowRemoteDeliveries] can only be set where the emulator is started.\nhint: Start one with `rcwh emulator --allow-remote`.\n",
    );
  });

  for (const [change, message] of [
    [
      "subscriptionLimt=2",
      'unknown setting "subscriptionLimt".\nhint: Did you mean subscriptionLimit? List all settings with `rcwh emulator settings`.',
    ],
    [
      "subscriptionLimit=many",
      "invalid value for subscriptionLimit.\nhint: It must be a whole number from 0 to 1000000; null restores the default.",
    ],
    [
      "overMaximum=cut",
      "invalid value for overMaximum.\nhint: It must be clamp or reject; null restores the default.",
    ],
    [
      "listDisabledFilters=yes",
      "invalid value for listDisabledFilters.\nhint: It must be true or false; null restores the default.",
    ],
    [
      "rateLimits=on",
      'invalid value for rateLimits.\nhint: It must be off or the requests per window, such as 50/40/10/5 or {"light":50,"medium":40,"heavy":10,"auth":5}; null restores the default.',
    ],
  ] as const) {
    test(`refuses ${change}`, async ({ rcwh, expect }) => {
      expectUsageError(await rcwh(`emulator settings ${change}`), expect).toBe(
        `error: Could not change the emulator's settings: ${message}\n`,
      );
    });
  }
});

describe("a command for a running emulator", () => {
  test("says that none is running", async ({ rcwh, expect }) => {
    const port = await closedPort();
    const { exitCode, stdout, stderr } = await rcwh(
      `emulator clock --url http://127.0.0.1:${port}`,
    );

    expect({ exitCode, stdout }).toEqual({ exitCode: 5, stdout: "" });
    expect(stderr.replaceAll(String(port), "4011")).toBe(
      "error: Could not read the emulator's clock: nothing listens at 127.0.0.1:4011 (ECONNREFUSED).\nhint: Start one with `rcwh emulator --port 4011`, or name another with --url.\n",
    );
  });

  test("names the one inside rcwh to whoever gave no address", async ({ rcwh, expect }) => {
    const port = await closedPort();
    const { exitCode, stderr } = await rcwh("emulator event posts", {
      env: { RCWH_SERVER: `http://127.0.0.1:${port}` },
    });

    expect(exitCode).toBe(5);
    expect(stderr.replaceAll(String(port), "4011")).toBe(
      "error: Could not send the event: nothing listens at 127.0.0.1:4011 (ECONNREFUSED).\nhint: Start one with `rcwh emulator --port 4011`, or use the one inside rcwh with `--profile emulator`.\n",
    );
  });

  test("says that the server is not an emulator", async ({ rcwh, endpoint, expect }) => {
    const { origin } = new URL(endpoint.url);

    expect(await rcwh(`emulator clock --url ${origin}`)).toEqual({
      exitCode: 1,
      stdout: "",
      stderr:
        "error: Could not read the emulator's clock: http://127.0.0.1:50100 does not answer as an emulator (405).\nhint: Give the address that `rcwh emulator` printed, with --url.\n",
    });
  });

  test("never calls another machine", async ({ rcwh, expect }) => {
    expectUsageError(
      await rcwh("emulator state --reset --url https://platform.ringcentral.com"),
      expect,
    ).toBe(
      'error: Invalid --url value "https://platform.ringcentral.com": must be on this machine.\nhint: Use an address such as http://127.0.0.1:4010.\n',
    );
  });

  test("uses RCWH_SERVER only if that is on this machine", async ({
    rcwh,
    server,
    emulator,
    expect,
  }) => {
    expect(
      await rcwh("emulator clock --advance 1d --debug", { env: { RCWH_SERVER: server } }),
    ).toMatchObject({
      exitCode: 0,
      stderr: "→ POST /emulator/v1/clock\n← 200 in 0 ms\n",
    });
    expect(emulator.clock.now()).toBe(Date.UTC(2026, 10, 23, 12));
    // Whatever listens on 4010 here, if anything: the request does not go to RingCentral.
    const env = { RCWH_SERVER: "https://platform.ringcentral.com" };
    const { exitCode, stderr } = await rcwh("emulator clock", { env });
    expect(exitCode).not.toBe(2);
    expect(stderr).not.toContain("ringcentral");
  });

  for (const [words, stderr] of [
    [
      "state --port 4050",
      "error: --port is a flag of `rcwh emulator` itself, not of `rcwh emulator state`.\nhint: Name the emulator with --url http://127.0.0.1:4050.\n",
    ],
    [
      "--rate-limit off log",
      "error: --rate-limit is a flag of `rcwh emulator` itself, not of `rcwh emulator log`.\nhint: Give --rate-limit to `rcwh emulator` when you start it.\n",
    ],
    [
      "fault list --method POST",
      "error: --method is a flag of `rcwh emulator fault` itself, not of `rcwh emulator fault list`.\nhint: See `rcwh emulator fault list --help` for what it takes.\n",
    ],
    [
      "clck --advance 3d",
      'error: Unknown command "clck" of `rcwh emulator`.\nhint: Did you mean clock? Use clock, event, fault, state, log, settings, blacklist, cut, exec; see `rcwh emulator --help`.\n',
    ],
    [
      "fault lst",
      'error: Unknown command "lst" of `rcwh emulator fault`.\nhint: Did you mean list? Use list, clear; see `rcwh emulator fault --help`.\n',
    ],
    ["log --bogus", "error: Unknown flag --bogus.\nhint: See `rcwh emulator log --help`.\n"],
    [
      "clock --url foo",
      'error: Invalid --url value "foo": must be a URL.\nhint: Use an address such as http://127.0.0.1:4010.\n',
    ],
    [
      "clock --url http://127.0.0.1:4010/x",
      "error: Invalid server in --url: must be an origin, such as http://127.0.0.1:4010.\nhint: Use an address such as http://127.0.0.1:4010.\n",
    ],
    [
      "--profile emulator",
      "error: The profile emulator needs no server: its emulator runs inside each command.\nhint: Run commands with it, such as `rcwh --profile emulator list`; to serve its state, run `rcwh emulator --state /tmp/rcwh-test/config/emulator.json`.\n",
    ],
  ] as const) {
    test(`refuses ${words}`, async ({ rcwh, emulator, expect }) => {
      const result = await rcwh(`emulator ${words}`);
      expect(result).toEqual({ exitCode: 2, stdout: "", stderr });
      expect(emulator.clock.now()).toBe(Date.UTC(2026, 10, 22, 12));
    });
  }

  test("lists no flags of the start in its help", async ({ rcwh, expect }) => {
    const flagsOf = async (words: string) =>
      /Global flags \(see `rcwh --help`\):\n((?: {2}.*\n)+)/.exec(
        (await rcwh(`${words} --help`)).stdout,
      )?.[1];

    const flags = await flagsOf("emulator state");
    expect(flags).toContain("--debug");
    expect(flags).not.toMatch(/--(?:port|state|seed|rate-limit|allow-remote)/);
    expect(await flagsOf("emulator fault list")).toBe(flags);
    expect(await flagsOf("list")).toBe(flags);
  });

  test("gets a flag that the start also has", async ({ rcwh, emulator, expect }) => {
    await rcwh("emulator fault --rate 0.5 --seed 7 --html");
    expect(emulator.faults.list()).toMatchObject([{ seed: "7" }]);
  });

  test("uses the server of a profile only if that is on this machine", async ({
    rcwh,
    emulator,
    signedIn,
    expect,
  }) => {
    const env = { TERM: "dumb" };
    await rcwh("login --profile here", { env: signedIn });
    const moved = await rcwh("-p here emulator clock --advance 1d", { env });
    expect(moved).toMatchObject({ exitCode: 0 });
    expect(emulator.clock.now()).toBe(Date.UTC(2026, 10, 23, 12));
    const byVariable = { ...env, RCWH_PROFILE: "here" };
    expect(await rcwh("emulator clock --advance 1d", { env: byVariable })).toMatchObject({
      exitCode: 0,
    });
    expect(emulator.clock.now()).toBe(Date.UTC(2026, 10, 24, 12));

    // The profile in use needs no flag, as with `list` and `trigger`.
    expect(await rcwh("emulator clock --advance 1d", { env })).toMatchObject({ exitCode: 0 });
    expect(emulator.clock.now()).toBe(Date.UTC(2026, 10, 25, 12));

    expect(await rcwh("-p nope emulator clock", { env })).toMatchObject({
      exitCode: 3,
      stderr: expect.stringMatching(/^error: There is no profile "nope"\.\n/),
    });
    const unknown = { ...env, RCWH_PROFILE: "nope" };
    expect(await rcwh("emulator clock", { env: unknown })).toMatchObject({ exitCode: 3 });
  });

  test("refuses a profile of RingCentral itself", async ({
    rcwh,
    server,
    signedIn,
    directory,
    expect,
  }) => {
    await rcwh("login --profile live", { env: signedIn });
    const path = join(directory, "config", "config.json");
    const text = await readFile(path, "utf8");
    await writeFile(path, text.replaceAll(server, "https://platform.ringcentral.com"));

    expect(await rcwh("-p live emulator state --reset", { env: {} })).toEqual({
      exitCode: 2,
      stdout: "",
      stderr:
        "error: Profile live signs in at https://platform.ringcentral.com, which is not an emulator.\nhint: Leave out --profile, or give the emulator's address, such as `--url http://127.0.0.1:4010`.\n",
    });
  });

  test("uses the emulator of the profile without a server", async ({ rcwh, expect }) => {
    const env = {};

    expect(await rcwh("emulator settings subscriptionLimit=2 --profile emulator", { env })).toEqual(
      {
        exitCode: 0,
        stdout: "subscriptionLimit\t2\n",
        stderr: "",
      },
    );
    const { stdout } = await rcwh("--profile emulator emulator settings", { env });
    expect(stdout).toContain("\nsubscriptionLimit\t2\n");
  });
});

type Rcwh = (
  command: string,
  options: { readonly signal: AbortSignal; readonly onOutput: (text: string) => void },
) => Promise<RunResult>;

/** Runs `rcwh emulator`: its first output, and its end on Ctrl-C. */
function startEmulator(rcwh: Rcwh, command: string) {
  const controller = new AbortController();
  let result: Promise<RunResult> | undefined;
  const ready = new Promise<string>((resolve, reject) => {
    result = rcwh(command, { signal: controller.signal, onOutput: resolve });
    result.then(({ stderr }) => reject(new Error(stderr)), reject);
  });
  return {
    ready,
    async ended() {
      controller.abort(new Interruption());
      const ended = await result;
      return { exitCode: ended?.exitCode, stderr: ended?.stderr };
    },
  };
}

async function signInAnswer(url: string) {
  const answer = await fetch(`${url}/restapi/oauth/token`, {
    method: "POST",
    headers: { Authorization: `Basic ${btoa("emulator-client:emulator-secret")}` },
    body: new URLSearchParams({
      grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
      assertion: "user-1",
    }),
  });
  return { status: answer.status, ...((await answer.json()) as { access_token?: string }) };
}

async function signIn(url: string): Promise<number> {
  return (await signInAnswer(url)).status;
}

function withSteadyIds(text: string): string {
  return text.replace(/[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[\da-f]{4}-[\da-f]{12}/g, "<id>");
}

/** The status of a request that is addressed to a host. */
async function statusFor(port: number, host: string): Promise<number> {
  const { request } = await import("node:http");
  return new Promise((resolve, reject) => {
    const path = "/emulator/v1/clock";
    request({ host: "127.0.0.1", port, path, headers: { Host: host } }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on("error", reject)
      .end();
  });
}
