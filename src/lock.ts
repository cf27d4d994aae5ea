import fs from "node:fs";
import { mkdir, readFile, rm, rmdir, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Clock } from "./clock.ts";
import { CliError, ExitCode } from "./errors.ts";
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
const stale = 10_000;
const heartbeat = 2_000;
const longestPause = 60;

/** The locks of this process, waited for in turn: polling is for other processes. */
const turns = new Map<string, Promise<unknown>>();
const held = new Set<string>();

/**
 * Runs `work` while nobody else, in this process or another, runs any for the same `path`; the lock is
 * the directory `<path>.lock`, made with what is missing above it. It is kept fresh however long `work` takes, and taken over within
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
export async function takeLock(
  path: string,
  { clock, signal, patience, ignoresSignal, worksUnlocked, owner }: LockOptions,
): Promise<() => Promise<void>> {
  const { lock } = await import("proper-lockfile");
  const lockPath = `${path}.lock`;
  const until = clock.now() + patience;
  for (;;) {
    try {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const release = await lock(path, {
        fs: lockFiles,
        realpath: false,
        lockfilePath: lockPath,
        stale,
        update: heartbeat,
        // Thrown from a timer it would end the process; the work goes on as well as it can.
        onCompromised: () => held.delete(lockPath),
      });
      held.add(lockPath);
      await tellOwner(path, owner);
      return async () => {
        if (owner !== undefined && held.has(lockPath))
          await rm(ownerPath(path), { force: true }).catch(() => {});
        // One that somebody took over, or that cannot be removed, is stale soon: the work is done.
        if (held.has(lockPath)) await release().catch(() => {});
        held.delete(lockPath);
      };
    } catch (error) {
      if (worksUnlocked && isFileError(error)) return async () => {};
      if (!hasCode(error, "ELOCKED")) throw error;
    }
    if (clock.now() >= until) throw new LockedError(lockPath, await readOwner(path));
    await clock.sleep(1 + Math.random() * longestPause, ignoresSignal ? undefined : signal);
  }
}

function ownerPath(path: string): string {
  return `${path}.owner`;
}

/** A lock without it is a lock all the same. */
async function tellOwner(path: string, owner: string | undefined): Promise<void> {
  if (owner === undefined) return;
  await writeFile(ownerPath(path), owner, { mode: 0o600 }).catch(() => {});
}

/** One line: the file is ours, but its directory may be shared. */
async function readOwner(path: string): Promise<string | undefined> {
  const text = await readFile(ownerPath(path), "utf8").catch(() => "");
  return /^[ -~]{1,200}$/.test(text) ? text : undefined;
}

/**
 * What proper-lockfile does to files, but for one thing: it looks at a stale lock and then removes
 * whatever is there by then, which may be the fresh lock of another process that did the same.
 */
const lockFiles = {
  mkdir: fs.mkdir,
  stat: fs.stat,
  utimes: fs.utimes,
  rmdirSync: fs.rmdirSync,
  rmdir(path: string, done: (error: Error | null) => void): void {
    const removal = held.has(path) ? rmdir(path) : removeStale(path);
    removal.then(() => done(null), done);
  },
};

/** Removes a stale lock, one process at a time, looking once more when it is this one's turn. */
async function removeStale(path: string): Promise<void> {
  const guard = `${path}.stale`;
  try {
    await mkdir(guard);
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
    if (await isStale(guard)) await rmdir(guard).catch(() => {});
    throw Object.assign(new Error("Somebody else removes it."), { code: "ELOCKED" });
  }
  try {
    if (await isStale(path)) await rmdir(path);
  } finally {
    await rmdir(guard).catch(() => {});
  }
}

async function isStale(path: string): Promise<boolean> {
  const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
  return mtimeMs < Date.now() - stale;
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
