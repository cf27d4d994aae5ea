import fs from "node:fs";
import { join } from "node:path";
import type { Clock } from "../machine/clock.ts";
import { isFileError } from "../machine/file-error.ts";
import { LockedError, type LockOptions, withBriefLock } from "../machine/lock.ts";
import { hash } from "./identity-hashes.ts";
import type { QuotaStore } from "./types.ts";

/** Nobody holds a lock for longer than a write takes; without the lock, a run counts in memory. Milliseconds. */
const lock: LockOptions = { patience: 4000, stale: 2000 };

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
export function openQuotaStore(directory: string, clock: Clock): QuotaStore {
  const memory = createMemoryQuotaStore();
  const folder = join(directory, "quota");
  const pathOf = (name: string) => join(folder, `${hash(name).slice(0, 32)}.json`);
  let hasFolder = false;

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
        // Not what is above it: a run that keeps nothing else creates no directory for this.
        if (!hasFolder && !fs.existsSync(folder)) fs.mkdirSync(folder, { mode: 0o700 });
        hasFolder = true;
        const path = pathOf(name);
        const changed = await withBriefLock(path, { clock, ...lock }, () => changeFile(path, edit));
        return changed.result;
      } catch (error) {
        if (!isFileError(error) && !(error instanceof LockedError)) throw error;
      }
      return memory.change(name, edit);
    },
  };
}

function changeFile<Result>(path: string, edit: Edit<Result>): { readonly result: Result } {
  const file = fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o600);
  try {
    const before = fs.readFileSync(file, "utf8") || undefined;
    const { text, result } = edit(before);
    if (text !== undefined && text !== before) {
      fs.writeSync(file, text, 0);
      fs.ftruncateSync(file, Buffer.byteLength(text));
    }
    return { result };
  } finally {
    fs.closeSync(file);
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
