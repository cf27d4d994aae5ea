import { CliError, UsageError } from "../errors.ts";
import { type FileError, isFileError, reasonOf, roomHint } from "../machine/file-error.ts";

export function unreadable(path: string, error: FileError): CliError {
  return new UsageError(
    `Cannot read ${path}: ${reasonOf(error)}.`,
    "Make the file readable for this user, or set RCWH_CONFIG_DIR to another directory.",
    { cause: error },
  );
}

export function unwritable(path: string, error: FileError): CliError {
  return new CliError(`Cannot write ${path}: ${reasonOf(error)}.`, {
    hint:
      roomHint(error) ??
      "Make its directory writable for this user, or set RCWH_CONFIG_DIR to one that is.",
    cause: error,
  });
}

/** The warning for a failed write that the run can do without. Throws any other error. */
export function describeUnsaved(path: string, error: unknown): string {
  const isLocked = error instanceof CliError && error.code === "LOCKED";
  if (!isLocked && !isFileError(error)) throw error;
  const reason = isFileError(error) ? `${reasonOf(error)}.` : error.message;
  return `Cannot write ${path}: ${reason} Access tokens and records of this run are not saved.`;
}
