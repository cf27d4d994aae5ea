import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { open } from "node:fs/promises";
import { CliError, ExitCode, UsageError } from "../errors.ts";
import { isFileError, reasonOf } from "../machine/file-error.ts";

/** A file that events are appended to, one line each. */
export interface Recorder {
  /** Whether the file held something before. */
  readonly appends: boolean;
  write(line: string): void;
  /** Rejects with a CliError when the file cannot be written. */
  readonly failed: Promise<never>;
  /** Resolves once everything is written. Never throws. */
  close(): Promise<void>;
}

/** Opens a recording for appending, readable by its user only. Throws UsageError. */
export async function openRecorder(path: string): Promise<Recorder> {
  const file = await open(path, "a", 0o600).catch((error: unknown) => {
    if (!isFileError(error)) throw error;
    throw new UsageError(
      `Cannot write to the --record file ${path}: ${reasonOf(error)}.`,
      "Name a file in a directory that you can write to, such as `rcwh listen --record events.ndjson`.",
      { cause: error },
    );
  });
  const { size } = await file.stat();
  const isCutOff = size > 0 && !(await endsWithLineFeed(path, size));
  const stream = createWriteStream("", { fd: file });
  const failed = new Promise<never>((_, reject) => {
    stream.on("error", (error) => reject(unwritable(path, error)));
  });
  // It may fail after the last wait for it.
  failed.catch(() => {});
  // A line that a crash left unfinished stays a line of its own.
  if (isCutOff) stream.write("\n");
  return {
    appends: size > 0,
    write: (line) => void stream.write(`${line}\n`),
    failed,
    async close() {
      if (stream.destroyed) return;
      stream.end();
      await once(stream, "close").catch(() => {});
    },
  };
}

/** Also true for a file that cannot be read. */
async function endsWithLineFeed(path: string, size: number): Promise<boolean> {
  try {
    const file = await open(path, "r");
    try {
      const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
      return buffer.toString() === "\n";
    } finally {
      await file.close();
    }
  } catch {
    return true;
  }
}

function unwritable(path: string, error: Error): CliError {
  return new CliError(`Cannot write to the recording ${path}: ${error.message}.`, {
    exitCode: ExitCode.failure,
    code: "RECORD",
    hint: "Free disk space, then run the same command again: it appends.",
    cause: error,
  });
}
