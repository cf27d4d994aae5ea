import { once } from "node:events";
import { open } from "node:fs/promises";
import { basename } from "node:path";
import { Readable } from "node:stream";
import { parseAccount } from "../config/external-accounts.ts";
import { identityOf } from "../config/identity.ts";
import type { Identity } from "../config/types.ts";
import type { CommandContext } from "../context.ts";
import type { Environment } from "../environment.ts";
import { CliError, ExitCode, UsageError } from "../errors.ts";
import { isFileError, reasonOf } from "../file-error.ts";
import { splitWords } from "./program-run.ts";
import { readLines } from "./read-lines.ts";

/** An account that is to be worked on, or why it cannot be. */
export type AccountEntry = { readonly profile: string } & (
  | { readonly identity: Identity; readonly error?: never }
  | { readonly identity?: never; readonly error: CliError }
);

/** The accounts of a run, one after another. Its iteration throws CliError where no more of them can be had. */
export interface AccountSource extends AsyncIterable<AccountEntry> {
  /** For messages. */
  readonly name: string;
}

/** Every stored profile whose name fits, by name. Throws exit 3 where there is none. */
export async function storedAccounts(
  context: Pick<CommandContext, "config">,
  glob: string,
): Promise<AccountSource> {
  const profiles = (await context.config()).profiles();
  const pattern = new RegExp(
    `^${glob.replace(/[.\\+?^${}()|[\]]/g, "\\$&").replace(/\*+/g, ".*")}$`,
  );
  const fitting = Object.entries(profiles).filter(([name]) => pattern.test(name));
  if (fitting.length === 0) throw noProfile(glob, Object.keys(profiles).length > 0);
  fitting.sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    name: glob,
    async *[Symbol.asyncIterator]() {
      for (const [name, stored] of fitting) yield entryOf(name, () => identityOf(name, stored));
    },
  };
}

/**
 * The accounts that NDJSON from elsewhere names: a file, `-` for standard input, or `!` and a command.
 * Read as they are needed, and never written down. Throws UsageError where it cannot be opened.
 *
 * @param stop ends the reading
 */
export async function externalAccounts(
  context: Pick<CommandContext, "io" | "env">,
  source: string,
  stop: AbortSignal,
): Promise<AccountSource> {
  const { chunks, name } = await openInput(context, source, stop);
  return {
    name,
    async *[Symbol.asyncIterator]() {
      const seen = new Set<string>();
      for await (const { number, text } of readLines(abortable(chunks, stop))) {
        const line = number === 1 ? text?.replace(/^\uFEFF/, "") : text;
        if (line?.trim() === "") continue;
        const place = `line ${number} of ${name}`;
        yield entryOf(place, () => {
          if (line === undefined) throw new UsageError(`There is too much text in ${place}.`);
          const identity = parseAccount(line, place);
          if (seen.has(identity.profile)) {
            throw new UsageError(
              `The profile ${identity.profile} in ${place} was there before.`,
              "Give each account a name of its own.",
            );
          }
          seen.add(identity.profile);
          return identity;
        });
      }
    },
  };
}

function noProfile(glob: string, hasOthers: boolean): CliError {
  return new CliError(hasOthers ? `No profile matches ${glob}.` : "There are no profiles.", {
    exitCode: ExitCode.notFound,
    code: "NO_SUCH_PROFILE",
    hint: hasOthers
      ? "See the profiles with `rcwh profile list`."
      : "First sign in with `rcwh login --profile <name>`.",
  });
}

function entryOf(place: string, identify: () => Identity): AccountEntry {
  try {
    const identity = identify();
    return { profile: identity.profile, identity };
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    return { profile: place, error };
  }
}

/** Milliseconds between asking a command to end and ending it. */
const grace = 1000;

interface Input {
  readonly chunks: AsyncIterable<string | Uint8Array>;
  readonly name: string;
}

async function openInput(
  { io, env }: Pick<CommandContext, "io" | "env">,
  source: string,
  stop: AbortSignal,
): Promise<Input> {
  if (source === "-") return { chunks: io.stdin, name: "standard input" };
  if (source.startsWith("!")) return openCommand(source.slice(1), env, stop);
  try {
    const file = await open(source);
    if (!(await file.stat()).isDirectory()) {
      return { chunks: file.createReadStream(), name: basename(source) };
    }
    await file.close();
  } catch (cause) {
    if (!isFileError(cause)) throw cause;
    throw unreadable(source, reasonOf(cause), cause);
  }
  throw unreadable(source, "it is a directory");
}

function unreadable(path: string, reason: string, cause?: unknown): UsageError {
  return new UsageError(
    `--profiles-from: cannot read ${path}: ${reason}.`,
    "Give the path of a file, - for standard input, or a command such as '!my-accounts --json'.",
    { cause },
  );
}

/** Runs a command, without a shell, for what it prints. */
async function openCommand(text: string, env: Environment, stop: AbortSignal): Promise<Input> {
  const [program, ...parameters] = splitWords(text, "--profiles-from");
  const { spawn } = await import("node:child_process");
  const child = spawn(program, parameters, {
    env: { ...env },
    stdio: ["ignore", "pipe", "pipe"],
    windowsHide: true,
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
  const kill = () => child.kill();
  stop.addEventListener("abort", kill, { once: true });

  async function* chunks(): AsyncGenerator<Uint8Array> {
    try {
      yield* abortable(child.stdout, stop);
      const [exitCode, signal] = await exit;
      if (exitCode === 0) return;
      const [last = ""] = complaint.trim().split("\n").slice(-1);
      throw new CliError(
        `${program} ended with ${signal ?? `exit code ${exitCode}`}, so there may be more accounts than it named.${last && ` It said: ${last}`}`,
        { code: "PROFILES_FROM", hint: "Run the command of --profiles-from by itself." },
      );
    } finally {
      stop.removeEventListener("abort", kill);
      child.stdout.destroy();
      child.stderr.destroy();
      if (child.exitCode === null && child.signalCode === null) {
        child.kill();
        // One that will not hear must not keep this process from ending.
        setTimeout(() => child.kill("SIGKILL"), grace).unref();
        child.unref();
      }
    }
  }
  return { chunks: chunks(), name: basename(program) };
}

/** The same pieces, but that waiting for the next one ends with `stop`. */
function abortable<Piece>(pieces: AsyncIterable<Piece>, stop: AbortSignal): AsyncIterable<Piece> {
  return {
    [Symbol.asyncIterator]() {
      const iterator = pieces[Symbol.asyncIterator]();
      return {
        next: () =>
          new Promise((resolve, reject) => {
            const abort = () => {
              // Else what nobody reads any more would keep the process from ending.
              if (pieces instanceof Readable) pieces.destroy();
              reject(stop.reason);
            };
            if (stop.aborted) return abort();
            stop.addEventListener("abort", abort, { once: true });
            const settled = () => stop.removeEventListener("abort", abort);
            iterator.next().then(resolve, reject).finally(settled);
          }),
        return: async () => {
          await iterator.return?.();
          return { done: true, value: undefined };
        },
      };
    },
  };
}
