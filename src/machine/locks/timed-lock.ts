import fs from "node:fs";
import { hasCode } from "../file-error.ts";
import { parseJson } from "../json.ts";
import { openRegularFile } from "../regular-file.ts";
import { inodeAt, isAbandoned, Lock } from "./held-lock.ts";
import { describeHolder, formatHolder, isHolder, readHolder } from "./lock-holder.ts";

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
    fs.ftruncateSync(file, fs.writeSync(file, formatHolder({ owner, until, fence }), 0));
    return isFileOf(lockPath, file);
  } finally {
    fs.closeSync(file);
  }
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
