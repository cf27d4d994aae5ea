import fs, { type Stats } from "node:fs";
import { dirname } from "node:path";
import { CliError, ExitCode } from "../errors.ts";
import type { Clock } from "./clock.ts";
import { isFileError } from "./file-error.ts";

export interface LockManners {
  /** How long to wait for another holder, milliseconds. */
  readonly patience: number;
  /** Whether to wait also in a run that was interrupted. */
  readonly ignoresSignal?: boolean;
  /** Whether to work all the same where the file system lets no lock be made. */
  readonly worksUnlocked?: boolean;
  /** Who holds it, in words for those who find it taken. */
  readonly owner?: string;
  /** Milliseconds without a heartbeat after which the holder is taken for dead; two heartbeats at least. */
  readonly stale?: number;
  /** Called where somebody else has taken it, in the belief that the holder was dead. */
  readonly onLost?: () => void;
}

export interface LockOptions extends LockManners {
  readonly clock: Clock;
  /** Ends the waiting, not the work. */
  readonly signal: AbortSignal;
}

/** Another holds the lock, and patience has ended. */
export class LockedError extends CliError {
  override readonly name = "LockedError";
  /** The holder, as it called itself; undefined where it did not say. */
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

/** After this long without a heartbeat the holder is taken for dead. */
const usualStale = 10_000;
const heartbeat = 2_000;
const longestPause = 60;

/** The locks of this process, waited for in turn: polling is for other processes. */
const turns = new Map<string, Promise<unknown>>();
const held = new Set<string>();
/** Loaded once: many accounts take many locks. */
let lockfile: Promise<typeof import("proper-lockfile")> | undefined;

/**
 * Runs `work` while nobody else, in this process or another, runs any for the same `path`; the lock is
 * the file `<path>.lock`, made with what is missing above it. It is kept fresh however long `work` takes, and taken over within
 * seconds from a process that was killed. Throws CliError `LOCKED` (exit 5) when patience ends, the
 * signal's reason when it aborts, and the file system's error where no lock can be made.
 */
export async function withLock<Result>(
  path: string,
  options: LockOptions,
  work: () => Promise<Result>,
): Promise<Result> {
  const before = turns.get(path);
  const turn = (async () => {
    await before?.catch(() => {});
    const release = await takeLock(path, options);
    try {
      return await work();
    } finally {
      await release();
    }
  })();
  turns.set(path, turn);
  try {
    return await turn;
  } finally {
    if (turns.get(path) === turn) turns.delete(path);
  }
}

/** The same lock for as long as it takes: resolves to what lets go of it. Of one process, too, only one holds it. */
export async function takeLock(path: string, options: LockOptions): Promise<() => Promise<void>> {
  const { clock, signal, patience, ignoresSignal, worksUnlocked, owner } = options;
  const { stale = usualStale, onLost } = options;
  lockfile ??= import("proper-lockfile");
  const { lock } = await lockfile;
  const lockPath = `${path}.lock`;
  const until = clock.now() + patience;
  for (;;) {
    try {
      const release = await lock(path, {
        fs: filesFor(owner, stale),
        realpath: false,
        lockfilePath: lockPath,
        stale,
        update: heartbeat,
        // Thrown from a timer it would end the process; the work goes on as well as it can.
        onCompromised: () => {
          held.delete(lockPath);
          onLost?.();
        },
      });
      held.add(lockPath);
      return async () => {
        // One that somebody took over, or that cannot be removed, is stale soon: the work is done.
        if (held.has(lockPath)) await release().catch(() => {});
        held.delete(lockPath);
      };
    } catch (error) {
      if (worksUnlocked && isFileError(error)) return async () => {};
      if (!hasCode(error, "ELOCKED")) throw error;
    }
    if (clock.now() >= until) throw new LockedError(lockPath, readOwner(lockPath));
    await clock.sleep(1 + Math.random() * longestPause, ignoresSignal ? undefined : signal);
  }
}

/** One line: the file is ours, but its directory may be shared. */
function readOwner(lockPath: string): string | undefined {
  const text = attempt(() => fs.readFileSync(lockPath, "utf8")) ?? "";
  return /^[ -~]{1,200}$/.test(text) ? text : undefined;
}

/** For what a lock is one without. */
function attempt<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

type Done<Result = void> = (error: Error | null, result?: Result) => void;

/**
 * What proper-lockfile does to files, but for three things. Its lock is a file, which is cheaper than a
 * directory and can say who made it. It does not leave each step to another thread, which would cost
 * several times what the step takes. And while it looks at a stale lock and then removes whatever is
 * there by then, this removes no fresh lock of another process that did the same.
 */
function filesFor(owner: string | undefined, stale: number) {
  return {
    ...lockFiles,
    mkdir: (path: string, done: Done) => answer(done, () => make(path, owner)),
    rmdir: (path: string, done: Done) => answer(done, () => remove(path, stale)),
  };
}

const lockFiles = {
  stat: (path: string, done: Done<Stats>) => answer(done, () => fs.statSync(path)),
  utimes: (path: string, accessed: Date, modified: Date, done: Done) =>
    answer(done, () => fs.utimesSync(path, accessed, modified)),
  rmdirSync: fs.unlinkSync,
};

function remove(path: string, stale: number): void {
  if (held.has(path)) fs.unlinkSync(path);
  else if (!removeStale(path, stale)) {
    throw Object.assign(new Error("Somebody else removes it."), { code: "ELOCKED" });
  }
}

function answer<Result>(done: Done<Result>, work: () => Result): void {
  let result: Result;
  try {
    result = work();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    done(error);
    return;
  }
  done(null, result);
}

/** A lock that does not say who holds it is a lock all the same. */
function make(lockPath: string, owner: string | undefined): void {
  const file = openNew(lockPath);
  try {
    if (owner !== undefined) attempt(() => fs.writeSync(file, owner));
  } finally {
    fs.closeSync(file);
  }
}

/** A file that was not there. Throws `EEXIST`. */
export function openNew(path: string): number {
  try {
    return fs.openSync(path, "wx", 0o600);
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
    fs.mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    return fs.openSync(path, "wx", 0o600);
  }
}

/**
 * Removes what is at `path` if it has not been touched for so long that its maker must be dead: one
 * process at a time, looking once more when it is this one's turn. False where another process is at it.
 */
export function removeStale(path: string, stale = usualStale): boolean {
  if (!isStale(path, stale)) return true;
  const guard = `${path}.stale`;
  try {
    fs.mkdirSync(guard);
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
    if (isStale(guard, usualStale)) attempt(() => fs.rmdirSync(guard));
    return false;
  }
  try {
    if (isStale(path, stale)) fs.rmSync(path, { recursive: true, force: true });
    return true;
  } finally {
    attempt(() => fs.rmdirSync(guard));
  }
}

function isStale(path: string, stale: number): boolean {
  const { mtimeMs } = fs.statSync(path, { throwIfNoEntry: false }) ?? { mtimeMs: Date.now() };
  return mtimeMs < Date.now() - stale;
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
