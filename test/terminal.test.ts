import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe } from "vitest";
import { warmConfig } from "./support/processes.ts";
import { test as base } from "./support/rcwh.ts";
import {
  executable,
  keys,
  runInTerminal,
  runShell,
  type TerminalSession,
} from "./support/terminal.ts";

interface TerminalFixtures {
  /** Starts the built rcwh in a terminal, signed in as user 1 unless `env` says otherwise. */
  readonly start: (
    command: string | readonly string[],
    options?: {
      readonly env?: Readonly<Record<string, string>>;
      readonly columns?: number;
      readonly rows?: number;
    },
  ) => TerminalSession;
  /** Starts a shell in which `rcwh` is signed in as user 1. */
  readonly startShell: () => TerminalSession;
  /** The ids of two subscriptions, to posts and to voicemails. */
  readonly ids: readonly [posts: string, voicemail: string];
}

const test = base.extend<TerminalFixtures>({
  start: async ({ signedIn, directory }, use) => {
    const sessions: TerminalSession[] = [];
    await use((command, { env = signedIn, ...size } = {}) => {
      const session = runInTerminal(typeof command === "string" ? command.split(" ") : command, {
        env: { RCWH_CONFIG_DIR: warmConfig(join(directory, "config")), TMPDIR: directory, ...env },
        ...size,
      });
      sessions.push(session);
      return session;
    });
    for (const session of sessions) session.kill("SIGKILL");
  },
  startShell: async ({ signedIn, directory }, use) => {
    const shells: TerminalSession[] = [];
    await use(() => {
      const env = {
        ...signedIn,
        RCWH_CONFIG_DIR: warmConfig(join(directory, "config")),
        TMPDIR: directory,
      };
      const shell = runShell({ env });
      shells.push(shell);
      return shell;
    });
    for (const shell of shells) shell.kill("SIGKILL");
  },
  ids: async ({ rcwh, endpoint }, use) => {
    const create = async (filter: string): Promise<string> => {
      const { stdout } = await rcwh([
        "create",
        "--filter",
        filter,
        "--url",
        endpoint.url,
        "--json",
      ]);
      return JSON.parse(stdout).subscriptions[0].id;
    };
    await use([await create("posts"), await create("voicemail")]);
  },
});

describe("rcwh login in a terminal", () => {
  test("asks for everything and echoes no secret", async ({ start, server, directory, expect }) => {
    const session = start("login", { env: {} });

    await session.waitFor("Server");
    session.type(`${server}${keys.enter}`);
    await session.waitFor("Client ID");
    session.type(`emulator-client${keys.enter}`);
    await session.waitFor("Client secret");
    session.type(`emulator-secret${keys.enter}`);
    await session.waitFor("JWT");
    session.type(`user-1${keys.enter}`);
    await session.waitFor("Signed in.");

    expect(await session.exitCode).toBe(0);
    expect(session.text()).not.toMatch(/emulator-secret|user-1/);
    const { profiles } = JSON.parse(await readFile(join(directory, "config/config.json"), "utf8"));
    expect(profiles.default).toEqual({
      server,
      clientId: "emulator-client",
      clientSecret: "emulator-secret",
      jwt: "user-1",
      user: {
        accountId: "4000000001",
        extensionId: "7000000001",
        extensionNumber: "101",
        name: "User 1",
      },
    });
  });

  test("offers server and client id of the profile when signing in again", async ({
    start,
    rcwh,
    signedIn,
    server,
    expect,
  }) => {
    await rcwh("login", { env: signedIn });
    const session = start("login", { env: {} });

    await session.waitFor(server);
    session.type(keys.enter);
    await session.waitFor("(emulator-client)");
    session.type(keys.enter);
    await session.waitFor("Client secret");
    session.type(`emulator-secret${keys.enter}`);
    await session.waitFor("JWT");
    session.type(`user-1${keys.enter}`);

    await session.waitFor("Signed in.");
    expect(await session.exitCode).toBe(0);
  });

  test("refuses http for a remote server and asks again", async ({ start, expect }) => {
    const session = start("login", { env: {} });

    await session.waitFor("Server");
    session.type(`http://platform.example.com${keys.enter}`);
    await session.waitFor("is neither https");
    session.type(keys.interrupt);

    expect(await session.exitCode).toBe(130);
  });

  test("saves nothing on Ctrl-C and on Ctrl-D", async ({ start, directory, expect }) => {
    for (const key of [keys.interrupt, keys.endOfFile]) {
      const session = start("login", { env: {} });
      await session.waitFor("Server");
      session.type(key);

      expect(await session.exitCode).toBe(130);
    }
    await expect(readFile(join(directory, "config/config.json"))).rejects.toThrow("ENOENT");
  });
});

