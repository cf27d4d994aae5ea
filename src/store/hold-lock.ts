import { CliError, ExitCode } from "../errors.ts";
import type { Clock } from "../machine/clock.ts";
import { LockedError } from "../machine/locks/locked-error.ts";
import { oneLine } from "../one-line.ts";
import type { Store, StoreLock } from "./store.ts";

export interface HoldOptions {
  readonly name: string;
  /** Describes who holds it, for those who wait: `process 12 on pod-3 since 2026-11-30T14:00:00Z`. */
  readonly owner: string;
  /** Milliseconds to wait for another holder. */
  readonly wait: number;
  readonly clock: Clock;
  /** Ends the wait for the lock, not the work. */
  readonly signal?: AbortSignal | undefined;
}

export interface HeldLock {
  readonly lock: StoreLock;
  /** Throws `LOCK_LOST` (exit 5) where this process was suspended or cut off for so long that another may hold the lock. */
  check(): void;
  /** Asks the store, and throws the same where another has taken it. */
  confirm(): Promise<void>;
}

/** Milliseconds. A holder that was killed blocks others for as long. */
const ttl = 15_000;
const heartbeat = ttl / 3;
/** The longest pause between two tries, milliseconds. */
const longestPause = 250;

/**
 * Runs `work` while holding a lock of a store against this process and others. Throws LockedError after the wait, the
 * signal's reason when it aborts, and what the store throws.
 */
export async function holdLock<Result>(
  store: Store,
  options: HoldOptions,
  work: (held: HeldLock) => Promise<Result>,
): Promise<Result> {
  const held = await take(store, options);
  try {
    return await work(held);
  } finally {
    await held.release();
  }
}

async function take(store: Store, options: HoldOptions) {
  const { name, owner, wait, clock, signal } = options;
  // Unique, so that a request may be repeated after its answer was lost.
  const holder = `${kept(owner)}, ${crypto.randomUUID().slice(0, 8)}`;
  const until = clock.now() + wait;
  for (let pause = 20; ; pause = Math.min(pause * 2, longestPause)) {
    const asked = performance.now();
    const outcome = await store.lock({ name, holder, ttl });
    if (outcome.taken) return prolonged(store, outcome.lock, asked);
    if (clock.now() >= until) {
      const other = outcome.holder.replace(/, [\da-f]{8}$/, "");
      throw new LockedError(`the lock ${name}`, { owner: other });
    }
    await clock.sleep(pause * (0.5 + Math.random() / 2), signal);
  }
}

/** A description that every store can keep, whatever a program gives. */
function kept(owner: string): string {
  return oneLine(owner)
    .slice(0, 400)
    .replaceAll(/\p{Cs}/gu, "");
}

/** @param taken when the lock was asked for, by the stopwatch of this process */
function prolonged(store: Store, lock: StoreLock, taken: number) {
  const { name, holder, fence } = lock;
  let sure = taken + ttl;
  let isLost = false;
  let beating: Promise<void> | undefined;

  async function prolong(): Promise<void> {
    const asked = performance.now();
    const outcome = await store.lock({ name, holder, ttl });
    if (outcome.taken && outcome.lock.fence === fence) sure = asked + ttl;
    else isLost = true;
  }

  async function beat(): Promise<void> {
    // Where the store is down, the next one tells, or the time is over.
    await prolong().catch(() => {});
    beating = undefined;
  }

  function check(): void {
    if (isLost || performance.now() >= sure) throw new LockLostError(name);
  }

  const timer: unknown = setInterval(() => {
    if (!isLost) beating ??= beat();
  }, heartbeat);
  // A process may end although it holds a lock; there is nothing of this kind in browsers and Workers.
  if (typeof timer === "object" && timer !== null && "unref" in timer) {
    (timer as { unref(): void }).unref();
  }

  return {
    lock,
    check,
    async confirm() {
      if (!isLost) await prolong();
      check();
    },
    async release() {
      clearInterval(timer as Parameters<typeof clearInterval>[0]);
      await beating;
      // Where it fails, the lock is over in seconds.
      await store.unlock(lock).catch(() => {});
    },
  };
}

/** Another process may have gone on with the work. */
class LockLostError extends CliError {
  override readonly name = "LockLostError";

  constructor(lock: string) {
    super(`This run was suspended for so long that another run may hold the lock ${lock} now.`, {
      exitCode: ExitCode.unavailable,
      code: "LOCK_LOST",
      hint: "Run the command again: it continues from what is on record.",
    });
  }
}
