import fs from "node:fs";
import { dirname } from "node:path";
import { openDraft } from "./atomic-write.ts";
import type { Clock } from "./clock.ts";
import { isFileError } from "./file-error.ts";
import { isNumber, isOptional, isShape, isText, parseJson } from "./json.ts";
import { LockedError } from "./locked-error.ts";
import {
  hasEnded,
  isHere,
  isProcessIdentity,
  ownIdentity,
  type ProcessIdentity,
} from "./process-identity.ts";
import {
  oddFileError,
  openRegularFile,
  readRegularFile,
  refuseOddFile,
  removeFile,
} from "./regular-file.ts";

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

const usualStale = 10_000;
const heartbeat = 2_000;
/** Milliseconds since its last heartbeat within which a file is as good as new. */
const sharedBeat = 500;
/** The longest pause between two tries, milliseconds: for work of any length, and for brief work. */
const longestPause = 60;
const briefPause = 10;

const isTaken = Symbol("another process holds the lock");

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

/** Throws UsageError if the lock of `path` exists and is not a regular file: nobody would ever release it. */
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

/** A lock that belongs to whoever names it, until an instant: it needs no process and no heartbeat. */
export interface TimedLock {
  readonly owner: string;
  /** Milliseconds since the epoch. */
  readonly until: number;
  readonly fence: number;
}

/** The lock of `path`: a timed one, or that of a process, of which only its description is known. Undefined if it is free. */
export function readTimedLock(path: string): TimedLock | { readonly owner: string } | undefined {
  const lockPath = `${path}.lock`;
  if (!fs.existsSync(lockPath)) return undefined;
  const holder = readHolder(lockPath);
  const { owner = "another process", until, fence } = holder;
  if (until !== undefined && fence !== undefined) return { owner, until, fence };
  if (isAbandoned(lockPath, {})) return undefined;
  const { pid } = describeHolder(lockPath);
  return { owner: pid === undefined ? owner : `${owner} (process ${pid})` };
}

/** Takes the lock of `path` if it is free or its time is over. Callers exclude each other. */
export function tryTakeTimedLock(path: string, timed: TimedLock): boolean {
  const lock = Lock.tryTake(`${path}.lock`, timed);
  lock?.leave();
  return lock !== undefined;
}

/** Gives a timed lock another end, or releases it (undefined). False if it is another's by now. Callers exclude each other. */
export function changeTimedLock(
  path: string,
  { owner, fence }: Pick<TimedLock, "owner" | "fence">,
  until: number | undefined,
): boolean {
  const lockPath = `${path}.lock`;
  // In place: a process that has just taken it over has another file.
  const file = openIfThere(lockPath);
  if (file === undefined) return false;
  try {
    const holder = parseJson(fs.readFileSync(file, "utf8"));
    if (!isHolder(holder) || holder.owner !== owner || holder.fence !== fence) return false;
    if (until === undefined) {
      if (isFileOf(lockPath, file)) fs.unlinkSync(lockPath);
      return true;
    }
    fs.ftruncateSync(file, fs.writeSync(file, describe({ owner, until, fence }), 0));
    return isFileOf(lockPath, file);
  } finally {
    fs.closeSync(file);
  }
}

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
    if (clock.now() >= until) throw new LockedError(lockPath, describeHolder(lockPath));
    await clock.sleep(1 + Math.random() * pause, ignoresSignal ? undefined : signal);
  }
}

/** What a lock file says of its holder. */
interface Holder {
  readonly owner?: string | undefined;
  /** Absent where the system does not tell. */
  readonly process?: ProcessIdentity | undefined;
  /** Of a timed lock. */
  readonly until?: number | undefined;
  readonly fence?: number | undefined;
}

interface DraftOptions {
  /** Whether the new file must survive a power failure. */
  readonly durable?: boolean;
  /** Called with what the new file will be, just before it is in its place. */
  readonly onDraft?: (stats: fs.BigIntStats) => void;
  /** Takes over the new file, which is open, when it is in its place. */
  readonly onReplaced?: (file: number) => void;
}

type TakeOptions = Pick<LockOptions, "owner" | "stale"> & Partial<TimedLock>;

