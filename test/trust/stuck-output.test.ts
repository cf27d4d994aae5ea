import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, openSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { spawn as spawnInTerminal } from "@lydell/node-pty";
import { describe } from "vitest";
import { ExitCode } from "../../src/errors.ts";
import { executable, warmConfig } from "../support/processes.ts";
import { test as base } from "../support/rcwh.ts";
import { untilIdle } from "../support/scheduling.ts";

const { O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

/** A pipe that takes nothing more until it is read. */
interface FullPipe {
  /** For a process to write to. */
  readonly end: number;
  /** Reads all that a process has written, until it closes the pipe. */
  readAll(): Promise<string>;
}

function createFullPipe(directory: string): FullPipe & Disposable {
  const path = join(directory, "pipe");
  execFileSync("mkfifo", [path]);
  const reader = openSync(path, O_RDONLY | O_NONBLOCK);
  const filler = openSync(path, O_WRONLY | O_NONBLOCK);
  const filling = fill(filler);
  const end = openSync(path, O_WRONLY);
  closeSync(filler);
  let isOpen = true;
  const close = () => {
    if (isOpen) closeSync(end);
    isOpen = false;
  };
  return {
    end,
    async readAll() {
      close();
      let text = "";
      for (;;) {
        const chunk = Buffer.alloc(65_536);
        const bytes = orFull(() => readSync(reader, chunk));
        if (bytes === 0) return text.slice(filling);
        if (bytes === undefined) await wait(5);
        else text += chunk.toString("latin1", 0, bytes);
      }
    },
    [Symbol.dispose]() {
      close();
      closeSync(reader);
    },
  };
}

/** Returns the number of bytes that a pipe took. */
function fill(pipe: number): number {
  for (let bytes = 0; ; ) {
    const more = orFull(() => writeSync(pipe, Buffer.alloc(4096, ".")));
    if (more === undefined) return bytes;
    bytes += more;
  }
}

/** Undefined where a process would have to wait. */
function orFull(work: () => number): number | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EAGAIN") return undefined;
    throw error;
  }
}

interface Stuck {
  readonly pipe: FullPipe;
  run(words: readonly string[], stuck?: readonly ("stdout" | "stderr")[]): ChildProcess;
}

const test = base.extend<{ stuck: Stuck }>({
  stuck: async ({ directory }, use) => {
    using pipe = createFullPipe(directory);
    const env = { PATH: process.env["PATH"], RCWH_CONFIG_DIR: warmConfig(directory) };
    const children: ChildProcess[] = [];
    await use({
      pipe,
      run(words, stuck = ["stdout"]) {
        const to = (name: "stdout" | "stderr") => (stuck.includes(name) ? pipe.end : "pipe");
        const child = spawn(process.execPath, [executable, ...words], {
          env,
          stdio: ["ignore", to("stdout"), to("stderr")],
        });
        children.push(child);
        return child;
      },
    });
    for (const child of children) child.kill("SIGKILL");
  },
});

async function textOf(stream: NodeJS.ReadableStream | null): Promise<string> {
  let text = "";
  for await (const chunk of stream ?? []) text += String(chunk);
  return text;
}

describe.runIf(process.platform === "linux")("output that nobody reads", () => {
  test("is given up at the deadline", async ({ stuck, expect }) => {
    const child = stuck.run(["filters", "--deadline", "1s"]);
    const stderr = textOf(child.stderr);
    expect(await once(child, "exit")).toEqual([ExitCode.unavailable, null]);
    expect(await stderr).toBe(
      "error: Could not write all the output: the run's deadline has passed.\nhint: Allow the run more time, such as `--deadline 5m`.\n",
    );
  });

  test("is given up after SIGTERM", async ({ stuck, expect }) => {
    const child = stuck.run(["filters", "-o", "json"], ["stdout", "stderr"]);
    await untilIdle(child.pid ?? 0);
    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([ExitCode.terminated, null]);
  });

  test("is complete for a reader who comes late", async ({ stuck, expect }) => {
    const child = stuck.run(["filters", "-o", "json", "--deadline", "50s"]);
    const exited = once(child, "exit");
    await untilIdle(child.pid ?? 0);
    expect(JSON.parse(await stuck.pipe.readAll()).filters.length).toBeGreaterThan(50);
    expect(await exited).toEqual([ExitCode.ok, null]);
  });

  test("is complete for a reader of stderr who comes late", async ({ stuck, expect }) => {
    const child = stuck.run(["filters", "--no-such-flag"], ["stderr"]);
    const exited = once(child, "exit");
    await untilIdle(child.pid ?? 0);
    expect(await stuck.pipe.readAll()).toBe(
      "error: Unknown flag --no-such-flag.\nhint: See `rcwh filters --help`.\n",
    );
    expect(await exited).toEqual([ExitCode.usage, null]);
  });

  test("of a terminal that was stopped is given up after SIGTERM", async ({
    directory,
    expect,
  }) => {
    const terminal = spawnInTerminal(process.execPath, [executable, "filters", "-o", "json"], {
      env: { PATH: process.env["PATH"], TERM: "xterm", RCWH_CONFIG_DIR: warmConfig(directory) },
    });
    terminal.pause();
    const status = new Promise((resolve) => terminal.onExit(resolve));
    await untilIdle(terminal.pid);
    terminal.kill("SIGTERM");
    expect(await status).toEqual({ exitCode: ExitCode.terminated, signal: 0 });
  });
});
