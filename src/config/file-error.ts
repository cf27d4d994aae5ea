import { CliError, UsageError } from "../errors.ts";
import { type FileError, isFileError, reasonOf } from "../machine/file-error.ts";

export function unreadable(path: string, error: FileError): CliError {
  return new UsageError(
    `Cannot read ${path}: ${reasonOf(error)}.`,
    "Make it a file that this user can read, or set RCWH_CONFIG_DIR to another directory.",
    { cause: error },
  );
}

export function unwritable(path: string, error: FileError): CliError {
  const full = error.code === "ENOSPC" || error.code === "EDQUOT" || error.code === "EFBIG";
  return new CliError(`Cannot write ${path}: ${reasonOf(error)}.`, {
    hint: full
      ? "Free some space on that disk, then try again."
      : "Make its directory writable for this user, or set RCWH_CONFIG_DIR to one that is.",
    cause: error,
  });
}

/** A write that the run can do without has failed. Throws what is no failure to write. */
export function describeUnkept(path: string, error: unknown): string {
  const isLocked = error instanceof CliError && error.code === "LOCKED";
  if (!isLocked && !isFileError(error)) throw error;
  const reason = isFileError(error) ? `${reasonOf(error)}.` : error.message;
  return `Cannot write ${path}: ${reason} Access tokens and records of this run are not kept.`;
}
