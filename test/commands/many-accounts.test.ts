import { existsSync, readFileSync } from "node:fs";
import { chmod, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe } from "vitest";
import { ExitCode, Interruption } from "../../src/errors.ts";
import { test as base, type RunOptions, type RunResult } from "../support/rcwh.ts";
import { isWhole } from "../support/share.ts";

interface Fixtures {
  /** A line of NDJSON for user n, with other members if they are given. */
  readonly line: (user: number, others?: Readonly<Record<string, unknown>>) => string;
  /** Writes `accounts.ndjson` and returns its path. */
  readonly accounts: (...lines: readonly string[]) => Promise<string>;
  /** Runs rcwh without credentials of its own. */
  readonly run: (
    command: string | readonly string[],
    options?: Omit<RunOptions, "env">,
  ) => Promise<RunResult>;
  /** Creates a subscription of user n on another machine. */
  readonly subscribe: (user: number, filter?: string) => Promise<void>;
}

const test = base.extend<Fixtures>({
  line: async ({ server }, use) => {
    await use((user, others) =>
      JSON.stringify({
        profile: `acme-${user}`,
        server,
        clientId: "emulator-client",
        clientSecret: "emulator-secret",
        jwt: `user-${user}`,
        ...others,
      }),
    );
  },
  accounts: async ({ directory }, use) => {
    const path = join(directory, "accounts.ndjson");
    await use(async (...lines) => {
      await writeFile(path, lines.map((each) => `${each}\n`).join(""));
      return path;
    });
  },
  run: async ({ rcwh }, use) => {
    await use((command, options) => rcwh(command, { env: { TERM: "dumb" }, ...options }));
  },
  subscribe: async ({ rcwh, signedIn, directory, endpoint }, use) => {
    await use(async (user, filter = "posts") => {
      const { exitCode } = await rcwh(`create --filter ${filter} --url ${endpoint.url}`, {
        env: {
          ...signedIn,
          RCWH_JWT: `user-${user}`,
          RCWH_CONFIG_DIR: join(directory, "elsewhere"),
        },
      });
      if (exitCode !== 0) throw new Error(`create ended with ${exitCode}`);
    });
  },
});

const wrongSecret = { clientSecret: "wrong" };

/** A process that has ended but was not reaped does not count as alive. */
function isAlive(pid: string): boolean {
  const status = `/proc/${pid}/status`;
  return existsSync(status) && !/^State:\s+[ZX]/m.test(readFileSync(status, "utf8"));
}

