import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test as base } from "vitest";
import { createEmulator } from "../../src/emulator/emulator.ts";
import type { Emulator } from "../../src/emulator/interface.ts";
import { serve } from "../../src/emulator/server/serve.ts";
import type { EmulatorSettings } from "../../src/emulator/settings.ts";
import type { ExitCode } from "../../src/errors.ts";
import { createPrompter } from "../../src/io/create-prompter.ts";
import type { StreamIn, View } from "../../src/io/io.ts";
import type { Choice, Prompter, Prompts } from "../../src/io/prompts.ts";
import { main } from "../../src/main.ts";
import { createReceiver } from "../../src/receiver/receiver.ts";
import { watchEmulator } from "./conformance.ts";
import { answeringLast, patience } from "./endpoints.ts";
import { FakeTerminal, type FakeTerminalOptions } from "./fake-terminal.ts";
import { compareWithSchemas } from "./json-output.ts";

/** The start time of every test: 2026-11-22T12:00:00Z. */
export const now = Date.UTC(2026, 10, 22, 12);

/** Placeholders in the output for the addresses of the emulator and the endpoint, whose ports vary. */
const steadyServer = "http://127.0.0.1:40100";
const steadyEndpoint = "http://127.0.0.1:50100";
const steadyDirectory = "/tmp/rcwh-test";

export interface TestClock {
  now(): number;
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** Every requested pause, milliseconds. */
  readonly sleeps: number[];
  advance(milliseconds: number): void;
}

export interface RunOptions extends FakeTerminalOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Milliseconds from an interruption to the end of the run; long, because other tests keep the machine busy. */
  readonly lastMoments?: number;
  /** Milliseconds by which this machine's clock is ahead of the server's. */
  readonly clockError?: number;
  /** Path of rcwh's script, if it is another. */
  readonly script?: string;
  /**
   * The user's answers, in order: each prompt takes the next, calls it if it is a function, and throws it if it is an error
   * such as an `Interruption`.
   * An unplanned prompt fails the test.
   */
  readonly answers?: readonly unknown[];
  /** Instead of answers: what is typed on the terminal, for the real prompts. */
  readonly keyboard?: StreamIn;
  readonly signal?: AbortSignal;
  /** Reports that stdout cannot be written any more. */
  readonly outputSignal?: AbortSignal;
  /** The test's server has keys in its records that RingCentral does not have. */
  readonly hasOtherKeys?: boolean;
  /** Called with each chunk of stdout. */
  readonly onOutput?: (text: string) => void;
  /** Called with each chunk of stderr. */
  readonly onTalk?: (text: string) => void;
  /** Called with whatever stays on the terminal: as on a real one, `stop` comes with Ctrl-Z, and `redraw` with `fg`. */
  readonly onView?: (
    view: View,
    resize: (columns: number, rows: number) => void,
    views: ReadonlySet<View>,
  ) => void;
}

