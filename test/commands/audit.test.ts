import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe } from "vitest";
import type { Emulator } from "../../src/emulator/interface.ts";
import { emulatorApp } from "../../src/emulator/settings.ts";
import { Interruption } from "../../src/errors.ts";
import { parseEventFilters } from "../../src/filters/parse.ts";
import type { Audited } from "../../src/operations/audit/audited.ts";
import { checkEndpoints } from "../../src/operations/audit/endpoint-rules.ts";
import { goodHandshake, httpEndpoint } from "../support/endpoints.ts";
import { test as base, type RunOptions, type RunResult } from "../support/rcwh.ts";
import {
  answerList,
  answerRecords,
  ownFilters,
  subscribe,
  subscribeAll,
  subscription,
  withoutProgress,
} from "../support/subscriptions.ts";

interface Row {
  readonly rule: string;
  readonly status: "pass" | "warn" | "fail" | "skip";
  readonly measured: string;
  readonly subscriptions: readonly string[];
  readonly hint?: string;
  readonly code?: string;
}

interface Audit extends RunResult {
  readonly rows: readonly Row[];
  /** Those that need attention. */
  readonly found: readonly Row[];
}

interface AuditFixtures {
  /** A machine without a crontab. */
  readonly env: Readonly<Record<string, string>>;
  /** Has a webhook at the endpoint, of another program, with filters as aliases, and returns its id. */
  readonly have: (...filters: readonly string[]) => Promise<string>;
  /** Creates a webhook at the endpoint with rcwh, and returns its id. */
  readonly make: (flags: string) => Promise<string>;
  readonly audit: (flags?: string, options?: RunOptions) => Promise<Audit>;
  /** Runs the one command of a hint. */
  readonly follow: (row: Row | undefined) => Promise<RunResult>;
}