describe("rcwh list --profiles-from", () => {
  test("shows the subscriptions of all accounts in one table, soonest to expire first", async ({
    run,
    accounts,
    line,
    subscribe,
    clock,
    expect,
  }) => {
    await subscribe(2);
    clock.advance(3_600_000);
    await subscribe(1, "presence");
    const path = await accounts(line(1), "", line(2), line(3));
    expect(
      await run(`list --profiles-from ${path}`, { tty: true, columns: 160 }),
    ).toMatchInlineSnapshot(`
        {
          "exitCode": 0,
          "stderr": "",
          "stdout": "ID                                    STATUS  EXPIRES      URL                          FILTERS                         PROFILE
        00000005-0000-4000-8000-000000000000  Active  in 6 d 23 h  http://127.0.0.1:50100/hook  /team-messaging/v1/posts        acme-2
        0000000a-0000-4000-8000-000000000000  Active  in 7 d       http://127.0.0.1:50100/hook  account/~/extension/~/presence  acme-1
        ",
        }
      `);
  });

  test("prints the profile of each subscription in machine formats", async ({
    run,
    accounts,
    line,
    subscribe,
    clock,
    expect,
  }) => {
    await subscribe(2);
    clock.advance(3_600_000);
    await subscribe(1);
    const path = await accounts(line(1), line(2));
    expect(await run(`list --profiles-from ${path}`)).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "",
        "stdout": "00000005-0000-4000-8000-000000000000	Active	2026-11-29T12:00:00.000Z	WebHook	http://127.0.0.1:50100/hook	/team-messaging/v1/posts	acme-2	platform
      0000000a-0000-4000-8000-000000000000	Active	2026-11-29T13:00:00.000Z	WebHook	http://127.0.0.1:50100/hook	/team-messaging/v1/posts	acme-1	platform
      ",
      }
    `);
    const { stdout, stderr, exitCode } = await run(`list --json --profiles-from ${path}`);
    const { subscriptions, ...rest } = JSON.parse(stdout);
    expect(subscriptions).toMatchObject([{ profile: "acme-2" }, { profile: "acme-1" }]);
    expect({ rest, stderr, exitCode }).toEqual({
      rest: { schemaVersion: 1, failures: [] },
      stderr: "",
      exitCode: 0,
    });
  });

  test("reads account names from standard input", async ({ run, line, subscribe, expect }) => {
    await subscribe(1);
    const { stdout, exitCode } = await run("list --profiles-from -", { stdin: line(1) });
    expect(stdout).toContain("\tacme-1\tplatform\n");
    expect(exitCode).toBe(0);
  });

  test("runs a command without a shell", async ({ run, accounts, line, subscribe, expect }) => {
    await subscribe(1);
    const path = await accounts(line(1));
    const print = `require("fs").createReadStream(process.argv[1]).pipe(process.stdout)`;
    const command = `!'${process.execPath}' -e '${print}' ${path}`;
    const { stdout, stderr, exitCode } = await run(["list", "--profiles-from", command]);
    expect(stdout).toContain("\tacme-1\tplatform\n");
    expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
  });

  test("reports a failed command after the accounts that it printed", async ({
    run,
    accounts,
    line,
    subscribe,
    expect,
  }) => {
    await subscribe(1);
    const path = await accounts(line(1));
    const command = `!sh -c 'cat ${path}; echo the vault is sealed >&2; exit 3'`;
    const { stdout, stderr, exitCode } = await run(["list", "--profiles-from", command]);
    expect(stdout).toContain("\tacme-1\tplatform\n");
    expect({ stderr, exitCode }).toMatchInlineSnapshot(`
      {
        "exitCode": 7,
        "stderr": "error: 1 of 2 accounts was not listed:
        sh ended with exit code 3, so accounts may be missing. Last line of its stderr: the vault is sealed
      hint: Run the command of --profiles-from by itself.
      ",
      }
    `);
  });

  test("refuses a missing command or file", async ({ run, directory, expect }) => {
    expect(
      await run(["list", "--profiles-from", "!no-such-program --json"]),
    ).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: --profiles-from: cannot run no-such-program (ENOENT).
      hint: Name a program that exists; for a shell's features use \`sh -c '…'\`.
      ",
        "stdout": "",
      }
    `);
    expect(await run(`list --profiles-from ${directory}/none`)).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: --profiles-from: cannot read /tmp/rcwh-test/none: no such file or directory.
      hint: Give the path of a file, - for standard input, or a command such as '!my-accounts --json'.
      ",
        "stdout": "",
      }
    `);
    expect(await run(`list --profiles-from ${directory}`)).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: --profiles-from: cannot read /tmp/rcwh-test: it is a directory.
      hint: Give the path of a file, - for standard input, or a command such as '!my-accounts --json'.
      ",
        "stdout": "",
      }
    `);
  });

  test("continues after one account fails and ends with 7", async ({
    run,
    accounts,
    line,
    subscribe,
    expect,
  }) => {
    await subscribe(1);
    const path = await accounts(line(2, wrongSecret), line(1));
    const { stdout, stderr, exitCode } = await run(`list --profiles-from ${path}`);
    expect(stdout).toContain("\tacme-1\tplatform\n");
    expect({ stderr, exitCode }).toMatchInlineSnapshot(`
      {
        "exitCode": 7,
        "stderr": "error: 1 of 2 accounts was not listed:
        acme-2: RingCentral refused to sign in: Invalid client credentials (OAU-146)
      hint: Copy the client id and client secret of the same app from the Developer Console, then correct the source of \`--profiles-from\`.
      ",
      }
    `);

    const asJson = await run(`list --json --profiles-from ${path}`);
    expect(JSON.parse(asJson.stdout)).toMatchObject({
      subscriptions: [{ profile: "acme-1" }],
      failures: [{ profile: "acme-2", error: { exitCode: 4 } }],
    });
    expect(JSON.parse(asJson.stderr)).toMatchObject({ error: { exitCode: 7 } });
    expect(asJson.exitCode).toBe(7);
  });

  test("ends with the common exit code if all accounts fail alike", async ({
    run,
    accounts,
    line,
    expect,
  }) => {
    const path = await accounts(line(1, wrongSecret), line(2, wrongSecret));
    const { stdout, stderr, exitCode } = await run(`list --profiles-from ${path}`);
    expect({ stdout, stderr, exitCode }).toMatchInlineSnapshot(`
      {
        "exitCode": 4,
        "stderr": "error: 2 of 2 accounts were not listed:
        acme-1: RingCentral refused to sign in: Invalid client credentials (OAU-146)
        acme-2: RingCentral refused to sign in: Invalid client credentials (OAU-146)
      hint: Copy the client id and client secret of the same app from the Developer Console, then correct the source of \`--profiles-from\`.
      ",
        "stdout": "",
      }
    `);
  });

  test("reports bad lines by number and quotes none of their text", async ({
    run,
    accounts,
    line,
    server,
    subscribe,
    expect,
  }) => {
    await subscribe(1);
    const path = await accounts(
      "emulator-secret",
      '["emulator-secret"]',
      line(2, { clientSecret: undefined }),
      line(2, { "emulator-secret": "x" }),
      line(2, { clientSecret: ["emulator-secret"] }),
      line(2, { jwt: "emulator-secret\n" }),
      line(2, { profile: "a\u001b[31mb" }),
      line(2, { server: "http://example.com" }),
      line(2, { server: `${server}/emulator-secret` }),
      JSON.stringify({ profile: "token", server, accessToken: "" }),
      "x".repeat(70_000),
      line(1),
      line(1),
    );
    const { stdout, stderr, exitCode } = await run(`list --profiles-from ${path}`);
    expect(stdout.split("\n")).toHaveLength(2);
    expect({ stderr, exitCode }).toMatchInlineSnapshot(`
      {
        "exitCode": 7,
        "stderr": "error: 12 of 13 accounts were not listed:
        Invalid account in line 1 of accounts.ndjson: not JSON.
        Invalid account in line 2 of accounts.ndjson: not a JSON object.
        Invalid account in line 3 of accounts.ndjson: clientSecret missing.
        Invalid account in line 4 of accounts.ndjson: unexpected key.
        Invalid clientSecret in line 5 of accounts.ndjson: not a string.
        Invalid jwt in line 6 of accounts.ndjson: empty, or with characters that are not allowed.
        Invalid profile name in line 7 of accounts.ndjson.
        Invalid server in line 8 of accounts.ndjson: http://example.com is neither https nor http on this machine.
        Invalid server in line 9 of accounts.ndjson: must be an origin, such as http://127.0.0.1:40100.
        Invalid accessToken in line 10 of accounts.ndjson: empty, or with characters that are not allowed.
        The account in line 11 of accounts.ndjson is too long.
        The profile acme-1 in line 13 of accounts.ndjson occurs twice.
      hint: See what to do about each with \`--json\`.
      ",
      }
    `);
  });

  test("uses an access token as it is", async ({
    run,
    accounts,
    line,
    subscribe,
    emulator,
    server,
    directory,
    expect,
  }) => {
    await subscribe(1);
    const elsewhere = await readFile(join(directory, "elsewhere", "config.json"), "utf8");
    const [, accessToken = ""] = /"accessToken":\s*"([^"]+)"/.exec(elsewhere) ?? [];
    const path = await accounts(line(2), JSON.stringify({ profile: "bot", server, accessToken }));
    emulator.clearLog();
    const { stdout, stderr, exitCode } = await run(`list --profiles-from ${path}`);
    expect(stdout).toContain("\tbot\tplatform\n");
    expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
    const logins = emulator.requests.filter(({ path: to }) => to.includes("oauth"));
    expect(logins).toHaveLength(1);
  });

  test("identifies the account of an access token by its name", async ({
    run,
    accounts,
    rcwh,
    clock,
    server,
    endpoint,
    directory,
    expect,
  }) => {
    const signIn = async () => {
      const answer = await fetch(`${server}/restapi/oauth/token`, {
        method: "POST",
        headers: { Authorization: `Basic ${btoa("emulator-client:emulator-secret")}` },
        body: new URLSearchParams({
          grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
          assertion: "user-1",
        }),
      });
      return ((await answer.json()) as { readonly access_token: string }).access_token;
    };
    const first = await signIn();
    await rcwh(`create --filter posts --url ${endpoint.url}`, {
      env: {
        RCWH_SERVER: server,
        RCWH_ACCESS_TOKEN: first,
        RCWH_CONFIG_DIR: join(directory, "elsewhere"),
      },
    });
    const renew = async (accessToken: string, words: string) => {
      const path = await accounts(JSON.stringify({ profile: "bot", server, accessToken }));
      return run(`renew ${words} --profiles-from ${path} --json`);
    };
    expect((await renew(first, "--all --expires-in 30d")).exitCode).toBe(0);
    clock.advance(24 * 3_600_000);
    const { stdout } = await renew(await signIn(), "--all");
    // For 30 days again, as recorded.
    expect(JSON.parse(stdout).results).toMatchObject([
      { outcome: "renewed", subscription: { expirationTime: "2026-12-23T12:00:00.000Z" } },
    ]);
    for (const place of ["accounts", "runs"]) {
      const kept = await readdir(join(directory, "config", place));
      expect(kept.filter((name) => name.endsWith(".json"))).toHaveLength(1);
    }
  });

  test("ends with 3 if there is no account", async ({ run, accounts, expect }) => {
    const path = await accounts("", " ");
    expect(await run(`list --profiles-from ${path}`)).toMatchInlineSnapshot(`
      {
        "exitCode": 3,
        "stderr": "error: There are no accounts in accounts.ndjson.
      hint: Check what --profiles-from reads: each line is one account, as a JSON object.
      ",
        "stdout": "",
      }
    `);
  });
});