export interface RunResult {
  readonly exitCode: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

interface Endpoint {
  readonly url: string;
  readonly handshakes: () => number;
  readonly events: readonly unknown[];
}

export interface Fixtures {
  readonly clock: TestClock;
  readonly emulatorSettings: Partial<EmulatorSettings>;
  readonly emulator: Emulator;
  /** The emulator's URL. */
  readonly server: string;
  /** A webhook that answers correctly. */
  readonly endpoint: Endpoint;
  readonly directory: string;
  /** Signed in as user 1 by the environment. */
  readonly signedIn: Readonly<Record<string, string>>;
  /** The same user on another machine, whose actions are not on record here. */
  readonly elsewhere: Readonly<Record<string, string>>;
  /**
   * Runs rcwh, signed in by the environment unless `env` says otherwise. A command whose words contain spaces is
   * given as an array. Ports, the temporary directory and the times of a refused endpoint are always the same in the
   * output.
   */
  readonly rcwh: (command: string | readonly string[], options?: RunOptions) => Promise<RunResult>;
}

/** Vitest's `test`, with an emulator on a real socket, an endpoint, and rcwh running against them in this process. */
export const test = base.extend<Fixtures>({
  clock: async ({}, use) => {
    let time = now;
    const sleeps: number[] = [];
    await use({
      now: () => time,
      async sleep(milliseconds, signal) {
        signal?.throwIfAborted();
        sleeps.push(milliseconds);
        time += milliseconds;
      },
      sleeps,
      advance(milliseconds) {
        time += milliseconds;
      },
    });
  },
  emulatorSettings: {},
  emulator: async ({ clock, emulatorSettings }, use) => {
    let count = 0;
    const createId = () => {
      count += 1;
      return `${count.toString(16).padStart(8, "0")}-0000-4000-8000-000000000000`;
    };
    const settings = { endpointDeadline: patience, ...emulatorSettings };
    const emulator = watchEmulator(createEmulator({ clock, settings, createId }));
    await use(emulator);
    await emulator.conclude();
  },
  server: async ({ emulator }, use) => {
    const running = await serve(emulator.fetch);
    await use(running.url);
    await running.close();
  },
  endpoint: async ({}, use) => {
    const events: unknown[] = [];
    let handshakes = 0;
    const receiver = createReceiver({
      onHandshake: () => {
        handshakes += 1;
      },
      onEvent: (event) => events.push(event),
      onRejected: (reason) => events.push(reason),
    });
    const running = await serve(answeringLast(receiver));
    await use({ url: `${running.url}/hook`, handshakes: () => handshakes, events });
    await running.close();
  },
  directory: async ({}, use) => {
    const directory = mkdtempSync(join(tmpdir(), "rcwh-test-"));
    await use(directory);
    rmSync(directory, { recursive: true, force: true });
  },
  signedIn: async ({ server }, use) => {
    await use({
      RCWH_SERVER: server,
      RCWH_CLIENT_ID: "emulator-client",
      RCWH_CLIENT_SECRET: "emulator-secret",
      RCWH_JWT: "user-1",
    });
  },
  elsewhere: async ({ signedIn, directory }, use) => {
    await use({ ...signedIn, RCWH_CONFIG_DIR: join(directory, "elsewhere") });
  },
  rcwh: async ({ clock, directory, signedIn, server, endpoint }, use) => {
    const steady = (text: string) =>
      text
        .replaceAll(server, steadyServer)
        .replaceAll(new URL(endpoint.url).origin, steadyEndpoint)
        .replaceAll(directory, steadyDirectory)
        // The times of a refused endpoint.
        .replace(/\b\d+ ms\b(?<=^ {2}[✓!✗] .*)/gm, "<n> ms")
        .replace(/(?<=^ {2}✓ tcp-ipv. +127\.0\.0\.1:)\d+/gm, "50100");
    await use(async (command, options = {}) => {
      const {
        env = signedIn,
        answers = [],
        keyboard,
        clockError = 0,
        lastMoments = 10_000,
        script = join(import.meta.dirname, "../../bin/rcwh.js"),
        signal,
        outputSignal,
        hasOtherKeys = false,
        onOutput,
        onTalk,
        onView,
        ...terminalOptions
      } = options;
      const terminal = new FakeTerminal(terminalOptions);
      if (onOutput) terminal.stdout.onWrite = onOutput;
      if (onTalk) terminal.stderr.onWrite = onTalk;
      const views = new Set<View>();
      const attach = (view: View) => {
        views.add(view);
        onView?.(view, terminal.resize, views);
        return () => void views.delete(view);
      };
      const unused = [...answers];
      const words = typeof command === "string" ? command.split(" ") : command;
      const exitCode = await main(words, {
        stdin: keyboard ?? terminal.stdin,
        stdout: terminal.stdout,
        stderr: terminal.stderr,
        ...(onView && { terminal: { attach, suspend() {} } }),
        // Colours have their own tests; each test has its own directory.
        env: { NO_COLOR: "1", TERM: "xterm", RCWH_CONFIG_DIR: join(directory, "config"), ...env },
        platform: process.platform,
        pid: process.pid,
        installation: {
          node: process.execPath,
          nodeVersion: "20.19.0",
          script,
          host: "test-host",
          user: { name: "tester", home: join(directory, "home") },
        },
        clock: { ...clock, now: () => clock.now() + clockError },
        // Beside other tests, half a second may be too short for any request.
        lastMoments,
        signal: signal ?? new AbortController().signal,
        ...(outputSignal && { outputSignal }),
        createPrompter: async (io) =>
          keyboard
            ? createPrompter(io, signal ?? new AbortController().signal)
            : createFakePrompter(unused),
      });
      if (unused.length > 0) throw new Error(`Nobody asked for ${JSON.stringify(unused)}`);
      if (views.size > 0) throw new Error("Something still waits for the terminal to be resized.");
      const { text: stdout } = terminal.stdout;
      const { text: stderr } = terminal.stderr;
      refuseSecrets(words, stdout + stderr);
      const isOdd = hasOtherKeys || outputSignal !== undefined;
      if (!isOdd) compareWithSchemas(words, env["RCWH_OUTPUT"], { exitCode, stdout, stderr });
      return { exitCode, stdout: steady(stdout), stderr: steady(stderr) };
    });
  },
});

/** Fails a test in which rcwh prints a secret. `rcwh emulator` and its help print the emulator's own, which are public. */
function refuseSecrets(words: readonly string[], printed: string): void {
  const [secret] = /emulator-secret|EMU1[\w-]{40}/.exec(printed) ?? [];
  const isPublic = words.includes("emulator") || words[0] === "commands";
  if (secret === undefined || isPublic) return;
  throw new Error(`rcwh ${words[0]} printed a secret, ${secret}`);
}

/**
 * Answers in order. A choice is answered by its name, or what is shown of it once it is chosen, or the beginning of one;
 * several by a list. Escape is a `WentBack`.
 */
function createFakePrompter(unused: unknown[]): Prompter {
  const next = (question: string): unknown => {
    if (unused.length === 0) throw new Error(`Nobody expected the question ${question}`);
    const answer = unused.shift();
    if (answer instanceof Error) throw answer;
    return typeof answer === "function" ? answer() : answer;
  };
  const pick = <Value>(message: string, choices: readonly Choice<Value>[], wanted: unknown) => {
    const isWanted = (text: string | undefined) => text?.startsWith(String(wanted)) === true;
    const choice = choices.find(
      ({ name, short, disabled }) => disabled === undefined && (isWanted(name) || isWanted(short)),
    );
    if (!choice) {
      const all = choices.map(({ name, short = name }) => short).join(" ");
      throw new Error(`${message} has no choice ${wanted} among ${all}`);
    }
    return choice.value;
  };
  const select = async <Value>(message: string, choices: readonly Choice<Value>[]) =>
    pick(message, choices, next(message));
  const typed: Prompts["input"] & Prompts["secret"] = async (message, options) => {
    for (;;) {
      const answer = String(next(message));
      const verdict = (await options?.validate?.(answer)) ?? true;
      if (verdict === true) return answer;
      // As on a terminal, the question stays until there is a valid answer.
      if (unused.length === 0) throw new Error(`${message}: ${verdict}`);
    }
  };
  const prompts: Prompts = {
    confirm: async (message) => next(message) === true,
    input: typed,
    secret: typed,
    select,
    search: select,
    async searchMany(message, choices, options) {
      for (;;) {
        const wanted = next(message);
        const names: readonly unknown[] = Array.isArray(wanted) ? wanted : [wanted];
        const values = names.map((name) => pick(message, choices, name));
        const verdict = (await options?.validate?.(values)) ?? true;
        if (verdict === true) return values;
        if (unused.length === 0) throw new Error(`${message}: ${verdict}`);
      }
    },
    mark: () => () => false,
    pause: async (message) => void next(message),
    async keys(press) {
      for (let goesOn = true; goesOn; ) {
        const key = String(next("which key"));
        goesOn = await press(key.toLowerCase(), key.length === 1 ? key : "");
      }
    },
  };
  return { ...prompts, withBack: prompts };
}
