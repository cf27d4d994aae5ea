import { open, stat } from "node:fs/promises";
import { basename } from "node:path";
import type { Identity } from "../../config/credentials.ts";
import { parseAccount } from "../../config/external-accounts.ts";
import { identityOf } from "../../config/identity.ts";
import type { CommandContext } from "../../context.ts";
import { CliError, ExitCode, UsageError } from "../../errors.ts";
import { globMatches } from "../../filters/glob.ts";
import { isFileError, reasonOf } from "../../machine/file-error.ts";
import { abortable, openInput as openFile } from "../../machine/read-input.ts";
import { readLines } from "../text-input.ts";
import { type AccountInput, openCommand } from "./account-command.ts";

/** An account to work on, or why that is impossible. */
export type AccountEntry = {
  /** The profile's name, or the place of an entry without one: `line 3 of accounts.ndjson`. */
  readonly profile: string;
  /** Whether `profile` is only a place. */
  readonly isNameless?: true;
} & (
  | { readonly identity: Identity; readonly error?: never }
  | { readonly identity?: never; readonly error: CliError }
);

/** The accounts of a run, in order. Iterating throws CliError if the rest cannot be read. */
export interface AccountSource extends AsyncIterable<AccountEntry> {
  /** For messages. */
  readonly name: string;
  /** Whether the source, read to its end, would have named this profile if the account existed. */
  covers(profile: string): boolean;
}

/** A source that begins with this many invalid lines is not a list of accounts, and may be endless. */
const maximumUnusable = 1000;

/** The stored profiles whose names match, by name. Throws exit 3 if there are none. */
export async function storedAccounts(
  context: Pick<CommandContext, "config">,
  glob: string,
): Promise<AccountSource> {
  const profiles = (await context.config()).profiles();
  const matching = Object.entries(profiles).filter(([name]) => globMatches(glob, name));
  if (matching.length === 0) throw noProfile(glob, Object.keys(profiles).length > 0);
  matching.sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    name: glob,
    covers: (profile) => globMatches(glob, profile),
    async *[Symbol.asyncIterator]() {
      for (const [name, stored] of matching) yield entryOf(name, () => identityOf(name, stored));
    },
  };
}

/**
 * The accounts that NDJSON names: a file, `-` for standard input, or `!` and a command. Read as needed, and
 * never saved. Throws UsageError if it cannot be opened.
 *
 * @param stop ends the reading
 */
export async function externalAccounts(
  context: Pick<CommandContext, "io" | "env">,
  source: string,
  stop: AbortSignal,
): Promise<AccountSource> {
  const { chunks, name, isComplete = () => true } = await openInput(context, source, stop);
  return {
    name,
    covers: isComplete,
    async *[Symbol.asyncIterator]() {
      const seen = new Set<string>();
      /** The lines before the first account; undefined after it. */
      let unusable: AccountEntry[] | undefined = [];
      for await (const { number, text } of readLines(abortable(chunks, stop))) {
        stop.throwIfAborted();
        const line = number === 1 ? text?.replace(/^\uFEFF/, "") : text;
        if (line?.trim() === "") continue;
        const place = `line ${number} of ${name}`;
        const entry = entryOf(place, () => {
          if (line === undefined) throw new UsageError(`The account in ${place} is too long.`);
          const identity = parseAccount(line, place);
          if (seen.has(identity.profile)) {
            throw new UsageError(
              `The profile ${identity.profile} in ${place} occurs twice.`,
              "Give each account a name of its own.",
            );
          }
          seen.add(identity.profile);
          return identity;
        });
        if (!unusable) {
          yield entry.error ? { ...entry, isNameless: true } : entry;
        } else if (!entry.error) {
          yield* unusable;
          unusable = undefined;
          yield entry;
        } else {
          unusable.push({ ...entry, isNameless: true });
          if (unusable.length === maximumUnusable) throw noAccountAmong(name, entry.error);
        }
      }
      if (unusable) yield* unusable;
    },
  };
}

function noAccountAmong(name: string, { hint }: CliError): UsageError {
  return new UsageError(
    `None of the first ${maximumUnusable} lines of ${name} is an account, so rcwh stopped reading.`,
    hint,
  );
}

function noProfile(glob: string, hasOthers: boolean): CliError {
  return new CliError(hasOthers ? `No profile matches ${glob}.` : "There are no profiles.", {
    exitCode: ExitCode.notFound,
    code: "NO_SUCH_PROFILE",
    hint: hasOthers
      ? "See the profiles with `rcwh profile list`."
      : "Sign in with `rcwh login --profile default`.",
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

async function openInput(
  { io, env }: Pick<CommandContext, "io" | "env">,
  source: string,
  stop: AbortSignal,
): Promise<AccountInput> {
  if (source === "-") return { chunks: io.stdin, name: "standard input" };
  if (source.startsWith("!")) return openCommand(source.slice(1), env, stop);
  try {
    // Opening it for a moment tells what reading would say later; a pipe may be opened only once.
    const found = await stat(source);
    if (found.isFile()) await (await open(source)).close();
    if (!found.isDirectory()) return { chunks: await openFile(source), name: basename(source) };
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
