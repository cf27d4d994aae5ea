import type { ChildProcess } from "node:child_process";
import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { UsageError } from "../errors.ts";
import { isFileError } from "../machine/file-error.ts";
import { formatWait } from "../subscriptions/lifetime.ts";

export interface ProgramOptions {
  /** The whole environment: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** Where it starts; by default where this process did. */
  readonly cwd?: string;
  /** For standard input, which the program need not read. */
  readonly input: Iterable<string>;
  /** Milliseconds. */
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
}

export interface ProgramEnd {
  /** Undefined if the program was ended or could not be started. */
  readonly exitCode: number | undefined;
  /** What happened instead of a normal end, to follow the program's name in a sentence. */
  readonly reason?: string;
  /** The end of its output, of both streams. */
  readonly output: string;
}

/** Characters of output that are kept. */
const maximumOutput = 64 * 1024;
/** Milliseconds from SIGTERM to SIGKILL, and where the run itself has to end. */
const terminationGrace = 2_000;
const shortGrace = 100;
/** Milliseconds for its end once the run has to end, which reports it and is itself left after 50. */
const abortGrace = 25;
/** Milliseconds to wait for output after the exit: the program's own children may keep its output open. */
export const outputGrace = 200;

/**
 * Splits a command line into words: blanks separate, quotes group, a backslash escapes a quote, a blank or a
 * backslash. There are no variables, wildcards or pipes; `sh -c '…'` has those. Throws UsageError that names
 * `flag`.
 */
export function splitWords(text: string, flag: string): readonly [string, ...string[]] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    const next = text.charAt(at + 1);
    if (character === "\\" && quote !== "'" && /[\s"'\\]/.test(next)) {
      word = `${word ?? ""}${next}`;
      at += 1;
    } else if (quote !== "" && character === quote) quote = "";
    else if (quote === "" && /["']/.test(character)) {
      quote = character;
      word ??= "";
    } else if (quote === "" && /\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = `${word ?? ""}${character}`;
  }
  if (word !== undefined) words.push(word);
  const [program, ...rest] = words;
  if (quote !== "" || !program) {
    throw new UsageError(
      quote === "" ? `${flag} is empty.` : `${flag} has an unclosed quote.`,
      `Give a command and its arguments, such as \`${flag} '/usr/local/bin/notify --to ops'\`.`,
    );
  }
  return [program, ...rest];
}

/**
 * Runs a program, without a shell, in a process group of its own, and waits for its end. The group is ended
 * after the timeout, or when the signal aborts.
 */
export async function runProgram(
  [program, ...args]: readonly [string, ...string[]],
  { env, cwd, input, timeout, signal }: ProgramOptions,
): Promise<ProgramEnd> {
  const { spawn } = await import("node:child_process");
  return new Promise((resolve) => {
    // Ctrl-C does not reach another group, so that a hook can still report the interruption.
    const child = spawn(program, args, {
      env,
      cwd,
      detached: true,
      stdio: "pipe",
      windowsHide: true,
    });
    endAtExit(child);
    let output = "";
    let reason: string | undefined;
    for (const stream of [child.stdout, child.stderr]) {
      const decoder = new StringDecoder("utf8");
      stream.on("data", (chunk: Buffer) => {
        output = (output + decoder.write(chunk)).slice(-maximumOutput);
      });
    }
    let kill: NodeJS.Timeout | undefined;
    const end = (why: string, grace = terminationGrace) => {
      reason ??= why;
      endGroup(child, "SIGTERM");
      clearTimeout(kill);
      kill = setTimeout(() => endGroup(child, "SIGKILL"), grace).unref();
    };
    const timer = setTimeout(
      () => end(`ran for more than ${formatWait(timeout / 1000)} and was ended`),
      timeout,
    );
    let late: NodeJS.Timeout | undefined;
    const abort = () => {
      end("was ended with the run", shortGrace);
      clearTimeout(late);
      late = setTimeout(() => settle(undefined), abortGrace);
    };
    if (signal?.aborted) abort();
    signal?.addEventListener("abort", abort, { once: true });
    const settle = (exitCode: number | undefined) => {
      clearTimeout(timer);
      clearTimeout(late);
      signal?.removeEventListener("abort", abort);
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
      resolve({ exitCode, output, ...(reason !== undefined && { reason }) });
    };
    child.on("error", (error: NodeJS.ErrnoException) => {
      reason ??= describeStart(error, program);
      settle(undefined);
    });
    child.on("exit", (exitCode, ending) => {
      if (reason !== undefined) endGroup(child, "SIGKILL");
      else if (ending !== null) reason = `was ended by ${ending}`;
      // `close` may never come: a program left in the background may keep the output open.
      if (!signal?.aborted) late = setTimeout(() => settle(exitCode ?? undefined), outputGrace);
      child.on("close", () => settle(exitCode ?? undefined));
    });
    child.stdin.on("error", () => {}); // it need not read
    Readable.from(input).pipe(child.stdin);
  });
}

const running = new Set<ChildProcess>();
let endsAtExit = false;

/** Has a program, and all that it has started, end with this process. */
export function endAtExit(child: ChildProcess): void {
  running.add(child);
  for (const event of ["exit", "error"]) child.once(event, () => running.delete(child));
  if (endsAtExit) return;
  endsAtExit = true;
  process.once("exit", () => {
    for (const each of running) endGroup(each, "SIGKILL");
  });
}

/** Where the system looks without PATH. */
const defaultPath = "/usr/bin:/bin";

/** Why a program could not be started in this environment, as `ProgramEnd.reason`; undefined if it probably could. */
export async function whyNotStarted(
  program: string,
  { PATH = defaultPath }: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  const code = await problemOf(program, PATH);
  return code && describeStart(Object.assign(new Error(code), { code }), program);
}

/** Whether a search of PATH finds a file of this name, which the user need not be allowed to run. */
export async function isInPath(
  program: string,
  { PATH = defaultPath }: Readonly<Record<string, string | undefined>>,
): Promise<boolean> {
  return (await problemOf(program, PATH)) !== "ENOENT";
}

/** The error code of an attempt to start a program; undefined if it would probably start. */
async function problemOf(program: string, path: string): Promise<string | undefined> {
  const isPath = /[\\/]/.test(program);
  const places = isPath ? [program] : path.split(delimiter).map((each) => join(each, program));
  const problems = await Promise.all(
    places.map(async (place) => {
      try {
        await access(place, constants.X_OK);
        return (await stat(place)).isFile() ? undefined : "EACCES";
      } catch (error) {
        return isFileError(error) ? error.code : "ENOENT";
      }
    }),
  );
  if (problems.includes(undefined)) return undefined;
  return problems.find((each) => each !== "ENOENT" && each !== "ENOTDIR") ?? "ENOENT";
}

/** A name without a path is looked up in PATH, which is short in cron. */
function describeStart({ code, message }: NodeJS.ErrnoException, program: string): string {
  if (code !== "ENOENT") return `could not be started: ${code ?? message}`;
  return /[\\/]/.test(program)
    ? `could not be started: ${program} does not exist, or the interpreter in its first line does not`
    : `could not be started: ${program} is not in PATH`;
}

/** Signals a program that was started in a process group of its own, and all that it has started there. */
export function endGroup(child: ChildProcess, signal: "SIGTERM" | "SIGKILL"): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch {
    // The group is gone, or there are none, as on Windows.
    child.kill(signal);
  }
}
