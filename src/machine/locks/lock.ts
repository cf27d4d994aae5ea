import fs from "node:fs";
import { attempt } from "../attempt.ts";
import type { Clock } from "../clock.ts";
import { isFileError } from "../file-error.ts";
import { refuseOddFile } from "../regular-file.ts";
import { Lock } from "./held-lock.ts";
import { describeHolder } from "./lock-holder.ts";
import { LockedError } from "./locked-error.ts";

export interface LockOptions {
  /** How long to wait for another holder, milliseconds. */
  readonly timeout: number;
  /** Whether to keep waiting in a run that was interrupted. */
  readonly ignoresSignal?: boolean;
  /** Whether to work without the lock where its file cannot be created. */
  readonly worksUnlocked?: boolean;
  /** Describes the holder, for messages of those who wait. */
  readonly owner?: string;
  /**
   * Milliseconds without a heartbeat after which the holder counts as dead where nothing else is known of it; two
   * heartbeats at least.
   */
  readonly stale?: number;
  /** Called when another process has taken the lock because it took this one for dead. */
  readonly onLost?: () => void;
}

export interface LockRequest extends LockOptions {
  readonly clock: Clock;
  /** Ends the wait for the lock, not the work. */
  readonly signal?: AbortSignal;
}

const heartbeat = 2_000;
/** The longest pause between two tries, milliseconds: for work of any length, and for brief work. */
const longestPause = 60;
const briefPause = 10;

/** The last waiter for each lock within this process, so that only processes poll. */
const lines = new Map<string, Promise<unknown>>();

/**
 * Runs `work` while holding the lock of `path` against this process and others. Throws what `takeLock` throws.
 */
export async function withLock<Result>(
  path: string,
  request: LockRequest,
  work: () => Promise<Result>,
): Promise<Result> {
  const before = lines.get(path);
  const turn = (async () => {
    await before?.catch(() => {});
    const release = await takeSharing(path, request, true);
    try {
      return await work();
    } finally {
      await release();
    }
  })();
  lines.set(path, turn);
  try {
    return await turn;
  } finally {
    if (lines.get(path) === turn) lines.delete(path);
  }
}

/**
 * Takes the lock of `path`, and resolves with its release function. The lock is the file `<path>.lock`; missing
 * directories are created. A heartbeat keeps it fresh until it is released, and another process takes it
 * over from one that was killed: at once where the system shows that it has ended, else within seconds. Throws
 * LockedError after the timeout, the signal's reason when it aborts, and the file system's error where no
 * lock can be created, `EFTYPE` if it exists and is not a regular file.
 */
export function takeLock(path: string, request: LockRequest): Promise<() => Promise<void>> {
  return takeSharing(path, request, false);
}

async function takeSharing(
  path: string,
  request: LockRequest,
  shares: boolean,
): Promise<() => Promise<void>> {
  const lockPath = `${path}.lock`;
  const tryTake = () => Lock.tryTake(lockPath, request, shares);
  let lock: Lock;
  try {
    lock = await retried(lockPath, request, longestPause, tryTake);
  } catch (error) {
    if (!request.worksUnlocked || !isFileError(error)) throw error;
    refuseOddLock(path);
    return async () => {};
  }
  const timer = setInterval(() => {
    // Undefined if the file system failed: the next heartbeat tells.
    if (attempt(() => lock.beat()) !== false) return;
    clearInterval(timer);
    request.onLost?.();
  }, heartbeat).unref();
  return async () => {
    clearInterval(timer);
    lock.release();
  };
}

/** Throws UsageError if the lock of `path` exists and is not a regular file: no process would ever release it. */
export function refuseOddLock(path: string): void {
  const stats = attempt(() => fs.lstatSync(`${path}.lock`, { throwIfNoEntry: false }));
  if (stats) refuseOddFile(`${path}.lock`, stats);
}

/**
 * The same lock without a heartbeat, for brief synchronous work. `work` runs again if it returns undefined.
 */
export function withBriefLock<Result>(
  path: string,
  request: LockRequest,
  work: (lock: BriefLock) => Result | undefined,
): Promise<Result> {
  return retried(`${path}.lock`, request, briefPause, () => tryBriefLock(path, request, work));
}

/** The same without a wait: undefined also if another holds the lock. */
export function tryBriefLock<Result>(
  path: string,
  options: LockOptions,
  work: (lock: BriefLock) => Result | undefined,
): Result | undefined {
  const lock = Lock.tryTake(`${path}.lock`, options, true);
  if (!lock) return undefined;
  try {
    return work(lock);
  } finally {
    lock.release();
  }
}

export type BriefLock = Pick<Lock, "replace">;

/** Tries until `tryOnce` returns a value. */
async function retried<Result>(
  lockPath: string,
  { clock, signal, timeout, ignoresSignal }: LockRequest,
  pause: number,
  tryOnce: () => Result | undefined,
): Promise<Result> {
  const until = clock.now() + timeout;
  for (;;) {
    const result = tryOnce();
    if (result !== undefined) return result;
    if (clock.now() >= until) throw new LockedError(lockPath, describeHolder(lockPath));
    await clock.sleep(1 + Math.random() * pause, ignoresSignal ? undefined : signal);
  }
}
