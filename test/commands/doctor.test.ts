import { chmod, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { describe } from "vitest";
import { emulatorApp } from "../../src/emulator/settings.ts";
import { test as base, now, type RunResult } from "../support/rcwh.ts";
import { startScriptedServer } from "../support/scripted-server.ts";
import { answerList, subscription } from "../support/subscriptions.ts";

/** `--cron` runs rcwh again in a process with the real time, so this process uses it too. */
const test = base.extend<{ readonly realTime: undefined }>({
  realTime: [
    async ({ clock }, use) => {
      clock.advance(Date.now() - now);
      await use(undefined);
    },
    { auto: true },
  ],
});

const minute = 60_000;

interface Row {
  readonly rule: string;
  readonly status: string;
}

function rowsOf({ stdout }: RunResult): readonly Row[] {
  return JSON.parse(stdout).checks;
}

/** `rule: status` of rows that do not pass. */
function problems(result: RunResult): readonly string[] {
  return rowsOf(result)
    .filter(({ status }) => status === "warn" || status === "fail")
    .map(({ rule, status }) => `${rule}: ${status}`);
}

describe("rcwh doctor", () => {
  test("finds no problem in a healthy setup", async ({ rcwh, expect }) => {
    const { exitCode, stdout, stderr } = await rcwh("doctor", {
      tty: true,
      columns: 120,
    });

    expect(steady(stdout)).toMatchInlineSnapshot(`
      "   CHECK                    STATUS  FOUND
      ✓  node                     pass    20.19.0 (/usr/bin/node)
      ✓  configuration-directory  pass    /tmp/rcwh-test/config, not created yet
      ✓  configuration-file       pass    /tmp/rcwh-test/config/config.json, not created yet
      ✓  credentials              pass    RCWH_CLIENT_ID, RCWH_CLIENT_SECRET and RCWH_JWT, for http://127.0.0.1:40100
      ✓  proxy                    pass    none
      ✓  server                   pass    http://127.0.0.1:40100 answered in 3 ms
      ✓  clock                    pass    less than 1 s apart
      ✓  sign-in                  pass    as extension 7000000001; the session expires in 1 h
      ✓  scope                    pass    SubscriptionWebhook
      ✓  quota                    pass    49 of 50 left in 60 s (light)
      ✓  subscriptions            pass    0 of 30
      -  last-run                 skip    no run is recorded
                                          → Schedule \`rcwh renew\` with \`rcwh cron print\`.
      "
    `);
    expect(stderr.split("\u001b[K").at(-1)).toBe("");
    expect(exitCode).toBe(0);
  });

  test("prints a row per check in a pipe and adds new columns only at the end", async ({
    rcwh,
    expect,
  }) => {
    const { exitCode, stdout, stderr } = await rcwh("doctor");

    expect(steady(stdout)).toMatchInlineSnapshot(`
      "node	pass	20.19.0 (/usr/bin/node)	20.19 or later			
      configuration-directory	pass	/tmp/rcwh-test/config, not created yet	mode 0700, writable			
      configuration-file	pass	/tmp/rcwh-test/config/config.json, not created yet	mode 0600, readable			
      credentials	pass	RCWH_CLIENT_ID, RCWH_CLIENT_SECRET and RCWH_JWT, for http://127.0.0.1:40100	a complete group			environment
      proxy	pass	none	the address of an HTTP proxy, or none			environment
      server	pass	http://127.0.0.1:40100 answered in 3 ms	an answer			environment
      clock	pass	less than 1 s apart	within 30 s of the server's			environment
      sign-in	pass	as extension 7000000001; the session expires in 1 h	accepted			environment
      scope	pass	SubscriptionWebhook	SubscriptionWebhook			environment
      quota	pass	49 of 50 left in 60 s (light)	more than a tenth left			environment
      subscriptions	pass	0 of 30	at most 30			environment
      last-run	skip	no run is recorded	a success within 26 h		Schedule \`rcwh renew\` with \`rcwh cron print\`.	environment
      "
    `);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  });

  test("prints one object with --json", async ({ rcwh, expect }) => {
    const result = await rcwh("doctor --json");

    expect(rowsOf(result)).toContainEqual({
      rule: "subscriptions",
      status: "pass",
      measured: "0 of 30",
      limit: "at most 30",
      profile: "environment",
    });
    expect(JSON.parse(result.stdout).schemaVersion).toBe(1);
    expect(result).toMatchObject({ exitCode: 0, stderr: "" });
  });

  test("makes one token and one list request and writes nothing but the token", async ({
    rcwh,
    emulator,
    directory,
    expect,
  }) => {
    await rcwh("doctor");
    expect(emulator.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      "POST /restapi/oauth/token",
      "GET /restapi/v1.0/subscription",
    ]);
    const path = join(directory, "config/config.json");
    const before = await readFile(path, "utf8");
    await rcwh("doctor");
    expect(emulator.requests).toHaveLength(3);
    expect(await readFile(path, "utf8")).toBe(before);
    expect(
      (await readdir(join(directory, "config"))).filter((name) => name.startsWith("config")),
    ).toEqual(["config.json"]);
  });

  test("reports problems with the configuration files and changes nothing", async ({
    rcwh,
    directory,
    emulator,
    expect,
  }) => {
    const config = join(directory, "config");
    const file = join(config, "config.json");
    await mkdir(config, { mode: 0o700 });
    await writeFile(file, "{}", { mode: 0o644 });
    const open = await rcwh("doctor --json");
    expect(open.exitCode).toBe(2);
    expect(rowsOf(open)).toContainEqual({
      rule: "configuration-file",
      status: "fail",
      measured: "/tmp/rcwh-test/config/config.json, mode 0644",
      limit: "mode 0600, readable",
      hint: "Run `chmod 600 /tmp/rcwh-test/config/config.json`.",
      exitCode: 2,
    });
    expect(JSON.parse(open.stderr).error).toEqual({
      code: "CHECKS_FAILED",
      message: "1 of 4 checks failed: configuration-file.",
      exitCode: 2,
    });

    await writeFile(file, "half a fi");
    await chmod(file, 0o600);
    const corrupt = await rcwh("doctor --json");
    expect(corrupt.exitCode).toBe(2);
    expect(rowsOf(corrupt)).toContainEqual(
      expect.objectContaining({ rule: "configuration-file", status: "fail", exitCode: 2 }),
    );
    // Any other command would have moved it aside.
    expect(await readFile(file, "utf8")).toBe("half a fi");

    await writeFile(file, JSON.stringify({ version: 99 }));
    expect(problems(await rcwh("doctor --json"))).toEqual(["configuration-file: fail"]);

    await chmod(config, 0o777);
    const writable = await rcwh("doctor --json");
    expect(problems(writable)).toEqual(["configuration-directory: fail"]);
    expect(emulator.requests).toEqual([]);

    await chmod(config, 0o755);
    await writeFile(file, "{}");
    const readable = await rcwh("doctor --json");
    expect(problems(readable)).toEqual(["configuration-directory: warn"]);
    expect(readable.exitCode).toBe(8);
    expect((await stat(config)).mode & 0o777).toBe(0o755);
  });

  test("reports that nothing can be written", async ({ rcwh, signedIn, expect }) => {
    const env = { ...signedIn, RCWH_CONFIG_DIR: "", HOME: "" };
    const withoutHome = await rcwh("doctor --json", { env });
    expect(problems(withoutHome)).toEqual(["configuration-directory: warn"]);

    const relative = await rcwh("doctor --json", { env: { ...signedIn, RCWH_CONFIG_DIR: "rc" } });
    expect(problems(relative)).toEqual(["configuration-directory: fail"]);
    expect(relative.exitCode).toBe(2);
  });

  test("ends with 4 if credentials are missing or incomplete", async ({ rcwh, expect }) => {
    const signedOut = await rcwh("doctor", { env: {}, tty: true, columns: 90 });
    expect(signedOut.exitCode).toBe(4);
    expect(steady(signedOut.stdout).split("\n")).toMatchInlineSnapshot(`
      [
        "   CHECK                    STATUS  FOUND",
        "✗  credentials              fail    You are not signed in.",
        "                                    → Sign in with \`rcwh login\`, or try rcwh without an",
        "                                    account with \`--profile emulator\`.",
        "✓  node                     pass    20.19.0 (/usr/bin/node)",
        "✓  configuration-directory  pass    /tmp/rcwh-test/config, not created yet",
        "✓  configuration-file       pass    /tmp/rcwh-test/config/config.json, not created",
        "                                    yet",
        "-  3 skipped (-v shows them)",
        "",
      ]
    `);

    const half = await rcwh("doctor --json", { env: { RCWH_CLIENT_ID: "app" } });
    expect(half.exitCode).toBe(2);
    expect(problems(half)).toEqual(["credentials: fail"]);
  });

  test("ends with 4 for refused credentials and with 3 for an unknown profile", async ({
    rcwh,
    signedIn,
    expect,
  }) => {
    const refused = await rcwh("doctor --json", { env: { ...signedIn, RCWH_JWT: "nobody" } });
    expect(refused.exitCode).toBe(4);
    expect(problems(refused)).toEqual(["sign-in: fail"]);
    expect(rowsOf(refused).map(({ rule, status }) => `${rule}: ${status}`)).toContain(
      "server: pass",
    );

    // The same where the server has ended a cached session, and the secret has changed since.
    expect((await rcwh("list")).exitCode).toBe(0);
    await rcwh("emulator state --reset");
    const apps = [{ clientId: "emulator-client", clientSecret: "changed" }];
    await rcwh(["emulator", "settings", `apps=${JSON.stringify(apps)}`]);
    const ended = await rcwh("doctor --json");
    expect(ended.exitCode).toBe(4);
    expect(problems(ended)).toEqual(["sign-in: fail"]);

    const unknown = await rcwh("doctor --json --profile acme");
    expect(unknown.exitCode).toBe(3);
    expect(problems(unknown)).toEqual(["credentials: fail"]);
  });

  test("shows when the JWT expires", async ({ rcwh, signedIn, clock, expect }) => {
    const jwt = (days: number) => {
      const exp = Math.floor(clock.now() / 1000) + days * 86_400;
      return `e30.${Buffer.from(JSON.stringify({ sub: "1", exp })).toString("base64url")}.x`;
    };
    const rowFor = async (days: number) => {
      const env = { ...signedIn, RCWH_JWT: jwt(days) };
      return rowsOf(await rcwh("doctor --json", { env })).find(({ rule }) => rule === "jwt")
        ?.status;
    };

    expect(await rowFor(100)).toBe("pass");
    expect(await rowFor(10)).toBe("warn");
    expect(await rowFor(-1)).toBe("fail");
  });

  test("ends with 5 if nothing answers and with 1 if another server answers", async ({
    rcwh,
    signedIn,
    emulator,
    expect,
  }) => {
    const nothing = await rcwh("doctor --json", {
      env: { ...signedIn, RCWH_SERVER: "http://127.0.0.1:9" },
    });
    expect(nothing.exitCode).toBe(5);
    expect(problems(nothing)).toEqual(["server: fail"]);
    expect(nothing.stdout).not.toContain("rcwh doctor");
    expect(nothing.stdout).toContain("start it with `rcwh emulator --port 9`.");

    const unknownHost = await rcwh("doctor --json", {
      env: { ...signedIn, RCWH_SERVER: "https://nowhere.invalid" },
    });
    expect(unknownHost.exitCode).toBe(5);
    expect(unknownHost.stdout).not.toContain("rcwh doctor");
    expect(unknownHost.stdout).toContain("`curl -sSI https://nowhere.invalid`");

    emulator.faults.add({ match: { path: "/restapi/v1.0/subscription" }, status: 503, times: 9 });
    const down = await rcwh("doctor --json");
    expect(down.exitCode).toBe(5);
    expect(problems(down)).toEqual(["server: fail"]);

    emulator.faults.clear();
    await using other = await startScriptedServer(() => ({ body: { hello: "world" } }));
    const otherServer = await rcwh("doctor --json", {
      env: { ...signedIn, RCWH_SERVER: other.url },
    });
    expect(otherServer.exitCode).toBe(1);
    expect(problems(otherServer)).toEqual(["server: fail"]);
  });

  test("compares the clock with the server's", async ({ rcwh, emulator, clock, expect }) => {
    emulator.clock.freeze();
    clock.advance(2 * minute);
    const ahead = await rcwh("doctor --json");
    expect(problems(ahead)).toEqual(["clock: warn"]);
    expect(ahead.exitCode).toBe(8);
    expect(ahead.stdout).toMatch(/"measured": "(?:1 min|2 min) ahead of the server's"/);

    clock.advance(-12 * minute);
    const behind = await rcwh("doctor --json");
    expect(problems(behind)).toEqual(["clock: fail"]);
    expect(behind.exitCode).toBe(1);
    const set = /`rcwh (emulator clock --set \S+)`/.exec(behind.stdout)?.[1] ?? "";
    expect((await rcwh(set)).exitCode).toBe(0);
    expect(problems(await rcwh("doctor --json"))).toEqual([]);
    expect(behind.stdout).toMatch(/"measured": "(?:9|10) min behind the server's"/);
  });

  test("reports subscriptions that are blacklisted, overdue or too many", async ({
    rcwh,
    emulator,
    expect,
  }) => {
    const many = Array.from({ length: 27 }, (_, index) =>
      subscription(`a${index.toString(16).padStart(2, "0")}`, { hours: 100 }),
    );
    answerList(emulator, [
      subscription("bad", {
        hours: 20,
        status: "Blacklisted",
        blacklistedData: {
          blacklistedAt: "2026-11-20T00:00:00Z",
          reason: "Webhook responses with code: [404], reason: [Not Found]",
        },
      }),
      ...many,
    ]);
    const { exitCode, stdout, stderr } = await rcwh("doctor", { tty: true, columns: 100 });

    expect(stdout.split("\n").slice(0, 11)).toMatchInlineSnapshot(`
      [
        "   CHECK                    STATUS  FOUND",
        "!  subscriptions            warn    28 of 30",
        "                                    → Delete some with \`rcwh delete\`, or combine filters with \`rcwh",
        "                                    update --add-filter\`.",
        "!  status                   warn    bad00000-1111-4111-8111-111111111111 (https://example.com/",
        "                                    ringcentral) is Blacklisted (Webhook responses with code: [404],",
        "                                    reason: [Not Found])",
        "                                    → See \`rcwh show bad00000-1111-4111-8111-111111111111\`.",
        "!  expiry                   warn    bad00000-1111-4111-8111-111111111111 (https://example.com/",
        "                                    ringcentral) expires in 20 h",
        "                                    → Run \`rcwh renew\` now, and schedule it with \`rcwh cron print\`.",
      ]
    `);
    expect(stderr).toContain("3 of 15 checks need attention: subscriptions, status, expiry.");
    expect(exitCode).toBe(8);
  });

  test("names the command that shows several unhealthy subscriptions", async ({
    rcwh,
    emulator,
    expect,
  }) => {
    const blacklisted = { hours: 100, status: "Blacklisted" };
    answerList(emulator, [subscription("bad", blacklisted), subscription("ace", blacklisted)]);
    const { stdout } = await rcwh("doctor --json");
    const { checks } = JSON.parse(stdout) as { checks: { rule: string; hint?: string }[] };
    expect(checks.find(({ rule }) => rule === "status")?.hint).toBe("See them with `rcwh list`.");
  });

  test.for([
    [80, 24],
    [60, 20],
  ])("keeps failures on a screen of %s×%s", async ([columns, rows], { rcwh, emulator, expect }) => {
    const gone = subscription("ace", { hours: 100 });
    const blacklistedData = {
      blacklistedAt: "2026-11-20T00:00:00Z",
      reason: "Webhook responses with code: [404], reason: [Not Found]",
    };
    answerList(emulator, [
      subscription("bad", { hours: 20, status: "Blacklisted", blacklistedData }),
      gone,
    ]);
    const screen = { tty: true, columns: columns ?? 0, rows: rows ?? 0 };
    const { stdout, stderr } = await rcwh("doctor", { ...screen, clockError: -600_000 });

    const end = [...stdout.split("\n").slice(0, -1), ...stderr.split("\n"), "$"].slice(
      -screen.rows,
    );
    expect(end.join("\n")).toMatch(/^✗ {2}clock .*\n(?: .*\n)* +→ Set this machine's clock/m);
    expect(stdout).toMatch(/^✓ {2}\d+ passed \(-v shows them\)$/m);
    const verbose = await rcwh("doctor -v", { ...screen, clockError: -600_000 });
    expect(verbose.stdout).toMatch(/FOUND\n✗ {2}clock [^✓]*\n! {2}[^✓]*✓ {2}node /);
  });

  test("checks proxy and certificate variables", async ({ rcwh, signedIn, expect }) => {
    const bad = await rcwh("doctor --json", {
      env: {
        ...signedIn,
        RCWH_SERVER: "https://example.com",
        HTTPS_PROXY: "socks5://x",
        NODE_EXTRA_CA_CERTS: "/nowhere.pem",
      },
    });
    expect(problems(bad)).toEqual(["certificates: warn", "proxy: fail"]);
    expect(bad.exitCode).toBe(2);
  });

  test("works with the emulator inside rcwh", async ({ rcwh, expect }) => {
    const { exitCode, stdout } = await rcwh("doctor --profile emulator", { env: {} });
    expect(exitCode).toBe(0);
    expect(stdout).toContain("clock\tpass\tless than 1 s apart\t");

    await rcwh("emulator clock --advance 193h", { env: { RCWH_PROFILE: "emulator" } });
    const moved = await rcwh("doctor --profile emulator", { env: {} });
    expect(moved.exitCode).toBe(0);
    expect(moved.stdout).toContain(
      "clock\tskip\t8 d behind the server's, as moved with `rcwh emulator clock`\t",
    );
  });

  test("reports the last unattended run", async ({ rcwh, emulator, clock, endpoint, expect }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}`);
    await rcwh("renew");
    const statusOf = (result: RunResult) => rowsOf(result).find(({ rule }) => rule === "last-run");
    expect(statusOf(await rcwh("doctor --json"))).toMatchObject({ status: "pass" });

    emulator.faults.add({ match: { path: "/restapi/v1.0/subscription" }, status: 403, times: 1 });
    await rcwh("renew");
    expect(statusOf(await rcwh("doctor --json"))).toMatchObject({ status: "warn" });

    await rcwh("renew");
    emulator.faults.add({ match: { path: "/restapi/v1.0/subscription" }, status: 503, times: 3 });
    expect((await rcwh("renew")).exitCode).toBe(5);
    expect(statusOf(await rcwh("doctor --json"))).toMatchObject({ status: "pass" });

    clock.advance(27 * 60 * minute);
    expect(statusOf(await rcwh("doctor --json"))).toMatchObject({ status: "warn" });
  });

  test("checks every account and ends with 7 if some fail", async ({
    rcwh,
    signedIn,
    server,
    directory,
    expect,
  }) => {
    await rcwh("login --profile acme", { env: signedIn });
    await rcwh("login --profile beta", { env: { ...signedIn, RCWH_JWT: "user-2" } });
    const well = await rcwh("doctor --all-profiles", { env: {}, tty: true, columns: 100 });
    expect(well.exitCode).toBe(0);
    expect(
      well.stdout.split("\n").filter((line) => line.includes("sign-in")),
    ).toMatchInlineSnapshot(`
      [
        "✓  sign-in                  pass    acme     as extension 7000000001; the session expires in 1 h",
        "✓  sign-in                  pass    beta     as extension 7000000002; the session expires in 1 h",
      ]
    `);

    const path = join(directory, "accounts.ndjson");
    const account = { server, clientId: "emulator-client", clientSecret: "emulator-secret" };
    const lines = [
      { profile: "one", ...account, jwt: "user-1" },
      { profile: "two", ...account, jwt: "nobody" },
    ].map((each) => `${JSON.stringify(each)}\n`);
    await writeFile(path, lines.join(""));
    const some = await rcwh(["doctor", "--json", "--profiles-from", path], { env: {} });
    expect(some.exitCode).toBe(7);
    expect(problems(some)).toEqual(["sign-in: fail"]);

    await writeFile(path, `${lines[1]}not an account\n`);
    const none = await rcwh(["doctor", "--json", "--profiles-from", path], { env: {} });
    expect(none.exitCode).toBe(7);
    expect(problems(none)).toEqual(["credentials: fail", "sign-in: fail"]);
  });
});

describe("rcwh doctor, where webhooks get SMS,", () => {
  const extension = "/restapi/v1.0/account/4000000001/extension/7000000001";
  const store = `${extension}/message-store`;
  const entries = "/restapi/v1.0/account/4000000001/message-threads/entries/sync";
  const features = `/restapi/v1.0/account/~/extension/~/features`;
  const threadsOf = (result: RunResult) =>
    rowsOf(result).find((each) => each.rule === "message-threads");
  const asked = (emulator: { requests: readonly { path: string }[] }) =>
    emulator.requests.filter(({ path }) => path === features).length;

  test("passes without Message Threads", async ({ rcwh, emulator, endpoint, expect }) => {
    await rcwh(`create --filter sms --url ${endpoint.url}`);
    const result = await rcwh("doctor --json");

    expect(threadsOf(result)).toEqual({
      rule: "message-threads",
      status: "pass",
      measured: "the account does not have Message Threads",
      limit: "off, or with sms-thread-messages",
      profile: "environment",
    });
    expect([result.exitCode, asked(emulator)]).toEqual([0, 1]);
  });

  test("warns with them, until sms-thread-messages is subscribed", async ({
    rcwh,
    emulator,
    endpoint,
    expect,
  }) => {
    emulator.configure({ messageThreads: true });
    await rcwh(`create --filter sms --url ${endpoint.url}`);
    await rcwh(`create --filter messages --url ${endpoint.url}/2`);
    await rcwh(`create --filter posts --url ${endpoint.url}/3`);
    const [first, second] = emulator.state().subscriptions;
    const result = await rcwh("doctor --json");

    expect(threadsOf(result)).toEqual({
      rule: "message-threads",
      status: "warn",
      subscriptions: [first?.id, second?.id],
      measured: `SMS to main, site and call queue numbers is not delivered to ${first?.id} (http://127.0.0.1:50100/hook) (and 1 more)`,
      limit: "off, or with sms-thread-messages",
      hint: `Run \`rcwh update ${first?.id} --add-filter sms-thread-messages\`, whose events only say that there are messages to fetch.`,
      profile: "environment",
    });
    expect(result.exitCode).toBe(8);

    await rcwh(`update ${first?.id} --add-filter sms-thread-messages`);
    const after = await rcwh("doctor --json");
    expect(threadsOf(after)).toMatchObject({
      status: "pass",
      measured: `${first?.id} (http://127.0.0.1:50100/hook) has sms-thread-messages`,
    });
    expect(after.exitCode).toBe(0);
  });

  test("asks only for filters that such SMS no longer comes to", async ({
    rcwh,
    emulator,
    expect,
  }) => {
    emulator.configure({ messageThreads: true });
    answerList(emulator, [
      subscription("aa", { eventFilters: [`${store}?type=SMS&direction=Outbound`] }),
      subscription("bb", { eventFilters: [`${extension}/fax?direction=Inbound`, entries] }),
    ]);
    expect(threadsOf(await rcwh("doctor --json"))).toBe(undefined);
    expect(asked(emulator)).toBe(0);
  });

  test("leaves out filters that are disabled, and what is not a webhook to keep", async ({
    rcwh,
    emulator,
    expect,
  }) => {
    emulator.configure({ messageThreads: true });
    const disabledFilters = [{ filter: store, reason: "No permission", message: "" }];
    answerList(emulator, [
      subscription("aa", { eventFilters: [store, entries], disabledFilters, hours: 1e6 }),
      subscription("bb", { eventFilters: [store], deliveryMode: { transportType: "WebSocket" } }),
    ]);
    expect(threadsOf(await rcwh("doctor --json"))).toBe(undefined);
    expect(asked(emulator)).toBe(0);
  });

  test.for([
    [
      { status: 403, body: { errorCode: "CMN-408", message: "No" } },
      "not known: RingCentral refused to ask whether the user has MessageThreads: No (CMN-408)",
    ],
    [
      { status: 200, body: { records: "?" } },
      "not known: Unexpected answer from RingCentral when trying to ask whether the user has MessageThreads: it has no array `records`.",
    ],
    [{ status: 200, body: { records: [] } }, "not known: RingCentral does not say"],
    [
      {
        status: 200,
        body: {
          records: [
            { id: "MessageThreads", available: false, reason: { code: "ExtensionLimitation" } },
          ],
        },
      },
      "not known: this user does not have Message Threads (ExtensionLimitation)",
    ],
  ] as const)(
    "skips the answer %o",
    async ([fault, measured], { rcwh, emulator, endpoint, expect }) => {
      await rcwh(`create --filter sms --url ${endpoint.url}`);
      emulator.faults.add({ ...fault, match: { path: features }, times: 9 });
      const result = await rcwh("doctor --json");

      expect(threadsOf(result)).toMatchObject({ status: "skip", measured });
      expect(result.exitCode).toBe(0);
    },
  );
});

