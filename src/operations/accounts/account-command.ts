import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { basename } from "node:path";
import { CliError, UsageError } from "../../errors.ts";
import type { Environment } from "../../machine/environment.ts";
import { isFileError } from "../../machine/file-error.ts";
import { endAtExit, endGroup, outputGrace, splitWords } from "../run-program.ts";

/** Text that names accounts. */
export interface AccountInput {
  readonly chunks: AsyncIterable<string | Uint8Array>;
  /** For messages. */
  readonly name: string;
  /** Whether the chunks that were read are the whole text; absent if they always are. */
  readonly isComplete?: () => boolean;
}

/** Milliseconds from SIGTERM to SIGKILL: a run ends within a second of its deadline. */
const terminationGrace = 100;

/** Runs a command, without a shell, and gives its output. `stop` ends it and all that it has started. */
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
    // A process group of its own, so that all of it can be ended.
    detached: true,
  });
  endAtExit(child);
  try {
    await once(child, "spawn");
  } catch (cause) {
    const reason = isFileError(cause) ? cause.code : String(cause);
    throw new UsageError(
      `--profiles-from: cannot run ${program} (${reason}).`,
      "Name a program that exists; for a shell's features use `sh -c '…'`.",
      { cause },
    );
  }
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    stderr = (stderr + chunk).slice(-1000);
  });
  const exit = once(child, "exit");
  let isComplete = false;
  const end = () => endCommand(child);
  if (stop.aborted) end();
  stop.addEventListener("abort", end, { once: true });

  async function* chunks(): AsyncGenerator<Uint8Array> {
    try {
      yield* untilQuiet<Uint8Array>(child.stdout, exit, () => {
        isComplete = true;
      });
      const [exitCode, signal] = await exit;
      if (exitCode === 0) return;
      const [last = ""] = stderr.trim().split("\n").slice(-1);
      throw new CliError(
        `${program} ended with ${signal ?? `exit code ${exitCode}`}, so accounts may be missing.${last && ` Last line of its stderr: ${last}`}`,
        { code: "PROFILES_FROM", hint: "Run the command of --profiles-from by itself." },
      );
    } finally {
      stop.removeEventListener("abort", end);
      end();
    }
  }
  return { chunks: chunks(), name: basename(program), isComplete: () => isComplete };
}

/** Closes the pipes of a command. Unless it has succeeded, also ends it and all that it has started. */
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
  // rcwh waits for this timer, because nothing else would end a command that ignores SIGTERM.
  const timer = setTimeout(kill, terminationGrace);
  child.once("exit", () => {
    clearTimeout(timer);
    kill();
  });
}

/**
 * The same chunks, but only for a moment after the exit: a program in the background may keep the pipe open.
 * `onEnd` is called if the pipe was closed.
 */
async function* untilQuiet<Chunk>(
  chunks: AsyncIterable<Chunk>,
  exit: Promise<unknown>,
  onEnd: () => void,
): AsyncGenerator<Chunk> {
  const iterator = chunks[Symbol.asyncIterator]();
  let hasExited = false;
  const exited = exit.then(() => {
    hasExited = true;
  });
  for (;;) {
    const chunk = iterator.next();
    if (!hasExited) await Promise.race([chunk, exited]);
    const result = hasExited ? await within(chunk, outputGrace) : await chunk;
    if (result?.done) onEnd();
    if (!result || result.done) return;
    yield result.value;
  }
}

/** Undefined if it takes longer than these milliseconds. */
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
