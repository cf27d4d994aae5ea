import { asSentence, CliError, UsageError } from "../errors.ts";
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
  const rest = "Access tokens and records of this run are not saved.";
  if (isFileError(error)) return `Cannot write ${path}: ${reasonOf(error)}. ${rest}`;
  if (!(error instanceof CliError)) throw error;
  if (error.code === "STORE") return `${asSentence(error.message)} ${rest}`;
  if (error.code === "LOCKED") return `Cannot write ${path}: ${error.message} ${rest}`;
  throw error;
}
