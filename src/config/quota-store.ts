import fs from "node:fs";
import { dirname, join } from "node:path";
import type { Clock } from "../machine/clock.ts";
import { isFileError } from "../machine/file-error.ts";
import { hash } from "./identity-hashes.ts";
import type { QuotaStore } from "./types.ts";

/** Milliseconds after which the holder of a lock was killed: nobody holds one for longer than a write takes. */
const stale = 2000;

/** How often to try for a file that others hold, with pauses of up to so many milliseconds. */
const maximumTries = 1000;
const longestPause = 8;

type Edit<Result> = (text: string | undefined) => {
  readonly text: string | undefined;
  readonly result: Result;
};

/** For a run that shares with nobody. */
export function createMemoryQuotaStore(): QuotaStore {
  const texts = new Map<string, string | undefined>();
  return {
    read: async (name) => texts.get(name),
    async change(name, edit) {
      const { text, result } = edit(texts.get(name));
      texts.set(name, text);
      return result;
    },
  };
}

/**
 * One tiny file for each name, in `<directory>/quota`, changed in place under a lock: whoever is killed
 * meanwhile leaves what nobody can read, which counts as nothing. To replace it would cost several
 * times as much, for each request of each user, to save what a minute forgets. What cannot be kept
 * there, because there is no such directory yet or it is read-only, is kept in memory.
 */
export function openQuotaStore(directory: string, clock: Pick<Clock, "sleep">): QuotaStore {
  const memory = createMemoryQuotaStore();
  const pathOf = (name: string) => join(directory, "quota", `${hash(name).slice(0, 32)}.json`);

  return {
    async read(name) {
      try {
        return readText(pathOf(name)) ?? (await memory.read(name));
      } catch (error) {
        if (!isFileError(error)) throw error;
        return memory.read(name);
      }
    },
    async change(name, edit) {
      try {
        for (let tries = 1; tries <= maximumTries; tries += 1) {
          const changed = tryChange(pathOf(name), edit);
          if (changed) return changed.result;
          if (tries > 1) await clock.sleep(Math.random() * longestPause);
        }
      } catch (error) {
        if (!isFileError(error)) throw error;
      }
      return memory.change(name, edit);
    },
  };
}

/** Undefined where it takes another try. Does not wait in between, so that it is over at once. */
function tryChange<Result>(
  path: string,
  edit: Edit<Result>,
): { readonly result: Result } | undefined {
  const lockPath = `${path}.lock`;
  if (!makeLock(lockPath)) return undefined;
  try {
    return { result: changeFile(path, edit) };
  } finally {
    // One that took too long has been removed by somebody else.
    fs.rmSync(lockPath, { force: true });
  }
}

function changeFile<Result>(path: string, edit: Edit<Result>): Result {
  const file = fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o600);
  try {
    const before = fs.readFileSync(file, "utf8") || undefined;
    const { text, result } = edit(before);
    if (text !== undefined && text !== before) {
      fs.writeSync(file, text, 0);
      fs.ftruncateSync(file, Buffer.byteLength(text));
    }
    return result;
  } finally {
    fs.closeSync(file);
  }
}

/** False where it takes another try. */
function makeLock(path: string): boolean {
  try {
    fs.closeSync(fs.openSync(path, "wx", 0o600));
    return true;
  } catch (error) {
    if (!isFileError(error)) throw error;
    if (error.code === "ENOENT") makeFolder(dirname(path));
    else if (error.code === "EEXIST") removeStale(path);
    else throw error;
    return false;
  }
}

function removeStale(path: string): void {
  const mtime = fs.statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  if (mtime !== undefined && mtime < Date.now() - stale) fs.rmSync(path, { force: true });
}

/** Not what is above it: a run that keeps nothing else makes no directory for this. */
function makeFolder(path: string): void {
  try {
    fs.mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (!isFileError(error) || error.code !== "EEXIST") throw error;
  }
}

function readText(path: string): string | undefined {
  // Far cheaper than to be told by an error.
  if (!fs.existsSync(path)) return undefined;
  try {
    return fs.readFileSync(path, "utf8");
  } catch (error) {
    if (isFileError(error) && error.code === "ENOENT") return undefined;
    throw error;
  }
}