describe("rcwh doctor, for an app without ReadAccounts,", () => {
  const scopes = emulatorApp.scopes.filter((scope) => scope !== "ReadAccounts");
  test.override("emulatorSettings", { apps: [{ ...emulatorApp, scopes }], messageThreads: true });

  test("does not ask for Message Threads", async ({ rcwh, emulator, endpoint, expect }) => {
    await rcwh(`create --filter sms --url ${endpoint.url}`);
    const before = emulator.requests.length;
    const result = await rcwh("doctor --json");

    expect(rowsOf(result)).toContainEqual({
      rule: "message-threads",
      status: "skip",
      measured: "not known: the token lacks ReadAccounts",
      limit: "off, or with sms-thread-messages",
      profile: "environment",
    });
    const later = emulator.requests.slice(before).map(({ path }) => path);
    expect(later).toEqual(["/restapi/v1.0/subscription"]);
    expect(result.exitCode).toBe(0);
  });
});

describe("rcwh doctor, for an app without scopes,", () => {
  const scopes = emulatorApp.scopes.filter((scope) => !/Webhook|Presence/.test(scope));
  test.override("emulatorSettings", { apps: [{ ...emulatorApp, scopes }] });

  test("names the missing scopes", async ({ rcwh, emulator, expect }) => {
    answerList(emulator, [
      subscription("aa", {
        eventFilters: ["/restapi/v1.0/account/~/extension/~/presence"],
        disabledFilters: [
          {
            filter: "/restapi/v1.0/account/~/extension/~/presence",
            reason: "No permission",
            message: "",
          },
        ],
      }),
    ]);
    const result = await rcwh("doctor --json");

    expect(problems(result)).toEqual(["scope: warn", "filter-scopes: warn", "status: warn"]);
    expect(result.stdout).toContain("disabled filters need ReadPresence");
    expect(result.exitCode).toBe(8);
  });

  test("does not pass two of three scopes, whether or not a filter is disabled", async ({
    rcwh,
    emulator,
    expect,
  }) => {
    answerList(emulator, [
      subscription("aa", {
        eventFilters: [
          "/restapi/v1.0/account/~/extension/~/presence",
          "/restapi/v1.0/account/~/telephony/sessions",
          "/restapi/v1.0/account/~/extension/~/message-store",
        ],
      }),
    ]);
    const { checks } = JSON.parse((await rcwh("doctor --json")).stdout);
    expect(checks).toContainEqual(
      expect.objectContaining({
        rule: "filter-scopes",
        status: "warn",
        measured: "the token lacks ReadPresence",
        code: "CMN-401",
      }),
    );
  });
});

