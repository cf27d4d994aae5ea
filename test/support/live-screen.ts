import { PassThrough } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { Terminal } from "@xterm/headless";
import type { View } from "../../src/io/io.ts";
import { test as base, now, type RunOptions, type RunResult, type TestClock } from "./rcwh.ts";

interface LiveScreen {
  /** What the terminal shows, without the blanks at the ends of its lines. */
  lines(): Promise<readonly string[]>;
  /** The same as one text, once it contains `text`, or matches. Rejects with the screen after a minute. */
  see(text: string | RegExp): Promise<string>;
  /** Types, each key by itself. */
  press(...keys: readonly string[]): Promise<void>;
  resize(columns: number, rows: number): Promise<void>;
  /** Ctrl-Z, with what is on the terminal then, and `fg`. */
  suspend(): Promise<readonly string[]>;
  /** `normal`, or `alternate` where the terminal shows a screen beside the shell's. */
  buffer(): Promise<string>;
  modes(): Terminal["modes"];
  /** Everything written to the terminal. */
  raw(): string;
  readonly result: Promise<RunResult>;
}

export interface LiveFixtures {
  readonly clock: TestClock;
  /** Runs rcwh with a keyboard, on a terminal that interprets all that is written. */
  readonly open: (words: string | readonly string[], options?: RunOptions) => LiveScreen;
}

/** Waits only for `advance`. */
function createClock(): TestClock {
  let time = now;
  const waiting = new Set<{ readonly at: number; readonly wake: () => void }>();
  const sleeps: number[] = [];
  return {
    now: () => time,
    sleeps,
    sleep: (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        sleeps.push(milliseconds);
        const sleeper = { at: time + milliseconds, wake: resolve };
        waiting.add(sleeper);
        const abort = () => waiting.delete(sleeper) && reject(signal?.reason);
        signal?.addEventListener("abort", abort, { once: true });
      }),
    advance(milliseconds) {
      time += milliseconds;
      for (const sleeper of waiting) {
        if (sleeper.at <= time && waiting.delete(sleeper)) sleeper.wake();
      }
    },
  };
}

export const test = base.extend<LiveFixtures>({
  clock: async ({}, use) => {
    await use(createClock());
  },
  open: async ({ rcwh, endpoint, server }, use) => {
    const stop = new AbortController();
    const runs: Promise<unknown>[] = [];
    await use((words, { columns = 80, rows = 24, ...options } = {}) => {
      const terminal = new Terminal({
        ...{ cols: columns, rows, convertEol: true, allowProposedApi: true, logLevel: "off" },
      });
      const keyboard = Object.assign(new PassThrough(), { isTTY: true, setRawMode() {} });
      let views: ReadonlySet<View> = new Set();
      let written = "";
      let resizeRun = (_columns: number, _rows: number) => {};
      const write = (text: string) => {
        written += text;
        terminal.write(text);
      };
      const result = rcwh(words, {
        ...{ tty: true, columns, rows, keyboard, onOutput: write, onTalk: write },
        ...{ signal: stop.signal, ...options },
        onView(_, resize, all) {
          views = all;
          resizeRun = resize;
        },
      });
      runs.push(result.catch(() => {}));
      const settle = async () => {
        for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
        await new Promise<void>((resolve) => terminal.write("", resolve));
      };
      const lines = async () => {
        await settle();
        const { active } = terminal.buffer;
        const { origin } = new URL(endpoint.url);
        return Array.from({ length: terminal.rows }, (_, row) =>
          (active.getLine(active.baseY + row)?.translateToString(true) ?? "")
            .replaceAll(origin, "http://127.0.0.1:50100")
            .replaceAll(server, "http://127.0.0.1:40100")
            .trimEnd(),
        );
      };
      return {
        lines,
        async see(text) {
          for (const end = Date.now() + 60_000; ; ) {
            const seen = written.length;
            const shown = (await lines()).join("\n");
            if (typeof text === "string" ? shown.includes(text) : text.test(shown)) return shown;
            // What was not there is not there before more is written.
            do {
              if (Date.now() > end) throw new Error(`${text} is not on the screen:\n${shown}`);
              await pause(5);
            } while (written.length === seen);
          }
        },
        async press(...pressed) {
          for (const key of pressed) {
            keyboard.write(key);
            // Only time tells Escape from the beginning of another key.
            if (key === keys.escape) await pause(120);
            await settle();
          }
        },
        async resize(width, height) {
          terminal.resize(width, height);
          resizeRun(width, height);
          for (const view of views) view.redraw();
          await settle();
        },
        async suspend() {
          for (const view of views) view.stop?.();
          const shown = await lines();
          for (const view of views) view.redraw();
          await settle();
          return shown;
        },
        async buffer() {
          await settle();
          return terminal.buffer.active.type;
        },
        modes: () => terminal.modes,
        raw: () => written,
        result,
      };
    });
    stop.abort();
    await Promise.all(runs);
  },
});

/** Keys as a terminal sends them. */
export const keys = {
  enter: "\r",
  escape: "\u001b",
  up: "\u001b[A",
  down: "\u001b[B",
  home: "\u001b[H",
  end: "\u001b[F",
  pageDown: "\u001b[6~",
  pageUp: "\u001b[5~",
  backspace: "\u007f",
  interrupt: "\u0003",
  paste: (text: string) => `\u001b[200~${text}\u001b[201~`,
};
