import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe } from "vitest";
import { ExitCode, Interruption } from "../../src/errors.ts";
import { test as base, type Fixtures, now } from "../support/rcwh.ts";
import { isWhole } from "../support/share.ts";
import { answerList, answerRecords, subscribe, subscription } from "../support/subscriptions.ts";

/** On a machine without a crontab. */
const test = base.extend<Pick<Fixtures, "signedIn">>({
  signedIn: async ({ signedIn }, use) => use({ ...signedIn, PATH: "/nowhere" }),
});

const hour = 3_600_000;
const day = 24 * hour;
const uuid = /^0000000\d-0000-4000-8000-000000000000$/;

interface Row {
  readonly id: string;
  readonly renewals: readonly string[];
  readonly gapFrom?: string;
}

describe("rcwh forecast", () => {
  const { TZ } = process.env;
  beforeAll(() => {
    process.env["TZ"] = "Europe/Berlin";
  });
  afterAll(() => {
    if (TZ === undefined) delete process.env["TZ"];
    else process.env["TZ"] = TZ;
  });

  test("draws each subscription's life, its renewals and the first gap without them", async ({
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(`create -q --filter posts --url ${endpoint.url} --expires-in 9d`);
    await rcwh(`create -q --filter sms --url ${endpoint.url} --expires-in max`);
    await rcwh(["create", "-q", "--filter", "presence", "--url", endpoint.url]);
    const { stdout, ...rest } = await rcwh("forecast", { tty: true });
    const chart = stdout.replaceAll(new URL(endpoint.url).host, "127.0.0.1:50100");
    expect({ ...rest, stdout: chart }).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "Assumes that \`rcwh renew\` runs every 8 h, as \`rcwh cron print\` has it; none is
      on record.
      If no run works from now on, events stop first in 7 d, Nov 29 13:00: 0000000d.
      ",
        "stdout": "                              │Nov 23     │Nov 30     │Dec 7     │Dec 14
      0000000d 127.0.0.1:50100/hook ━━━━━━━━●━━─────●────────●───────●───────●────────
      00000005 127.0.0.1:50100/hook ━━━━━━━━━━●━━━━─────●─────────●─────────●─────────
      00000009 127.0.0.1:50100/hook ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
      ━ certain  ─ if runs work  ● renewal  × events stop  · no events
      ",
      }
    `);
  });

  test("has the last run where the emulator's clock stood when it began", async ({
    endpoint,
    rcwh,
    signedIn,
    expect,
  }) => {
    const env = { ...signedIn, RCWH_PROFILE: "emulator" };
    await rcwh(`create -q --filter posts --url ${endpoint.url}`, { env });
    await rcwh("renew -q", { env });
    await rcwh("emulator clock --advance 3d", { env });

    const { stdout, stderr } = await rcwh("forecast --every 36h", { env, tty: true });
    expect(stderr.replaceAll(/\s+/g, " ")).toContain(
      "runs every 36 h; the last one began 3 d ago.",
    );
    expect(stdout).toContain("│");
    const { forecast } = JSON.parse((await rcwh("forecast --every 36h --json", { env })).stdout);
    const [{ renewals }] = forecast;
    // 36 h after each other, counted from that run.
    expect((Date.parse(renewals[0]) - now) % (36 * hour)).toBe(0);
    expect(JSON.parse((await rcwh("status --json", { env })).stdout).runs[0]).not.toHaveProperty(
      "serverAhead",
    );
  });

  test("fits thirty into 80 by 24 characters, and hides none", async ({
    emulator,
    rcwh,
    expect,
  }) => {
    const all = Array.from({ length: 30 }, (_, index) =>
      subscription((0xa0000000 + index).toString(16), { hours: 100 + index }),
    );
    answerList(emulator, all);
    const { exitCode, stdout, stderr } = await rcwh("forecast", { tty: true, rows: 24 });
    expect(exitCode).toBe(ExitCode.ok);
    const lines = `${stdout}${stderr.slice(stderr.indexOf("Assumes"))}`.split("\n");
    expect(lines.length).toBeLessThanOrEqual(24);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80);
    for (const { id } of all) expect(stdout).toContain(id.slice(0, 8));
  });

  test("finds what is lost already, and exits with 8", async ({ emulator, rcwh, expect }) => {
    const { add } = answerRecords(emulator);
    add(
      subscription("b1ac0000", { status: "Blacklisted" }),
      { id: "baad0000-1111-4111-8111-111111111111", status: 7 },
      subscription("50c0e700", { deliveryMode: { transportType: "WebSocket" } }),
    );
    expect(await rcwh("forecast --every 1d", { tty: true })).toMatchInlineSnapshot(`
      {
        "exitCode": 8,
        "stderr": "Assumes that \`rcwh renew\` runs every 1 d; none is on record.
      attention: 2 of 3 need attention:
        b1ac0000-1111-4111-8111-111111111111 (https://example.com/ringcentral) is
        Blacklisted: no events are delivered.
        RingCentral's list has a malformed subscription,
        baad0000-1111-4111-8111-111111111111: it has no valid \`status\`. rcwh leaves it
        alone.
      hint: Fix the endpoint, then bring the subscription back with
      \`rcwh recover b1ac0000-1111-4111-8111-111111111111\`.
      hint: See it with \`rcwh show baad0000-1111-4111-8111-111111111111\`.
      ",
        "stdout": "                                 │Nov 23    │Nov 30    │Dec 7     │Dec 14
      b1ac0000 example.com/ringcentral ×··············································
      baad0000                         ???????????????????????????????????????????????
      50c0e700                         ━━━━━━━━━──────────────────────────────────────
      ━ certain  ─ if runs work  ● renewal  × events stop  · no events
      ",
      }
    `);
  });

  test("tells what expired or was deleted, from the records", async ({
    clock,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(`create -q --filter posts --url ${endpoint.url} --expires-in 2d`);
    clock.advance(3 * day);
    const { exitCode, stdout, stderr } = await rcwh("forecast --json");
    expect(exitCode).toBe(ExitCode.attention);
    expect(JSON.parse(stdout)).toMatchObject({
      forecast: [{ lost: "Expired", renewals: [], gapFrom: "2026-11-25T12:00:00Z" }],
    });
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: "EXPIRED", exitCode: 8 } });
  });

  test("has one that expired a moment ago, and is still listed, as lost", async ({
    emulator,
    rcwh,
    expect,
  }) => {
    answerList(emulator, [subscription("a0000000", { hours: 0 })]);
    const { exitCode, stdout, stderr } = await rcwh("forecast --json");
    expect(exitCode).toBe(ExitCode.attention);
    expect(JSON.parse(stdout).forecast).toMatchObject([{ lost: "Expired", renewals: [] }]);
    expect(JSON.parse(stderr).error.message).toContain("expired just now: no events are delivered");
  });

  test("warns that runs too far apart leave a gap although they work", async ({
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(`create -q --filter posts --url ${endpoint.url} --expires-in 6h`);
    expect(await rcwh("forecast --every 12h --horizon 2d")).toMatchInlineSnapshot(`
      {
        "exitCode": 8,
        "stderr": "attention: Runs every 12 h come too late for 00000005-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook): it expires in 6 h.
      hint: Run \`rcwh renew\` every 20 min, or lengthen the lifetime with \`rcwh renew 00000005-0000-4000-8000-000000000000 --expires-in 7d\`.
      ",
        "stdout": "00000005-0000-4000-8000-000000000000	environment	2026-11-22T18:00:00.000Z		2026-11-22T18:00:00Z		http://127.0.0.1:50100/hook
      ",
      }
    `);
    expect((await rcwh("forecast --every 2h --horizon 2d")).exitCode).toBe(ExitCode.ok);
    expect((await rcwh("forecast --every 12h --horizon 3h")).exitCode).toBe(ExitCode.ok);
  });

  test("has --within change when the runs renew, and not how often they run", async ({
    emulator,
    rcwh,
    expect,
  }) => {
    answerList(emulator, [subscription("a0000000")]);
    const intervals = [];
    for (const within of ["", " --within 1h", " --within 400d"]) {
      const { exitCode, stdout } = await rcwh(`forecast --json${within}`);
      intervals.push([exitCode, JSON.parse(stdout).everySeconds / 3600]);
    }
    // Runs every 8 h miss the last hour before the expiry.
    expect(intervals).toEqual([
      [ExitCode.ok, 8],
      [ExitCode.attention, 8],
      [ExitCode.ok, 8],
    ]);
    const { stderr } = await rcwh("forecast --within 1h --horizon 7d", { tty: true, columns: 100 });
    expect(stderr).toContain("runs every 8 h, as `rcwh cron print` has it");
    expect(stderr).toContain("Runs every 8 h come too late for a0000000");
    expect(stderr).toContain("Run `rcwh renew` every 12 min, or use a longer --within.");
  });

  test("names a way to close a gap that leaves none when it was gone", async ({
    clock,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const hintOf = async (flags: string) => {
      const { exitCode, stderr } = await rcwh(`forecast ${flags}`);
      expect(exitCode).toBe(ExitCode.attention);
      return stderr.split("hint: ").at(-1)?.trim();
    };
    const exitWith = async (flags: string) => (await rcwh(`forecast ${flags}`)).exitCode;

    // It expires before the first run, and lives long enough from then on.
    await subscribe(emulator, endpoint.url, { expiresIn: 604_800 });
    clock.advance(7 * day - hour);
    const [{ id } = { id: "" }] = emulator.state().subscriptions;
    expect(await hintOf("--horizon 30d")).toBe(
      `Renew it with \`rcwh renew ${id}\`: runs every 8 h come in time from then on.`,
    );
    await rcwh(`renew -q ${id}`);
    expect(await exitWith("--horizon 30d")).toBe(ExitCode.ok);

    // The runs are too far apart for a week.
    const rare = `Run \`rcwh renew\` every 8 h, or lengthen the lifetime with \`rcwh renew ${id} --expires-in 30d\`.`;
    expect(await hintOf("--every 8d")).toBe(rare);
    expect(await exitWith("--every 8h --horizon 90d")).toBe(ExitCode.ok);
    await rcwh(`renew -q ${id} --expires-in 30d`);
    expect(await exitWith("--every 8d --horizon 90d")).toBe(ExitCode.ok);

    // No lifetime is long enough where runs renew too late.
    expect(await hintOf("--every 12h --within 1h --horizon 90d")).toBe(
      "Run `rcwh renew` every 12 min, or use a longer --within.",
    );
    expect(await exitWith("--every 12m --within 1h --horizon 90d")).toBe(ExitCode.ok);
    expect(await exitWith("--every 12h --within 12h --horizon 90d")).toBe(ExitCode.ok);
  });

  test("goes on from the last run on record, at the interval of `cron print`", async ({
    clock,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await subscribe(emulator, endpoint.url, { expiresIn: 604_800 });
    await rcwh("renew -q");
    clock.advance(3 * hour);
    const { stdout } = await rcwh("forecast --json --horizon 10d");
    expect(JSON.parse(stdout)).toEqual({
      schemaVersion: 1,
      forecast: [
        {
          id: expect.stringMatching(uuid),
          profile: "environment",
          api: "platform",
          status: "Active",
          address: endpoint.url.replace(/^.*:\d+/, "http://127.0.0.1:50100"),
          expirationTime: "2026-11-29T12:00:00.000Z",
          // Every 8 hours from 12:00; due in the last 48.
          renewals: ["2026-11-27T12:00:00Z", "2026-12-02T12:00:00Z"],
        },
      ],
      from: "2026-11-22T15:00:00Z",
      until: "2026-12-02T15:00:00Z",
      everySeconds: 28_800,
      firstGapIfRunsFail: {
        id: expect.stringMatching(uuid),
        profile: "environment",
        at: "2026-11-29T12:00:00Z",
      },
    });
  });

  test("takes the interval from this user's crontab, where it has a line for the profile", async ({
    directory,
    emulator,
    signedIn,
    rcwh,
    expect,
  }) => {
    answerList(emulator, [subscription("a0000000")]);
    const crontab = async (line: string) => {
      await writeFile(join(directory, "crontab"), `#!/bin/sh\necho '${line}'\n`, { mode: 0o755 });
      const { stdout } = await rcwh("forecast --json", { env: { ...signedIn, PATH: directory } });
      return JSON.parse(stdout).everySeconds / 3600;
    };
    expect(await crontab("17 */6 * * *  /usr/bin/node -- /opt/rcwh.js renew -q")).toBe(6);
    expect(await crontab("17 */6 * * *  /opt/rcwh -p other renew -q")).toBe(8);
    expect(await crontab("# 17 */6 * * *  /opt/rcwh renew -q")).toBe(8);
    const env = { ...signedIn, PATH: directory };
    await crontab("17 */6 * * *  /opt/rcwh renew -q");
    const { stderr } = await rcwh("forecast", { tty: true, columns: 100, env });
    expect(stderr).toContain("runs every 6 h, by line 1 of the crontab; none is on record.");
    const asked = await rcwh("forecast --every 5h", { tty: true, env });
    expect(asked.stderr).toContain("runs every 5 h; none is on record.");
  });

  test.for([
    ...(isWhole ? [{ every: 12, within: undefined }] : []),
    { every: 30, within: undefined },
    { every: 10, within: "4d" },
  ])(
    "agrees with runs every $every h --within $within of `renew` as the emulator's clock moves",
    async ({ every, within }, { clock, emulator, endpoint, rcwh, expect }) => {
      for (const [index, life] of ["18h", "37h", "5d"].entries()) {
        const url = `${endpoint.url}/${index}`;
        await rcwh(`create -q --filter posts --url ${url} --expires-in ${life}`);
      }
      await rcwh(`create -q --remind 3d --filter posts --url ${endpoint.url}/reminded`);
      await subscribe(emulator, `${endpoint.url}/foreign`);
      await subscribe(emulator, `${endpoint.url}/foreign-long`, { expiresIn: 20 * 86_400 });
      const flag = within === undefined ? "" : ` --within ${within}`;
      const horizon = isWhole ? 24 : 5;
      const foreseen = await rcwh(`forecast --json --every ${every}h --horizon ${horizon}d${flag}`);
      const expected = (JSON.parse(foreseen.stdout).forecast as readonly Row[]).map(
        ({ id, renewals, gapFrom }) => ({ id, renewals, gapFrom }),
      );

      const expiries = () =>
        new Map(emulator.state().subscriptions.map((each) => [each.id, each.expirationTime]));
      const happened = new Map(
        expected.map(({ id }) => [
          id,
          { id, renewals: [] as string[], gapFrom: undefined as unknown },
        ]),
      );
      const end = now + horizon * day;
      let before = expiries();
      for (let at = now + every * hour; at <= end; at += every * hour) {
        clock.advance(every * hour);
        await rcwh(`renew -q${flag}`);
        const after = expiries();
        for (const [id, expiry] of before) {
          const life = happened.get(id);
          if (!life) throw new Error(`${id} was not foreseen`);
          const instant = (text: string) => text.replace(".000Z", "Z");
          if (!after.has(id)) life.gapFrom ??= instant(expiry);
          else if (after.get(id) !== expiry)
            life.renewals.push(instant(new Date(at).toISOString()));
        }
        before = after;
      }
      expect(expected.map(({ id }) => happened.get(id))).toEqual(expected);
      // Some live on, and of the others some end although every run worked.
      expect(expected.some(({ renewals }) => renewals.length > 1)).toBe(true);
      expect(expected.some(({ gapFrom }) => gapFrom !== undefined)).toBe(every > 12);
    },
  );

  test("scrolls through the time with -i, with every row on each screen", async ({
    emulator,
    rcwh,
    expect,
  }) => {
    const all = Array.from({ length: 30 }, (_, index) =>
      subscription((0xa0000000 + index).toString(16), { hours: 100 + index }),
    );
    answerList(emulator, all);
    const { exitCode, stdout } = await rcwh("forecast -i --every 12h", {
      tty: true,
      rows: 24,
      answers: ["right", "end", "+", "home", "-", "-", "-", "q"],
    });
    expect(exitCode).toBe(ExitCode.ok);
    const screens = stdout.split("\u001b[H").slice(1);
    for (const screen of screens) {
      for (const { id } of all) expect(screen).toContain(id.slice(0, 8));
    }
    const times = screens.map((text) => /[A-Z][a-z]+ \d+ [\d:]+ – \w+ \d+ [\d:]+/.exec(text)?.[0]);
    expect(times).toEqual([
      "Nov 22 13:00 – Dec 7 13:00",
      "Nov 30 01:00 – Dec 15 01:00",
      "Dec 7 13:00 – Dec 22 13:00",
      "Dec 11 07:00 – Dec 18 19:00",
      "Nov 22 13:00 – Nov 30 01:00",
      "Nov 22 13:00 – Dec 7 13:00",
      "Nov 22 13:00 – Dec 22 13:00",
      "Nov 22 13:00 – Dec 22 13:00",
    ]);
  });

  test("fits the line of keys of -i to the terminal, in ASCII where the locale has no more", async ({
    emulator,
    signedIn,
    rcwh,
    expect,
  }) => {
    answerList(
      emulator,
      [..."abcdefgh"].map((id) => subscription(id)),
    );
    const headerAt = async (columns: number, env = {}) => {
      const { stdout } = await rcwh("forecast -i --every 12h", {
        ...{ tty: true, rows: 6, columns, answers: ["q"], env: { ...signedIn, ...env } },
      });
      const [, screen = ""] = stdout.split("\u001b[?7l");
      return screen.split("\n")[0]?.replace("\u001b[K", "");
    };
    const times = "Nov 22 13:00 – Dec 7 13:00";
    expect(await headerAt(80)).toBe(`${times}  ←→ time  +- scale  ↑↓ rows  q quit`);
    expect(await headerAt(60)).toBe(`${times}  ←→ +- ↑↓ q`);
    expect(await headerAt(36)).toBe(`${times}  q quit`);
    expect(await headerAt(24)).toHaveLength(24);
    expect(await headerAt(90, { LC_ALL: "C" })).toBe(
      "Nov 22 13:00 - Dec 7 13:00  left/right time  +- scale  up/down rows  q quit",
    );
    const dumb = { tty: true, env: { ...signedIn, TERM: "dumb" } };
    const { exitCode, stderr } = await rcwh("forecast -i", dumb);
    expect(exitCode).toBe(ExitCode.usage);
    expect(stderr).toContain("`rcwh forecast -i` needs a terminal.");
  });

  test("leaves -i with Ctrl-C, and needs a terminal for it", async ({ emulator, rcwh, expect }) => {
    answerList(emulator, [subscription("a0000000")]);
    const { exitCode } = await rcwh("forecast -i", { tty: true, answers: [new Interruption()] });
    expect(exitCode).toBe(ExitCode.interrupted);
    expect(await rcwh("forecast -i")).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: \`rcwh forecast -i\` needs a terminal.
      hint: Use \`rcwh forecast\`, with a shorter --horizon for more detail.
      ",
        "stdout": "",
      }
    `);
  });

  test("draws ASCII where the locale is not UTF-8, and on a dumb terminal", async ({
    emulator,
    signedIn,
    rcwh,
    expect,
  }) => {
    answerList(emulator, [
      subscription("a0000000"),
      subscription("b1ac0000", { status: "Blocked" }),
    ]);
    for (const env of [{ LC_ALL: "C" }, { LANG: "de_DE.ISO-8859-1" }, { TERM: "dumb" }]) {
      const { stdout } = await rcwh("forecast", { tty: true, env: { ...signedIn, ...env } });
      expect(stdout).toMatch(/^[ -~\n]*$/);
      expect(stdout).toContain("===R==--");
      expect(stdout).toContain("X.....");
    }
    const env = { ...signedIn, LC_ALL: "", LANG: "en_US.utf8" };
    expect((await rcwh("forecast", { tty: true, env })).stdout).toContain("━━━●━━──");
  });

  test("prints TSV in a pipe, and keeps the query of a URL to itself", async ({
    emulator,
    rcwh,
    expect,
  }) => {
    const address = "https://example.com/hook?token=s3cr3t";
    answerList(emulator, [
      subscription("a0000000", { deliveryMode: { transportType: "WebHook", address } }),
    ]);
    expect(await rcwh("forecast --horizon 5d --every 1d")).toEqual({
      exitCode: ExitCode.ok,
      stdout:
        "a0000000-1111-4111-8111-111111111111\tenvironment\t2026-11-28T12:00:00.000Z\t2026-11-26T12:00:00Z\t\t\thttps://example.com/hook?…\n",
      stderr: "",
    });
    expect((await rcwh("forecast -o svg")).stdout).not.toContain("s3cr3t");
  });

  test("draws a picture of its own with -o svg, in which a stranger's text is only text", async ({
    emulator,
    rcwh,
    expect,
  }) => {
    const address = `https://example.com/"><script>alert(1)</script>&\u001b[31m`;
    answerList(emulator, [
      subscription("a0000000", { deliveryMode: { transportType: "WebHook", address } }),
      subscription("b1ac0000", { status: "Blacklisted<b>" }),
    ]);
    const { exitCode, stdout } = await rcwh("forecast -o svg --every 1d");
    expect(exitCode).toBe(ExitCode.attention);
    expect(stdout).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" viewBox="0 0 960 \d+"/);
    expect(stdout).not.toContain("\u001b");
    expect(stdout).not.toMatch(/<script|<b>|href|url\(|@import/);
    expect(stdout).toContain("prefers-color-scheme: dark");
    const described = /<desc id="desc">([^<]*)<\/desc>/.exec(stdout)?.[1];
    expect(described).toMatchInlineSnapshot(`
      "2026-11-22T12:00:00Z to 2026-12-22T12:00:00Z (UTC), rcwh renew every 1 d.
      b1ac0000 example.com/ringcentral: Blacklisted&#60;b&#62;, no events.
      a0000000 example.com/&#34;&#62;&#60;script&#62;alert(1)&#60;/script&#62;&#38;: lives until 2026-11-28T12:00:00Z, renewed 6 times if the runs work."
    `);
  });

  test("is the only command with -o svg", async ({ emulator, rcwh, expect }) => {
    for (const command of ["list -o svg", "delete -o svg a0000000"]) {
      const { exitCode, stderr } = await rcwh(command);
      expect(exitCode).toBe(ExitCode.usage);
      expect(stderr).toContain('Invalid --output value "svg"');
    }
    expect(emulator.requests).toEqual([]);
    expect((await rcwh("forecast -o png")).stderr).toContain("csv, yaml or svg");
  });

  test("refuses times that make no forecast, before it asks the server", async ({
    emulator,
    rcwh,
    expect,
  }) => {
    expect((await rcwh("forecast --every 1s --horizon 10y")).stderr).toMatchInlineSnapshot(`
      "error: A run every 1 s for 10 y is more than 100000 runs.
      hint: Use a longer --every, or a shorter --horizon.
      "
    `);
    for (const flags of [
      "--horizon 5",
      "--horizon 101y",
      "--every=",
      "--every soon",
      "--within 0s",
      "--status dead",
    ]) {
      expect((await rcwh(`forecast ${flags}`)).exitCode).toBe(ExitCode.usage);
    }
    expect(emulator.requests).toEqual([]);
  });

  test("is about the selected ones, and says when there are none", async ({
    emulator,
    rcwh,
    expect,
  }) => {
    expect((await rcwh("forecast")).stderr).toBe("No subscriptions.\n");
    answerList(emulator, [
      subscription("a0000000"),
      subscription("b1ac0000", { status: "Blacklisted" }),
    ]);
    const { exitCode, stdout } = await rcwh("forecast --status active");
    expect({ exitCode, ids: stdout.split("\n").map((line) => line.slice(0, 8)) }).toEqual({
      exitCode: ExitCode.ok,
      ids: ["a0000000", ""],
    });
    expect((await rcwh("forecast --url https://nowhere.example")).stderr).toBe(
      "No subscription matches.\n",
    );
  });

  test("shows several accounts in one chart, and those that fail", async ({
    emulator,
    server,
    rcwh,
    expect,
  }) => {
    answerList(emulator, [subscription("a0000000")]);
    const credentials = { server, clientId: "emulator-client", clientSecret: "emulator-secret" };
    const stdin = [
      { profile: "acme", ...credentials, jwt: "user-1" },
      { profile: "bolt", ...credentials, jwt: "user-2" },
      { profile: "crux", ...credentials, jwt: "nobody" },
    ]
      .map((line) => JSON.stringify(line))
      .join("\n");
    const { exitCode, stdout } = await rcwh("forecast --profiles-from - --json", { stdin });
    expect(exitCode).toBe(ExitCode.partial);
    const { forecast, failures } = JSON.parse(stdout);
    expect(forecast.map(({ profile }: { profile: string }) => profile).sort()).toEqual([
      "acme",
      "bolt",
    ]);
    expect(failures).toMatchObject([{ profile: "crux", error: { exitCode: 4 } }]);

    const none = await rcwh("forecast --profiles-from -", { stdin: stdin.split("\n")[2] });
    expect(none).toMatchObject({ exitCode: ExitCode.auth, stdout: "" });
  });
});
