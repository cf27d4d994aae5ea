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

/** An account that failed as a whole. */
export interface AccountFailure {
  /** The profile's name, or the place of an entry without one: `line 3 of accounts.ndjson`. */
  readonly profile: string;
  readonly error: CliError;
}

/** Which accounts exist, as far as the source of a run has named them. */
export interface KnownAccounts {
  has(profile: string): boolean;
  /** Whether there is no such account: the source was read to its end, and would have named it. */
  lacks(profile: string): boolean;
}

export interface ManyAccountsOptions {
  /** A source of NDJSON, instead of stored profiles. */
  readonly profilesFrom: string | undefined;
  /** Matches the names of stored profiles. */
  readonly glob: string;
  readonly shard: string | undefined;
  readonly concurrency: number;
  /** As in `CommandContext.api`. */
  readonly deadline: number | undefined;
  /** Called once, after the last account. */
  readonly onKnown: (accounts: KnownAccounts) => void;
}

/** Runs `work` on each account of a source; see `forEachAccount`. */
export async function workOnMany(
  context: CommandContext,
  options: ManyAccountsOptions,
  work: (account: CommandContext) => Promise<void>,
): Promise<readonly AccountFailure[]> {
  const { profilesFrom, glob, concurrency, deadline, onKnown } = options;
  const shard = parseShard(options.shard, context.env);
  const isInShard = ({ identity, profile }: AccountEntry) =>
    !shard || shardOf(identity?.recordsKey ?? profile, shard.count) === shard.index;
  const stop = createStop(context, deadline);
  // Every request adds a listener, and Node warns of a leak from eleven.
  setMaxListeners(concurrency * 4 + 16, context.signal);
  try {
    const source =
      profilesFrom === undefined
        ? await storedAccounts(context, glob)
        : await externalAccounts(context, profilesFrom, stop.signal);
    return await workThrough(context, source, { concurrency, isInShard, work, onKnown });
  } finally {
    stop.release();
  }
}

/** The longest timer that Node has, milliseconds. */
const longestTimer = 2 ** 31;

/** A signal that aborts at the run's deadline or interruption, for reading a source. */
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

interface WorkOptions extends Pick<ManyAccountsOptions, "concurrency" | "onKnown"> {
  readonly isInShard: (entry: AccountEntry) => boolean;
  readonly work: (account: CommandContext) => Promise<void>;
}

async function workThrough(
  context: CommandContext,
  source: AccountSource,
  { concurrency, isInShard, work, onKnown }: WorkOptions,
): Promise<readonly AccountFailure[]> {
  const { io, signal } = context;
  const failures: AccountFailure[] = [];
  const inTurn = createTurns();
  const entries = source[Symbol.asyncIterator]();
  const names = new Set<string>();
  let hasEntries = false;
  let hasNameless = false;
  let isReadToEnd = false;
  let done = 0;
  let bug: { readonly error: unknown } | undefined;

  async function next(): Promise<AccountEntry | undefined> {
    for (;;) {
      if (signal.aborted || bug) return undefined;
      try {
        const { value, done: isEnd } = await entries.next();
        if (isEnd) {
          isReadToEnd = true;
          return undefined;
        }
        hasEntries = true;
        if (value.isNameless) hasNameless = true;
        if (!isInShard(value)) continue;
        if (!value.isNameless) names.add(value.profile);
        return value;
      } catch (error) {
        if (!(error instanceof CliError)) bug ??= { error };
        // The accounts after it are unknown, so the failure is the source's.
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
  const isComplete = isReadToEnd && !hasNameless;
  onKnown({
    has: (profile) => names.has(profile),
    lacks: (profile) => isComplete && source.covers(profile) && !names.has(profile),
  });
  if (bug) throw bug.error;
  signal.throwIfAborted();
  if (!hasEntries && failures.length === 0) throw noAccounts(source);
  return failures;
}

/** Runs tasks with the same key one after another. */
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

/** Puts the account's name before its messages, and leaves the progress line to the run. */
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

/** A failure, so that a secret store that answers with nothing does not look like a run that succeeded. */
function noAccounts({ name }: AccountSource): CliError {
  return new CliError(`There are no accounts in ${name}.`, {
    exitCode: ExitCode.notFound,
    code: "NO_ACCOUNTS",
    hint: "Check what --profiles-from reads: each line is one account, as a JSON object.",
  });
}
