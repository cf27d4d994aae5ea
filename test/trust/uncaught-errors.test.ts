import { spawn } from "node:child_process";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, vi } from "vitest";
import { serve } from "../../src/emulator/server/serve.ts";
import { emulatorApp } from "../../src/emulator/settings.ts";
import { executable, warmConfig } from "../support/processes.ts";
import { test as base, type RunResult } from "../support/rcwh.ts";
import { runInTerminal } from "../support/terminal.ts";
import { canaries, findCanary } from "./canaries.ts";

const { clientSecret, jwt } = canaries;

/** What throws outside of everything that a command waits for, at SIGUSR2. The errors quote all that is secret. */
const preload = `
const { EventEmitter } = require("node:events");
const { readFileSync } = require("node:fs");
const ways = {
  timer: (error) => setTimeout(() => { throw error; }, 1),
  emitter: (error) => new EventEmitter().emit("error", error),
  rejection: (error) => { Promise.reject(error); },
  twice: (error) => { Promise.reject(error); setTimeout(() => { throw new Error("the second"); }, 1); },
};
process.on("SIGUSR2", () => {
  const { RCWH_CLIENT_SECRET: secret, RCWH_JWT: jwt, RCWH_CONFIG_DIR: directory, BREAKS } = process.env;
  const basic = Buffer.from("emulator-client:" + secret).toString("base64");
  const kept = readFileSync(directory + "/config.json", "utf8");
  const cause = new RangeError("token " + kept);
  ways[BREAKS](new TypeError(["the wires crossed", secret, jwt, basic].join(" "), { cause }));
});
`;

interface Running {
  readonly said: () => string;
  breakDown(): void;
  readonly ended: Promise<RunResult & { readonly milliseconds: number }>;
}

interface Fixtures {
  /** Starts the built rcwh, which breaks down in this way when it is told to. */
  readonly start: (way: string, words: string) => Promise<Running>;
  readonly brokenEnv: (way: string) => Promise<Readonly<Record<string, string>>>;
}

const test = base
  .extend("emulatorSettings", {
    rateLimits: "off" as const,
    apps: [{ ...emulatorApp, clientSecret, refreshTokens: true }],
  })
  .extend("server", async ({ emulator }, { onCleanup }) => {
    const running = await serve(emulator.fetch, { upgrade: emulator.upgrade });
    onCleanup(() => running.close());
    return running.url;
  })
  .extend("signedIn", ({ server }) => ({
    RCWH_SERVER: server,
    RCWH_CLIENT_ID: "emulator-client",
    RCWH_CLIENT_SECRET: clientSecret,
    RCWH_JWT: jwt,
  }))
  .extend<Fixtures>({
    brokenEnv: async ({ signedIn, directory }, use) => {
      const path = join(directory, "break.cjs");
      await writeFile(path, preload);
      await use(async (way) => ({
        ...signedIn,
        PATH: process.env["PATH"] ?? "",
        RCWH_CONFIG_DIR: warmConfig(join(directory, "config")),
        NODE_OPTIONS: `--require ${path}`,
        BREAKS: way,
      }));
    },
    start: async ({ rcwh, brokenEnv }, use) => {
      await rcwh("list");
      await use(async (way, words) => {
        const env = await brokenEnv(way);
        const child = spawn(process.execPath, [executable, ...words.split(" ")], {
          env,
          stdio: ["ignore", "pipe", "pipe"],
        });
        let stdout = "";
        let stderr = "";
        let brokeAt = 0;
        child.stdout.on("data", (chunk) => {
          stdout += chunk;
        });
        child.stderr.on("data", (chunk) => {
          stderr += chunk;
        });
        const ended = new Promise<RunResult & { milliseconds: number }>((resolve) => {
          child.on("close", (code) => {
            const milliseconds = performance.now() - brokeAt;
            resolve({ exitCode: code as RunResult["exitCode"], stdout, stderr, milliseconds });
          });
        });
        return {
          said: () => stdout + stderr,
          breakDown() {
            brokeAt = performance.now();
            child.kill("SIGUSR2");
          },
          ended,
        };
      });
    },
  });

