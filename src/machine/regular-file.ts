import fs from "node:fs";
import { UsageError } from "../errors.ts";
import { isFileError } from "./file-error.ts";
import { shellWord } from "./shell-word.ts";

const { O_RDONLY, O_NONBLOCK = 0, O_NOCTTY = 0 } = fs.constants;

/**
 * The text of a file of ours. Throws the file system's error, and OddFileError if it is not a regular file: reading
 * from a named pipe may never end.
 */
export function readRegularFile(path: string): string {
  const file = openRegularFile(path, O_RDONLY);
  try {
    return fs.readFileSync(file, "utf8");
  } finally {
    fs.closeSync(file);
  }
}

/** Opens a file of ours, of mode 0600 if it is a new one. Throws what `readRegularFile` throws. */
export function openRegularFile(path: string, flags: number): number {
  const file = openAtOnce(path, flags);
  try {
    refuseOddFile(path, fs.fstatSync(file));
    return file;
  } catch (error) {
    fs.closeSync(file);
    throw error;
  }
}

/** Without waiting for the other end of a named pipe. */
function openAtOnce(path: string, flags: number): number {
  try {
    return fs.openSync(path, flags | O_NONBLOCK | O_NOCTTY, 0o600);
  } catch (error) {
    // The system's reason does not say that it is a socket or a directory.
    const stats = fs.statSync(path, { throwIfNoEntry: false });
    if (stats) refuseOddFile(path, stats);
    throw error;
  }
}

/** Removes a file of ours, if it is there. Throws the file system's error, one that names `path` for a directory. */
export function removeFile(path: string): void {
  try {
    fs.unlinkSync(path);
  } catch (error) {
    if (isFileError(error) && error.code === "ENOENT") return;
    throw oddFileError(path) ?? error;
  }
}

/** An error like the file system's if `path` is not a regular file, or is a link. Undefined if it is one, or does not exist. */
export function oddFileError(path: string): Error | undefined {
  const stats = fs.lstatSync(path, { throwIfNoEntry: false });
  const kind = stats && oddKindOf(stats);
  if (kind === undefined) return undefined;
  const error = new Error(`EFTYPE: ${path} is ${kind} instead of a file`);
  return Object.assign(error, { code: "EFTYPE", syscall: "open" });
}

/** Throws OddFileError if it is not a regular file. */
export function refuseOddFile(path: string, stats: fs.Stats): void {
  const kind = oddKindOf(stats);
  if (kind !== undefined) throw new OddFileError(path, `it is ${kind} instead of a file`);
}

/** A directory, a device or the like has the name of a file of ours. */
export class OddFileError extends UsageError {
  readonly reason: string;

  constructor(path: string, reason: string) {
    const move = `mv ${shellWord(path)} ${shellWord(`${path}.aside`)}`;
    super(`Cannot use ${path}: ${reason}.`, `Move it away with \`${move}\`.`);
    this.reason = reason;
  }
}

/** Such as `a directory`; undefined for a file. */
function oddKindOf(stats: fs.Stats): string | undefined {
  if (stats.isFile()) return undefined;
  if (stats.isSymbolicLink()) return "a symbolic link";
  if (stats.isDirectory()) return "a directory";
  if (stats.isFIFO()) return "a named pipe";
  return stats.isSocket() ? "a socket" : "a device";
}
