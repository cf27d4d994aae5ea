import fs from "node:fs";
import { dirname } from "node:path";
import { openDraft } from "../atomic-write.ts";
import { attempt } from "../attempt.ts";
import { hasCode } from "../file-error.ts";
import { makeDirectory } from "../make-directory.ts";
import { oddFileError, removeFile } from "../regular-file.ts";
import { formatHolder, type Holder, readHolder } from "./lock-holder.ts";
import { hasEnded, ownIdentity } from "./process-identity.ts";

const usualStale = 10_000;
/** Milliseconds after a heartbeat within which another lock may share the file without one of its own. */
const sharedBeat = 500;

const isTaken = Symbol("another process holds the lock");

/** Who takes a lock; `until` and `fence` make it a timed one. */
interface TakeOptions extends Pick<Holder, "owner" | "until" | "fence"> {
  /** Milliseconds without a heartbeat after which the holder of a lock counts as dead. */
  readonly stale?: number;
}

interface DraftOptions {
  /** Whether the new file must survive a power failure. */
  readonly durable?: boolean;
  /** Called with the new file's properties just before it replaces the old one. */
  readonly onDraft?: (stats: fs.BigIntStats) => void;
  /** Takes over the open descriptor of the new file after it has replaced the old one. */
  readonly onReplaced?: (file: number) => void;
}

/** An open lock file. Several locks may be links to it. */
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
 * A lock that this process holds. All locks of a process are hard links to one file: a run over many accounts takes four
 * locks for each, and a link is several times faster than creating and deleting a file.
 */
export class Lock {
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
   * puts it in the place of the abandoned one. So no process removes a lock that another one has just taken. A process
   * that is killed meanwhile leaves ordinary abandoned locks.
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

export function inodeAt(path: string): number | undefined {
  return fs.statSync(path, { throwIfNoEntry: false })?.ino;
}

/** Throws the file system's error. */
function beat(file: LockFile): void {
  const now = new Date();
  fs.futimesSync(file.descriptor, now, now);
  file.beatAt = now.getTime();
}

/** Creates a lock file with a description of its holder; `isTaken` if there is one. */
function create(path: string, { owner, until, fence }: TakeOptions): LockFile | typeof isTaken {
  const descriptor = createFile(path);
  if (descriptor === undefined) return isTaken;
  const holder = until === undefined ? { owner, process: ownIdentity() } : { owner, until, fence };
  // The lock works without a description.
  attempt(() => fs.writeSync(descriptor, formatHolder(holder)));
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
      makeDirectory(dirname(path));
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
export function isAbandoned(
  path: string,
  { stale = usualStale }: Pick<TakeOptions, "stale">,
): boolean {
  const odd = oddFileError(path);
  if (odd) throw odd;
  const stats = fs.statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return false;
  const holder = readHolder(path);
  if (holder.until !== undefined) return Date.now() >= holder.until;
  if (holder.process !== undefined && hasEnded(holder.process)) return true;
  return Math.abs(stats.mtimeMs - Date.now()) > stale;
}