/** Fails for a secret in the text. */
function secretIn(text: string): string | undefined {
  return /EMU1[\w-]{4}/.exec(text)?.[0] ?? findCanary(text);
}

describe("an error that nobody caught", () => {
  for (const way of ["timer", "emitter", "rejection", "twice"]) {
    test(`of a ${way} is reported without secrets, after the run has cleaned up`, async ({
      start,
      emulator,
      expect,
    }) => {
      const run = await start(way, "listen --filter posts --port 0");
      await expect.poll(run.said).toContain("Ready.");
      expect(emulator.state().subscriptions).toHaveLength(1);
      run.breakDown();
      const { exitCode, stderr } = await run.ended;

      expect(exitCode).toBe(1);
      expect(stderr).toMatch(
        /error: rcwh \S+ hit a bug\. Please report it with this text, which has no secrets:\ncommand: rcwh listen --filter … --port …\nsystem: Node \S+ on \w+\nTypeError: the wires crossed \[redacted\] \[redacted\] \[redacted\]\n(?: +at .*\n)*Caused by: RangeError: token \{[\s\S]*\[redacted\]/,
      );
      expect(stderr.match(/hit a bug/g)).toHaveLength(1);
      expect(stderr).not.toContain("the second");
      expect(secretIn(stderr)).toBeUndefined();
      expect(emulator.state().subscriptions).toEqual([]);
    });
  }

  test("is the one object under --json", async ({ start, emulator, expect }) => {
    const arrived = vi.fn();
    emulator.intercept(async () => {
      arrived();
      return new Promise<Response>(() => {});
    }, 1);
    const run = await start("rejection", "list --json --debug");
    await expect.poll(() => arrived.mock.calls.length).toBe(1);
    run.breakDown();
    const { exitCode, stdout, stderr } = await run.ended;
    const lines = stderr.split("\n").filter((line) => line.startsWith("{"));
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      error: { code: "BUG", exitCode: 1, command: "rcwh list --json --debug" },
    });
    expect([exitCode, stdout, secretIn(stderr)]).toEqual([1, "", undefined]);
  });

  test("is what an unattended run reports, and ends it although its hook does not", async ({
    start,
    emulator,
    directory,
    expect,
  }) => {
    const arrived = vi.fn();
    emulator.intercept(async () => {
      arrived();
      return new Promise<Response>(() => {});
    }, 1);
    const hook = join(directory, "hook.sh");
    await writeFile(hook, `#!/bin/sh\ncat > ${directory}/hook.json\nsleep 20\n`);
    await chmod(hook, 0o755);
    const run = await start("timer", `renew --on-failure ${hook}`);
    await expect.poll(() => arrived.mock.calls.length).toBe(1);
    run.breakDown();
    const { exitCode, stderr, milliseconds } = await run.ended;
    expect(exitCode).toBe(1);
    expect(stderr).toContain("TypeError: the wires crossed [redacted]");
    expect(milliseconds).toBeLessThan(4000);
    const told = await readFile(join(directory, "hook.json"), "utf8");
    expect(JSON.parse(told)).toMatchObject({ exitCode: 1, error: { code: "BUG" } });
    expect(secretIn(stderr + told)).toBeUndefined();
  });

  test("leaves the terminal as it was", async ({ rcwh, brokenEnv, endpoint, expect }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}`);
    const session = runInTerminal(["list", "-i"], { env: await brokenEnv("timer") });
    await session.waitFor("q quit");
    expect(session.raw()).not.toContain("\u001b[?1049l");
    session.kill("SIGUSR2");
    expect(await session.exitCode).toBe(1);
    expect(session.text()).toContain("hit a bug");
    expect(session.raw().split("\u001b[?1049l")).toHaveLength(2);
    expect(session.raw()).not.toContain("\u001b[?25l");
    expect(secretIn(session.text())).toBeUndefined();
  });
});
