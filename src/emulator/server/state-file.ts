import { randomUUID } from "node:crypto";
import { readdir, realpath, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { CliError, ExitCode, UsageError } from "../../errors.ts";
import { replaceFile } from "../../machine/atomic-write.ts";
import type { Clock } from "../../machine/clock.ts";
import { isFileError, reasonOf, roomHint } from "../../machine/file-error.ts";
import { refuseOddLock, takeLock } from "../../machine/locks/lock.ts";
import { LockedError } from "../../machine/locks/locked-error.ts";
import { clearTimeout, setImmediate, setTimeout } from "../../machine/real-time.ts";
import { refuseNewerText } from "../../machine/refuse-newer.ts";
import { readRegularFile } from "../../machine/regular-file.ts";
import type { Emulator } from "../interface.ts";
import { parseSnapshot, type Snapshot, UnusableSnapshot } from "../snapshot.ts";

export interface StateFileOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Where the emulator is served, for others who find the file in use. */
  readonly owner?: string;
}

/** A file that is kept up to date with an emulator. */
export interface StateFile {
  /** Rejects when the file can no longer be written, or is another process's by now. */
  readonly failed: Promise<never>;
  /** Saves the latest changes, and releases the file. Throws if that fails. */
  close(): Promise<void>;
}

/**
 * Restores `emulator` from the file, then saves it there: a moment after each change, and on `close`. Creates a
 * missing file, but not its directory. Throws CliError `LOCKED` (exit 5) if another emulator uses the file,
 * UsageError if it cannot be created, and the errors of `readStateFile` and `writeStateFile`.
 */
export async function openStateFile(
  path: string,
  emulator: Emulator,
  { clock, signal, owner }: StateFileOptions,
): Promise<StateFile> {
  await checkPath(path);
  refuseOddLock(path);
  const lost = new AbortController();
  const release = await takeLock(path, {
    ...{ clock, signal, timeout: 0 },
    ...(owner !== undefined && { owner }),
    onLost: () => lost.abort(takenOver(path)),
  }).catch((error: unknown) => {
    throw lockError(path, error);
  });
  try {
    await removeLeftovers(path);
    const snapshot = await readStateFile(path);
    if (snapshot) await emulator.restore(snapshot);
    await writeStateFile(path, emulator.snapshot());
  } catch (error) {
    await release();
    throw error;
  }
  return follow(path, emulator, { release, lost: lost.signal });
}

/** The snapshot in the file; undefined if there is no file. Throws UsageError for a file with other content. */
export async function readStateFile(path: string): Promise<Snapshot | undefined> {
  try {
    const text = readRegularFile(path);
    refuseNewerText(text, path, "move the file away to start with an empty emulator");
    return parseSnapshot(text);
  } catch (error) {
    if (error instanceof UnusableSnapshot) {
      throw new UsageError(
        `${path} cannot be used: ${error.message}.`,
        "The file is unchanged. Move it away to start with an empty emulator.",
        { cause: error },
      );
    }
    if (!isFileError(error)) throw error;
    if (error.code === "ENOENT") return undefined;
    throw new UsageError(
      `Cannot read ${path}: ${reasonOf(error)}.`,
      "Make it readable for this user.",
      { cause: error },
    );
  }
}

/**
 * Replaces the file atomically. Throws CliError if it cannot be written; then it is unchanged.
 */
export async function writeStateFile(path: string, snapshot: Snapshot): Promise<void> {
  const file = await realpath(path).catch(() => path);
  const draft = `${file}${temporarySuffix}${randomUUID()}`;
  try {
    await replaceFile(file, `${JSON.stringify(snapshot, undefined, 1)}\n`, {
      draft,
      durable: true,
    });
  } catch (error) {
    throw isFileError(error) ? unwritable(path, error) : error;
  }
}

/** The error to report if the file's lock cannot be taken. */
export function lockError(path: string, error: unknown): unknown {
  if (isFileError(error)) return unwritable(path, error);
  if (!(error instanceof LockedError)) return error;
  const { pid, exitCode, code } = error;
  return new CliError(
    `Another emulator uses ${path}${pid === undefined ? "" : ` (process ${pid})`}.`,
    {
      exitCode,
      code,
      hint:
        pid === undefined
          ? "Stop it, or use another file. After a crash, wait ten seconds."
          : "Stop it, or use another file.",
      cause: error,
    },
  );
}

async function checkPath(path: string): Promise<void> {
  const hint = "Give a path in a directory that exists.";
  if (path === "") throw new UsageError("The path of the state file is empty.", hint);
  const directory = dirname(path);
  await stat(directory).catch((error: unknown) => {
    // Other problems show when the file is written.
    if (!isFileError(error) || error.code !== "ENOENT") return;
    throw new UsageError(
      `Cannot save state to ${path}: the directory ${directory} does not exist.`,
      hint,
    );
  });
}

const temporarySuffix = ".tmp-";

/** Milliseconds from a change until it is saved, together with later changes. */
const delay = 250;

interface HeldFile {
  release(): Promise<void>;
  /** Aborts when the file is another process's by now. */
  readonly lost: AbortSignal;
}

function follow(path: string, emulator: Emulator, { release, lost }: HeldFile): StateFile {
  let timer: NodeJS.Timeout | undefined;
  let saving = Promise.resolve();
  let fail: (error: unknown) => void = () => {};
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  // It may be ignored: `close` reports the failure too.
  failed.catch(() => {});
  lost.addEventListener("abort", () => fail(lost.reason), { once: true });

  async function write(): Promise<void> {
    // After a suspension the heartbeat, which is due too, finds out first whether the file is still ours.
    await new Promise<void>((resolve) => setImmediate(resolve));
    lost.throwIfAborted();
    await writeStateFile(path, emulator.snapshot());
  }

  const save = () => {
    clearTimeout(timer);
    timer = undefined;
    // Try again after a failure: the disk may have room by now.
    saving = saving.catch(() => {}).then(write);
    return saving;
  };
  const unwatch = emulator.watch(() => {
    timer ??= setTimeout(() => void save().catch(fail), delay).unref();
  });
  return {
    failed,
    async close() {
      unwatch();
      try {
        await save();
      } finally {
        await release();
      }
    },
  };
}

/** Removes the temporary files of killed processes. */
async function removeLeftovers(path: string): Promise<void> {
  const file = await realpath(path).catch(() => path);
  const names = await readdir(dirname(file)).catch(() => []);
  for (const name of names.filter((each) => each.startsWith(basename(file) + temporarySuffix))) {
    await rm(join(dirname(file), name), { force: true }).catch(() => {});
  }
}

function takenOver(path: string): CliError {
  return new CliError(`Another emulator has taken ${path}, because this one was suspended.`, {
    exitCode: ExitCode.unavailable,
    code: "LOCKED",
    hint: "Stop the other one, or use another file.",
  });
}

function unwritable(path: string, error: Parameters<typeof reasonOf>[0]): CliError {
  return new CliError(`Cannot write ${path}: ${reasonOf(error)}.`, {
    hint: roomHint(error) ?? "Let this user write to the file's directory.",
    cause: error,
  });
}
