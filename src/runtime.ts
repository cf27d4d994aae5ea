import { bugMessage } from "./commands/flags/version.ts";
import type { Runtime } from "./context.ts";
import { ExitCode, Interruption, OutputError } from "./errors.ts";
import type { StreamOut, TerminalEvents, View } from "./io/io.ts";
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
  const { leave, isLent, ...terminal } = createTerminalEvents();
  for (const [name, exitCode] of Object.entries(exitCodeBySignal)) {
    process.on(name, () => {
      if (name === "SIGINT" && isLent()) return;
      if (stop.signal.aborted) {
        leave();
        return endBySignal(name);
      }
      stop.abort(new Interruption(exitCode));
    });
  }
  const terminals = ([1, 2] as const).filter(isTerminal);
  const output = new AbortController();
  const stdout = openLater(1, () => {
    process.stdout.on("error", (error: NodeJS.ErrnoException) => {
      const hasLeft = error.code === "EPIPE";
      output.abort(hasLeft ? new Interruption(ExitCode.ok) : new OutputError(error));
    });
    return process.stdout;
  });
  const stderr = openLater(2, () => {
    process.stderr.on("error", () => {}); // errors cannot be reported there
    return process.stderr;
  });
  let reportBug = (error: unknown) => {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`${bugMessage}\n${text}\n`);
  };
  let isDone = false;
  let lastMoment: NodeJS.Timeout | undefined;
  // Node's own report would show a secret in a message.
  process.on("uncaughtException", (error) => {
    const end = () => {
      reportBug(error);
      process.exit(ExitCode.failure);
    };
    if (isDone) return end();
    // What follows the first is of no interest.
    if (lastMoment) return;
    lastMoment = setTimeout(end, longestCleaning);
    leave();
    stop.abort(new Interruption(ExitCode.failure, { cause: error }));
  });

  let installation: Installation | undefined;
  const runtime: Runtime = {
    get stdin() {
      return process.stdin;
    },
    stdout,
    stderr,
    terminal,
    env: process.env,
    platform: process.platform,
    pid: process.pid,
    get installation() {
      installation ??= findInstallation();
      return installation;
    },
    clock: { now: Date.now, sleep },
    // `performance` tells the same, but takes Node a while to load.
    age: () => process.uptime() * 1000,
    signal: stop.signal,
    outputSignal: output.signal,
    guard(report) {
      reportBug = report;
    },
    async createPrompter(io) {
      const { createPrompter } = await import("./io/create-prompter.ts");
      return createPrompter(io, stop.signal);
    },
    async startAgain(argv) {
      const { spawn } = await import("node:child_process");
      const { node, script } = runtime.installation;
      const words = [...process.execArgv, script, ...argv];
      spawn(node, words, { detached: true, stdio: "ignore", env: process.env })
        .on("error", () => {}) // it is not waited for
        .unref();
    },
  };

  // If Node runs out of work before `main` is done, that is a bug.
  process.exitCode = ExitCode.failure;
  const reportEarlyEnd = () => process.stderr.write(`${bugMessage} it ended too early.\n`);
  process.once("beforeExit", reportEarlyEnd);
  void main(process.argv.slice(2), runtime).then((exitCode) => {
    process.off("beforeExit", reportEarlyEnd);
    clearTimeout(lastMoment);
    isDone = true;
    process.exitCode = exitCode;
    // After its terminal has closed, Node would abort with a core dump.
    if (!terminals.every(isTerminal)) endBySignal("SIGHUP");
    setTimeout(() => endAnyway(exitCode), patience).unref();
  });
}

/**
 * A stream of this process, opened when it is used: what Node loads for it takes a tenth of a short run, and most runs
 * write to one of the two.
 */
function openLater(fd: 1 | 2, open: () => NodeJS.WriteStream): StreamOut {
  let stream: NodeJS.WriteStream | undefined;
  const opened = () => {
    if (stream) return stream;
    stream = open();
    if (stream.isTTY) doNotBlock(stream);
    return stream;
  };
  if (isTerminal(fd)) return opened();
  return {
    isTTY: false,
    get destroyed() {
      return stream?.destroyed;
    },
    get writableLength() {
      return stream?.writableLength;
    },
    write: (text, done) => opened().write(text, done),
  };
}