describe("rcwh delete in a terminal", () => {
  test("deletes after a y", async ({ start, ids: [id], emulator, expect }) => {
    const session = start(["delete", id]);

    await session.waitFor("(y/N)");
    session.type(`y${keys.enter}`);

    expect(await session.exitCode).toBe(0);
    expect(emulator.state().subscriptions.map((one) => one.id)).not.toContain(id);
  });

  test("deletes nothing after Enter alone or Ctrl-C", async ({
    start,
    ids: [id],
    emulator,
    expect,
  }) => {
    const deleteAfter = async (typed: string) => {
      const session = start(["delete", id]);
      await session.waitFor("(y/N)");
      session.type(typed);
      return session.exitCode;
    };

    expect(await deleteAfter(keys.enter)).toBe(9);
    expect(await deleteAfter(keys.interrupt)).toBe(130);
    expect(emulator.state().subscriptions).toHaveLength(2);
  });
});

describe("rcwh list -i in a terminal", () => {
  test("searches as one types, shows, and deletes after a confirmation", async ({
    start,
    ids,
    emulator,
    expect,
  }) => {
    const session = start("list -i", { columns: 140 });
    await session.waitFor("q quit");
    session.type("/voice");
    await session.waitFor("1 of 2");
    session.type(keys.enter);
    await session.waitFor("s sort");
    session.type(keys.enter);
    await session.waitFor(`rcwh show ${ids[1]}`);
    await session.waitFor("Press any key to return to the list.");
    session.type(" ");
    await session.waitFor("q quit");
    session.type("d");
    await session.waitFor("(y/N)");
    session.type(`y${keys.enter}`);
    await session.waitFor("Press any key to return to the list.");
    session.type(" ");
    await session.waitFor("q quit");
    session.type("q");
    expect(await session.exitCode).toBe(0);
    expect(emulator.state().subscriptions.map(({ id }) => id)).toEqual([ids[0]]);
    expect(session.raw().split("\u001b[?1049h")).toHaveLength(4);
    expect(session.raw().split("\u001b[?1049l")).toHaveLength(4);
  });
});

describe("rcwh list -i in a shell", () => {
  test("survives Ctrl-Z and fg", async ({ startShell, ids: _, expect }) => {
    const shell = startShell();
    shell.type(`rcwh list -i${keys.enter}`);
    for (let round = 0; round < 2; round += 1) {
      await shell.waitFor("q quit");
      shell.type(keys.suspend);
      await shell.waitFor("Stopped");
      // The shell has its own screen back.
      expect(shell.raw().lastIndexOf("\u001b[?1049l")).toBeGreaterThan(
        shell.raw().lastIndexOf("\u001b[?1049h"),
      );
      shell.type(`stty -a${keys.enter}`);
      await shell.waitFor(" icanon ");
      await shell.waitFor(" echo ");
      shell.type(`fg${keys.enter}`);
    }
    await shell.waitFor("q quit");
    shell.type("q");
    await shell.waitFor("$ ");
    shell.type(`echo "code $?."${keys.enter}`);
    await shell.waitFor("code 0.");
  });
});

describe("a picker in a terminal", () => {
  test("searches, takes several, goes back with Escape, and changes nothing on Ctrl-C", async ({
    start,
    ids: [posts, voicemail],
    emulator,
    expect,
  }) => {
    const session = start("delete", { columns: 140 });
    await session.waitFor("to search");
    session.type("voice");
    await session.waitFor("? Delete which subscriptions? voice");
    session.type(keys.enter);
    await session.waitFor(`  rcwh delete ${voicemail}\n`);
    await session.waitFor("(y/N)");
    session.type("\u001b");
    await session.waitFor(`chosen: ${voicemail}`);
    session.type("posts");
    await session.waitFor("? Delete which subscriptions? posts");
    session.type(keys.enter);
    await session.waitFor(posts);
    await session.waitFor("Delete these 2 subscriptions?");
    session.type(keys.interrupt);
    await session.waitFor("Nothing was deleted.");
    expect(await session.exitCode).toBe(130);
    expect(session.raw()).not.toContain("\u001b[?25l");
    expect(emulator.state().subscriptions).toHaveLength(2);
  });
});

