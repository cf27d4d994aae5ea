import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Runtime } from "../context.ts";
import type { IO } from "../io/io.ts";
import { canMoveCursor } from "../machine/environment.ts";
import { isFileError } from "../machine/file-error.ts";
import { stripEscapeSequences } from "../one-line.ts";
import { endAtExit, splitWords } from "./run-program.ts";

/** What pagers do without settings of the user's: nothing for what fits the screen, colors, the text stays. */
const pagerSettings = { LESS: "FRX", LV: "-c" };

/** Milliseconds that an interrupted pager has to restore the terminal. */
const patience = 100;

type PagerContext = Pick<Runtime, "env" | "platform" | "signal"> & { readonly io: PagerIO };
type PagerIO = Pick<IO, "interactive" | "terminal" | "stdout" | "data" | "note">;

/**
 * Shows text that is longer than the screen in the user's pager. Prints it if it fits, if no pager
 * can be started, or if there is no terminal to press a key. A reader who leaves early is not an error.
 */
export async function printPaged(text: string, context: PagerContext): Promise<void> {
  const { io, env } = context;
  // A pager writes to the terminal of this process, not to another stream in its place.
  const canPage = io.interactive && io.terminal && canMoveCursor(context);
  const words = canPage && !fitsScreen(text, io.stdout) ? pagerCommand(context) : undefined;
  const failure = words === undefined ? "none" : await runPager(words, text, context);
  if (failure === undefined) return;
  io.data(text);
  if (words !== undefined && (env["RCWH_PAGER"] ?? env["PAGER"]) !== undefined)
    io.note(`The pager ${words[0]} printed nothing: ${failure}.`);
}

/** Whether the text leaves a line for the shell's prompt. */
function fitsScreen(text: string, { rows = 24, columns = 80 }: IO["stdout"]): boolean {
  const lines = stripEscapeSequences(text).split("\n");
  const taken = lines.reduce(
    (sum, { length }) => sum + Math.max(1, Math.ceil(length / columns)),
    0,
  );
  return taken < rows;
}

/** What kept a pager from showing anything; undefined for one that was left, however. */
function whyUnread(
  exitCode: number | null,
  ending: NodeJS.Signals | null,
  hasRead: () => boolean,
): string | undefined {
  if (exitCode && !hasRead()) return `exit code ${exitCode}`;
  return /^SIG(?:ABRT|BUS|FPE|ILL|SEGV|SYS)$/.test(ending ?? "") ? `${ending}` : undefined;
}

/** Undefined for none. Unlike other variables, an empty one counts: it turns the pager off. */
function pagerCommand({
  env,
  platform,
}: Pick<Runtime, "env" | "platform">): readonly [string, ...string[]] | undefined {
  const name = env["RCWH_PAGER"] === undefined ? "PAGER" : "RCWH_PAGER";
  const command = (env[name] ?? (platform === "win32" ? "" : "less")).trim();
  return command === "" || command === "cat" ? undefined : splitWords(command, name);
}

/** A text for a program's standard input. */
interface Input {
  readonly fd: number;
  /** Whether anybody has read any of it. */
  wasRead(): boolean;
  close(): void;
}

/**
 * A file, because nobody can tell what was read of a pipe: it takes a whole page before anybody reads it, and a program
 * such as `false` would swallow that. A program reads from where the one before it stopped, and so do we. Returns the
 * reason if there is no place for it.
 */
function openInput(text: string, platform: NodeJS.Platform): Input | string {
  let directory: string | undefined;
  const remove = () => {
    if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
  };
  try {
    directory = mkdtempSync(join(tmpdir(), "rcwh-pager-"));
    const path = join(directory, "text");
    writeFileSync(path, text, { mode: 0o600 });
    const fd = openSync(path, "r");
    // An open file needs no name, and a process that is killed removes none. Windows keeps the name.
    if (platform !== "win32") remove();
    return {
      fd,
      wasRead: () => readFileSync(fd).length < Buffer.byteLength(text),
      close() {
        closeSync(fd);
        remove();
      },
    };
  } catch (error) {
    remove();
    if (isFileError(error)) return error.code;
    throw error;
  }
}

/** Resolves at its end, with what went wrong if it could not be started. */
async function runPager(
  [program, ...args]: readonly [string, ...string[]],
  text: string,
  { env, platform, signal, io }: PagerContext,
): Promise<string | undefined> {
  const { spawn } = await import("node:child_process");
  const input = openInput(`${text}\n`, platform);
  if (typeof input === "string") return input;
  // Pagers have a use for Ctrl-C, and go on.
  const takeBack = io.terminal?.lend?.();
  const failure = await new Promise<string | undefined>((resolve) => {
    const child = spawn(program, args, {
      env: { ...pagerSettings, ...env },
      stdio: [input.fd, "inherit", "inherit"],
    });
    endAtExit(child);
    // A pager that outlives this process would fight with the shell for the keyboard.
    let kill: NodeJS.Timeout | undefined;
    const end = () => {
      child.kill();
      kill = setTimeout(() => child.kill("SIGKILL"), patience);
    };
    signal.addEventListener("abort", end, { once: true });
    const settle = (why?: string) => {
      clearTimeout(kill);
      signal.removeEventListener("abort", end);
      resolve(why);
    };
    child.on("error", (error: NodeJS.ErrnoException) => settle(error.code ?? error.message));
    child.on("close", (exitCode, ending) => settle(whyUnread(exitCode, ending, input.wasRead)));
  }).finally(() => {
    input.close();
    takeBack?.();
  });
  signal.throwIfAborted();
  return failure;
}
