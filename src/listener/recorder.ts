import { once } from "node:events";
import { constants, createWriteStream, lstatSync, type Stats, statSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { CliError, ExitCode, UsageError } from "../errors.ts";
import { isFileError, reasonOf } from "../machine/file-error.ts";
import { isTrustedOwner } from "../machine/file-owner.ts";

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
  const file = await openForAppending(path).catch((error: unknown) => {
    if (!isFileError(error)) throw error;
    const isUnread = error.code === "ENXIO" && isNamedPipe(path);
    const reason = isUnread ? "it is a named pipe without a reader" : reasonOf(error);
    throw cannotRecord(path, reason, { cause: error });
  });
  const stats = await file.stat();
  try {
    await keepToUser(file, stats, path);
  } catch (error) {
    await file.close();
    throw error;
  }
  const { size } = stats;
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

function cannotRecord(path: string, reason: string, options?: ErrorOptions): UsageError {
  return new UsageError(
    `Cannot write to the --record file ${path}: ${reason}.`,
    "Name a file in a directory that you can write to, such as `rcwh listen --record events.ndjson`.",
    options,
  );
}

/** Only this user may read the file, because events contain private messages. Throws UsageError. */
async function keepToUser(file: FileHandle, stats: Stats, path: string): Promise<void> {
  if (!isTrustedOwner(stats.uid)) throw cannotRecord(path, "another user owns it");
  if (!stats.isFile() || (stats.mode & 0o077) === 0) return;
  await file.chmod(0o600).catch((cause: unknown) => {
    throw cannotRecord(path, "others can read it, and you do not own it", { cause });
  });
}

/** Fails at once for a named pipe without a reader; an ordinary open would wait for one. */
async function openForAppending(path: string): Promise<FileHandle> {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
  // Checked before it is created, because another user may have put a link to another file there.
  const link = lstatSync(path, { throwIfNoEntry: false });
  if (link && !isTrustedOwner(link.uid)) throw cannotRecord(path, "another user owns it");
  const follow = link?.isSymbolicLink() ? 0 : O_NOFOLLOW;
  const probe = await open(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | follow, 0o600);
  if (!isNamedPipe(path)) return probe;
  try {
    // What is written to it has to wait for the reader.
    return await open(path, O_WRONLY);
  } finally {
    await probe.close();
  }
}

function isNamedPipe(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFIFO() ?? false;
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
  const reason = isFileError(error) ? reasonOf(error) : error.message;
  return new CliError(`Cannot write to the recording ${path}: ${reason}.`, {
    exitCode: ExitCode.failure,
    code: "RECORD",
    hint: "Free disk space, or raise the limit of `ulimit -f`, then run the same command again: it appends.",
    cause: error,
  });
}
