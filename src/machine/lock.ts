import fs from "node:fs";
import { dirname } from "node:path";
import { CliError, ExitCode } from "../errors.ts";
import type { Clock } from "./clock.ts";
import { isFileError } from "./file-error.ts";

export interface LockOptions {
  /** How long to wait for another holder, milliseconds. */
  readonly timeout: number;
  /** Whether to keep waiting in a run that was interrupted. */
  readonly ignoresSignal?: boolean;
  /** Whether to work without the lock where its file cannot be created. */
  readonly worksUnlocked?: boolean;
  /** Describes the holder, for messages of those who wait. */
  readonly owner?: string;
  /** Milliseconds without a heartbeat after which the holder counts as dead; two heartbeats at least. */
  readonly stale?: number;
  /** Called when another process has taken the lock because it took this one for dead. */
  readonly onLost?: () => void;
}

export interface LockRequest extends LockOptions {
  readonly clock: Clock;
  /** Ends the wait for the lock, not the work. */
  readonly signal?: AbortSignal;
}

/** Another process held the lock until the timeout. */
export class LockedError extends CliError {
  override readonly name = "LockedError";
  /** The holder's description, if it gave one. */
  readonly owner: string | undefined;

  constructor(lockPath: string, owner: string | undefined) {
    super(`Another rcwh has held ${lockPath} for too long.`, {
      exitCode: ExitCode.unavailable,
      code: "LOCKED",
      hint: "Wait for the other run to end, then try again.",
    });
    this.owner = owner;
  }
}

const usualStale = 10_000;
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
    const release = await takeLock(path, request);
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
 * over within seconds from one that was killed. Throws LockedError after the timeout, the signal's reason
 * when it aborts, and the file system's error where no lock can be created.
 */
export async function takeLock(path: string, request: LockRequest): Promise<() => Promise<void>> {
  const lockPath = `${path}.lock`;
  let lock: Lock;
  try {
    lock = await retried(lockPath, request, longestPause, () => Lock.tryTake(lockPath, request));
  } catch (error) {
    if (request.worksUnlocked && isFileError(error)) return async () => {};
    throw error;
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

/**
 * The same lock without a heartbeat, for brief synchronous work. `work` runs again if it returns undefined.
 */
export function withBriefLock<Result>(
  path: string,
  request: LockRequest,
  work: (lock: BriefLock) => Result | undefined,
): Promise<Result> {
  const lockPath = `${path}.lock`;
  return retried(lockPath, request, briefPause, () => {
    const lock = Lock.tryTake(lockPath, request);
    if (!lock) return undefined;
    try {
      return work(lock);
    } finally {
      lock.release();
    }
  });
}

export type BriefLock = Pick<Lock, "replace">;

/** Tries until `attempt` returns a value. */
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
    if (clock.now() >= until) throw new LockedError(lockPath, readOwner(lockPath));
    await clock.sleep(1 + Math.random() * pause, ignoresSignal ? undefined : signal);
  }
}

/** Keeps the lock file open, so that its inode stays unique and shows whether the lock is still ours. */
class Lock {
  static readonly #held = new Set<Lock>();
  static #releasesAtExit = false;

  readonly #path: string;
  readonly #file: number;

  /** Undefined if another process holds the lock. */
  static tryTake(path: string, { owner, stale = usualStale }: LockOptions): Lock | undefined {
    let file = create(path);
    if (file === undefined && removeStale(path, stale)) file = create(path);
    return file === undefined ? undefined : new Lock(path, file, owner);
  }

  private constructor(path: string, file: number, owner: string | undefined) {
    this.#path = path;
    this.#file = file;
    Lock.#held.add(this);
    if (!Lock.#releasesAtExit) process.once("exit", Lock.#releaseAll);
    Lock.#releasesAtExit = true;
    // The lock works without a description.
    if (owner !== undefined) attempt(() => fs.writeSync(file, owner));
    // A file server has its own clock, but staleness is measured with ours.
    attempt(() => this.#touch());
  }

  /** Shows that the holder is alive; false if the lock is another's by now. */
  beat(): boolean {
    if (!this.#isOurs()) return false;
    this.#touch();
    return true;
  }

  /**
   * Replaces `path` atomically by `text`, as git does: the lock's own file is written, and renamed. False, with
   * nothing replaced, where this process was suspended for so long that the lock is another's by now.
   */
  replace(path: string, text: string, { durable = false } = {}): boolean {
    fs.writeFileSync(this.#file, text);
    if (durable) fs.fsyncSync(this.#file);
    if (!this.#isOurs()) return false;
    fs.renameSync(this.#path, path);
    return true;
  }

  /** A lock that cannot be removed becomes stale soon. */
  release(): void {
    if (!Lock.#held.delete(this)) return;
    attempt(() => this.#isOurs() && fs.unlinkSync(this.#path));
    fs.closeSync(this.#file);
  }

  static #releaseAll(this: void): void {
    for (const lock of Lock.#held) lock.release();
  }

  #isOurs(): boolean {
    const { ino } = fs.fstatSync(this.#file);
    return fs.statSync(this.#path, { throwIfNoEntry: false })?.ino === ino;
  }

  #touch(): void {
    const now = new Date();
    fs.futimesSync(this.#file, now, now);
  }
}

/** Creates a file, and its directory if necessary; undefined if the file exists. */
function create(path: string): number | undefined {
  const open = () => fs.openSync(path, "wx", 0o600);
  try {
    try {
      return open();
    } catch (error) {
      if (!hasCode(error, "ENOENT")) throw error;
      fs.mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      return open();
    }
  } catch (error) {
    if (hasCode(error, "EEXIST")) return undefined;
    throw error;
  }
}

/**
 * Removes a lock whose holder must be dead: one process at a time, which looks again when it is its turn, so
 * that nobody removes a lock that another has just taken. True if the lock is gone.
 */
function removeStale(path: string, stale: number): boolean {
  if (isFresh(path, stale)) return false;
  const guard = `${path}.stale`;
  try {
    fs.mkdirSync(guard);
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
    if (!isFresh(guard, usualStale)) attempt(() => fs.rmdirSync(guard));
    return false;
  }
  try {
    if (isFresh(path, stale)) return false;
    fs.rmSync(path, { force: true });
    return true;
  } finally {
    attempt(() => fs.rmdirSync(guard));
  }
}

/** A time far ahead counts as stale too: a wrong clock set it, and a living holder soon sets it again. */
function isFresh(path: string, stale: number): boolean {
  const stats = fs.statSync(path, { throwIfNoEntry: false });
  return stats !== undefined && Math.abs(stats.mtimeMs - Date.now()) <= stale;
}

/** One line: the file is ours, but its directory may be shared. */
function readOwner(lockPath: string): string | undefined {
  const text = attempt(() => fs.readFileSync(lockPath, "utf8")) ?? "";
  return /^[ -~]{1,200}$/.test(text) ? text : undefined;
}

/** Undefined if it fails: for what a lock can do without. */
function attempt<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return isFileError(error) && error.code === code;
}
