import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe } from "vitest";
import { executable } from "../support/processes.ts";
import { test as base, now } from "../support/rcwh.ts";
import { subscribe } from "../support/subscriptions.ts";

interface Ended {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Fixtures {
  /** Runs the built program, which may write files of this many bytes at most. */
  readonly limited: (words: readonly string[], bytes?: number) => Promise<Ended>;
}

const test = base.extend<Fixtures>({
  limited: async ({ clock, directory, signedIn }, use) => {
    clock.advance(Date.now() - now); // real processes use the real time
    const env = { ...signedIn, RCWH_CONFIG_DIR: join(directory, "config") };
    await use(async (words, bytes = 0) => {
      // In units of 512 bytes.
      const script = `ulimit -f ${bytes / 512}; exec "$0" "$@"`;
      const child = spawn("sh", ["-c", script, process.execPath, executable, ...words], { env });
      const ended = once(child, "exit");
      const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
      const [exitCode, signal] = await ended;
      return { exitCode, signal, stdout, stderr };
    });
  },
});

const hint =
  "hint: Free some space on that disk, or raise the limit of `ulimit -f`, then try again.\n";

describe.skipIf(process.platform === "win32")("without room for a file,", () => {
  test("renew renews, and says that it keeps no records", async ({
    directory,
    emulator,
    endpoint,
    limited,
    expect,
  }) => {
    const id = await subscribe(emulator, endpoint.url, { expiresIn: 3600 });

    const { exitCode, stdout, stderr } = await limited(["renew"]);

    expect(stderr).toBe(
      `warning: Cannot write ${directory}/config/config.json: file too large. Access tokens and records of this run are not saved.\n1 renewed.\n`,
    );
    expect(stdout).toContain(`${id}\trenewed\t`);
    expect(exitCode).toBe(0);
  });

  test("create shows the id and the token of what it made", async ({
    emulator,
    endpoint,
    limited,
    expect,
  }) => {
    const { exitCode, stdout, stderr } = await limited(
      ["create", "--filter", "posts", "--url", endpoint.url].concat(
        "--generate-verification-token",
      ),
    );

    const [made] = emulator.state().subscriptions;
    expect(stdout).toContain(made?.id);
    expect(stderr).toContain("Access tokens and records of this run are not saved.");
    expect(stderr).toMatch(/^Verification token \(shown only once\): \S{32}$/m);
    expect(exitCode).toBe(0);
  });

  test.for([
    ["login", ["login", "--profile", "one"], "config/config.json", 1, hint],
    ["the profile emulator", ["list", "--profile", "emulator"], "config/emulator.json", 1, hint],
    ["emulator --state", ["emulator", "--port", "0", "--state"], "state.json", 1, hint],
    ["renew --metrics-file", ["renew", "--metrics-file"], "rcwh.prom", 8, hint],
  ] as const)(
    "%s ends with its error, and leaves nothing half-written",
    async ([, words, name, code, way], { directory, server, limited, expect }) => {
      const path = join(directory, name);
      const secret = join(directory, "secret");
      const jwt = join(directory, "jwt");
      writeFileSync(secret, "emulator-secret");
      writeFileSync(jwt, "user-1");
      const signIn = ["--server", server, "--client-id", "emulator-client"];
      const files = ["--client-secret-file", secret, "--jwt-file", jwt];
      const isPath = words.at(-1)?.startsWith("--") ?? false;
      const all = [
        ...words,
        ...(isPath ? [path] : []),
        ...(words[0] === "login" ? [...signIn, ...files] : []),
      ];

      const { exitCode, signal, stderr } = await limited(all);

      expect(signal).toBeNull();
      expect(exitCode).toBe(code);
      expect(stderr).toContain(`${path}: file too large.\n${way}`);
      expect(existsSync(path)).toBe(false);
      const left = readdirSync(directory, { recursive: true, encoding: "utf8" });
      expect(left.filter((each) => /tmp|draft|new|lock|previous/.test(each))).toEqual([]);
    },
  );

  test("--verification-token-out leaves no empty file", async ({
    directory,
    emulator,
    endpoint,
    limited,
    expect,
  }) => {
    const id = await subscribe(emulator, endpoint.url);
    const path = join(directory, "token");
    const words = ["rotate-token", id, "--yes", "--verification-token-out", path];

    const { exitCode, stderr } = await limited(words);

    expect(stderr).toContain(
      `error: --verification-token-out: cannot write ${path} (EFBIG). Nothing was changed.\n${hint}`,
    );
    expect(exitCode).toBe(2);
    expect(existsSync(path)).toBe(false);
  });

  test("a state file keeps what it held", async ({ directory, limited, expect }) => {
    const path = join(directory, "state.json");
    const child = spawn(process.execPath, [executable, "emulator", "--port", "0", "--state", path]);
    await once(child.stdout, "data");
    child.kill();
    await once(child, "exit");
    const before = readFileSync(path, "utf8");

    const { exitCode, stderr } = await limited(["emulator", "--port", "0", "--state", path]);

    expect(exitCode).toBe(1);
    expect(stderr).toBe(`error: Cannot write ${path}: file too large.\n${hint}`);
    expect(readFileSync(path, "utf8")).toBe(before);
    expect(readdirSync(directory)).toEqual(["state.json"]);
  });
});

test.skipIf(!existsSync("/dev/full"))("output without room is an error", async ({ expect }) => {
  for (const words of ["--version", "--help", "filters", "help exit-codes"]) {
    const script = `exec "$0" "$@" > /dev/full`;
    const child = spawn("sh", ["-c", script, process.execPath, executable, ...words.split(" ")]);
    const [[exitCode], stderr] = await Promise.all([once(child, "exit"), text(child.stderr)]);
    expect(stderr).toBe(
      "error: The output could not be written: ENOSPC: no space left on device, write.\n",
    );
    expect(exitCode).toBe(1);
  }
});
