import { readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe } from "vitest";
import type { Emulator } from "../../src/emulator/interface.ts";
import { ExitCode, Interruption } from "../../src/errors.ts";
import { test } from "../support/rcwh.ts";
import { ownFilters, subscribe, takeRequests } from "../support/subscriptions.ts";

const minute = 60_000;
const day = 24 * 60 * minute;
const list = "GET /restapi/v1.0/subscription";

/** Records which run locks exist during each request, and what is in them. */
function watchLocks(emulator: Emulator, directory: string) {
  const config = join(directory, "config");
  const seen = { locks: new Set<string>(), owners: new Set<string>() };
  emulator.intercept(() => {
    for (const name of readdirSync(config).filter((each) => each.startsWith("run-"))) {
      seen.locks.add(join(config, name));
      seen.owners.add(readFileSync(join(config, name), "utf8"));
    }
    return undefined;
  }, Number.POSITIVE_INFINITY);
  return seen;
}

/** Another process's lock whose last heartbeat was this many seconds ago. */
function lockedBefore(lock: string, seconds: number, owner = ""): void {
  writeFileSync(lock, owner && JSON.stringify({ owner }));
  utimesSync(lock, new Date(), new Date(Date.now() - seconds * 1000));
}

describe("rcwh renew, one run at a time,", () => {
  test("holds a lock that identifies its owner", async ({ directory, emulator, rcwh, expect }) => {
    await rcwh("list");
    const { locks, owners } = watchLocks(emulator, directory);
    expect((await rcwh("renew -q")).exitCode).toBe(ExitCode.ok);
    expect(locks.size).toBe(1);
    expect([...owners].map((text) => JSON.parse(text).owner)).toEqual([
      `process ${process.pid} since 2026-11-22T12:00:00Z`,
    ]);
    expect(readdirSync(join(directory, "config"))).not.toContainEqual(
      expect.stringMatching(/^run-/),
    );
  });

  test("ends at once with 5 when another run holds the lock", async ({
    clock,
    directory,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await subscribe(emulator, endpoint.url);
    await rcwh("list");
    const { locks } = watchLocks(emulator, directory);
    await rcwh("renew -q");
    const [lock = ""] = locks;
    lockedBefore(lock, 8, "process 4711 since 2026-11-22T11:58:00Z");
    takeRequests(emulator);

    expect(await rcwh("renew -q")).toEqual({
      exitCode: ExitCode.unavailable,
      stdout: "",
      stderr:
        "error: Another rcwh is working on profile environment (process 4711 since 2026-11-22T11:58:00Z).\n" +
        "hint: Try again when it has ended, or wait for it with `rcwh renew --wait`.\n",
    });
    const { stderr } = await rcwh("renew --json");
    expect(JSON.parse(stderr).error).toMatchObject({ code: "LOCKED", exitCode: 5 });
    expect(clock.sleeps).toEqual([]);
    expect(takeRequests(emulator)).toEqual([]);

    // Commands that change nothing, or do not renew, need not wait.
    expect((await rcwh("renew --dry-run -q")).exitCode).toBe(ExitCode.ok);
    expect((await rcwh("list")).exitCode).toBe(ExitCode.ok);
  });

  test("takes over from a run that crashed", async ({ directory, emulator, rcwh, expect }) => {
    await rcwh("list");
    const { locks } = watchLocks(emulator, directory);
    await rcwh("renew -q");
    const [lock = ""] = locks;
    lockedBefore(lock, 11);
    expect((await rcwh("renew -q")).exitCode).toBe(ExitCode.ok);
  });

  test("waits with --wait, but not past its deadline", async ({
    clock,
    directory,
    emulator,
    rcwh,
    expect,
  }) => {
    await rcwh("list");
    const { locks } = watchLocks(emulator, directory);
    await rcwh("renew -q");
    const [lock = ""] = locks;
    lockedBefore(lock, 0);
    const { exitCode, stderr } = await rcwh("renew --wait --deadline 1s");
    expect(exitCode).toBe(ExitCode.unavailable);
    expect(stderr).toContain("Another rcwh is working on profile environment.\n");

    const { sleep } = clock;
    clock.sleep = async (milliseconds, signal) => {
      rmSync(lock, { force: true });
      return sleep(milliseconds, signal);
    };
    const waiting = await rcwh("renew --wait --deadline 10w", { tty: true });
    expect(waiting.exitCode).toBe(ExitCode.ok);
    expect(waiting.stderr).toContain("Waiting. Another rcwh is working on profile environment");
  });

  test("makes recover wait too", async ({ clock, directory, emulator, endpoint, rcwh, expect }) => {
    const id = await subscribe(emulator, endpoint.url);
    emulator.blacklist(id);
    await rcwh("list");
    const { locks } = watchLocks(emulator, directory);
    await rcwh("renew -q");
    const [lock = ""] = locks;
    lockedBefore(lock, 0);
    const { exitCode } = await rcwh("recover --yes -q");
    expect(exitCode).toBe(ExitCode.unavailable);
    expect(clock.sleeps.reduce((sum, each) => sum + each, 0)).toBeGreaterThanOrEqual(30_000);
    expect(emulator.state().subscriptions).toMatchObject([{ id }]);
  });
});

describe("rcwh renew --max-changes", () => {
  test("limits the whole run, however many accounts it has", async ({
    directory,
    emulator,
    endpoint,
    server,
    rcwh,
    expect,
  }) => {
    const app = { server, clientId: "emulator-client", clientSecret: "emulator-secret" };
    const users = [1, 2, 3];
    const file = join(directory, "accounts.ndjson");
    writeFileSync(
      file,
      users
        .map((user) => JSON.stringify({ ...app, profile: `p${user}`, jwt: `user-${user}` }))
        .join("\n"),
    );
    for (const user of users) {
      const env = {
        RCWH_SERVER: server,
        RCWH_CLIENT_ID: app.clientId,
        RCWH_CLIENT_SECRET: app.clientSecret,
        RCWH_JWT: `user-${user}`,
        RCWH_CONFIG_DIR: join(directory, "elsewhere"),
      };
      for (const filter of ["posts", "sms"]) {
        await rcwh(`create --filter ${filter} --url ${endpoint.url} --expires-in 1h`, { env });
      }
    }
    const renew = (limit: string) =>
      rcwh(`renew -q --profiles-from ${file} --concurrency 1 --max-changes ${limit}`);
    const renewed = () => emulator.requests.filter(({ path }) => path.endsWith("/renew")).length;
    expect(await renew("1")).toMatchObject({ exitCode: ExitCode.usage });
    expect(renewed()).toBe(0);
    const { exitCode, stderr } = await renew("3");
    expect(exitCode).toBe(ExitCode.partial);
    expect(renewed()).toBe(2);
    expect(stderr).toContain(
      "  p2: This would change 2 subscriptions, and --max-changes allows 3, 2 of them for other accounts. Nothing of this account was changed.\n",
    );
    expect(await renew("4")).toMatchObject({ exitCode: ExitCode.ok, stderr: "" });
    expect(renewed()).toBe(6);
    expect((await renew("many")).exitCode).toBe(ExitCode.usage);
  });
});

describe("rcwh renew --jitter", () => {
  test("pauses before anything else, for at most that long", async ({
    clock,
    emulator,
    rcwh,
    expect,
  }) => {
    let pause: number | undefined;
    emulator.intercept(() => {
      pause ??= clock.sleeps[0];
      return undefined;
    });
    expect((await rcwh("renew --jitter 5m -q")).exitCode).toBe(ExitCode.ok);
    expect(pause).toBeGreaterThan(0);
    expect(clock.sleeps).toHaveLength(1);
    const pauses = new Set(clock.sleeps);
    for (let count = 0; count < 5; count++) {
      await rcwh("renew --jitter 5m -q");
      pauses.add(clock.sleeps.at(-1) ?? 0);
    }
    expect(pauses.size).toBeGreaterThan(1);
    expect(Math.max(...pauses)).toBeLessThan(5 * minute);
  });

  test("does not count towards the default deadline", async ({ rcwh, expect }) => {
    expect((await rcwh("renew --jitter 5h -q")).exitCode).toBe(ExitCode.ok);
    expect(await rcwh("renew --jitter 5m --deadline 5m")).toEqual({
      exitCode: ExitCode.usage,
      stdout: "",
      stderr:
        "error: --jitter 5m can use up the whole --deadline.\n" +
        "hint: Raise --deadline, or choose a shorter --jitter.\n",
    });
  });

  test("is skipped in a dry run and ends with Ctrl-C", async ({
    clock,
    emulator,
    rcwh,
    expect,
  }) => {
    expect((await rcwh("renew --jitter 5h --dry-run")).exitCode).toBe(ExitCode.ok);
    expect(clock.sleeps).toEqual([]);
    takeRequests(emulator);
    const signal = AbortSignal.abort(new Interruption());
    expect((await rcwh("renew --jitter 5h", { signal })).exitCode).toBe(ExitCode.interrupted);
    expect(takeRequests(emulator)).toEqual([]);
  });
});

describe("rcwh renew of many accounts", () => {
  /** Two users and a third with wrong credentials. */
  async function accounts(server: string) {
    const account = (profile: string, jwt: string) => ({
      profile,
      server,
      clientId: "emulator-client",
      clientSecret: "emulator-secret",
      jwt,
    });
    return [account("one", "user-1"), account("two", "user-2"), account("bad", "nobody")]
      .map((each) => JSON.stringify(each))
      .join("\n");
  }

  async function setUp(directory: string, server: string) {
    const file = join(directory, "accounts.ndjson");
    writeFileSync(file, await accounts(server), { mode: 0o600 });
    return file;
  }

  test("prints one table, one summary and one exit code", async ({
    directory,
    server,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const file = await setUp(directory, server);
    const id = await subscribe(emulator, endpoint.url, { expiresIn: 3600 });
    const { exitCode, stdout, stderr } = await rcwh(
      ["renew", "--profiles-from", file, "--concurrency", "1"],
      { tty: true, columns: 160 },
    );
    expect(stdout.replaceAll(id, "<id>")).toMatchInlineSnapshot(`
      "ID                                    OUTCOME  EXPIRES  URL                          FILTERS                   PROFILE
      <id>  renewed  in 7 d   http://127.0.0.1:50100/hook  /team-messaging/v1/posts  one
      "
    `);
    expect(stderr.slice(stderr.lastIndexOf("\u001b[K") + 3)).toMatchInlineSnapshot(`
      "3 accounts: 1 renewed.
      error: 1 of 3 accounts failed:
        bad: RingCentral refused to sign in: Invalid resource owner credentials (OAU-140)
      hint: Create a JWT credential in the Developer Console that permits this app, then correct the source of \`--profiles-from\`.
      "
    `);
    expect(exitCode).toBe(ExitCode.partial);
  });

  test("prints every result and the failed accounts in machine formats", async ({
    directory,
    server,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const file = await setUp(directory, server);
    const id = await subscribe(emulator, endpoint.url, { expiresIn: 3600 });
    const { stdout, stderr } = await rcwh(["renew", "--profiles-from", file, "--json"]);
    expect(JSON.parse(stdout)).toEqual({
      schemaVersion: 1,
      results: [expect.objectContaining({ id, profile: "one", outcome: "renewed" })],
      failures: [{ profile: "bad", error: expect.objectContaining({ exitCode: 4 }) }],
    });
    expect(JSON.parse(stderr).error).toMatchObject({ exitCode: 7 });
    const { stdout: tsv } = await rcwh(["renew", "--profiles-from", file, "--all"]);
    expect(tsv).toMatch(new RegExp(`^${id}\trenewed\t\\S+\t\\S+\t${ownFilters.posts}\tone\t\t\n$`));
    const { stdout: lines } = await rcwh(["renew", "--profiles-from", file, "-o", "ndjson"]);
    expect(
      lines
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line).outcome),
    ).toEqual(["not-due"]);
  });

  test("streams TSV account by account", async ({
    directory,
    server,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const file = await setUp(directory, server);
    await subscribe(emulator, endpoint.url, { expiresIn: 3600 });
    let printed = 0;
    const listsWhenPrinted: number[] = [];
    await rcwh(["renew", "--profiles-from", file, "--concurrency", "1"], {
      onOutput: () => {
        printed += 1;
        listsWhenPrinted.push(takeRequests(emulator).filter((line) => line === list).length);
      },
    });
    expect(printed).toBe(1);
    expect(listsWhenPrinted).toEqual([2]);
    expect(takeRequests(emulator)).toEqual([list]);
  });

  test("prints nothing with -q if nothing needs attention", async ({
    directory,
    server,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const file = join(directory, "accounts.ndjson");
    const [one = "", two = ""] = (await accounts(server)).split("\n");
    writeFileSync(file, `${one}\n${two}\n`, { mode: 0o600 });
    await subscribe(emulator, endpoint.url, { expiresIn: 3600 });
    expect(await rcwh(["renew", "-q", "--profiles-from", file])).toEqual({
      exitCode: ExitCode.ok,
      stdout: "",
      stderr: "",
    });
    takeRequests(emulator);
    expect((await rcwh(["renew", "--profiles-from", file])).stderr).toBe(
      "2 accounts: 1 not due.\n",
    );
    expect(takeRequests(emulator)).toEqual([list, list]);
  });

  test("recovers subscriptions of every account after one confirmation", async ({
    directory,
    server,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const file = await setUp(directory, server);
    const id = await subscribe(emulator, endpoint.url);
    emulator.blacklist(id);
    const declined = await rcwh(["recover", "--profiles-from", file]);
    expect(declined).toMatchObject({
      exitCode: ExitCode.declined,
      stderr: expect.stringContaining("Replace every blacklisted subscription of these accounts?"),
    });
    const { exitCode, stdout } = await rcwh(["recover", "--profiles-from", file, "--yes"]);
    expect(stdout).toMatch(`${id}\trecovered\t`);
    expect(exitCode).toBe(ExitCode.partial);
    expect(emulator.state().subscriptions).toMatchObject([{ status: "Active" }]);
  });
});

test("rcwh renew sends one list request if nothing is due, whatever its flags", async ({
  clock,
  emulator,
  endpoint,
  rcwh,
  expect,
}) => {
  await rcwh(`create --filter posts --url ${endpoint.url}`);
  takeRequests(emulator);
  expect(await rcwh("renew -q --recover --recreate")).toEqual({
    exitCode: ExitCode.ok,
    stdout: "",
    stderr: "",
  });
  expect(takeRequests(emulator)).toEqual([list]);
  clock.advance(day / 48);
  const before = emulator.requests.length;
  await rcwh("renew -q --recover --recreate");
  expect(emulator.requests.length - before).toBe(1);
});