/** An open lock file, which one lock has, or several as links to it. */
interface LockFile {
  readonly descriptor: number;
  /** It stays unique while the file is open, and shows whether a lock is still ours. */
  readonly inode: number;
  readonly owner: string | undefined;
  /** When a heartbeat was written, milliseconds since the epoch. */
  beatAt: number;
  locks: number;
}

/**
 * A lock that this process holds. Where it holds several at once, they are links to one file: creating and deleting a file
 * costs several times as much as a link, and a run over many accounts takes four locks for each.
 */
class Lock {
  static readonly #held = new Set<Lock>();
  static #releasesAtExit = false;
  /** Not every file system has links. */
  static #hasLinks = true;

  readonly #file: LockFile;
  readonly #shares: boolean;
  #path: string;

  /**
   * Undefined if another process holds the lock.
   *
   * @param shares whether its file may also be that of other locks
   */
  static tryTake(path: string, options: TakeOptions, shares = false): Lock | undefined {
    const file = (shares ? Lock.#link(path, options.owner) : undefined) ?? create(path, options);
    return file === isTaken ? Lock.#tryTakeOver(path, options) : new Lock(path, file, shares);
  }

  /** Makes `path` a link to the file of a lock that is held already. Undefined if there is none, or links do not work. */
  static #link(path: string, owner: string | undefined): LockFile | typeof isTaken | undefined {
    const source = Lock.#source(owner);
    if (!source) return undefined;
    const file = source.#file;
    try {
      fs.linkSync(source.#path, path);
    } catch (error) {
      if (hasCode(error, "EEXIST")) return isTaken;
      // The directory may be missing, or another process has taken that lock over.
      if (!hasCode(error, "ENOENT")) Lock.#hasLinks = false;
      return undefined;
    }
    if (inodeAt(path) === file.inode) {
      if (Date.now() - file.beatAt > sharedBeat) attempt(() => beat(file));
      return file;
    }
    // Another process has taken that lock over, so this would be a lock of that process.
    removeFile(path);
    return undefined;
  }

  static #source(owner: string | undefined): Lock | undefined {
    if (!Lock.#hasLinks) return undefined;
    for (const lock of Lock.#held) {
      if (lock.#shares && (owner === undefined || lock.#file.owner === owner)) return lock;
    }
    return undefined;
  }

  /**
   * Takes an abandoned lock: one process at a time, which holds another lock, looks again when it has that one, and
   * puts it in the place of the abandoned one. So nobody removes a lock that another has just taken, and a process
   * that is killed on the way leaves locks that are abandoned like any other.
   */
  static #tryTakeOver(path: string, options: TakeOptions): Lock | undefined {
    if (!isAbandoned(path, options)) return undefined;
    const guard = Lock.tryTake(`${path}.stale`, options);
    if (!guard) return undefined;
    try {
      if (guard.#isOurs() && isAbandoned(path, options)) {
        fs.renameSync(guard.#path, path);
        guard.#path = path;
        return guard;
      }
    } catch (error) {
      guard.release();
      throw error;
    }
    guard.release();
    return undefined;
  }

  private constructor(path: string, file: LockFile, shares: boolean) {
    this.#path = path;
    this.#file = file;
    this.#shares = shares;
    file.locks += 1;
    Lock.#held.add(this);
    if (!Lock.#releasesAtExit) process.once("exit", Lock.#releaseAll);
    Lock.#releasesAtExit = true;
  }

  /** Shows that the holder is alive; false if the lock is another's by now. */
  beat(): boolean {
    if (!this.#isOurs()) return false;
    beat(this.#file);
    return true;
  }

  /**
   * Replaces `path` atomically by `text`. False, with nothing replaced, where this process was suspended for so long
   * that the lock is another's by now.
   */
  replace(
    path: string,
    text: string,
    { durable = false, onDraft, onReplaced }: DraftOptions = {},
  ): boolean {
    const draft = `${this.#path}.new`;
    const file = openDraft(draft);
    let isKept = false;
    try {
      fs.writeFileSync(file, text);
      if (durable) fs.fsyncSync(file);
      if (!this.#isOurs()) return false;
      onDraft?.(fs.fstatSync(file, { bigint: true }));
      fs.renameSync(draft, path);
      isKept = onReplaced !== undefined;
      onReplaced?.(file);
      return true;
    } catch (error) {
      attempt(() => this.#isOurs() && fs.rmSync(draft, { force: true }));
      throw error;
    } finally {
      if (!isKept) fs.closeSync(file);
    }
  }

  /** A lock that cannot be removed becomes stale soon. */
  release(): void {
    if (!Lock.#held.delete(this)) return;
    attempt(() => this.#isOurs() && fs.unlinkSync(this.#path));
    this.#close();
  }

  /** Leaves the lock as it is, for others to release. */
  leave(): void {
    if (Lock.#held.delete(this)) this.#close();
  }

  static #releaseAll(this: void): void {
    for (const lock of Lock.#held) lock.release();
  }

  #close(): void {
    this.#file.locks -= 1;
    if (this.#file.locks === 0) fs.closeSync(this.#file.descriptor);
  }

  #isOurs(): boolean {
    return inodeAt(this.#path) === this.#file.inode;
  }
}

function inodeAt(path: string): number | undefined {
  return fs.statSync(path, { throwIfNoEntry: false })?.ino;
}

/** Throws the file system's error. */
function beat(file: LockFile): void {
  const now = new Date();
  fs.futimesSync(file.descriptor, now, now);
  file.beatAt = now.getTime();
}

function openIfThere(path: string): number | undefined {
  try {
    return openRegularFile(path, fs.constants.O_RDWR);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** Whether `path` is this open file. */
function isFileOf(path: string, file: number): boolean {
  return inodeAt(path) === fs.fstatSync(file).ino;
}

function describe(holder: Holder): string {
  return `${JSON.stringify(holder)}\n`;
}

/** Creates a lock file with a description of its holder; `isTaken` if there is one. */
function create(path: string, { owner, until, fence }: TakeOptions): LockFile | typeof isTaken {
  const descriptor = createFile(path);
  if (descriptor === undefined) return isTaken;
  const holder = until === undefined ? { owner, process: ownIdentity() } : { owner, until, fence };
  // The lock works without a description.
  attempt(() => fs.writeSync(descriptor, describe(holder)));
  const { ino: inode, mtimeMs } = fs.fstatSync(descriptor);
  const file = { descriptor, inode, owner, beatAt: mtimeMs, locks: 0 };
  // A file server has its own clock, but staleness is measured with ours.
  if (Math.abs(mtimeMs - Date.now()) > sharedBeat) attempt(() => beat(file));
  return file;
}

/** Creates a file, and its directory if necessary; undefined if the file exists. */
function createFile(path: string): number | undefined {
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
 * Whether the holder has certainly ended, or has been silent for too long. A time far ahead does not count as a heartbeat: a wrong
 * clock set it, and a living holder soon sets it again.
 */
function isAbandoned(path: string, { stale = usualStale }: Pick<LockOptions, "stale">): boolean {
  const odd = oddFileError(path);
  if (odd) throw odd;
  const stats = fs.statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return false;
  const holder = readHolder(path);
  if (holder.until !== undefined) return Date.now() >= holder.until;
  if (holder.process !== undefined && hasEnded(holder.process)) return true;
  return Math.abs(stats.mtimeMs - Date.now()) > stale;
}

const isHolder = isShape<Holder>({
  owner: isOptional(isText),
  until: isOptional(isNumber),
  fence: isOptional(isNumber),
  process: isOptional(isProcessIdentity),
});

/** Empty for a lock that is gone by now, or whose holder has not described itself. */
function readHolder(lockPath: string): Holder {
  try {
    const holder = parseJson(readRegularFile(lockPath));
    return isHolder(holder) ? holder : {};
  } catch (error) {
    if (hasCode(error, "ENOENT")) return {};
    throw error;
  }
}

function describeHolder(lockPath: string) {
  const { owner = "", process } = attempt(() => readHolder(lockPath)) ?? {};
  return {
    // One line: the file is ours, but its directory may be shared.
    ...(/^[ -~]{1,200}$/.test(owner) && { owner }),
    ...(process && isHere(process) && { pid: process.pid }),
  };
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
