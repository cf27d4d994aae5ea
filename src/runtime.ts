import { bugMessage } from "./commands/flags/version.ts";
import type { Runtime } from "./context.ts";
import { ExitCode, Interruption, OutputError } from "./errors.ts";
import type { Installation } from "./machine/installation.ts";

const exitCodeBySignal = {
  SIGINT: ExitCode.interrupted,
  SIGTERM: ExitCode.terminated,
  SIGHUP: ExitCode.hangup,
} as const;

/** Runs `main` as this process: its arguments, streams, signals and exit code. The only module that reads `process`. */
export function runAsProcess(
  main: (argv: readonly string[], runtime: Runtime) => Promise<ExitCode>,
): void {
  const stop = new AbortController();
  for (const [name, exitCode] of Object.entries(exitCodeBySignal)) {
    process.on(name, () => {
      if (stop.signal.aborted) return dieOf(name);
      stop.abort(new Interruption(exitCode));
    });
  }
  const output = new AbortController();
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    const hasLeft = error.code === "EPIPE";
    output.abort(hasLeft ? new Interruption(ExitCode.ok) : new OutputError(error));
  });
  process.stderr.on("error", () => {}); // nobody is left to tell
  process.on("uncaughtExceptionMonitor", () => process.stderr.write(`${bugMessage}\n`));

  let installation: Installation | undefined;
  const runtime: Runtime = {
    get stdin() {
      return process.stdin;
    },
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    platform: process.platform,
    pid: process.pid,
    get installation() {
      installation ??= findInstallation();
      return installation;
    },
    clock: { now: Date.now, sleep },
    signal: stop.signal,
    outputSignal: output.signal,
    async createPrompter(io) {
      const { createPrompter } = await import("./io/prompts.ts");
      return createPrompter(io, stop.signal);
    },
  };

  // Should nothing be left to wait for before `main` is done, then that is no success.
  process.exitCode = ExitCode.failure;
  const ranDry = () => process.stderr.write(`${bugMessage} it ended before its time.\n`);
  process.once("beforeExit", ranDry);
  void main(process.argv.slice(2), runtime).then((exitCode) => {
    process.off("beforeExit", ranDry);
    process.exitCode = exitCode;
    // Node aborts, with a core dump, where it ends by itself after its terminal has gone away.
    if (isTerminalGone()) dieOf("SIGHUP");
  });
}

function findInstallation(): Installation {
  const { hostname, userInfo } = process.getBuiltinModule("node:os");
  const [, script = ""] = process.argv;
  const who = () => {
    try {
      const { username, homedir } = userInfo();
      return { name: username, home: homedir };
    } catch {
      return undefined; // containers often run as a number that is nobody's
    }
  };
  return {
    node: process.execPath,
    nodeVersion: process.versions.node,
    script,
    host: hostname(),
    user: who(),
  };
}

function isTerminalGone(): boolean {
  const terminals = [process.stdout, process.stderr].filter(({ isTTY }) => isTTY);
  // Not imported: it takes longer to load than all that a run in a pipe needs of it.
  return terminals.some(({ fd }) => !process.getBuiltinModule("node:tty").isatty(fd));
}

/** What a shell sees is the same exit code. Whoever presses Ctrl-C twice does not want to wait for the clean-up. */
function dieOf(signal: string): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, milliseconds);
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    signal?.addEventListener("abort", abort, { once: true });
  });
}
