import { CliError, UsageError } from "../errors.ts";
import { type FileError, reasonOf } from "../file-error.ts";

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