/** Asks the file system first, because `node:tty` takes long to load. */
function isTerminal(fd: 1 | 2): boolean {
  const { fstatSync, statSync } = process.getBuiltinModule("node:fs");
  if (process.platform !== "win32") {
    const stats = fstatSync(fd);
    if (!stats.isCharacterDevice() || stats.rdev === statSync("/dev/null").rdev) return false;
  }
  return process.getBuiltinModule("node:tty").isatty(fd);
}

/** Milliseconds that Node has to end by itself when `main` is done, before what keeps it is left behind. */
const patience = 120;

/**
 * Has a terminal's output wait in this process. A terminal that was stopped (Ctrl-S), or whose connection is dead, would
 * otherwise keep this process from everything, signals and deadlines included.
 */
function doNotBlock(stream: NodeJS.WriteStream): void {
  const { _handle: handle }: { _handle?: { setBlocking?(isBlocking: boolean): unknown } } =
    Object(stream);
  handle?.setBlocking?.(false);
}

/** Times that Node is asked whether threads still work, a tenth of its patience apart. */
const mostChecks = 20;

/** Milliseconds that the run has after an error that nobody caught. */
const longestCleaning = 1000;

/** Ends the process although something is open. */
function endAnyway(exitCode: ExitCode, checks = 1): void {
  // `exit` would wait for these: they run in threads, and nothing can end them.
  const waits = process
    .getActiveResourcesInfo()
    .some((name) => /^(?:GetAddrInfo|FS)Req/.test(name));
  if (!waits) process.exit();
  if (checks < mostChecks) {
    setTimeout(() => endAnyway(exitCode, checks + 1), patience / 10);
    return;
  }
  const [signal = "SIGTERM"] =
    Object.entries(exitCodeBySignal).find(([, code]) => code === exitCode) ?? [];
  endBySignal(signal);
}

/** Listens to the signals of the terminal only while something is drawn there. */
function createTerminalEvents(): TerminalEvents & { leave(): void; isLent(): boolean } {
  const views = new Set<View>();
  let borrowers = 0;
  const leave = () => {
    for (const view of views) view.stop?.();
  };
  const redraw = () => {
    for (const view of views) view.redraw();
  };
  const stopOne = () => stop(process.pid);
  const listeners = { SIGTSTP: stopOne, SIGCONT: redraw, SIGWINCH: redraw } as const;

  function listen(): void {
    for (const [name, listener] of Object.entries(listeners)) process.on(name, listener);
  }
  function ignore(): void {
    for (const [name, listener] of Object.entries(listeners)) process.off(name, listener);
  }
  /** Without listeners the signals do what they do to every process: the next line runs after `fg`. */
  function stop(target: number): void {
    leave();
    ignore();
    process.kill(target, "SIGTSTP");
    // The terminal tells only processes in the foreground of its size: Node has to ask.
    process.emit("SIGWINCH");
    if (views.size > 0) listen();
    redraw();
  }

  return {
    leave,
    isLent: () => borrowers > 0,
    lend() {
      borrowers += 1;
      return () => {
        borrowers -= 1;
      };
    },
    attach(view) {
      if (views.size === 0) listen();
      views.add(view);
      return () => {
        if (views.delete(view) && views.size === 0) ignore();
      };
    },
    suspend() {
      // All of the job, such as npm that runs this process: a shell waits for the whole.
      if (process.platform !== "win32") stop(0);
    },
  };
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

/** Ends at once, as after a second Ctrl-C. A shell sees the same exit code. */
function endBySignal(signal: string): void {
  // Node would not do this: locks are released, and programs ended.
  process.emit("exit", 0);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

/** Milliseconds: Node treats a longer timeout as none. A longer wait checks the clock again. */
const longestTimer = 2 ** 31 - 1;

function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const timer = setTimeout(
      () => {
        signal?.removeEventListener("abort", abort);
        resolve();
      },
      Math.min(milliseconds, longestTimer),
    );
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    signal?.addEventListener("abort", abort, { once: true });
  });
}
