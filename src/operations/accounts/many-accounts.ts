import { setMaxListeners } from "node:events";
import { DeadlineError } from "../../api/errors.ts";
import { parseShard, shardOf } from "../../config/shard.ts";
import type { CommandContext } from "../../context.ts";
import { CliError, ExitCode } from "../../errors.ts";
import type { IO } from "../../io/io.ts";
import {
  type AccountEntry,
  type AccountSource,
  externalAccounts,
  storedAccounts,
} from "./account-source.ts";

export interface ManyAccounts {
  /** NDJSON from elsewhere, in place of stored profiles. */
  readonly profilesFrom: string | undefined;
  /** The names of stored profiles. */
  readonly glob: string;
  readonly shard: string | undefined;
  readonly concurrency: number;
  /** As in `CommandContext.api`. */
  readonly deadline: number | undefined;
  readonly known: (accounts: KnownAccounts) => void;
}

/** What `forEachAccount` does where there may be several. */
export async function workOnMany(
  context: CommandContext,
  { profilesFrom, glob, concurrency, deadline, known, ...chosen }: ManyAccounts,
  work: (account: CommandContext) => Promise<void>,
): Promise<readonly AccountFailure[]> {
  const shard = parseShard(chosen.shard, context.env);
  const isOurs = ({ identity, profile }: AccountEntry) =>
    !shard || shardOf(identity?.recordsKey ?? profile, shard.count) === shard.index;
  const stop = createStop(context, deadline);
  // Every request under way listens, and Node takes eleven for a leak.
  setMaxListeners(concurrency * 4 + 16, context.signal);
  try {
    const source =
      profilesFrom === undefined
        ? await storedAccounts(context, glob)
        : await externalAccounts(context, profilesFrom, stop.signal);
    return await workThrough(context, source, { concurrency, isOurs, work, known });
  } finally {
    stop.release();
  }
}

/** A signal of this run's deadline and interruption, for what waits on something else than RingCentral. */
function createStop({ clock, signal, deadlineAt }: CommandContext, deadline: number | undefined) {
  const controller = new AbortController();
  const interrupt = () => controller.abort(signal.reason);
  if (signal.aborted) interrupt();
  signal.addEventListener("abort", interrupt, { once: true });
  const milliseconds = deadlineAt(deadline) - clock.now();
  const timer =
    milliseconds < longestTimer
      ? setTimeout(() => controller.abort(new DeadlineError("read all accounts")), milliseconds)
      : undefined;
  return {
    signal: controller.signal,
    release() {
      clearTimeout(timer);
      signal.removeEventListener("abort", interrupt);
    },
  };
}

const longestTimer = 2 ** 31;

interface Work {
  readonly concurrency: number;
  readonly isOurs: (entry: AccountEntry) => boolean;
  readonly work: (account: CommandContext) => Promise<void>;
  readonly known: (accounts: KnownAccounts) => void;
}

async function workThrough(
  context: CommandContext,
  source: AccountSource,
  { concurrency, isOurs, work, known }: Work,
): Promise<readonly AccountFailure[]> {
  const { io, signal } = context;
  const failures: AccountFailure[] = [];
  const inTurn = createTurns();
  const entries = source[Symbol.asyncIterator]();
  const names = new Set<string>();
  let named = 0;
  let isWhole = false;
  let hasNameless = false;
  let done = 0;
  let bug: { readonly error: unknown } | undefined;

  async function next(): Promise<AccountEntry | undefined> {
    for (;;) {
      if (signal.aborted || bug) return undefined;
      try {
        const { value, done: isEnd } = await entries.next();
        if (isEnd) {
          isWhole = true;
          return undefined;
        }
        named += 1;
        if (value.isNameless) hasNameless = true;
        if (!isOurs(value)) continue;
        if (!value.isNameless) names.add(value.profile);
        return value;
      } catch (error) {
        if (!(error instanceof CliError)) bug ??= { error };
        // Of what comes after it nothing is known, so there is nobody else to name.
        else if (!signal.aborted) failures.push({ profile: source.name, error });
        return undefined;
      }
    }
  }

  async function workOn({ profile, identity, error }: AccountEntry): Promise<void> {
    if (error) {
      failures.push({ profile, error });
      return;
    }
    await inTurn(identity.recordsKey, async () => {
      const account = context.as(identity, createAccountIO(io, profile));
      try {
        await work(account);
      } catch (failure) {
        if (!(failure instanceof CliError)) bug ??= { error: failure };
        else failures.push({ profile, error: failure });
      } finally {
        await account.close();
      }
    });
  }

  async function worker(): Promise<void> {
    for (let entry = await next(); entry; entry = await next()) {
      await workOn(entry);
      done += 1;
      io.progress(
        `${done} accounts done${failures.length > 0 ? `, ${failures.length} failed` : ""}`,
      );
    }
  }

  await Promise.all(Array.from({ length: concurrency }, worker));
  await entries.return?.();
  io.endProgress();
  known({
    has: (profile) => names.has(profile),
    lacks: (profile) => isWhole && !hasNameless && source.covers(profile) && !names.has(profile),
  });
  if (bug) throw bug.error;
  signal.throwIfAborted();
  if (named === 0 && failures.length === 0) throw noAccounts(source);
  return failures;
}

/** Runs what is for the same key one after another. Remembers no key that nobody works for. */
function createTurns() {
  const latest = new Map<string, Promise<void>>();
  return async (key: string, task: () => Promise<void>): Promise<void> => {
    const before = latest.get(key);
    const turn = (async () => {
      await before?.catch(() => {});
      await task();
    })();
    latest.set(key, turn);
    try {
      await turn;
    } finally {
      if (latest.get(key) === turn) latest.delete(key);
    }
  };
}

/** What an account says carries its name. The line of progress is the run's. */
function createAccountIO(io: IO, profile: string): IO {
  const named = (say: (text: string) => void) => (text: string) => say(`${profile}: ${text}`);
  const overrides: Partial<IO> = {
    note: named(io.note),
    detail: named(io.detail),
    warn: named(io.warn),
    say: named(io.say),
    progress: () => {},
    endProgress: () => {},
  };
  return Object.assign(Object.create(io), overrides);
}

/** A secret store that answers with nothing must not look like a run in which all is well. */
function noAccounts({ name }: AccountSource): CliError {
  return new CliError(`There is no account in ${name}.`, {
    exitCode: ExitCode.notFound,
    code: "NO_ACCOUNTS",
    hint: "Check what --profiles-from reads: each line is one account, as a JSON object.",
  });
}

/** An account that could not be worked on to its end. */
export interface AccountFailure {
  /** The profile's name, or where it stands for one that has none: `line 3 of accounts.ndjson`. */
  readonly profile: string;
  readonly error: CliError;
}

/** Which accounts there are, as far as the source of a run's has told. */
export interface KnownAccounts {
  /** Whether there is an account of this name. */
  has(profile: string): boolean;
  /** Whether there is none: the source was read to its end, and would have named it. */
  lacks(profile: string): boolean;
}
