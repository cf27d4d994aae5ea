/** An error of the operating system, as node:fs throws it. */
export interface FileError extends Error {
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

/** What to do about a write for which there was no room; undefined for another error. */
export function roomHint({ code }: FileError): string | undefined {
  const isFull = code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG";
  return isFull
    ? "Free some space on that disk, or raise the limit of `ulimit -f`, then try again."
    : undefined;
}

/** The operating system's words, without the path. */
export function reasonOf({ code, message }: FileError): string {
  if (code === "EISDIR") return "it is a directory";
  return message.match(/^[A-Z0-9]+: ([^,]+)/)?.[1] ?? code;
}

/** Whether a call of the file system failed with this code. */
export function hasCode(error: unknown, code: string): boolean {
  return isFileError(error) && error.code === code;
}
