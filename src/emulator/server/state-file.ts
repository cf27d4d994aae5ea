import { randomUUID } from "node:crypto";
import { readdir, readFile, realpath, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { CliError, ExitCode, UsageError } from "../../errors.ts";
import { replaceFile } from "../../machine/atomic-write.ts";
import type { Clock } from "../../machine/clock.ts";
import { isFileError, reasonOf } from "../../machine/file-error.ts";
import { takeLock } from "../../machine/lock.ts";
import type { Emulator } from "../interface.ts";
import { parseSnapshot, type Snapshot, UnusableSnapshot } from "../snapshot.ts";

export interface StateFileOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** A file that follows an emulator. */
export interface StateFile {
  /** Rejects once the file cannot be written any more. */
  readonly failed: Promise<never>;
  /** Saves what has changed, and lets go of the file. Throws where that is not possible. */
  close(): Promise<void>;
}

/**
 * Has `emulator` go on from what the file holds, then keeps the file as the emulator is: a moment after each
 * change, and on `close`. A file that is not there is made, a directory is not. Throws CliError `LOCKED` (exit 5)
 * where another emulator has it, UsageError where the path names no place for a file, and whatever `readStateFile` and `writeStateFile` throw.
 */
export async function openStateFile(
  path: string,
  emulator: Emulator,
  { clock, signal }: StateFileOptions,
): Promise<StateFile> {
  await checkPath(path);
  const release = await takeLock(path, { clock, signal, patience: 0 }).catch((error: unknown) => {
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
  return follow(path, emulator, release);
}

/** What the file holds; undefined where there is none. Throws UsageError for a file of another kind. */
export async function readStateFile(path: string): Promise<Snapshot | undefined> {
  try {
    return parseSnapshot(await readFile(path, "utf8"));
  } catch (error) {
    if (error instanceof UnusableSnapshot) {
      throw new UsageError(
        `${path} cannot be used: ${error.message}.`,
        "It was left as it is. Move it away, and the emulator begins anew.",
        { cause: error },
      );
    }
    if (!isFileError(error)) throw error;
    if (error.code === "ENOENT") return undefined;
    throw new UsageError(
      `Cannot read ${path}: ${reasonOf(error)}.`,
      "Make it a file that this user can read.",
      { cause: error },
    );
  }
}

/**
 * Replaces the file as a whole: whoever reads it, and whatever is killed meanwhile, there is the old one or
 * the new one. Throws CliError where it cannot be written; then it is as it was.
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

/** What the lock's file errors mean for whoever wants the file. */
export function lockError(path: string, error: unknown): unknown {
  if (isFileError(error)) return unwritable(path, error);
  if (!(error instanceof CliError) || error.code !== "LOCKED") return error;
  return new CliError(`Another emulator uses ${path}.`, {
    exitCode: ExitCode.unavailable,
    code: "LOCKED",
    hint: "End that one, or use another file. After a crash, wait ten seconds.",
    cause: error,
  });
}

async function checkPath(path: string): Promise<void> {
  const hint = "Name a file in a directory that there is.";
  if (path === "") throw new UsageError("The state file has no name.", hint);
  const directory = dirname(path);
  await stat(directory).catch((error: unknown) => {
    // Whatever else is wrong shows when the file is written.
    if (!isFileError(error) || error.code !== "ENOENT") return;
    throw new UsageError(`Cannot keep state in ${path}: there is no directory ${directory}.`, hint);
  });
}

const temporarySuffix = ".tmp-";

/** Milliseconds from a change until it is saved, together with what follows it. */
const delay = 250;

function follow(path: string, emulator: Emulator, release: () => Promise<void>): StateFile {
  let timer: NodeJS.Timeout | undefined;
  let saving = Promise.resolve();
  let fail: (error: unknown) => void = () => {};
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  // Nobody has to listen: `close` tells, too.
  failed.catch(() => {});

  const save = () => {
    clearTimeout(timer);
    timer = undefined;
    // That one failed is no reason not to try again: the disk may have room by now.
    saving = saving.catch(() => {}).then(() => writeStateFile(path, emulator.snapshot()));
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

/** What a writer that was killed has left here. */
async function removeLeftovers(path: string): Promise<void> {
  const file = await realpath(path).catch(() => path);
  const names = await readdir(dirname(file)).catch(() => []);
  for (const name of names.filter((each) => each.startsWith(basename(file) + temporarySuffix))) {
    await rm(join(dirname(file), name), { force: true }).catch(() => {});
  }
}

function unwritable(path: string, error: Parameters<typeof reasonOf>[0]): CliError {
  return new CliError(`Cannot write ${path}: ${reasonOf(error)}.`, {
    hint: "Make room on that disk, and let this user write to the file's directory.",
    cause: error,
  });
}
