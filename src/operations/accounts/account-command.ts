import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { basename } from "node:path";
import { CliError, UsageError } from "../../errors.ts";
import type { Environment } from "../../machine/environment.ts";
import { isFileError } from "../../machine/file-error.ts";
import { afterglow, endGroup, splitWords } from "../reporting/program-run.ts";
import { abortable } from "./abortable.ts";

/** What names accounts, piece by piece. */
export interface AccountInput {
  readonly chunks: AsyncIterable<string | Uint8Array>;
  /** For messages. */
  readonly name: string;
  /** Once all chunks are read: whether there can have been no more. Always, where there is no such function. */
  readonly isWhole?: () => boolean;
}

/** Milliseconds between asking a command to end and ending it. */
const grace = 1000;

/** Runs a command, without a shell, for what it prints. `stop` ends it, with all that it has started. */
export async function openCommand(
  text: string,
  env: Environment,
  stop: AbortSignal,
): Promise<AccountInput> {
  const [program, ...parameters] = splitWords(text, "--profiles-from");
  const { spawn } = await import("node:child_process");
  const child = spawn(program, parameters, {
    env: { ...env },
    stdio: ["ignore", "pipe", "pipe"],
    windowsHide: true,
    // A group of its own, so that all of it can be ended.
    detached: true,
  });
  try {
    await once(child, "spawn");
  } catch (cause) {
    const reason = isFileError(cause) ? cause.code : String(cause);
    throw new UsageError(
      `--profiles-from: cannot run ${program} (${reason}).`,
      "Name a program that is there; for a shell's features run `sh -c '…'`.",
      { cause },
    );
  }
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    complaint = (complaint + chunk).slice(-1000);
  });
  const exit = once(child, "exit");
  let isWhole = false;
  const end = () => endCommand(child);
  stop.addEventListener("abort", end, { once: true });

  async function* chunks(): AsyncGenerator<Uint8Array> {
    try {
      const pieces = untilQuiet<Uint8Array>(child.stdout, exit, () => {
        isWhole = true;
      });
      yield* abortable(pieces, stop);
      const [exitCode, signal] = await exit;
      if (exitCode === 0) return;
      const [last = ""] = complaint.trim().split("\n").slice(-1);
      throw new CliError(
        `${program} ended with ${signal ?? `exit code ${exitCode}`}, so there may be more accounts than it named.${last && ` It said: ${last}`}`,
        { code: "PROFILES_FROM", hint: "Run the command of --profiles-from by itself." },
      );
    } finally {
      stop.removeEventListener("abort", end);
      end();
    }
  }
  return { chunks: chunks(), name: basename(program), isWhole: () => isWhole };
}

/** Lets go of a command, and ends it with all that it has started, unless it came to a good end. */
function endCommand(child: ChildProcess): void {
  child.stdout?.destroy();
  child.stderr?.destroy();
  if (child.exitCode === 0) return;
  const kill = () => endGroup(child, "SIGKILL");
  if (child.exitCode !== null || child.signalCode !== null) {
    kill();
    return;
  }
  endGroup(child, "SIGTERM");
  // This process waits for it: nobody else would end one that does not hear.
  const timer = setTimeout(kill, grace);
  child.once("exit", () => {
    clearTimeout(timer);
    kill();
  });
}

/** The same pieces, but a while after the exit no more are waited for: a program in its background may keep the pipe open. `onEnd` hears of a pipe that was closed. */
async function* untilQuiet<Piece>(
  pieces: AsyncIterable<Piece>,
  exit: Promise<unknown>,
  onEnd: () => void,
): AsyncGenerator<Piece> {
  const iterator = pieces[Symbol.asyncIterator]();
  let hasExited = false;
  const exited = exit.then(() => {
    hasExited = true;
  });
  for (;;) {
    const piece = iterator.next();
    if (!hasExited) await Promise.race([piece, exited]);
    const result = hasExited ? await within(piece, afterglow) : await piece;
    if (result?.done) onEnd();
    if (!result || result.done) return;
    yield result.value;
  }
}

/** Undefined where it takes more than so many milliseconds. */
async function within<Result>(
  result: Promise<Result>,
  milliseconds: number,
): Promise<Result | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), milliseconds);
  });
  try {
    return await Promise.race([result, late]);
  } finally {
    clearTimeout(timer);
  }
}