const test = base.extend<AuditFixtures>({
  env: async ({ signedIn }, use) => use({ ...signedIn, PATH: "/nowhere" }),
  have: async ({ emulator, endpoint }, use) => {
    await use((...filters) => {
      const { eventFilters } = parseEventFilters(filters, { allowUnknown: false });
      return subscribe(emulator, endpoint.url, { eventFilters });
    });
  },
  make: async ({ rcwh, env, endpoint }, use) => {
    await use(async (flags) => {
      const url = flags.includes("--url") ? "" : ` --url ${endpoint.url}`;
      const { stdout } = await rcwh(`create ${flags}${url} --if-exists new -q`, { env });
      return stdout.slice(0, 36);
    });
  },
  audit: async ({ rcwh, env }, use) => {
    await use(async (flags = "", options = {}) => {
      const result = await rcwh(`audit --json ${flags}`.trim(), { env, ...options });
      const rows: readonly Row[] = result.stdout === "" ? [] : JSON.parse(result.stdout).checks;
      const found = rows.filter(({ status }) => status === "warn" || status === "fail");
      return { ...result, rows, found };
    });
  },
  follow: async ({ rcwh, env, endpoint }, use) => {
    await use((row) => {
      const commands = [...(row?.hint ?? "").matchAll(/`rcwh ([^`]+)`/g)];
      if (commands.length !== 1) throw new Error(`Not one command: ${row?.hint}`);
      // The output has a fixed port.
      const words = shellWords(commands[0]?.[1] ?? "").map((word) =>
        word.replace("http://127.0.0.1:50100", new URL(endpoint.url).origin),
      );
      return rcwh([...words, "--yes"], { env });
    });
  },
});

/** As a shell splits the words of our hints. */
function shellWords(line: string): readonly string[] {
  return [...line.matchAll(/'([^']*)'|\S+/g)].map(([word, quoted]) => quoted ?? word);
}

/** Without the progress, and with a fixed port. */
function steady(result: RunResult) {
  const { stdout, ...rest } = withoutProgress(result);
  return { ...rest, stdout: stdout.replace(/(?<=webhooks on 127\.0\.0\.1:)\d+/, "50100") };
}

/** The rules that found something. */
function rulesOf({ found }: Pick<Audit, "found">): readonly string[] {
  return [...new Set(found.map(({ rule }) => rule))];
}

function row({ rows }: Audit, rule: string): Row | undefined {
  return rows.find((each) => each.rule === rule);
}

const account = "/restapi/v1.0/account/4000000001";
const extension = `${account}/extension/7000000001`;

/** Ends a run at its first request of this method: a POST was heeded, a DELETE was not. */
function killAfter(emulator: Emulator, method: string): AbortSignal {
  const stop = new AbortController();
  let isDone = false;
  emulator.intercept(async (request) => {
    if (isDone || request.method !== method || !request.url.includes("/subscription")) return;
    isDone = true;
    if (method === "POST") await emulator.fetch(request);
    stop.abort(new Interruption());
    return new Response("", { status: 503 });
  }, Number.POSITIVE_INFINITY);
  return stop.signal;
}

/** A `crontab` command that prints this text. */
async function fakeCrontab(directory: string, text: string) {
  const bin = join(directory, "bin");
  await mkdir(bin, { recursive: true });
  await writeFile(join(bin, "text"), text);
  await writeFile(join(bin, "crontab"), `#!/bin/sh\n/bin/cat ${bin}/text\n`, { mode: 0o755 });
  return { PATH: bin };
}

describe("rcwh audit", () => {
  test("finds nothing where there is nothing, with one list request", async ({
    rcwh,
    env,
    emulator,
    expect,
  }) => {
    expect(await rcwh("audit", { env })).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "",
        "stdout": "form	pass	every record can be read	as RingCentral documents it			environment	
      status	pass	0 webhooks, all Active	Active, with every filter			environment	
      endpoint	skip	no webhooks	answers RingCentral's handshake			environment	
      hosts	pass	none is shared	one host fails one webhook			environment	
      replacements	pass	none is unfinished	ended, or both deliver on purpose			environment	
      expiry	skip	no webhooks	renewed in time			environment	
      schedule	skip	no webhooks	renewals more often than lifetimes allow			environment	
      duplicates	pass	none	one webhook for each URL and set of filters			environment	
      overlaps	pass	none	no filter that another filter of the same URL includes			environment	
      account-wide	pass	none	no account-wide filter			environment	
      coverage	skip	no webhook is for one extension's events	events from every extension and number			environment	
      deprecated	pass	none	filters in their modern spelling			environment	
      undocumented	pass	none	filters that RingCentral documents			environment	
      foreign	pass	none	made by rcwh, and on record			environment	
      unnamed	skip	no webhook is managed by a manifest	in a manifest, where there is one			environment	
      tokens	pass	no webhook is known to lack one	a verification token for each webhook			environment	
      quota	pass	0 of 30 in the platform API	at most 80 % of 30			environment	
      ",
      }
    `);
    expect(emulator.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      "POST /restapi/oauth/token",
      "GET /restapi/v1.0/subscription",
    ]);
  });

  test("reports what RingCentral lists and rcwh cannot read", async ({
    emulator,
    make,
    rcwh,
    env,
    audit,
    follow,
    expect,
  }) => {
    const id = await make("--filter sms --generate-verification-token");
    const malformed = "baad0000-1111-4111-8111-111111111111";
    answerRecords(emulator).add({ id: malformed, status: 7 }, "no record");
    const all = await audit("--every 1d");
    expect(all.found).toMatchObject([
      {
        rule: "form",
        status: "warn",
        measured: `RingCentral's list has a malformed subscription, ${malformed}: it has no valid \`status\`. rcwh leaves it alone`,
        code: "MALFORMED",
        subscriptions: [malformed],
      },
      {
        rule: "form",
        status: "warn",
        measured:
          "RingCentral's list has a malformed subscription, without an id: it is not an object. rcwh leaves it alone",
        hint: "See it with `rcwh list --json`.",
        subscriptions: [],
      },
    ]);
    expect(JSON.parse(all.stderr).error.message).toBe("2 warnings in 3 webhooks: form.");
    const shown = await follow(all.found[0]);
    expect(shown).toMatchObject({
      exitCode: 8,
      stdout: `${malformed}\t7\t\t\t\t\tenvironment\tplatform\n`,
    });

    expect((await audit(`${id} --every 1d`)).found).toEqual([]);
    expect(await rcwh(["audit", malformed], { env })).toMatchObject({
      exitCode: 8,
      stdout: "",
      stderr: expect.stringContaining(`subscription, ${malformed}: it has no valid`),
    });
  });

  test("shows what needs attention first, each with a command", async ({
    make,
    rcwh,
    env,
    endpoint,
    emulator,
    expect,
  }) => {
    await make("--filter sms --verification-token secret1");
    await make("--filter sms");
    await subscribe(emulator, endpoint.url);
    const result = await rcwh("audit", { env, tty: true, columns: 110 });
    expect(steady(result)).toMatchInlineSnapshot(`
      {
        "exitCode": 8,
        "stderr": "attention: 2 warnings in 3 webhooks: duplicates, foreign.
      hint: Run the command shown with each, or skip rules that do not apply with --ignore.
      ",
        "stdout": "   CHECK            STATUS  FOUND
      !  duplicates       warn    00000005 (http://127.0.0.1:50100/hook) and 00000009 have the same URL and filters:
                                  every event arrives more than once
                                  → Keep 00000005, which has a verification token that rcwh knows, and delete the
                                  rest with \`rcwh delete 00000009\`.
      !  foreign          warn    0000000d (http://127.0.0.1:50100/hook) was made by another program or on another
                                  machine: its verification token is unknown here
                                  → If it is yours, give it a token that rcwh knows with \`rcwh rotate-token
                                  0000000d\`.
      ✓  form             pass    every record can be read
      ✓  status           pass    3 webhooks, all Active
      ✓  endpoint         pass    1 URL answered from here
      ✓  hosts            pass    3 webhooks on 127.0.0.1:50100: one failing host blacklists all of its webhooks
      ✓  replacements     pass    none is unfinished
      ✓  expiry           pass    the next one expires in 7 d
      ✓  overlaps         pass    none
      ✓  account-wide     pass    none
      ✓  coverage         pass    1 extension, all covered for account/~/extension/~/message-store/instant?type=SMS
      ✓  message-threads  pass    the account does not have Message Threads
      ✓  deprecated       pass    none
      ✓  undocumented     pass    none
      ✓  quota            pass    3 of 30 in the platform API
      -  schedule         skip    not known: no run is recorded, and the crontab has no \`rcwh renew\`
                                  → Print a schedule with \`rcwh cron print\`, or say how often another machine renews
                                  with --every.
      -  tokens           skip    00000009 (http://127.0.0.1:50100/hook): no verification token, so the endpoint
                                  cannot tell RingCentral's events from others
                                  → Add one with \`rcwh rotate-token 00000009\`.
      -  1 skipped (-v shows it)
      ",
      }
    `);
    const narrow = await rcwh("audit --only duplicates", { env, tty: true, columns: 60, rows: 15 });
    expect(steady(narrow).stdout).toMatchInlineSnapshot(`
      "   CHECK       STATUS  FOUND
      !  duplicates  warn    00000005 (http://127.0.0.1:50100/
                             hook) and 00000009 have the same URL
                             and filters: every event arrives more
                             than once
                             → Keep 00000005, which has a
                             verification token that rcwh knows,
                             and delete the rest with \`rcwh delete
                             00000009\`.
      "
    `);
  });

  test("writes nothing and delivers nothing", async ({
    make,
    rcwh,
    env,
    directory,
    emulator,
    endpoint,
    expect,
  }) => {
    await make("--filter sms");
    await subscribe(emulator, endpoint.url);
    const config = join(directory, "config/config.json");
    const before = [await readFile(config, "utf8"), await readdir(join(directory, "config"))];
    const shaken = endpoint.handshakes();
    const from = emulator.requests.length;
    await rcwh("audit", { env });
    expect(emulator.requests.slice(from).map(({ method, path }) => `${method} ${path}`)).toEqual([
      "GET /restapi/v1.0/subscription",
      "GET /restapi/v1.0/account/~/extension",
      "GET /restapi/v1.0/account/~/phone-number",
      "GET /restapi/v1.0/account/~/extension/~/features",
    ]);
    expect([await readFile(config, "utf8"), await readdir(join(directory, "config"))]).toEqual(
      before,
    );
    expect([endpoint.handshakes() - shaken, endpoint.events]).toEqual([1, []]);
  });

  test("looks at what is selected, and ignores what it is told to", async ({
    make,
    audit,
    endpoint,
    emulator,
    expect,
  }) => {
    const first = await make("--filter account-telephony");
    const second = await subscribe(emulator, `${endpoint.url}/2`, {
      eventFilters: [`${account}/presence`],
    });
    expect(rulesOf(await audit())).toEqual(["account-wide", "foreign"]);
    expect((await audit(first)).found.map(({ subscriptions }) => subscriptions)).toEqual([[first]]);
    const selected = await audit("--url *2");
    expect(selected.found.map(({ subscriptions }) => subscriptions)).toEqual([[second], [second]]);
    expect(rulesOf(await audit(`${first} --ignore account-wide`))).toEqual([]);
    const shaken = endpoint.handshakes();
    const ignoring = await audit("--ignore foreign,endpoint --ignore account-wide");
    expect([ignoring.exitCode, rulesOf(ignoring)]).toEqual([0, []]);
    expect(ignoring.rows.map(({ rule }) => rule)).not.toContain("endpoint");
    expect(rulesOf(await audit("--only foreign"))).toEqual(["foreign"]);
    expect(endpoint.handshakes()).toBe(shaken);
    expect(await audit("nowhere")).toMatchObject({ exitCode: 3, stdout: "" });
  });

  test("says that nothing matches, and counts what does", async ({
    make,
    have,
    rcwh,
    audit,
    env,
    expect,
  }) => {
    const id = await make("--filter sms");
    await have("posts");
    const nothing = await rcwh("audit --url http://zz*", { env, tty: true });
    expect(withoutProgress(nothing)).toEqual({
      exitCode: 0,
      stdout: "",
      stderr: "No subscription matches.\n",
    });
    const { stdout } = await rcwh("audit --url http://zz* --json", { env });
    expect(JSON.parse(stdout)).toEqual({ schemaVersion: 1, checks: [] });
    expect((await audit(`${id} --only status`)).rows).toMatchObject([
      { measured: "1 webhook, all Active" },
    ]);
  });

  test.for([
    ["--ignore foriegn", 'Invalid --ignore value "foriegn": must be a rule.'],
    ["--only endpoint,what", 'Invalid --only value "what": must be a rule.'],
    ["--only endpoint --ignore hosts", "--only and --ignore cannot be used together."],
    ["--every often", 'Invalid --every value "often": must be a duration.'],
  ])("refuses %s", async ([flags = "", message], { rcwh, env, emulator, expect }) => {
    const { exitCode, stderr } = await rcwh(`audit ${flags}`, { env });
    expect([exitCode, stderr.split("\n")[0]]).toEqual([2, `error: ${message}`]);
    expect(emulator.requests).toEqual([]);
  });

  test("audits several accounts, and says which could not be", async ({
    rcwh,
    server,
    make,
    directory,
    expect,
  }) => {
    await make("--filter account-telephony");
    const line = (user: number, clientSecret = "emulator-secret") =>
      JSON.stringify({
        ...{ profile: `acme-${user}`, server, clientId: "emulator-client", clientSecret },
        jwt: `user-${user}`,
      });
    const file = join(directory, "accounts");
    await writeFile(file, [line(1), line(2), line(3, "wrong")].join("\n"));
    const env = { PATH: "/nowhere" };
    const { exitCode, stdout, stderr } = await rcwh(`audit --profiles-from ${file} --json`, {
      env,
    });
    const { checks, failures } = JSON.parse(stdout);
    expect(new Set(checks.map(({ profile }: { profile: string }) => profile))).toEqual(
      new Set(["acme-1", "acme-2"]),
    );
    expect(failures).toMatchObject([{ profile: "acme-3" }]);
    expect([exitCode, JSON.parse(stderr).error.message]).toEqual([
      7,
      expect.stringContaining("1 of 3 accounts was not audited"),
    ]);
    await writeFile(file, [line(1), line(2)].join("\n"));
    expect(await rcwh(`audit -q --profiles-from ${file}`, { env })).toMatchObject({
      exitCode: 8,
      stderr: expect.stringContaining("1 warning in 1 webhook of 2 accounts: account-wide.\n"),
    });
  });

  test("names the profile in each command", async ({ rcwh, signedIn, endpoint, expect }) => {
    for (const profile of ["acme-1", "acme-2"]) {
      await rcwh(`login --profile ${profile}`, { env: signedIn });
    }
    const env = { PATH: "/nowhere" };
    const flags = `--filter glip/posts --url ${endpoint.url} -q`;
    await rcwh(`create --profile acme-1 ${flags}`, { env });
    const result = await rcwh("audit --profile acme-* --only deprecated --json", { env });
    const { checks } = JSON.parse(result.stdout) as { checks: readonly Row[] };
    expect(checks[0]?.hint).toMatch(/`rcwh --profile acme-1 update \S{36} --remove-filter glip/);
  });

  test("prints CSV with a heading", async ({ rcwh, env, expect }) => {
    const { stdout } = await rcwh("audit -o csv --only quota", { env });
    expect(stdout).toBe(
      "rule,status,measured,limit,code,hint,profile,subscriptions\nquota,pass,0 of 30 in the platform API,at most 80 % of 30,,,environment,\n",
    );
  });
});

describe("rcwh audit reports, until the printed command has run,", () => {
  test("duplicates, and keeps the one whose token rcwh knows", async ({
    make,
    audit,
    follow,
    emulator,
    endpoint,
    expect,
  }) => {
    await subscribe(emulator, endpoint.url);
    const kept = await make("--filter posts --verification-token secret1");
    const extra = await make("--filter glip/posts");
    const before = await audit();
    expect(row(before, "duplicates")).toMatchObject({ status: "warn", code: "DUPLICATE" });
    expect(row(before, "duplicates")?.subscriptions[0]).toBe(kept);
    expect([rulesOf(before), before.exitCode]).toEqual([
      ["duplicates", "deprecated", "foreign"],
      8,
    ]);
    expect((await follow(row(before, "duplicates"))).exitCode).toBe(0);
    expect(emulator.state().subscriptions.map(({ id }) => id)).toEqual([kept]);
    expect(extra).not.toBe(kept);
    expect(await audit()).toMatchObject({ exitCode: 0, found: [] });
  });

  test("a filter that another one of the same URL contains", async ({
    have,
    audit,
    follow,
    expect,
  }) => {
    await have("account-telephony");
    const other = await have("telephony", "missed-calls", "posts");
    const before = await audit("--only overlaps");
    expect(before.found).toMatchObject([
      {
        measured: expect.stringContaining(
          "account/~/extension/~/telephony/sessions?missedCall=true is included in account/~/telephony/sessions, of",
        ),
      },
    ]);
    expect(before.found[0]?.subscriptions[0]).toBe(other);
    expect((await follow(before.found[0])).exitCode).toBe(0);
    expect(await audit("--only overlaps")).toMatchObject({ exitCode: 0 });
  });

  test("a webhook of which another one delivers everything", async ({
    have,
    audit,
    follow,
    emulator,
    expect,
  }) => {
    const whole = await have("messages", "posts");
    await have("messages?type=SMS", "glip/posts", "reminder:3d");
    const before = await audit("--only overlaps");
    expect(before.found[0]?.hint).toContain("`rcwh delete ");
    expect((await follow(before.found[0])).exitCode).toBe(0);
    expect(emulator.state().subscriptions.map(({ id }) => id)).toEqual([whole]);
    expect(await audit("--only overlaps")).toMatchObject({ exitCode: 0 });
  });

  test("two spellings in one webhook", async ({ emulator, endpoint, audit, follow, expect }) => {
    const posts = "/team-messaging/v1/posts";
    await subscribe(emulator, endpoint.url, { eventFilters: ["/restapi/v1.0/glip/posts", posts] });
    const before = await audit("--only overlaps");
    expect(before.found[0]?.measured).toContain("glip/posts is the same as /team-messaging");
    expect((await follow(before.found[0])).exitCode).toBe(0);
    expect(emulator.state().subscriptions[0]?.eventFilters).toEqual([posts]);
    expect(await audit("--only overlaps,deprecated")).toMatchObject({ exitCode: 0 });
  });

  test("an account-wide filter", async ({ have, audit, follow, emulator, expect }) => {
    await have("account-missed-calls", "account-presence", "sms");
    const before = await audit("--only account-wide");
    expect(before.found).toHaveLength(1);
    expect((await follow(before.found[0])).exitCode).toBe(0);
    expect(emulator.state().subscriptions[0]?.eventFilters.toSorted()).toEqual([
      ownFilters.sms,
      ownFilters.presence,
      `${extension}/telephony/sessions?missedCall=true`,
    ]);
    expect(await audit("--only account-wide")).toMatchObject({ exitCode: 0 });
  });

  test("a deprecated filter", async ({ have, audit, follow, emulator, expect }) => {
    await have("glip/posts", "glip/groups", "sms");
    const before = await audit("--only deprecated");
    expect(before.found[0]?.measured).toContain(
      "glip/groups is now called /team-messaging/v1/chats",
    );
    expect((await follow(before.found[0])).exitCode).toBe(0);
    expect(emulator.state().subscriptions[0]?.eventFilters).toContain("/team-messaging/v1/chats");
    expect(await audit("--only deprecated")).toMatchObject({ exitCode: 0 });
  });

  test("a filter that is not documented", async ({ have, audit, follow, emulator, expect }) => {
    await have("answered-elsewhere", "posts");
    await have("presence-totals");
    const before = await audit("--only undocumented");
    expect(before.found).toHaveLength(2);
    for (const each of before.found) expect((await follow(each)).exitCode).toBe(0);
    expect(emulator.state().subscriptions).toMatchObject([
      { eventFilters: ["/team-messaging/v1/posts"] },
    ]);
    expect(await audit("--only undocumented")).toMatchObject({ exitCode: 0 });
  });

  test("what another program made", async ({ audit, follow, emulator, endpoint, expect }) => {
    const id = await subscribe(emulator, endpoint.url);
    const before = await audit();
    expect(before.found).toMatchObject([{ rule: "foreign", subscriptions: [id] }]);
    expect((await follow(before.found[0])).exitCode).toBe(0);
    expect(await audit()).toMatchObject({ exitCode: 0, found: [] });
  });

  test("what no manifest names, once one names others", async ({
    make,
    audit,
    follow,
    rcwh,
    env,
    directory,
    endpoint,
    expect,
  }) => {
    const id = await make("--filter sms --verification-token secret1");
    expect(row(await audit(), "unnamed")).toMatchObject({ status: "skip" });
    await make("--filter posts --verification-token secret1");
    const file = join(directory, "rcwh.yaml");
    await writeFile(
      file,
      `version: 1\nwebhooks:\n  posts:\n    url: ${endpoint.url}\n    filters: [posts]\n`,
    );
    const byFile = await audit(`-f ${file}`);
    expect(byFile.found).toMatchObject([{ rule: "unnamed", subscriptions: [id] }]);
    expect(await rcwh(`apply -f ${file} --yes`, { env })).toMatchObject({ exitCode: 0 });
    const before = await audit();
    expect(before.found).toMatchObject([{ rule: "unnamed", subscriptions: [id] }]);
    expect((await follow(before.found[0])).exitCode).toBe(0);
    expect(await audit()).toMatchObject({ exitCode: 0, found: [] });
  });

  test("that a webhook has no verification token, without an alarm", async ({
    make,
    audit,
    follow,
    expect,
  }) => {
    const id = await make("--filter sms");
    const before = await audit();
    expect(row(before, "tokens")).toMatchObject({ status: "skip", subscriptions: [id] });
    expect(before.exitCode).toBe(0);
    expect((await follow(row(before, "tokens"))).exitCode).toBe(0);
    expect(row(await audit(), "tokens")).toMatchObject({ status: "pass", subscriptions: [] });
    for (const filters of ["posts", "voicemail", "fax"]) await make(`--filter ${filters}`);
    expect(row(await audit(), "tokens")?.measured).toMatch(
      /^\S+ \(\S+\), \S+ \(\S+\) and \S+ \(\S+\): no verification token/,
    );
  });

  test("a blacklisted webhook, and those that share its host", async ({
    make,
    audit,
    follow,
    emulator,
    expect,
  }) => {
    const id = await make("--filter sms");
    await make("--filter posts");
    expect(row(await audit(), "hosts")).toMatchObject({
      status: "pass",
      measured: expect.stringMatching(
        /^2 webhooks on 127\.0\.0\.1:\d+: one failing host blacklists/,
      ),
    });
    emulator.blacklist(id);
    const before = await audit();
    expect(rulesOf(before)).toEqual(["status", "hosts"]);
    expect(JSON.parse(before.stderr).error.message).toBe(
      "1 problem and 1 warning in 2 webhooks: status, hosts.",
    );
    expect((await follow(row(before, "status"))).exitCode).toBe(0);
    expect(await audit()).toMatchObject({ exitCode: 0, found: [] });
  });

  test("a blacklisted duplicate of a webhook that delivers", async ({
    make,
    have,
    audit,
    emulator,
    expect,
  }) => {
    const id = await make("--filter sms --verification-token secret1");
    const duplicate = await have("sms");
    expect((await audit("--only status,hosts,foreign")).rows).toMatchObject([
      { measured: "2 webhooks, all Active" },
      { measured: expect.stringMatching(/^2 webhooks on /) },
      { status: "warn", subscriptions: [duplicate] },
    ]);
    emulator.blacklist(duplicate);
    expect(row(await audit(), "duplicates")?.hint).toContain(`Keep ${id}, which is Active, and`);
    const { exitCode, found } = await audit("--only status,hosts");
    expect([exitCode, found.map(({ status, subscriptions }) => [status, subscriptions])]).toEqual([
      8,
      [
        ["fail", [duplicate]],
        ["warn", [duplicate, id]],
      ],
    ]);
  });

  test("a webhook on record that expired, and one that somebody deleted", async ({
    make,
    audit,
    rcwh,
    env,
    elsewhere,
    clock,
    expect,
  }) => {
    const gone = await make("--filter sms --expires-in 9d");
    const expired = await make("--filter posts --expires-in 2d");
    clock.advance(3 * 86_400_000);
    await rcwh(`delete ${gone} --yes`, { env: elsewhere });
    const before = await audit("--only status,endpoint");
    expect([before.exitCode, before.found]).toMatchObject([
      8,
      [
        {
          rule: "status",
          status: "fail",
          measured: expect.stringMatching(
            /^\S{36} \(http:\S+\) is gone: somebody deleted it before its expiry at \S+[^.]$/,
          ),
          subscriptions: [gone],
          hint: `Re-create it with \`rcwh renew --recreate ${gone}\`, or drop its record with \`rcwh forget ${gone}\`.`,
        },
        {
          measured: expect.stringMatching(/ expired \S+: no events are delivered$/),
          subscriptions: [expired],
        },
      ],
    ]);
    expect((await audit(`${expired} --only status`)).found).toHaveLength(1);
    await rcwh(`renew --recreate ${gone} ${expired} --yes`, { env });
    expect(await audit("--only status")).toMatchObject({ exitCode: 0 });
  });

  test.for(["POST", "DELETE"])(
    "a replacement that was killed at its %s",
    async (method, { make, audit, follow, rcwh, env, emulator, expect }) => {
      const id = await make("--filter sms --verification-token secret1");
      await rcwh(`rotate-token ${id} --yes`, { env, signal: killAfter(emulator, method) });
      const made = emulator.state().subscriptions.find((each) => each.id !== id)?.id;
      const before = await audit();
      expect(before.found).toMatchObject([
        {
          rule: "replacements",
          status: "warn",
          measured: expect.stringMatching(
            `^the replacement of ${id} by ${made} \\(http:\\S+\\) is in progress, or was interrupted$`,
          ),
          subscriptions: [made, id],
          hint: "Finish it with `rcwh renew`.",
        },
      ]);
      expect((await follow(before.found[0])).exitCode).toBe(0);
      expect(emulator.state().subscriptions).toMatchObject([{ id: made }]);
      expect(await audit()).toMatchObject({ exitCode: 0, found: [] });
    },
  );

  test("a create that was killed before it was on record", async ({
    audit,
    follow,
    rcwh,
    env,
    emulator,
    endpoint,
    expect,
  }) => {
    const signal = killAfter(emulator, "POST");
    await rcwh(`create --filter sms --url ${endpoint.url}`, { env, signal });
    const before = await audit();
    expect(before.found).toMatchObject([
      { measured: expect.stringMatching(/^the creation of \S{36} \(http:\S+\) is in progress/) },
    ]);
    expect((await follow(before.found[0])).exitCode).toBe(0);
    expect(await audit()).toMatchObject({ exitCode: 0, found: [] });
  });

  test("disabled filters", async ({ make, audit, follow, emulator, expect }) => {
    emulator.configure({ users: { 1: { missingPermissions: ["ReadMessages"] } } });
    await make("--filter sms,posts");
    const before = await audit();
    expect(before.found).toMatchObject([{ rule: "status", status: "warn", code: "SUB-412" }]);
    emulator.configure({ users: {} });
    expect((await follow(before.found[0])).exitCode).toBe(0);
    expect(await audit()).toMatchObject({ exitCode: 0, found: [] });
  });

  test("a lifetime that is too short for the schedule", async ({
    make,
    audit,
    follow,
    rcwh,
    env,
    clock,
    directory,
    expect,
  }) => {
    const id = await make("--filter sms --expires-in 6d");
    expect(row(await audit(), "schedule")).toMatchObject({ status: "skip" });
    expect(row(await audit("--every 2d"), "schedule")).toMatchObject({ status: "pass" });
    const bin = await fakeCrontab(
      directory,
      "# rcwh renew\n0 4 * * 1 /usr/bin/backup\n0 4 * * * /opt/rcwh --profile acme renew\n0 4 * * 1,4 rcwh renew -q\n",
    );
    const weekly = await audit("", { env: { ...env, ...bin } });
    expect(row(weekly, "schedule")).toMatchObject({
      status: "fail",
      measured: `${id} (http://127.0.0.1:50100/hook) is due only in the last 2 d of its 6 d lifetime, but line 4 of the crontab runs every 4 d`,
    });
    await rcwh("renew -q --all", { env });
    clock.advance(50 * 3_600_000);
    const late = await audit();
    expect(late.found.map(({ measured }) => measured)).toEqual([
      `${id} (http://127.0.0.1:50100/hook) is due only in the last 2 d of its 6 d lifetime, but the last run of renew was 2 d 2 h ago`,
    ]);
    expect((await follow(row(weekly, "schedule"))).exitCode).toBe(0);
    const after = await audit("", { env: { ...env, ...bin } });
    expect(after).toMatchObject({ exitCode: 0, found: [] });
  });

  test("what expires soon, and is not renewed by anything", async ({
    make,
    audit,
    follow,
    rcwh,
    env,
    clock,
    directory,
    expect,
  }) => {
    await make("--filter sms --expires-in 3d");
    expect(row(await audit(), "expiry")).toMatchObject({ status: "pass" });
    await rcwh("renew -q", { env });
    clock.advance(50 * 3_600_000);
    const before = await audit("--only expiry");
    expect(before.found).toMatchObject([{ status: "fail" }]);
    expect(await audit("--only expiry --every 1h")).toMatchObject({ exitCode: 0 });
    const bin = await fakeCrontab(directory, "@hourly rcwh renew -q\n");
    expect(await audit("--only expiry", { env: { ...env, ...bin } })).toMatchObject({
      exitCode: 0,
    });
    expect((await follow(before.found[0])).exitCode).toBe(0);
    expect(await audit("--only expiry")).toMatchObject({ exitCode: 0 });
  });

  test("SMS that goes to Message Threads", async ({ make, audit, follow, emulator, expect }) => {
    const id = await make("--filter sms");
    expect(row(await audit(), "message-threads")).toMatchObject({ status: "pass" });
    emulator.configure({ messageThreads: true });
    const before = await audit();
    expect(before.found).toMatchObject([{ rule: "message-threads", subscriptions: [id] }]);
    expect((await follow(before.found[0])).exitCode).toBe(0);
    expect(await audit()).toMatchObject({ exitCode: 0, found: [] });
  });

  test.for([24, 25])(
    "%s of 30 only above four fifths",
    async (count, { audit, emulator, expect }) => {
      const many = Array.from({ length: count }, (_, index) => subscription(`${index + 10}`));
      answerList(emulator, many);
      expect((await audit("--only quota")).rows).toMatchObject([
        { status: count > 24 ? "warn" : "pass", measured: `${count} of 30 in the platform API` },
      ]);
    },
  );
});

describe("rcwh audit compares with the account's extensions", () => {
  /** User 1 has no number; user 2 has one, user 3 has a fax, and the others get no events. */
  const users = {
    1: { extensions: 3, name: "Ada Lovelace", phoneNumbers: [] },
    2: { name: "Jane Doe" },
    3: {
      name: "Fax",
      phoneNumbers: [{ phoneNumber: "+12055550199", usageType: "MainCompanyNumber" }],
    },
    4: { account: 1, name: "Support", type: "Department", members: [1] },
    5: { account: 1, status: "Disabled" },
  } as const;

  test("SMS that lands on another one", async ({ make, audit, follow, emulator, expect }) => {
    emulator.configure({ users });
    const id = await make("--filter sms");
    const from = emulator.requests.length;
    const before = await audit();
    expect(before.found).toEqual([
      {
        rule: "coverage",
        status: "warn",
        measured: `no webhook receives SMS to +12055550102 (102 Jane Doe); ${id} (http://127.0.0.1:50100/hook) never fires for 101 Ada Lovelace, who has no direct number`,
        limit: "events from every extension and number",
        hint: `As a super administrator, run \`rcwh update ${id} --add-filter 'account/~/extension/7000000002/message-store/instant?type=SMS'\`.`,
        subscriptions: [id],
        profile: "environment",
      },
    ]);
    expect(emulator.requests.slice(from).map(({ path }) => path.replace(/^.*account/, ""))).toEqual(
      ["/restapi/v1.0/subscription", "/~/extension", "/~/phone-number", "/~/extension/~/features"],
    );
    expect((await follow(before.found[0])).exitCode).toBe(0);
    expect(await audit()).toMatchObject({ exitCode: 0, found: [] });
  });

  test("each kind of event that its webhooks are about", async ({
    have,
    make,
    audit,
    follow,
    emulator,
    expect,
  }) => {
    emulator.configure({ users: { 1: { extensions: 8 } } });
    await have("telephony", "missed-calls", "voicemail", "monitored-presence", "messages?type=SMS");
    await make("--filter sms --extensions all");
    const before = await audit("--only coverage");
    const names = "102 User 2, 103 User 3, 104 User 4 and 4 more";
    expect(before.found.map(({ measured }) => measured)).toEqual([
      `no webhook receives account/~/extension/~/voicemail of ${names}`,
      `no webhook receives account/~/extension/~/telephony/sessions of ${names}`,
    ]);
    for (const each of before.found) expect((await follow(each)).exitCode).toBe(0);
    expect(await audit("--only coverage")).toMatchObject({ exitCode: 0 });
  });

  test("an account-wide filter, which hears everybody", async ({
    have,
    audit,
    emulator,
    expect,
  }) => {
    emulator.configure({ users: { 1: { extensions: 8 } } });
    await have("account-telephony", "posts");
    const { found } = await audit("--only account-wide,coverage");
    expect(found).toMatchObject([
      {
        rule: "account-wide",
        measured: expect.stringContaining(
          "account/4000000001/telephony/sessions reports all 8 users of the account; each answered call of each extension is 4 requests or more",
        ),
      },
    ]);
    await have("telephony");
    expect(rulesOf(await audit("--only coverage"))).toEqual([]);
  });

  test("an account-wide filter in an account of one user, as the only check", async ({
    have,
    rcwh,
    audit,
    env,
    expect,
  }) => {
    await have("account-telephony");
    const { found } = await audit("--only account-wide");
    expect(found[0]?.measured).toContain("reports the only user of the account; each answered");
    expect((await rcwh("audit --only account-wide", { env })).stderr).toMatch(
      /^attention: 1 warning in 1 webhook: account-wide\.\n/,
    );
  });

  test("only where it may read them", async ({ have, audit, elsewhere, emulator, expect }) => {
    emulator.configure({ users: { 1: { extensions: 2, missingPermissions: ["ReadExtensions"] } } });
    await have("account-presence", "telephony?direction=Inbound");
    const { rows, found } = await audit("--only coverage,account-wide");
    expect(rows.find(({ rule }) => rule === "coverage")).toMatchObject({
      status: "skip",
      measured: expect.stringContaining("not known: "),
      hint: expect.any(String),
    });
    expect(found[0]?.measured).toContain("every user of the account (how many is not known: ");

    const scopes = emulatorApp.scopes.filter((scope) => scope !== "ReadAccounts");
    emulator.configure({ apps: [{ ...emulatorApp, scopes }], users: {} });
    const env = { ...elsewhere, PATH: "/nowhere" };
    const from = emulator.requests.length;
    expect((await audit("--only coverage", { env })).rows).toMatchObject([
      {
        status: "skip",
        measured: "not known: the token lacks ReadAccounts",
        hint: "Add the scope ReadAccounts to the app in the Developer Console, then try again.",
      },
    ]);
    expect(emulator.requests.slice(from).map(({ path }) => path)).toEqual([
      "/restapi/oauth/token",
      "/restapi/v1.0/subscription",
    ]);
  });
});

describe("rcwh audit leaves alone", () => {
  test.for([" --verification-token secret1", ""])(
    "a replacement whose overlap is not over: made with %j",
    async (token, { make, audit, rcwh, env, emulator, expect }) => {
      const id = await make(`--filter sms${token}`);
      const rotated = await rcwh(`rotate-token ${id} --overlap 1d --no-wait --yes`, { env });
      expect(rotated.exitCode).toBe(0);
      const [, made] = emulator.state().subscriptions;
      const audited = await audit();
      expect(audited).toMatchObject({ exitCode: 0, found: [] });
      expect(row(audited, "replacements")).toMatchObject({
        status: "pass",
        measured: `${made?.id} replaces ${id}, and both deliver until 2026-11-23T12:00:00Z`,
      });
      // The old one will be deleted.
      expect(row(audited, "tokens")).toMatchObject({ status: "pass" });
    },
  );

  test("filters of another URL, and what does not deliver", async ({
    have,
    audit,
    emulator,
    endpoint,
    expect,
  }) => {
    const wide = await have("account-telephony");
    await subscribe(emulator, `${endpoint.url}/2`, {
      eventFilters: [`${extension}/telephony/sessions`],
    });
    expect(await audit("--only overlaps")).toMatchObject({ exitCode: 0 });
    await have("telephony");
    expect(await audit("--only overlaps")).toMatchObject({ exitCode: 8 });
    emulator.blacklist(wide);
    expect(await audit("--only overlaps")).toMatchObject({ exitCode: 0 });
  });

  test("WebSockets and what `rcwh listen` made", async ({ audit, emulator, expect }) => {
    const marked = `https://example.com/hook?rcwh-listen=${"0".repeat(24)}`;
    answerList(emulator, [
      subscription("aa", { deliveryMode: { transportType: "WebSocket" } }),
      subscription("bb", { deliveryMode: { transportType: "WebHook", address: marked } }),
    ]);
    expect(await audit()).toMatchObject({ exitCode: 0, found: [] });
  });
});

describe("rcwh audit tries URLs", () => {
  test("of which one is dead", async ({ emulator, audit, expect }) => {
    const alive = await httpEndpoint(goodHandshake);
    await subscribe(emulator, `${alive.url}/hook`);
    expect(row(await audit("--only endpoint"), "endpoint")).toMatchObject({
      status: "pass",
      measured: "1 URL answered from here",
    });
    await alive[Symbol.asyncDispose]();
    const { exitCode, found } = await audit("--only endpoint");
    expect(exitCode).toBe(8);
    expect(found).toMatchObject([
      {
        rule: "endpoint",
        status: "fail",
        code: "SUB-521",
        measured: expect.stringContaining(`${alive.url}/hook: tcp-ipv4: `),
        hint: expect.stringContaining(`rcwh check ${alive.url}/hook`),
      },
    ]);
  });

  test("four at a time, each once, with a handshake alone", async ({ emulator, audit, expect }) => {
    const waiting: (() => void)[] = [];
    let [most, calls, isHeld] = [0, 0, false];
    await using endpoint = await httpEndpoint((request, response) => {
      calls += 1;
      waiting.push(() => goodHandshake(request, response));
      most = Math.max(most, waiting.length);
      // The first four wait for each other.
      if (isHeld && waiting.length < 4 && calls < 6) return;
      // A fifth would come within this time.
      setTimeout(() => {
        for (const answer of waiting.splice(0)) answer();
      }, 10);
    });
    const urls = [..."abcdefa"].map((path) => `${endpoint.url}/${path}`);
    await subscribeAll(emulator, urls);
    [most, calls, isHeld] = [0, 0, true];
    expect(row(await audit("--only endpoint"), "endpoint")).toMatchObject({
      measured: "6 URLs answered from here",
    });
    expect([calls, most]).toEqual([6, 4]);
  });

  test("but none that only this network can reach", async ({ endpoint, expect }) => {
    const audited = (server: string, address: string) =>
      ({
        context: {
          env: {},
          redactor: { add() {}, quoted: (text: string) => text },
          identity: async () => ({ server }),
        },
        account: { signal: new AbortController().signal },
        inventory: { records: new Map() },
        chosen: [subscription("aa", { deliveryMode: { transportType: "WebHook", address } })],
      }) as unknown as Audited;
    const platform = "https://platform.ringcentral.com";
    for (const [server, address, measured] of [
      [platform, endpoint.url, `${endpoint.url}: only this machine can reach it`],
      [
        platform,
        "https://10.1.2.3/hook",
        "https://10.1.2.3/hook: public-address: 10.1.2.3 (private)",
      ],
      ["http://127.0.0.1:4010", endpoint.url, "1 URL answered from here"],
    ] as const) {
      expect(await checkEndpoints(audited(server, address))).toMatchObject([{ measured }]);
    }
    expect(endpoint.handshakes()).toBe(1);
  });

  test("that are http or broken without calling anybody", async ({ audit, emulator, expect }) => {
    const at = (id: string, address: string) =>
      subscription(id, { deliveryMode: { transportType: "WebHook", address } });
    answerList(emulator, [
      at("aa", "http://example.com/hook"),
      at("bb", "http://example.com/hook?key=secret"),
      at("cc", "nowhere"),
    ]);
    const { found, stdout } = await audit("--only endpoint");
    expect(found.map(({ code, hint }) => [code, hint])).toEqual([
      [
        "SUB-523",
        "Serve it over https, then move it with `rcwh update aa000000-1111-4111-8111-111111111111 --url https://example.com/hook`.",
      ],
      [
        "SUB-523",
        "Serve it over https; `rcwh show bb000000-1111-4111-8111-111111111111 --show-secrets` shows the URL to move from.",
      ],
      ["SUB-523", expect.any(String)],
    ]);
    expect(stdout).not.toContain("key=secret");
  });
});

test("rcwh audit --help", async ({ rcwh, expect }) => {
  const { exitCode, stdout, stderr } = await rcwh("audit --help");
  expect(stdout).toMatchInlineSnapshot(`
    "Usage: rcwh audit [flags] [selector...]

    Find risks and waste in your webhooks: duplicates, overlapping and account-wide
    filters, dead URLs, lifetimes too short for the schedule, webhooks of other
    programs. Each finding comes with a command that fixes it. Changes nothing;
    tries each URL with a handshake, and delivers no event.

    Arguments:
      selector                      report only on these: ids, unique prefixes of
                                    ids, or URLs

    Rules:
      --only <rules>                check only these rules: form, status, endpoint,
                                    hosts, replacements, expiry, schedule,
                                    duplicates, overlaps, account-wide, coverage,
                                    message-threads, deprecated, undocumented,
                                    foreign, unnamed, tokens, quota
      --ignore <rules>              skip these rules; \`endpoint\` is the one that
                                    calls URLs
      --every <duration>            how often \`rcwh renew\` runs, if another machine
                                    runs it
      -f, --file <path>             also report webhooks that this rcwh.yaml does
                                    not name

    Selection (rcwh help selectors):
      --url <glob>                  delivering to this address
      --filter <glob>               with this event filter or alias
      --status <status>             active, unhealthy, or a status such as
                                    Blacklisted
      --transport <type>            WebHook, WebSocket, PubNub …
      --expiring-within <duration>  expiring within this time, such as 48h

    Several accounts (--profile also accepts a glob):
      --all-profiles                use every profile that is signed in
      --profiles-from <source>      read accounts as NDJSON from a file, - (stdin)
                                    or '!command'
      --concurrency <n>             accounts to work on at a time (default: 16)
      --shard <i/n>                 work on one share of the accounts, such as 0/4
                                    (RCWH_SHARDS)

    Global flags (see \`rcwh --help\`):
      -h, -p, -o, --json, -q, -v, --debug, -y, --no-input, --no-color, --timeout,
      --deadline, --api, --credentials-file, --access-token-file, --store,
      --no-token-cache, --show-secrets

    Examples:
      # everything that this user created with this app
      rcwh audit
      # only the webhooks of one host
      rcwh audit --url 'https://old.example.com/*'
      # skip two rules; no URL is called
      rcwh audit --ignore foreign,endpoint
      # also webhooks that the file does not name
      rcwh audit -f rcwh.yaml
      # where another machine renews once a day
      rcwh audit --every 1d
      # every account, for a monitor
      rcwh audit --all-profiles --json

    JSON:
      { "schemaVersion": 1, "checks": [ { "rule", "status": "pass|warn|fail|skip",
        "measured", "limit", "subscriptions": [ "<id>" ],
        "code", "hint", "profile" } ] }
      A rule has a row for each finding. For several accounts also
      "failures": [ { "profile", "error" } ].

    Exit codes:
      0  nothing needs attention
      2  usage error: bad flag, unknown filter, ambiguous prefix, invalid file
      3  no such subscription, or no such profile
      4  not signed in, credentials rejected, or permission missing
      5  try again later: network, timeout, 5xx or 429
      7  some of several accounts could not be audited
      8  something needs attention
    "
  `);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
});
