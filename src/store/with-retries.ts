import type { Clock } from "../machine/clock.ts";
import { realClock } from "../machine/real-clock.ts";
import { type Repeat, repeatedLocks } from "./repeated-locks.ts";
import type { Store } from "./store.ts";
import { explainFault } from "./store-faults.ts";

export interface RetryOptions {
  /** Real time unless given. */
  readonly clock?: Clock | undefined;
  /** Ends the repetitions, not a call that is under way: what was begun is finished. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds after which a call with all its repetitions has failed; 20,000 unless given. */
  readonly deadline?: number | undefined;
  /** Milliseconds of silence after which one try has failed; 10,000 unless given. */
  readonly timeout?: number | undefined;
}

/** Milliseconds: the first pause, and the longest. */
const firstPause = 50;
const longestPause = 2000;

/**
 * Tries again when the store cannot be reached or is just starting. A lost answer leaves no doubt: each write has a version
 * of its own, by which it is found, and a removal has succeeded if the entry is gone. A change that another writer replaced
 * before it was found counts as not made: an edit may be made twice, but is never lost. A lock that a client takes after the
 * call was given up, as when it is connected again, is released.
 *
 * Throws an error with the code `STORE`, which quotes the store's client without passwords; `STORE_REFUSED`, at once, where
 * only a change helps, such as of the password.
 */
export function withRetries(store: Store, options: RetryOptions = {}): Store {
  const { clock = realClock, signal, deadline = 20_000, timeout = 10_000 } = options;

  return repeating(store, async (call) => {
    const until = clock.now() + deadline;
    for (let pause = firstPause; ; pause = Math.min(pause * 2, longestPause)) {
      try {
        return await limited(call, timeout);
      } catch (error) {
        const { error: failure, isPassing } = explainFault(error);
        const time = pause * (0.5 + Math.random() / 2);
        if (!isPassing || clock.now() + time > until) throw failure;
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
export function repeating(store: Store, repeat: Repeat, repeatUnlock = repeat): Store {
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
    ...repeatedLocks(store, repeat, repeatUnlock),
  };
}

/** A call that never ends has failed: its connection may be dead without having been closed. */
async function limited<Result>(call: () => Promise<Result>, timeout: number): Promise<Result> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("it did not answer in time")), timeout);
  });
  try {
    return await Promise.race([call(), silence]);
  } finally {
    clearTimeout(timer);
  }
}