describe("rcwh list --watch of many accounts", () => {
  test("continues when some accounts fail", async ({ run, accounts, line, subscribe, expect }) => {
    await subscribe(1);
    const path = await accounts(line(2, wrongSecret), line(1));
    const stop = new AbortController();
    let rounds = 0;
    const { stdout, stderr, exitCode } = await run(`list --watch --profiles-from ${path}`, {
      signal: stop.signal,
      onOutput: () => {
        rounds += 1;
        if (rounds === 2) stop.abort(new Interruption());
      },
    });
    expect(stdout.match(/\tacme-1\t/g)).toHaveLength(2);
    expect(stderr).toContain("warning: 1 of 2 accounts was not listed:\n  acme-2: ");
    expect(exitCode).toBe(ExitCode.interrupted);
  });

  test("cannot read account names from standard input", async ({ run, line, expect }) => {
    const result = await run("list --watch --profiles-from -", { stdin: line(1) });
    expect(result).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: --watch reads the accounts every time, but standard input can only be read once.
      hint: Give --profiles-from a file or a command.
      ",
        "stdout": "",
      }
    `);
  });
});

describe("accounts from --profiles-from", () => {
  test("store their access tokens in one file each, without other secrets", async ({
    run,
    accounts,
    line,
    emulator,
    directory,
    expect,
  }) => {
    const path = await accounts(line(1), line(2));
    expect(await run(`list -q --profiles-from ${path}`)).toEqual({
      exitCode: 0,
      stdout: "",
      stderr: "",
    });
    const kept = join(directory, "config", "accounts");
    const names = await readdir(kept);
    expect(names).toHaveLength(2);
    for (const name of names) {
      expect(name).toMatch(/^[\da-f]{32}\.json$/);
      expect((await stat(join(kept, name))).mode & 0o777).toBe(0o600);
      const text = await readFile(join(kept, name), "utf8");
      expect(text).toContain('"accessToken":');
    }
    expect((await stat(kept)).mode & 0o777).toBe(0o700);
    const all = await readdir(join(directory, "config"), { recursive: true, withFileTypes: true });
    for (const file of all.filter((each) => each.isFile())) {
      const text = await readFile(join(file.parentPath, file.name), "utf8");
      expect(text).not.toMatch(/emulator-secret|user-\d|acme/);
    }

    emulator.clearLog();
    await run(`list -q --profiles-from ${path}`);
    expect(emulator.requests.map(({ method, path: to }) => `${method} ${to}`)).toEqual([
      "GET /restapi/v1.0/subscription",
      "GET /restapi/v1.0/subscription",
    ]);
  });

  test("store nothing and leave no session open with --no-token-cache", async ({
    run,
    accounts,
    line,
    emulator,
    directory,
    expect,
  }) => {
    const path = await accounts(line(1), line(2));
    await run(`list -q --no-token-cache --profiles-from ${path}`);
    const config = join(directory, "config");
    expect(await readdir(config).catch(() => [])).toEqual([]);
    expect(emulator.state().sessions).toEqual([]);
  });

  test("reject a file that others can read, and move a corrupt one aside", async ({
    run,
    accounts,
    line,
    directory,
    expect,
  }) => {
    const path = await accounts(line(1));
    await run(`list --profiles-from ${path}`);
    const kept = join(directory, "config", "accounts");
    const [name = ""] = await readdir(kept);
    await chmod(join(kept, name), 0o644);
    const refused = await run(`list --profiles-from ${path}`);
    expect(refused.stderr.replaceAll(name, "<hash>.json")).toMatchInlineSnapshot(`
      "error: acme-1: Other users can read /tmp/rcwh-test/config/accounts/<hash>.json.
      hint: Run \`chmod 600 /tmp/rcwh-test/config/accounts/<hash>.json\`.
      "
    `);
    expect(refused.exitCode).toBe(2);

    await chmod(join(kept, name), 0o600);
    await writeFile(join(kept, name), "{");
    const fixed = await run(`list --profiles-from ${path}`);
    expect(fixed.stderr.replaceAll(name, "<hash>.json")).toMatchInlineSnapshot(`
      "warning: Cannot use /tmp/rcwh-test/config/accounts/<hash>.json: it is not JSON. Moved it to /tmp/rcwh-test/config/accounts/<hash>.json.corrupt-20261122T120000.000Z; its records of subscriptions are lost.
      No subscriptions. Create one with \`rcwh create --filter posts --url https://…\`.
      "
    `);
    expect(fixed.exitCode).toBe(0);
    expect((await readdir(kept)).sort()).toEqual([name, `${name}.corrupt-20261122T120000.000Z`]);
  });

  test("work if nothing can be written, and report it once", async ({
    run,
    accounts,
    line,
    emulator,
    directory,
    expect,
  }) => {
    const path = await accounts(line(1), line(2), line(3));
    await writeFile(join(directory, "config"), "in the way");
    const { stderr, exitCode } = await run(`list -q --profiles-from ${path}`);
    expect(exitCode).toBe(0);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(stderr).toContain("Access tokens and records of this run are not saved.");
    expect(emulator.state().sessions).toEqual([]);
  });
});

