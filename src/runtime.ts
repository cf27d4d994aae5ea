import { bugMessage } from "./commands/flags/version.ts";
import type { Runtime } from "./context.ts";
import { ExitCode, Interruption, OutputError } from "./errors.ts";
import type { Installation } from "./machine/installation.ts";

const exitCodeBySignal = {
  SIGINT: ExitCode.interrupted,
  SIGTERM: ExitCode.terminated,
  SIGHUP: ExitCode.hangup,
} as const;

/** Runs `main` with this process's arguments, streams, signals and exit code. The only module that reads `process`. */
export function runAsProcess(
  main: (argv: readonly string[], runtime: Runtime) => Promise<ExitCode>,
): void {
  const stop = new AbortController();
  for (const [name, exitCode] of Object.entries(exitCodeBySignal)) {
    process.on(name, () => {
      if (stop.signal.aborted) return endBySignal(name);
      stop.abort(new Interruption(exitCode));
    });
  }
  const output = new AbortController();
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    const hasLeft = error.code === "EPIPE";
    output.abort(hasLeft ? new Interruption(ExitCode.ok) : new OutputError(error));
  });
  process.stderr.on("error", () => {}); // errors cannot be reported there
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

  // If Node runs out of work before `main` is done, that is a bug.
  process.exitCode = ExitCode.failure;
  const reportEarlyEnd = () => process.stderr.write(`${bugMessage} it ended before its time.\n`);
  process.once("beforeExit", reportEarlyEnd);
  void main(process.argv.slice(2), runtime).then((exitCode) => {
    process.off("beforeExit", reportEarlyEnd);
    process.exitCode = exitCode;
    // After its terminal has closed, Node would abort with a core dump.
    if (isTerminalGone()) endBySignal("SIGHUP");
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
      return undefined; // containers often run as a user id without a name
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
  // Not imported, because loading it is slow and runs in a pipe do not need it.
  return terminals.some(({ fd }) => !process.getBuiltinModule("node:tty").isatty(fd));
}

/** Ends at once, as after a second Ctrl-C. A shell sees the same exit code. */
function endBySignal(signal: string): void {
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
