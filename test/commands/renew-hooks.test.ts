import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe } from "vitest";
import { hash, userKeyOf } from "../../src/config/identity-hashes.ts";
import { ExitCode, Interruption } from "../../src/errors.ts";
import { test } from "../support/rcwh.ts";
import { answerList, ownFilters, subscribe, subscription } from "../support/subscriptions.ts";

const list = { method: "GET", path: "/restapi/v1.0/subscription" } as const;

/** A hook that saves its input below `directory` under `name`. */
function keep(directory: string, name: string): string {
  return `/bin/sh -c 'cat > "$0.json"; env | grep ^RC | sort > "$0.env"' ${join(directory, name)}`;
}

interface HookInput {
  readonly document: Readonly<Record<string, unknown>>;
  readonly variables: readonly string[];
}

function read(directory: string, name: string): HookInput {
  const path = join(directory, name);
  return {
    document: JSON.parse(readFileSync(`${path}.json`, "utf8")) as HookInput["document"],
    variables: readFileSync(`${path}.env`, "utf8").trimEnd().split("\n"),
  };
}

describe("rcwh renew --on-renewed", () => {
  test("runs once after a run that renewed, with the results and a few variables", async ({
    directory,
    emulator,
    endpoint,
    rcwh,
    signedIn,
    expect,
  }) => {
    const address = `${endpoint.url}?key=secret`;
    const id = await subscribe(emulator, address);
    const other = await subscribe(emulator, endpoint.url, { eventFilters: [ownFilters.sms] });
    const hook = keep(directory, "renewed");
    const env = {
      ...signedIn,
      RC_USER_JWT: "another",
      RCWH_PING_URL: "",
      RCWH_OUTPUT: "tsv",
    };
    const result = await rcwh(["renew", id, other, "-q", "--on-renewed", hook], { env });
    expect(result).toMatchObject({ exitCode: ExitCode.ok, stderr: "" });

    const { document, variables } = read(directory, "renewed");
    expect(document).toEqual({
      schemaVersion: 1,
      command: "renew",
      exitCode: 0,
      startedAt: "2026-11-22T12:00:00Z",
      endedAt: "2026-11-22T12:00:00Z",
      outcomes: { renewed: 2 },
      failures: [],
      results: [
        expect.objectContaining({
          id,
          profile: "environment",
          outcome: "renewed",
          subscription: expect.objectContaining({
            deliveryMode: expect.objectContaining({ address }),
          }),
        }),
        expect.objectContaining({ id: other, outcome: "renewed" }),
      ],
    });
    expect(variables).toEqual([
      "RCWH_COMMAND=renew",
      `RCWH_CONFIG_DIR=${join(directory, "config")}`,
      "RCWH_EXIT_CODE=0",
      "RCWH_FAILED=0",
      "RCWH_MESSAGE=",
      "RCWH_OUTPUT=tsv",
      "RCWH_PROFILE=environment",
      "RCWH_RENEWED=2",
      `RCWH_SERVER=${signedIn["RCWH_SERVER"]}`,
    ]);
  });

  test("does not run when nothing is due, nor after a dry run", async ({
    directory,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const id = await subscribe(emulator, endpoint.url);
    const hook = keep(directory, "renewed");
    await rcwh(["renew", "--on-renewed", hook, "--on-failure", hook]);
    await rcwh(["renew", id, "--dry-run", "--on-renewed", hook, "--on-failure", hook]);
    expect(existsSync(join(directory, "renewed.env"))).toBe(false);
  });

  test("says in a dry run that a program could not be started", async ({
    directory,
    signedIn,
    rcwh,
    expect,
  }) => {
    const plain = join(directory, "plain");
    writeFileSync(plain, "no program", { mode: 0o644 });
    const env = { ...signedIn, PATH: `${directory}:/usr/bin:/bin` };
    const words = (program: string) => ["renew", "--dry-run", "--on-failure", `${program} --now`];
    expect(await rcwh(words("/bin/cat"), { env })).toMatchObject({ exitCode: 0 });
    const problems: string[] = [];
    for (const program of ["no-such-program", "/nowhere/program", plain, "plain", directory]) {
      const { exitCode, stderr } = await rcwh(words(program), { env });
      expect(exitCode).toBe(8);
      problems.push(stderr);
    }
    expect(problems.join("")).toMatchInlineSnapshot(`
      "No subscriptions.
      attention: The command of --on-failure could not be started: no-such-program is not in PATH.
      hint: Name a program that this user can run, by its absolute path.
      No subscriptions.
      attention: The command of --on-failure could not be started: /nowhere/program does not exist, or the interpreter in its first line does not.
      hint: Name a program that this user can run, by its absolute path.
      No subscriptions.
      attention: The command of --on-failure could not be started: EACCES.
      hint: Name a program that this user can run, by its absolute path.
      No subscriptions.
      attention: The command of --on-failure could not be started: EACCES.
      hint: Name a program that this user can run, by its absolute path.
      No subscriptions.
      attention: The command of --on-failure could not be started: EACCES.
      hint: Name a program that this user can run, by its absolute path.
      "
    `);
  });

  test("omits subscriptions that are not due", async ({
    directory,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await subscribe(emulator, endpoint.url);
    const due = await subscribe(emulator, endpoint.url, {
      eventFilters: [ownFilters.sms],
      expiresIn: 3600,
    });
    await rcwh(["renew", "--on-renewed", keep(directory, "renewed")]);
    expect(read(directory, "renewed").document).toMatchObject({
      outcomes: { renewed: 1, "not-due": 1 },
      results: [{ id: due, outcome: "renewed" }],
    });
  });
});

describe("rcwh renew --on-failure", () => {
  test("runs when something needs attention, together with --on-renewed", async ({
    directory,
    emulator,
    rcwh,
    expect,
  }) => {
    const bad = subscription("b", { status: "Blacklisted" });
    answerList(emulator, [subscription("a"), bad]);
    const { exitCode, stderr } = await rcwh([
      "renew",
      "-q",
      "--on-failure",
      keep(directory, "failure"),
    ]);
    expect(exitCode).toBe(ExitCode.attention);
    const { document, variables } = read(directory, "failure");
    expect(document).toMatchObject({
      exitCode: 8,
      error: { code: "UNHEALTHY", exitCode: 8 },
      results: [{ id: bad.id, outcome: "blacklisted", error: { code: "UNHEALTHY" } }],
    });
    expect(stderr).toContain(`attention: `);
    expect(variables).toEqual(
      expect.arrayContaining(["RCWH_EXIT_CODE=8", "RCWH_FAILED=1", "RCWH_RENEWED=0"]),
    );
    const message = variables.find((each) => each.startsWith("RCWH_MESSAGE="));
    expect(message).toContain("is Blacklisted: no events are delivered.");
  });

  test("runs when the server cannot be reached and when nobody is signed in", async ({
    directory,
    emulator,
    rcwh,
    expect,
  }) => {
    emulator.faults.add({ match: list, status: 503, times: "always" });
    const hook = keep(directory, "failure");
    expect((await rcwh(["renew", "--on-failure", hook])).exitCode).toBe(ExitCode.unavailable);
    expect(read(directory, "failure").document).toMatchObject({
      exitCode: 5,
      results: [],
      outcomes: {},
    });
    expect((await rcwh(["renew", "--on-failure", hook], { env: {} })).exitCode).toBe(ExitCode.auth);
    const { document, variables } = read(directory, "failure");
    expect(document).toMatchObject({ exitCode: 4, results: [] });
    expect(variables.filter((each) => each.startsWith("RCWH_PROFILE"))).toEqual([]);
  });

  test("counts an account that failed as a whole", async ({
    directory,
    rcwh,
    signedIn,
    expect,
  }) => {
    const env = { ...signedIn, RCWH_CLIENT_SECRET: "wrong" };
    const hook = keep(directory, "failure");
    expect((await rcwh(["renew", "--on-failure", hook], { env })).exitCode).toBe(ExitCode.auth);
    expect(read(directory, "failure").variables).toContain("RCWH_FAILED=1");
  });

  test("runs for a run that is interrupted before it begins", async ({
    clock,
    directory,
    rcwh,
    expect,
  }) => {
    const stop = new AbortController();
    clock.sleep = async () => {
      stop.abort(new Interruption(ExitCode.terminated));
      throw stop.signal.reason;
    };
    const words = ["renew", "--jitter", "5m", "--on-failure", keep(directory, "failure")];
    const { exitCode } = await rcwh(words, { signal: stop.signal });
    expect(exitCode).toBe(ExitCode.terminated);
    expect(read(directory, "failure").document).toMatchObject({ exitCode: 143, results: [] });
  });

  test("runs for an interrupted run, with the results so far", async ({
    directory,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const first = await subscribe(emulator, endpoint.url);
    await subscribe(emulator, endpoint.url, { eventFilters: [ownFilters.sms] });
    const stop = new AbortController();
    let renewals = 0;
    emulator.intercept(({ url }) => {
      if (!url.endsWith("/renew")) return undefined;
      renewals += 1;
      if (renewals === 2) stop.abort(new Interruption(ExitCode.terminated));
      return undefined;
    }, Number.POSITIVE_INFINITY);
    const { exitCode } = await rcwh(
      ["renew", "--all", "--on-failure", keep(directory, "failure")],
      { signal: stop.signal },
    );
    expect(exitCode).toBe(ExitCode.terminated);
    expect(read(directory, "failure").document).toMatchObject({
      exitCode: 143,
      error: { code: "INTERRUPTED" },
      results: [{ id: first, outcome: "renewed" }, { outcome: "interrupted" }],
    });
  });
});

describe("the hooks of a run over many accounts", () => {
  test("run once, with all results and the failed accounts", async ({
    directory,
    emulator,
    endpoint,
    rcwh,
    server,
    expect,
  }) => {
    const id = await subscribe(emulator, endpoint.url);
    const account = { server, clientId: "emulator-client", clientSecret: "emulator-secret" };
    const accounts = [
      { ...account, profile: "one", jwt: "user-1" },
      { ...account, profile: "two", jwt: "user-2" },
      { ...account, profile: "three", jwt: "nobody" },
    ];
    const file = join(directory, "accounts.ndjson");
    writeFileSync(file, accounts.map((each) => `${JSON.stringify(each)}\n`).join(""));
    const { exitCode } = await rcwh([
      ...["renew", "--all", "--profiles-from", file],
      ...["--on-renewed", keep(directory, "renewed"), "--on-failure", keep(directory, "failure")],
    ]);
    expect(exitCode).toBe(ExitCode.partial);
    const { document, variables } = read(directory, "failure");
    expect(read(directory, "renewed").document).toEqual(document);
    expect(document).toMatchObject({
      exitCode: 7,
      outcomes: { renewed: 1 },
      failures: [{ profile: "three", error: { exitCode: 4 } }],
      results: [{ id, profile: "one", outcome: "renewed" }],
    });
    expect(JSON.stringify(document)).not.toContain("nobody");
    expect(variables).toEqual(
      expect.arrayContaining(["RCWH_EXIT_CODE=7", "RCWH_FAILED=1", "RCWH_RENEWED=1"]),
    );
    expect(variables.filter((each) => each.startsWith("RCWH_PROFILE"))).toEqual([]);
  });
});

describe("a hook of rcwh renew", () => {
  test("that fails is reported, undoes nothing and makes the run end with 8", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const id = await subscribe(emulator, endpoint.url);
    const hook = "/bin/sh -c 'echo to stdout; echo to stderr >&2; exit 3'";
    const [before] = emulator.state().subscriptions;
    emulator.clock.advance(3_600_000);
    expect(await rcwh(["renew", id, "-q", "--on-renewed", hook])).toEqual({
      exitCode: ExitCode.attention,
      stdout: "",
      stderr:
        "to stdout\nto stderr\nattention: The command of --on-renewed ended with exit code 3.\n",
    });
    const [after] = emulator.state().subscriptions;
    expect(after?.expirationTime).not.toBe(before?.expirationTime);
    const { stderr } = await rcwh(["renew", id, "--json", "--on-renewed", hook]);
    expect(JSON.parse(stderr)).toEqual({
      schemaVersion: 1,
      error: {
        code: "HOOK_FAILED",
        message: "The command of --on-renewed ended with exit code 3.",
        exitCode: 8,
      },
      warnings: ["--on-renewed wrote: to stdout\nto stderr"],
    });
  });

  test("that fails after a failed run adds a warning to the run's error", async ({
    emulator,
    rcwh,
    expect,
  }) => {
    emulator.faults.add({ match: list, status: 503, times: "always" });
    const { exitCode, stderr } = await rcwh(["renew", "--on-failure", "no-such-program"]);
    expect(exitCode).toBe(ExitCode.unavailable);
    expect(stderr).toMatch(
      /^warning: The command of --on-failure could not be started: no-such-program is not in PATH\.\nerror: /,
    );
    expect((await rcwh(["renew", "--on-failure", "/no/such/program"])).stderr).toMatch(
      /^warning: .* \/no\/such\/program does not exist, or the interpreter in its first line does not\.\n/,
    );
  });

  test("may write to stderr, except in a quiet run that succeeds", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const id = await subscribe(emulator, endpoint.url);
    const hook = "/bin/echo hello";
    expect((await rcwh(["renew", id, "--on-renewed", hook])).stderr).toBe("1 renewed.\nhello\n");
    expect((await rcwh(["renew", id, "-q", "--on-renewed", hook])).stderr).toBe("");
  });

  test("may ignore its standard input", async ({ emulator, rcwh, expect }) => {
    const many = Array.from({ length: 2000 }, (_, index) =>
      subscription(index.toString(16).padStart(8, "0"), { status: "Blacklisted" }),
    );
    answerList(emulator, many);
    const { exitCode, stderr } = await rcwh(["renew", "-q", "--on-failure", "/bin/true"]);
    expect(exitCode).toBe(ExitCode.attention);
    expect(stderr).not.toContain("warning:");
  });

  test("is stopped with all its children at its timeout", async ({
    directory,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const id = await subscribe(emulator, endpoint.url);
    const pidFile = join(directory, "pid");
    const hook = `/bin/sh -c 'sleep 60 & echo $! > ${pidFile}; wait'`;
    const { exitCode, stderr } = await rcwh([
      ...["renew", id, "-q", "--on-renewed", hook],
      ...["--hook-timeout", "1s"],
    ]);
    expect(stderr).toBe(
      "attention: The command of --on-renewed ran for more than 1 s and was ended.\n",
    );
    expect(exitCode).toBe(ExitCode.attention);
    const child = Number(readFileSync(pidFile, "utf8"));
    await expect.poll(() => isRunning(child)).toBe(false);
  });

  test("may leave a process running in the background", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const id = await subscribe(emulator, endpoint.url);
    const hook = "/bin/sh -c 'sleep 20 & exit 0'";
    const begun = Date.now();
    expect((await rcwh(["renew", id, "-q", "--on-renewed", hook])).exitCode).toBe(ExitCode.ok);
    expect(Date.now() - begun).toBeLessThan(15_000);
  });

  test("is stopped when the user interrupts the run, however it takes that", async ({
    directory,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const id = await subscribe(emulator, endpoint.url);
    const stop = new AbortController();
    const started = join(directory, "started");
    const hook = `/bin/sh -c 'trap "" TERM; echo > ${started}; sleep 60'`;
    const run = rcwh(["renew", id, "-q", "--on-renewed", hook], {
      signal: stop.signal,
      lastMoments: 500,
    });
    await expect.poll(() => existsSync(started)).toBe(true);
    stop.abort(new Interruption());
    expect(await run).toEqual({
      exitCode: ExitCode.attention,
      stdout: "",
      stderr: "attention: The command of --on-renewed was ended with the run.\n",
    });
  });

  test("runs without a shell", async ({ directory, emulator, endpoint, rcwh, expect }) => {
    const id = await subscribe(emulator, endpoint.url);
    const renew = async (hook: string) => (await rcwh(["renew", id, "--on-renewed", hook])).stderr;
    expect(await renew(`/bin/echo $HOME '*' "a  b" c\\ d 'e"f' "" | cat > ${directory}/x`)).toBe(
      '1 renewed.\n$HOME * a  b c d e"f  | cat > /tmp/rcwh-test/x\n',
    );
  });

  test("is refused before any request if its command line is malformed", async ({
    emulator,
    rcwh,
    expect,
  }) => {
    for (const [flags, message] of [
      [["--on-renewed", " "], "--on-renewed is empty."],
      [["--on-failure", "echo 'a"], "--on-failure has an unclosed quote."],
      [["--hook-timeout", "soon"], 'Invalid --hook-timeout value "soon": must be a duration.'],
    ] as const) {
      const { exitCode, stderr } = await rcwh(["renew", ...flags]);
      expect(exitCode).toBe(ExitCode.usage);
      expect(stderr).toContain(`error: ${message}\n`);
    }
    expect(emulator.requests).toEqual([]);
  });

  test("does not run when another run holds the lock", async ({
    directory,
    emulator,
    endpoint,
    server,
    rcwh,
    expect,
  }) => {
    await subscribe(emulator, endpoint.url);
    // Held like the other run's lock.
    const key = userKeyOf({ server, clientId: "emulator-client", jwt: "user-1" });
    const lock = `run-${hash(`work ${key}`).slice(0, 16)}.lock`;
    mkdirSync(join(directory, "config"), { recursive: true, mode: 0o700 });
    writeFileSync(join(directory, "config", lock), "");
    const { exitCode, stderr } = await rcwh(["renew", "--on-failure", keep(directory, "failure")]);
    expect(exitCode).toBe(ExitCode.unavailable);
    expect(stderr).toContain("Another rcwh is working on profile environment");
    expect(existsSync(`${join(directory, "failure")}.env`)).toBe(false);
  });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
