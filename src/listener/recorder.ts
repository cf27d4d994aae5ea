import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { open } from "node:fs/promises";
import { CliError, ExitCode, UsageError } from "../errors.ts";
import { isFileError, reasonOf } from "../machine/file-error.ts";

/** A file that events are written to, one line each. */
export interface Recorder {
  /** Whether there was something in the file before. */
  readonly appends: boolean;
  write(line: string): void;
  /** Rejects with a CliError where the file takes no more. */
  readonly failed: Promise<never>;
  /** Resolves once everything is in the file. Never throws. */
  close(): Promise<void>;
}

/** Opens a recording, for its user only, at its end: what was recorded before is never lost. Throws UsageError. */
export async function openRecorder(path: string): Promise<Recorder> {
  const file = await open(path, "a", 0o600).catch((error: unknown) => {
    if (!isFileError(error)) throw error;
    throw new UsageError(
      `--record: cannot write to ${path}: ${reasonOf(error)}.`,
      "Name a file in a directory that you may write to, such as --record events.ndjson.",
      { cause: error },
    );
  });
  const { size } = await file.stat();
  const isTorn = size > 0 && !(await endsWithLineFeed(path, size));
  const stream = createWriteStream("", { fd: file });
  const failed = new Promise<never>((_, reject) => {
    stream.on("error", (error) => reject(unwritable(path, error)));
  });
  // It may fail after anybody has asked.
  failed.catch(() => {});
  // What a crash left unfinished stays a line of its own.
  if (isTorn) stream.write("\n");
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

/** True also where it cannot be read. */
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
  return new CliError(`The recording ${path} could not be written: ${error.message}.`, {
    exitCode: ExitCode.failure,
    code: "RECORD",
    hint: "Make room, then start `rcwh listen --record <file>` again: it appends.",
    cause: error,
  });
}
