import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { basename, dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, vi } from "vitest";
import { openRecorder } from "../../src/listener/recorder.ts";
import type { RunOptions, RunResult } from "../support/rcwh.ts";
import { test as base } from "../support/rcwh.ts";
import { share } from "../support/share.ts";
import { subscribe } from "../support/subscriptions.ts";

/** Milliseconds in which each run ends. */
const longest = 5000;

const kinds = {
  /** Somebody opens it for writing when the run should have ended long ago, so that one that waits fails. */
  async "a named pipe"(path: string) {
    execFileSync("mkfifo", ["-m", "600", path]);
    const script = `sleep ${(2 * longest) / 1000}; while : > "$0"; do :; done`;
    const writer = spawn("sh", ["-c", script, path], { detached: true, stdio: "ignore" });
    return () => void (writer.pid && process.kill(-writer.pid));
  },
  async "a directory"(path: string) {
    mkdirSync(path, { mode: 0o700 });
    return () => {};
  },
  async "a device"(path: string) {
    symlinkSync("/dev/zero", path);
    return () => {};
  },
  async "a socket"(path: string) {
    const server = createServer();
    // The system limits the length of a socket's path.
    const cwd = process.cwd();
    process.chdir(dirname(path));
    await once(server.listen(basename(path)), "listening");
    process.chdir(cwd);
    return () => void server.close();
  },
} as const;

type Kind = keyof typeof kinds;

const allKinds = Object.keys(kinds) as Kind[];

interface Scene {
  /** The configuration directory. */
  readonly config: string;
  readonly directory: string;
  /** Every lock that a run took. */
  readonly locks: ReadonlySet<string>;
}

interface Place {
  readonly name: string;
  /** The path, when a few runs have made all files of ours. */
  readonly find: (scene: Scene) => string | undefined;
  readonly command: (scene: Scene) => string;
  /** 2 unless given. */
  readonly exitCode?: number;
}

function fileIn(folder: string): Place["find"] {
  return ({ config }) => {
    const [name] = readdirSync(join(config, folder)).filter((each) => each.endsWith(".json"));
    return name && join(config, folder, name);
  };
}

const places: readonly Place[] = [
  { name: "config.json", find: ({ config }) => join(config, "config.json"), command: () => "list" },
  {
    name: "config.json, for doctor,",
    find: ({ config }) => join(config, "config.json"),
    command: () => "doctor",
  },
  {
    name: "the lock of config.json",
    find: ({ config }) => join(config, "config.json.lock"),
    command: () => "list",
  },
  { name: "the quota's file", find: fileIn("quota"), command: () => "list" },
  {
    name: "the lock of the quota's file",
    find: (scene) => `${fileIn("quota")(scene)}.lock`,
    command: () => "list",
  },
  { name: "the last run, for renew,", find: fileIn("runs"), command: () => "renew" },
  { name: "the last run, for status,", find: fileIn("runs"), command: () => "status" },
  {
    name: "the lock of a run",
    find: ({ locks }) => [...locks].find((path) => basename(path).startsWith("run-")),
    command: () => "renew",
  },
  {
    name: "an account's file",
    find: fileIn("accounts"),
    command: ({ directory }) => `list --profiles-from ${directory}/accounts.ndjson`,
  },
  {
    name: "the lock of an account's file",
    find: (scene) => `${fileIn("accounts")(scene)}.lock`,
    command: ({ directory }) => `list --profiles-from ${directory}/accounts.ndjson`,
  },
  {
    name: "a listener's lease",
    find: ({ config }) => join(config, "listeners", `${"0".repeat(24)}.json`),
    command: () => "trigger posts",
  },
  {
    name: "the state of the profile emulator",
    find: ({ config }) => join(config, "emulator.json"),
    command: () => "list --profile emulator",
  },
  {
    name: "the lock of the profile emulator",
    find: ({ config }) => join(config, "emulator.json.lock"),
    command: () => "list --profile emulator",
  },
  {
    name: "a state file",
    find: ({ directory }) => join(directory, "state.json"),
    command: ({ directory }) => `emulator --port 0 --state ${directory}/state.json`,
  },
  {
    name: "the lock of a state file",
    find: ({ directory }) => join(directory, "state.json.lock"),
    command: ({ directory }) => `emulator --port 0 --state ${directory}/state.json`,
  },
  {
    name: "a metrics file",
    find: ({ directory }) => join(directory, "rcwh.prom"),
    command: ({ directory }) => `renew --metrics-file ${directory}/rcwh.prom`,
    exitCode: 8,
  },
];

interface Fixtures {
  readonly scene: Scene;
  /** Runs rcwh, and fails if it takes too long. */
  readonly inTime: (command: string, options?: RunOptions) => Promise<RunResult>;
}