describe("several profiles", () => {
  const signIn = async (
    run: (command: string, options: RunOptions) => Promise<RunResult>,
    signedIn: Readonly<Record<string, string>>,
  ) => {
    for (const [profile, user] of [
      ["acme-eu", 1],
      ["acme-us", 2],
      ["other", 3],
    ] as const) {
      await run(`login --profile ${profile}`, { env: { ...signedIn, RCWH_JWT: `user-${user}` } });
    }
  };

  test("are selected by a pattern or by --all-profiles", async ({
    rcwh,
    run,
    signedIn,
    subscribe,
    expect,
  }) => {
    await signIn(rcwh, signedIn);
    for (const user of [1, 2, 3]) await subscribe(user);
    const profilesOf = async (command: string | readonly string[]) => {
      const { stdout } = await run([...command, "--json"]);
      const { subscriptions } = JSON.parse(stdout) as { subscriptions: { profile: string }[] };
      return subscriptions.map(({ profile }) => profile).sort();
    };
    expect(await profilesOf(["list", "--profile", "acme-*"])).toEqual(["acme-eu", "acme-us"]);
    expect(await profilesOf(["list", "--all-profiles"])).toEqual(["acme-eu", "acme-us", "other"]);
  });

  test("that do not exist end with 3", async ({ rcwh, run, signedIn, expect }) => {
    expect(await run("list --all-profiles")).toMatchInlineSnapshot(`
      {
        "exitCode": 3,
        "stderr": "error: There are no profiles.
      hint: Sign in with \`rcwh login --profile default\`.
      ",
        "stdout": "",
      }
    `);
    await signIn(rcwh, signedIn);
    expect(await run(["list", "--profile", "zebra-*"])).toMatchInlineSnapshot(`
      {
        "exitCode": 3,
        "stderr": "error: No profile matches zebra-*.
      hint: See the profiles with \`rcwh profile list\`.
      ",
        "stdout": "",
      }
    `);
  });

  test("are refused by a command that takes one profile", async ({
    rcwh,
    run,
    signedIn,
    expect,
  }) => {
    await signIn(rcwh, signedIn);
    expect(await run(["show", "3f2a", "--profile", "acme-*"])).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: Invalid profile "acme-*": this command takes one profile, not a pattern.
      hint: List the profiles with \`rcwh profile list\`.
      ",
        "stdout": "",
      }
    `);
  });

  test("cannot be selected in two ways at once", async ({ run, expect }) => {
    expect(await run("list --all-profiles --profile acme")).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: --profile and --all-profiles cannot be used together.
      hint: Use only one of them.
      ",
        "stdout": "",
      }
    `);
    expect((await run("list --all-profiles --profiles-from -")).exitCode).toBe(2);
    expect((await run("list --all-profiles --credentials-file x")).exitCode).toBe(2);
    expect((await run("list --all-profiles -i")).exitCode).toBe(2);
    expect((await run("list --shard 0/2")).exitCode).toBe(2);
    expect((await run("list --all-profiles --concurrency 0")).exitCode).toBe(2);
  });
});

describe("many accounts", () => {
  test("are processed several at a time, but one user never twice at once", async ({
    run,
    accounts,
    line,
    emulator,
    expect,
  }) => {
    const users = [1, 2, 3, 4, 5, 6, 6, 6];
    const path = await accounts(
      ...users.map((user, index) => line(user, { profile: `acme-${index}` })),
    );
    let most = 0;
    let underWay = 0;
    emulator.intercept(async () => {
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise((resolve) => setTimeout(resolve, 50));
      underWay -= 1;
      return undefined;
    }, Number.POSITIVE_INFINITY);

    expect((await run(`list --concurrency 3 --profiles-from ${path}`)).exitCode).toBe(0);
    expect(most).toBe(3);
    const logins = emulator.requests.filter(({ path: to }) => to.endsWith("/oauth/token"));
    expect(logins).toHaveLength(6);
  });

  test("are skipped after an interruption", async ({ run, accounts, line, emulator, expect }) => {
    const path = await accounts(...Array.from({ length: 20 }, (_, index) => line(index + 1)));
    const stop = new AbortController();
    emulator.intercept(() => {
      stop.abort(new Interruption());
      return undefined;
    }, 1);
    const { exitCode } = await run(`list --concurrency 2 --profiles-from ${path}`, {
      signal: stop.signal,
    });
    expect(exitCode).toBe(ExitCode.interrupted);
    expect(emulator.requests.length).toBeLessThanOrEqual(2);
  });

  test("are skipped if the run is interrupted while it waits for their names", async ({
    run,
    expect,
  }) => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Interruption()), 300);
    const { exitCode } = await run(["list", "--profiles-from", "!sleep 60"], {
      signal: stop.signal,
    });
    expect(exitCode).toBe(ExitCode.interrupted);
  });

  test("end at the run's deadline even if the names never arrive", async ({ run, expect }) => {
    const { stderr, exitCode } = await run([
      ...["list", "--deadline", "1s"],
      ...["--profiles-from", "!sleep 60"],
    ]);
    expect({ stderr, exitCode }).toMatchInlineSnapshot(`
      {
        "exitCode": 5,
        "stderr": "error: sleep: Could not read all accounts: the run's deadline has passed.
      hint: Allow the run more time, such as \`--deadline 5m\`.
      ",
      }
    `);
  });

  test("are not read on if the first 1,000 lines have none", async ({ run, expect }) => {
    expect(await run(["list", "--profiles-from", "!yes"])).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: None of the first 1000 lines of yes is an account, so rcwh stopped reading.
      hint: Use {profile, server, clientId, clientSecret, jwt} or {profile, server, accessToken}, with a string for each. Other keys, such as TENANT, are variables of rcwh.yaml.
      ",
        "stdout": "",
      }
    `);
  });

  test("end at the run's deadline even if bad lines never end", async ({
    run,
    accounts,
    line,
    expect,
  }) => {
    const path = await accounts(line(1));
    const attempt = (deadline: string) =>
      run([
        ...["list", "--deadline", deadline],
        ...["--profiles-from", `!sh -c 'cat ${path}; exec yes'`],
      ]);
    let result = await attempt("1s");
    // A busy machine may take a second to start a command.
    if (result.exitCode === ExitCode.unavailable) result = await attempt("5s");
    const { stderr, exitCode } = result;
    expect({ exitCode, stderr }).toEqual({
      exitCode: ExitCode.partial,
      stderr: expect.stringContaining("Invalid account in line 2 of sh: not JSON."),
    });
  });

  test("may have thousands of bad lines", async ({ run, accounts, line, expect }) => {
    const count = isWhole ? 20_000 : 4000;
    const path = await accounts(line(1), ...Array.from({ length: count }, () => "{}"));
    const { stderr, exitCode } = await run(`status --max-age 1d --profiles-from ${path}`);
    expect(exitCode).toBe(ExitCode.partial);
    expect(stderr).toContain(`${count} of ${count + 1} accounts`);
  });

  test("end at the run's deadline together with a command that ignores SIGTERM", async ({
    run,
    directory,
    expect,
  }) => {
    const pids = join(directory, "pids");
    const script = join(directory, "stubborn.sh");
    const forever = "while :; do sleep 0.1; done";
    await writeFile(
      script,
      `trap '' TERM\necho $$ > ${pids}\n(echo child; ${forever}) &\necho $! >> ${pids}\n${forever}\n`,
    );
    const { exitCode } = await run([
      ...["list", "--deadline", "1s", "--profiles-from", `!sh ${script}`],
    ]);
    expect([ExitCode.unavailable, ExitCode.partial]).toContain(exitCode);
    const named = (await readFile(pids, "utf8")).trim().split("\n");
    expect(named).toHaveLength(2);
    await expect.poll(() => named.filter(isAlive)).toEqual([]);
  });

  test("are complete when the command ends, even if its children keep its output open", async ({
    run,
    accounts,
    line,
    subscribe,
    expect,
  }) => {
    await subscribe(1);
    const path = await accounts(line(1));
    const { stdout, exitCode } = await run([
      ...["list", "--deadline", "8s", "--profiles-from"],
      `!sh -c 'cat ${path}; sleep 10 &'`,
    ]);
    expect(exitCode).toBe(ExitCode.ok);
    expect(stdout).toContain("\tacme-1\tplatform\n");
  });

  test("stop the processes that a failing command leaves running", async ({
    run,
    directory,
    expect,
  }) => {
    const pid = join(directory, "pid");
    const { exitCode } = await run([
      ...["list", "--profiles-from", `!sh -c 'sleep 60 & echo $! > ${pid}; exit 3'`],
    ]);
    expect(exitCode).toBe(ExitCode.failure);
    const [left = ""] = [(await readFile(pid, "utf8")).trim()];
    await expect.poll(() => isAlive(left)).toBe(false);
  });

  test("keep their metrics when a command ends before its children", async ({
    run,
    accounts,
    line,
    directory,
    subscribe,
    expect,
  }) => {
    await subscribe(1);
    await subscribe(2);
    const both = await accounts(line(1), line(2));
    const one = `head -n 1 ${both}`;
    const metrics = join(directory, "rcwh.prom");
    const renew = (source: string) =>
      run(["renew", "--profiles-from", source, "--metrics-file", metrics]);
    const profiles = async () => {
      const text = await readFile(metrics, "utf8");
      return [...text.matchAll(/last_run_exit_code\{profile="([^"]+)"/g)].map(([, name]) => name);
    };
    await renew(both);
    await renew(`!sh -c '${one}; (sleep 2; cat ${both}) &'`);
    expect(await profiles()).toEqual(["acme-1", "acme-2"]);
    await renew(`!${one}`);
    expect(await profiles()).toEqual(["acme-1"]);
  });

  test("are divided by --shard or by the scheduler's variables", async ({
    rcwh,
    run,
    accounts,
    line,
    emulator,
    expect,
  }) => {
    const path = await accounts(...Array.from({ length: 20 }, (_, index) => line(index + 1)));
    const usersOf = () => {
      const users = emulator.requests
        .filter(({ path: to }) => to.endsWith("/subscription"))
        .map(({ user }) => user);
      emulator.clearLog();
      return users;
    };
    const shares: (number | undefined)[][] = [];
    for (const shard of ["0/3", "1/3", "2/3"]) {
      expect((await run(`list --shard ${shard} --profiles-from ${path}`)).exitCode).toBe(0);
      shares.push(usersOf());
    }
    expect(shares.every((share) => share.length > 0)).toBe(true);
    expect(shares.flat().sort((a = 0, b = 0) => a - b)).toEqual(
      Array.from({ length: 20 }, (_, index) => index + 1),
    );

    const env = { JOB_COMPLETION_INDEX: "1", RCWH_SHARDS: "3" };
    await rcwh(`list --profiles-from ${path}`, { env });
    expect(usersOf().sort()).toEqual(shares[1]?.sort());
    const half = await rcwh(`list --profiles-from ${path}`, { env: { RCWH_SHARDS: "3" } });
    expect(half).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: RCWH_SHARDS is 3, but JOB_COMPLETION_INDEX is not set: the share to work on is unknown.
      hint: Set JOB_COMPLETION_INDEX, from 0, or use \`--shard <i/n>\`.
      ",
        "stdout": "",
      }
    `);
  });

  test("prefix their messages with their names", async ({
    run,
    accounts,
    line,
    emulator,
    expect,
  }) => {
    const path = await accounts(line(1));
    emulator.intercept(() => undefined, 1);
    const { stderr } = await run(`list --debug --profiles-from ${path}`);
    const lines = stderr.trim().split("\n");
    expect(lines.slice(0, -1).every((each) => each.startsWith("acme-1: "))).toBe(true);
    expect(lines.length).toBeGreaterThan(3);
  });
});
