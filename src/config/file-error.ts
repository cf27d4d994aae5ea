import { CliError, UsageError } from "../errors.ts";

/** The operating system's no, as node:fs throws it. */
interface FileError extends Error {
  readonly code: string;
  readonly syscall: string;
}

export function isFileError(error: unknown): error is FileError {
  return (
    error instanceof Error &&
    "syscall" in error &&
    "code" in error &&
    typeof error.code === "string"
  );
}

/** What the operating system said, without the path that the message around it names. */
export function reasonOf({ code, message }: FileError): string {
  return message.match(/^[A-Z0-9]+: ([^,]+)/)?.[1] ?? code;
}

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
