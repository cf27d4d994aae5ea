import { CliError, ExitCode } from "../errors.ts";
import type { Clock } from "../machine/clock.ts";
import { realClock } from "../machine/real-clock.ts";
import type { Store } from "./store.ts";
import { StoreError } from "./store-error.ts";

export interface RetryOptions {
  /** Real time unless given. */
  readonly clock?: Clock;
  /** Ends the repetitions, not a call that is under way: what was begun is finished. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds after which a call with all its repetitions has failed; 20,000 unless given. */
  readonly deadline?: number;
  /** Milliseconds of silence after which one try has failed; 10,000 unless given. */
  readonly timeout?: number;
}

/** Milliseconds: the first pause, and the longest. */
const firstPause = 50;
const longestPause = 2000;

/**
 * Tries again when the store cannot be reached or is just starting. A lost answer leaves no doubt: each write has a version
 * of its own, by which it is found, and a removal has succeeded if the entry is gone. A change that another writer replaced
 * before it was found counts as not made: an edit may be made twice, but is never lost.
 *
 * Throws StoreError, code `STORE`, which quotes the store's client without passwords; at once where trying again cannot help.
 */
export function withRetries(store: Store, options: RetryOptions = {}): Store {
  const { clock = realClock, signal, deadline = 20_000, timeout = 10_000 } = options;

  return repeating(store, async (call) => {
    const until = clock.now() + deadline;
    for (let pause = firstPause; ; pause = Math.min(pause * 2, longestPause)) {
      try {
        return await limited(call, timeout);
      } catch (error) {
        const failure = explained(error);
        const time = pause * (0.5 + Math.random() / 2);
        if (!(failure instanceof StoreError) || clock.now() + time > until) throw failure;
        await clock.sleep(time, signal);
      }
    }
  });
}

/**
 * Makes each call through `repeat`, which may make it several times. What `withRetries` says of lost answers holds.
 *
 * @internal
 */
export function repeating(
  store: Store,
  repeat: <Result>(call: () => Promise<Result>) => Promise<Result>,
): Store {
  return {
    read: (key) => repeat(() => store.read(key)),
    async compareAndSet(change) {
      const named = { ...change, newVersion: change.newVersion ?? crypto.randomUUID() };
      let calls = 0;
      const outcome = await repeat(() => {
        calls += 1;
        return store.compareAndSet(named);
      });
      if (outcome.written || calls === 1) return outcome;
      // One of the calls whose answer was lost may have made the change.
      const entry = await repeat(() => store.read(change.key));
      const version = change.value === undefined ? undefined : named.newVersion;
      return entry?.version === version ? { written: true, version } : outcome;
    },
    lock: (request) => repeat(() => store.lock(request)),
    unlock: (lock) => repeat(() => store.unlock(lock)),
  };
}

/** A call that never ends has failed: its connection may be dead without having been closed. */
async function limited<Result>(call: () => Promise<Result>, timeout: number): Promise<Result> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new StoreError(`The store has not answered for ${timeout / 1000} s.`, hint));
    }, timeout);
  });
  try {
    return await Promise.race([call(), silence]);
  } finally {
    clearTimeout(timer);
  }
}

const hint = "Check that it runs and that this machine reaches it, then try again.";

/** Returns a StoreError for a temporary fault, another CliError for a permanent one, and a bug unchanged. */
function explained(error: unknown): unknown {
  if (error instanceof CliError || error instanceof RangeError || isBug(error)) return error;
  const { code, reason } = describe(error);
  const cause = Object.assign(new Error(reason), { code });
  const exitCode = lastingFault(code, reason);
  if (exitCode === undefined) return new StoreError(`The store fails: ${reason}.`, hint, { cause });
  return new CliError(`The store refuses: ${reason}.`, {
    exitCode,
    code: "STORE",
    hint:
      exitCode === ExitCode.auth
        ? "Check the user and the password in the store's URL, and the user's rights."
        : "Check the store and its URL, then try again.",
    cause,
  });
}

/** Of these, only those of `fetch` are no bugs. */
function isBug(error: unknown): boolean {
  const isTypical = error instanceof TypeError || error instanceof ReferenceError;
  return isTypical && !/fetch|network|request|connect/i.test(error.message);
}

/** The exit code of a permanent fault; undefined for a temporary one. */
function lastingFault(code: string, reason: string): ExitCode | undefined {
  // PostgreSQL: 28 is the login, 42501 a missing right.
  if (/^28/.test(code) || code === "42501") return ExitCode.auth;
  if (/^(?:NOAUTH|WRONGPASS|NOPERM)\b/.test(reason)) return ExitCode.auth;
  const isState = /^(?=.*\d)[\dA-Z]{5}$/.test(code);
  // Connections, resources, the operator, conflicts, the system below.
  if (isState && !/^(?:08|53|55|57|58|40|25006)/.test(code)) return ExitCode.failure;
  return /^(?:ERR|WRONGTYPE|NOSCRIPT)\b/.test(reason) ? ExitCode.failure : undefined;
}

function describe(error: unknown): { readonly code: string; readonly reason: string } {
  const { code, message, errors } = error as {
    readonly code?: unknown;
    readonly message?: unknown;
    /** Of each address of a name, in an AggregateError, whose own message is empty. */
    readonly errors?: readonly unknown[];
  };
  const text = typeof message === "string" ? message : String(error);
  if (text === "" && errors?.[0] !== undefined) return describe(errors[0]);
  const reason = withoutPasswords(text === "" ? String(code ?? "without a reason") : text);
  return { code: typeof code === "string" ? code : "", reason: reason.replace(/(?<!\.)\.+$/, "") };
}

/** A user's name and password in an address, which may hold any character. */
function withoutPasswords(text: string): string {
  return text
    .replace(/:\/\/[^\s"'<>]+/g, (rest) => rest.replace(/^:\/\/.*@/, "://…@"))
    .replace(/([?&;\s]password=)[^&;\s"']*/gi, "$1…");
}