describe("a prompt in a shell", () => {
  test("survives Ctrl-Z and fg", async ({ startShell, ids: [id], emulator, expect }) => {
    const shell = startShell();
    shell.type(`rcwh delete ${id}${keys.enter}`);
    await shell.waitFor("(y/N)");
    for (let round = 0; round < 2; round += 1) {
      shell.type(keys.suspend);
      await shell.waitFor("Stopped");
      // The shell has its terminal back: it echoes, and reads lines.
      shell.type(`stty -a${keys.enter}`);
      await shell.waitFor(" icanon ");
      await shell.waitFor(" echo ");
      shell.type(`fg${keys.enter}`);
      await shell.waitFor("(y/N)");
    }
    shell.type(`y${keys.enter}`);
    await shell.waitFor("deleted");
    expect(emulator.state().subscriptions.map((one) => one.id)).not.toContain(id);
  });

  test.for([
    ["SIGTERM", 143],
    ["SIGKILL", 137],
  ] as const)(
    "leaves a terminal with a cursor that reads lines after %s",
    async ([signal, code], { startShell, ids: _, expect }) => {
      const shell = startShell();
      const command = `bash -c 'echo "pid $$."; exec "$NODE" "$RCWH" list -i'; echo "code $?."`;
      shell.type(`export NODE RCWH${keys.enter}`);
      shell.type(`${command}${keys.enter}`);
      await shell.waitFor("q quit");
      const [, pid] = /pid (\d+)\./.exec(shell.text()) ?? [];
      process.kill(Number(pid), signal);
      await shell.waitFor(`code ${code}.`);
      shell.type(`stty -a${keys.enter}`);
      await shell.waitFor(" icanon ");
      await shell.waitFor(" echo ");
      expect(shell.raw()).not.toContain("\u001b[?25l");
    },
  );
});

describe("rcwh demo in a shell", () => {
  const pause = "Press any key to go on.";

  test("goes on with any key, after Ctrl-Z and fg too, until Ctrl-C", async ({
    startShell,
    directory,
    expect,
  }) => {
    const shell = startShell();
    shell.type(`rcwh demo${keys.enter}`);
    for (const [key, next] of [
      ["x", "Find an event filter:"],
      [keys.down, "Subscribe to new posts."],
      [" ", "List subscriptions"],
    ] as const) {
      await shell.waitFor(pause);
      shell.type(key);
      await shell.waitFor(`# ${next}`);
    }
    await shell.waitFor(pause);
    shell.type(keys.suspend);
    await shell.waitFor("Stopped");
    shell.type(`stty -a${keys.enter}`);
    await shell.waitFor(" icanon ");
    await shell.waitFor(" echo ");
    shell.type(`fg${keys.enter}`);
    await shell.waitFor(pause);
    shell.resize(60, 20);
    await shell.waitFor(pause);
    for (const next of ["Someone writes a post:", "Six days later", "Add voicemails:"]) {
      shell.type("x");
      await shell.waitFor(`# ${next}`);
      await shell.waitFor(pause);
    }
    shell.type(keys.interrupt);
    await shell.waitFor("$ ");
    shell.type(`echo "code $?."${keys.enter}`);
    await shell.waitFor("code 130.");
    expect(shell.raw()).not.toContain("\u001b[?25l");
    expect(demosIn(await readdir(directory))).toEqual([]);
  });

  test("leaves nothing behind on Ctrl-D, and a terminal that reads lines", async ({
    startShell,
    directory,
    expect,
  }) => {
    const shell = startShell();
    shell.type(`rcwh demo${keys.enter}`);
    await shell.waitFor(pause);
    shell.type(keys.endOfFile);
    await shell.waitFor("$ ");
    shell.type(`echo "code $?."; stty -a${keys.enter}`);
    await shell.waitFor("code 130.");
    await shell.waitFor(" icanon ");
    await shell.waitFor(" echo ");
    expect(demosIn(await readdir(directory))).toEqual([]);
  });

  const demosIn = (names: readonly string[]) =>
    names.filter((name) => name.startsWith("rcwh-demo"));

  test("leaves a terminal that reads lines after SIGHUP", async ({ startShell, expect }) => {
    const shell = startShell();
    shell.type(`export NODE RCWH${keys.enter}`);
    shell.type(`bash -c 'echo "pid $$."; exec "$NODE" "$RCWH" demo'; echo "code $?."${keys.enter}`);
    await shell.waitFor(pause);
    const [, pid] = /pid (\d+)\./.exec(shell.text()) ?? [];
    process.kill(Number(pid), "SIGHUP");
    await shell.waitFor("code 129.");
    shell.type(`stty -a${keys.enter}`);
    await shell.waitFor(" icanon ");
    await shell.waitFor(" echo ");
    expect(shell.raw()).not.toContain("\u001b[?25l");
  });
});