describe("rcwh doctor, for a busy app,", () => {
  test.override("emulatorSettings", { rateLimits: { light: 3, medium: 3, heavy: 3, auth: 5 } });

  test("warns that little quota is left", async ({ rcwh, expect }) => {
    expect(problems(await rcwh("doctor --json"))).toEqual([]);
    await rcwh("list");
    const result = await rcwh("doctor --json");
    expect(problems(result)).toEqual(["quota: warn"]);
    expect(result.stdout).toContain("0 of 3 left");
  });
});

describe("rcwh doctor --cron", () => {
  test("says what cron print says of credentials that only this shell has", async ({
    rcwh,
    signedIn,
    expect,
  }) => {
    const { exitCode, stdout, stderr } = await rcwh("doctor --cron", {
      tty: true,
      columns: 100,
      env: { ...signedIn, PATH: "/nowhere" },
    });

    expect(stdout.split("\n").slice(0, 5)).toMatchInlineSnapshot(`
      [
        "   CHECK                    STATUS  FOUND",
        "✗  cron                     fail    The credentials are from RCWH_CLIENT_ID, RCWH_CLIENT_SECRET and",
        "                                    RCWH_JWT, which a scheduler does not have.",
        "                                    → Save them with \`rcwh login\`, or in a file for",
        "                                    \`--credentials-file\`, then print the schedule again.",
      ]
    `);
    expect(stderr).toContain("1 of 14 checks failed: cron.");
    expect(exitCode).toBe(4);
  });

  test("runs the line of cron print, which sets the configuration directory", async ({
    rcwh,
    signedIn,
    directory,
    expect,
  }) => {
    const RCWH_CONFIG_DIR = join(directory, "some where");
    await rcwh("login", { env: { ...signedIn, RCWH_CONFIG_DIR } });
    const result = await rcwh("doctor --cron --json", { env: { RCWH_CONFIG_DIR } });
    const { stdout } = await rcwh("cron print", { env: { RCWH_CONFIG_DIR } });

    expect(rowsOf(result).find(({ rule }) => rule === "cron")).toEqual({
      rule: "cron",
      status: "pass",
      measured: stdout.trimEnd().split("\n").at(-1)?.split(" ").slice(5).join(" "),
      limit: "the line of `rcwh cron print` works",
    });
    expect(result).toMatchObject({ exitCode: 0, stderr: "" });
  });

  test("passes its flags on with absolute paths", async ({ rcwh, signedIn, directory, expect }) => {
    const path = join(directory, "acme.env");
    await writeFile(
      path,
      Object.entries(signedIn)
        .map(([name, value]) => `${name} = '${value}'\n`)
        .join(""),
    );
    const result = await rcwh(
      [
        "doctor",
        "--cron",
        "--json",
        "--credentials-file",
        relative(process.cwd(), path),
        "--no-token-cache",
      ],
      { env: {} },
    );

    expect(problems(result)).toEqual([]);
    expect(result.exitCode).toBe(0);
  });

  test("reports what keeps cron print from printing a line", async ({ rcwh, signedIn, expect }) => {
    await rcwh("login", { env: signedIn });
    expect(await rcwh("doctor --cron -- --withn 3d", { env: {} })).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("Unknown flag --withn."),
    });
    const result = await rcwh("doctor --cron --json -- --within soon", { env: {} });

    expect(rowsOf(result).at(-1)).toMatchObject({
      rule: "cron",
      status: "fail",
      measured: 'Invalid --within value "soon": must be a duration.',
    });
    expect(result.exitCode).toBe(2);
  });

  test("does not open an invalid configuration", async ({ rcwh, directory, expect }) => {
    await mkdir(join(directory, "config"), { mode: 0o700 });
    await writeFile(join(directory, "config/config.json"), "{", { mode: 0o600 });
    const result = await rcwh("doctor --cron --json", { env: {} });

    expect(rowsOf(result).at(-1)).toMatchObject({ rule: "cron", status: "skip" });
    expect(await readdir(join(directory, "config"))).toEqual(["config.json"]);
  });

  test("takes flags for renew only with --cron", async ({ rcwh, expect }) => {
    expect(await rcwh("doctor -- --recover")).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: Unexpected argument "--recover": only \`doctor --cron\` takes flags for \`rcwh renew\`.
      hint: Add --cron, or see \`rcwh doctor --help\`.
      ",
        "stdout": "",
      }
    `);
  });
});

/** Removes values that differ from machine to machine. */
function steady(text: string): string {
  return text
    .replaceAll(process.execPath, "/usr/bin/node")
    .replaceAll(/answered in \d+ ms/g, "answered in 3 ms")
    .replaceAll(/less than 1 s apart|\d s behind the server's/g, "less than 1 s apart");
}