const test = base.extend<Fixtures>({
  scene: async ({ rcwh, server, emulator, endpoint, directory }, use) => {
    const config = join(directory, "config");
    const locks = new Set<string>();
    mkdirSync(config, { mode: 0o700 });
    const look = emulator.intercept(() => {
      for (const name of readdirSync(config)) {
        if (name.endsWith(".lock")) locks.add(join(config, name));
      }
      return undefined;
    }, Number.POSITIVE_INFINITY);
    const account = {
      ...{ profile: "one", server, clientId: "emulator-client", clientSecret: "emulator-secret" },
      jwt: "user-2",
    };
    writeFileSync(join(directory, "accounts.ndjson"), `${JSON.stringify(account)}\n`);
    await subscribe(emulator, endpoint.url);
    await rcwh("renew");
    await rcwh(`list --profiles-from ${directory}/accounts.ndjson`);
    mkdirSync(join(config, "listeners"), { recursive: true });
    look();
    await use({ config, directory, locks });
  },
  inTime: async ({ rcwh }, use) =>
    use(async (command, options) => {
      const startedAt = performance.now();
      const result = await rcwh(command, options);
      if (performance.now() - startedAt > longest) throw new Error(`${command} took too long`);
      return result;
    }),
});

const cases = share(
  places.flatMap((place) => allKinds.map((kind) => ({ place, kind, name: place.name }))),
  3,
);

describe.skipIf(process.platform === "win32")("instead of a file of ours", () => {
  test.for(cases)(
    "$kind ends the run at once, in the place of $name",
    async ({ place, kind }, { scene, inTime, expect }) => {
      const path = place.find(scene) ?? "nothing";
      rmSync(path, { force: true });
      const remove = await kinds[kind](path);
      try {
        const { stdout, stderr, exitCode } = await inTime(place.command(scene));

        const shown = path.replace(scene.directory, "/tmp/rcwh-test");
        const isLink = kind === "a device" && path.endsWith(".lock");
        const found = isLink ? "a symbolic link" : kind;
        expect(stdout + stderr).toContain(`${shown}: it is ${found} instead of a file`);
        expect(stdout + stderr).toContain(`mv ${shown} ${shown}.aside`);
        expect(exitCode).toBe(place.exitCode ?? 2);

        // The way out.
        rmSync(path, { recursive: true, force: true });
        if (!place.command(scene).startsWith("emulator")) {
          const { stderr: after } = await inTime(place.command(scene));
          expect(after).not.toContain("instead of a file");
        }
        expect(existsSync(`${path}.lock`)).toBe(false);
      } finally {
        remove();
      }
    },
  );
});

describe.skipIf(process.platform === "win32")("a file that the user names", () => {
  test.for(allKinds)(
    "--verification-token-out refuses %s",
    async (kind, { directory, emulator, endpoint, inTime, expect }) => {
      const id = await subscribe(emulator, endpoint.url);
      const path = join(directory, "token");
      const remove = await kinds[kind](path);
      try {
        const { stderr, exitCode } = await inTime(
          `update ${id} --yes --generate-verification-token --verification-token-out ${path}`,
        );
        expect(stderr).toContain("/tmp/rcwh-test/token already exists. Nothing was changed.");
        expect(exitCode).toBe(2);
      } finally {
        remove();
      }
    },
  );

  test.for([
    ["a named pipe", "it is a named pipe without a reader"],
    ["a directory", "it is a directory"],
    ["a socket", "no such device or address"],
  ] as const)("--record refuses %s", async ([kind, reason], { directory, inTime, expect }) => {
    const path = join(directory, "events.ndjson");
    const remove = await kinds[kind](path);
    try {
      const { stderr, exitCode } = await inTime(`listen --filter posts --record ${path}`);
      expect(stderr).toContain(
        `Cannot write to the --record file /tmp/rcwh-test/events.ndjson: ${reason}.`,
      );
      expect(exitCode).toBe(2);
    } finally {
      remove();
    }
  });

  test("--record writes to a named pipe that somebody reads", async ({ directory, expect }) => {
    const path = join(directory, "events.ndjson");
    execFileSync("mkfifo", [path]);
    const reader = spawn("cat", [path]);
    const read = text(reader.stdout);
    // More than a pipe holds.
    const line = "x".repeat(1_000_000);
    const recorder = await vi.waitFor(() => openRecorder(path), { timeout: longest });
    recorder.write(line);
    await recorder.close();
    expect(await read).toBe(`${line}\n`);
  });

  test("--credentials-file may be a named pipe", async ({
    directory,
    signedIn,
    inTime,
    expect,
  }) => {
    const path = join(directory, "credentials.env");
    execFileSync("mkfifo", [path]);
    const lines = Object.entries(signedIn).map(([name, value]) => `${name}=${value}`);
    spawn("sh", ["-c", 'printf "%s\\n" "$@" > "$0"', path, ...lines], { stdio: "ignore" });
    const { stderr, exitCode } = await inTime(`whoami --credentials-file ${path}`, { env: {} });
    expect(stderr).not.toContain("error");
    expect(exitCode).toBe(0);
  });
});