describe("rcwh list --watch in a shell", () => {
  test("survives Ctrl-Z, fg and resizing, with a cursor", async ({ startShell, ids, expect }) => {
    const shell = startShell();
    shell.type(`rcwh list --watch 1h${keys.enter}`);
    await shell.waitFor(`${ids[1]}  Active`);
    for (let round = 0; round < 2; round += 1) {
      shell.type(keys.suspend);
      await shell.waitFor("Stopped");
      shell.type(`stty -a${keys.enter}`);
      await shell.waitFor(" icanon ");
      await shell.waitFor(" echo ");
      shell.type(`fg${keys.enter}`);
      await shell.waitFor("every 1 h. Press Ctrl-C to stop.");
      await shell.waitFor(`${ids[1]}  Active`);
    }
    shell.resize(80, 5);
    await shell.waitFor("every 1 h. Press Ctrl-C to stop.");
    await shell.waitFor("+1 more");
    shell.type(keys.interrupt);
    shell.type(`echo "code $?."${keys.enter}`);
    await shell.waitFor("code 130.");
    expect(shell.raw()).not.toContain("\u001b[?25l");
    expect(shell.raw().lastIndexOf("\u001b[?7h")).toBeGreaterThan(
      shell.raw().lastIndexOf("\u001b[?7l"),
    );
  });
});

describe("rcwh list in a terminal", () => {
  test("fits its columns with whole ids", async ({ start, ids, expect }) => {
    const session = start("list", { columns: 100, rows: 24 });

    expect(await session.exitCode).toBe(0);
    const lines = session.text().split("\n");
    const widest = Math.max(...lines.map(({ length }) => length));
    expect(widest).toBeLessThanOrEqual(100);
    // Without a terminal's width, 80 is assumed.
    expect(widest).toBeGreaterThan(80);
    for (const id of ids) expect(session.text()).toContain(id);
  });
});

describe("rcwh stops", () => {
  test.for([
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)("list --watch on %s with %i", async ([signal, code], { start, ids, expect }) => {
    const session = start("list --watch 1h");
    await session.waitFor(ids[1]);
    session.kill(signal);

    expect(await session.exitCode).toBe(code);
    expect(session.text()).not.toMatch(/error|bug/i);
  });

  test("list --watch on Ctrl-C", async ({ start, ids, expect }) => {
    const session = start("list --watch 1h");
    await session.waitFor(ids[1]);
    session.type(keys.interrupt);

    expect(await session.exitCode).toBe(130);
  });

  test("a request that is never answered", async ({ start, emulator, expect }) => {
    let reached = () => {};
    const asked = new Promise<void>((resolve) => {
      reached = resolve;
    });
    emulator.intercept(() => {
      reached();
      return new Promise<Response>(() => {});
    });
    const session = start("list");
    await asked;
    session.type(keys.interrupt);

    expect(await session.exitCode).toBe(130);
  });

  test("the emulator on Ctrl-C and frees its port", async ({ start, expect }) => {
    const session = start("emulator --port 0");
    await session.waitFor("Press Ctrl-C to stop.");
    const [url = ""] = /http:\/\/127\.0\.0\.1:\d+/.exec(session.text()) ?? [];
    expect((await fetch(`${url}/emulator/v1/state`)).status).toBe(200);
    session.type(keys.interrupt);

    expect(await session.exitCode).toBe(130);
    await expect(fetch(`${url}/emulator/v1/state`)).rejects.toThrow("fetch failed");
  });
});

describe("rcwh in a pipe", () => {
  test("ends quietly with 0 when its reader closes the pipe", async ({
    ids: _,
    signedIn,
    directory,
    expect,
  }) => {
    const env = { ...signedIn, RCWH_CONFIG_DIR: warmConfig(join(directory, "config")) };

    for (const command of ["list", "--help", "filters --json"]) {
      const { stdout, stderr, exitCode } = await shell(
        `"$NODE" "$RCWH" ${command} | head -1 > /dev/null; echo "\${PIPESTATUS[0]}"`,
        env,
      );
      expect({ command, stdout, stderr, exitCode }).toEqual({
        command,
        stdout: "0\n",
        stderr: "",
        exitCode: 0,
      });
    }
    expect(await shell(`"$NODE" "$RCWH" filters | true; echo "\${PIPESTATUS[0]}"`, env)).toEqual({
      stdout: "0\n",
      stderr: "",
      exitCode: 0,
    });
  });

  test("continues if its stderr is closed", async ({ directory, expect }) => {
    const env = { RCWH_CONFIG_DIR: warmConfig(join(directory, "config")) };

    expect(
      await shell(
        `{ sleep 0.1; "$NODE" "$RCWH" list; } 2>&1 >/dev/null | true; echo "\${PIPESTATUS[0]}"`,
        env,
      ),
    ).toEqual({ stdout: "4\n", stderr: "", exitCode: 0 });
    expect(await shell('"$NODE" "$RCWH" list 2>&-', env)).toEqual({
      stdout: "",
      stderr: "",
      exitCode: 4,
    });
  });

  test("reports that its output cannot be written", async ({
    ids: _,
    signedIn,
    directory,
    expect,
  }) => {
    const env = { ...signedIn, RCWH_CONFIG_DIR: warmConfig(join(directory, "config")) };

    // The session is revoked after the output has failed, and that succeeds.
    const result = await shell('"$NODE" "$RCWH" list --no-token-cache > /dev/full', env);
    expect(result).toMatchInlineSnapshot(`
      {
        "exitCode": 1,
        "stderr": "error: The output could not be written: ENOSPC: no space left on device, write.
      ",
        "stdout": "",
      }
    `);
    expect(await shell('"$NODE" "$RCWH" filters > /dev/full', env)).toEqual(result);
  });

  test("wraps its help if COLUMNS is set", async ({ expect }) => {
    const { stdout } = await shell('"$NODE" "$RCWH" --help', { COLUMNS: "60" });

    expect(Math.max(...stdout.split("\n").map(({ length }) => length))).toBeLessThan(65);
  });

  test("writes long output completely", async ({ expect }) => {
    const { stdout } = await shell('"$NODE" "$RCWH" filters --json | (sleep 0.3; cat)', {});

    expect(JSON.parse(stdout)).toMatchObject({ schemaVersion: 1 });
  });

  test("works in cron's empty environment, with RCWH_CONFIG_DIR", async ({
    rcwh,
    ids: [id],
    signedIn,
    directory,
    expect,
  }) => {
    expect(await shell('env -i "$NODE" "$RCWH" list', {})).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: Cannot find the configuration directory: HOME is not set.
      hint: Set RCWH_CONFIG_DIR to a directory of your own.
      ",
        "stdout": "",
      }
    `);

    await rcwh("login", { env: signedIn });
    const { stdout, stderr, exitCode } = await shell(
      `env -i RCWH_CONFIG_DIR='${join(directory, "config")}' "$NODE" "$RCWH" list | cut -f1`,
      {},
    );
    expect(stdout).toContain(`${id}\n`);
    expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
  });
});

/** Runs a line of bash in which `$RCWH` is the built executable. */
function shell(line: string, env: Readonly<Record<string, string>>) {
  return new Promise<{ stdout: string; stderr: string; exitCode: number }>((resolve) => {
    const child = execFile(
      "bash",
      // With a socket as its stdin, bash acts as a remote shell and reads the user's .bashrc.
      ["--norc", "-c", line],
      { env: { PATH: process.env["PATH"], NODE: process.execPath, RCWH: executable, ...env } },
      (_, stdout, stderr) => resolve({ stdout, stderr, exitCode: child.exitCode ?? -1 }),
    );
  });
}

describe("the pager of rcwh filters", () => {
  const own = (script: string) => `sh -c "${script}"`;

  test("is RCWH_PAGER, then PAGER, and gets LESS", async ({ start, expect }) => {
    const env = { RCWH_PAGER: own("echo own $LESS; cat"), PAGER: own("echo other") };
    const first = start("filters reminder", { env, rows: 3 });
    expect(await first.exitCode).toBe(0);
    expect(first.text()).toMatch(/^own FRX\nALIAS .* SUMMARY\n/);
    const other = { PAGER: own("echo other; cat"), LESS: "R" };
    const second = start("filters reminder", { env: other, rows: 3 });
    expect(await second.exitCode).toBe(0);
    expect(second.text()).toMatch(/^other\nALIAS .* SUMMARY\n/);
  });

  test("is left early in silence", async ({ start, expect }) => {
    const session = start("filters", { env: { PAGER: own("head -1; exit 3") } });
    expect(await session.exitCode).toBe(0);
    expect(session.text()).toMatch(/^ALIAS +SCOPE\n$/);
  });

  test("is none where it is empty, cat, or cannot be started", async ({ start, expect }) => {
    for (const RCWH_PAGER of ["", "cat", "no-such-pager"]) {
      const env = { RCWH_PAGER, PAGER: own("echo other") };
      const session = start("filters reminder", { env, rows: 3 });
      expect(await session.exitCode).toBe(0);
      expect(session.text()).toMatch(/^ALIAS .* SUMMARY\n/);
      expect(session.text()).not.toContain("other");
      expect(session.text().includes("printed nothing: ENOENT.")).toBe(
        RCWH_PAGER === "no-such-pager",
      );
    }
  });
});

test("create goes back with Escape, survives Ctrl-Z and fg, and leaves with Ctrl-C", async ({
  startShell,
  endpoint,
  emulator,
  expect,
}) => {
  const shell = startShell();
  shell.type("stty -a >$TMPDIR/before; rcwh create\r");
  await shell.waitFor("Which events?");
  await shell.waitFor("esc back");
  shell.type("posts\r");
  await shell.waitFor("✔ Which events? posts");
  await shell.waitFor("URL of your endpoint");
  shell.type("\u001b");
  await shell.waitFor("chosen: posts");
  shell.type(keys.suspend);
  await shell.waitFor("Stopped");
  shell.type("fg\r");
  await shell.waitFor("chosen: posts");
  shell.type("voicemail\r");
  await shell.waitFor("✔ Which events? posts, voicemail");
  await shell.waitFor("URL of your endpoint");
  shell.type(`${endpoint.url}\r`);
  await shell.waitFor("It passes RingCentral's handshake from here.");
  await shell.waitFor("How long should it live?");
  shell.type(keys.interrupt);
  await shell.waitFor("Nothing was created.");
  shell.type('echo "code $?"; stty -a | cmp - "$TMPDIR/before" && echo "same terminal"\r');
  await shell.waitFor("code 130");
  await shell.waitFor("same terminal");
  expect(emulator.state().subscriptions).toEqual([]);
  expect(endpoint.handshakes()).toBe(1);
});

test("the pager of help is less, which Ctrl-C does not end", async ({ start, expect }) => {
  let bells = 0;
  const session = start("renew --help", { env: {}, columns: 60, rows: 15 });
  await session.waitFor("Renewal:\n:");
  for (const key of [keys.interrupt, keys.interrupt]) {
    session.type(key);
    bells += 1;
    await expect.poll(() => session.raw().split("\u0007").length - 1).toBeGreaterThanOrEqual(bells);
    // less draws again at once, or, where Ctrl-C came just before it waited for a key, at the next key.
    session.type("r");
    await session.waitFor("Renewal:\n:");
  }
  session.type("G");
  await session.waitFor("(END)");
  session.type("q");
  expect(await session.exitCode).toBe(0);
  expect(session.text()).toMatch(/^Usage: rcwh renew /);
});
