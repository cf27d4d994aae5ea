import fs from "node:fs";
import { join } from "node:path";
import type { Clock } from "../machine/clock.ts";
import { isFileError } from "../machine/file-error.ts";
import { type LockOptions, refuseOddLock, withBriefLock } from "../machine/locks/lock.ts";
import { LockedError } from "../machine/locks/locked-error.ts";
import { refuseNewerText } from "../machine/refuse-newer.ts";
import { openRegularFile, readRegularFile } from "../machine/regular-file.ts";
import { hash } from "./identity-hashes.ts";

/** Small texts by name, shared by every rcwh of this user. Losing them costs only foresight. */
export interface QuotaStore {
  read(name: string): Promise<string | undefined>;
  /** Replaces the text by what `edit` returns. No other process changes it meanwhile. */
  change<Result>(
    name: string,
    edit: (text: string | undefined) => {
      readonly text: string | undefined;
      readonly result: Result;
    },
  ): Promise<Result>;
}

/** Milliseconds. The lock is held for one write only, and a run that does not get it counts in memory. */
const lock: LockOptions = { timeout: 4000, stale: 2000 };

type Edit<Result> = (text: string | undefined) => {
  readonly text: string | undefined;
  readonly result: Result;
};

/** For a run that shares with no other. */
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
 * One small file for each name, in `<directory>/quota`, changed in place under a lock. A process that is killed
 * meanwhile leaves an unreadable file, which counts as empty: replacing the file for each request would cost
 * several times as much, to save what is outdated a minute later. Without the directory, or if it is
 * read-only, the texts are kept in memory. A file of a newer rcwh is a UsageError.
 */
export function openQuotaStore(directory: string, clock: Clock): QuotaStore {
  const memory = createMemoryQuotaStore();
  const folder = join(directory, "quota");
  const pathOf = (name: string) => join(folder, `${hash(name).slice(0, 32)}.json`);
  const absent = createAbsentFiles(folder);
  let hasFolder = false;

  return {
    async read(name) {
      try {
        const text = absent.has(name, () => pathOf(name)) ? undefined : readText(pathOf(name));
        return text ?? (await memory.read(name));
      } catch (error) {
        if (!isFileError(error)) throw error;
        return memory.read(name);
      }
    },
    async change(name, edit) {
      try {
        // Not recursively: a run that saves nothing else creates no directory for this.
        if (!hasFolder && !fs.existsSync(folder)) fs.mkdirSync(folder, { mode: 0o700 });
        hasFolder = true;
        const path = pathOf(name);
        refuseOddLock(path);
        const changed = await withBriefLock(path, { clock, ...lock }, () => changeFile(path, edit));
        absent.lookAgain();
        return changed.result;
      } catch (error) {
        if (!isFileError(error) && !(error instanceof LockedError)) throw error;
      }
      return memory.change(name, edit);
    },
  };
}

/** Milliseconds within which two changes of a folder may have the same mtime. */
const coarseness = 10;
/** Names that are remembered as absent. */
const mostAbsent = 1000;

/**
 * Knows which names have no file in a folder, as long as nothing in it changes: a run asks three times for each request,
 * and most accounts of a fleet never have a file.
 */
function createAbsentFiles(folder: string) {
  const names = new Set<string>();
  let mtime: number | undefined;
  let lookedAt = 0;
  return {
    has(name: string, path: () => string): boolean {
      const now = Date.now();
      // What another process does within this millisecond may as well come after it.
      if (now !== lookedAt) {
        const found = fs.statSync(folder, { throwIfNoEntry: false })?.mtimeMs;
        if (found !== mtime || names.size >= mostAbsent) names.clear();
        mtime = found;
        lookedAt = now;
      }
      if (mtime === undefined || names.has(name)) return true;
      if (fs.existsSync(path())) return false;
      if (mtime < now - coarseness) names.add(name);
      return true;
    },
    /** After a change by this process. */
    lookAgain() {
      lookedAt = 0;
    },
  };
}

function changeFile<Result>(path: string, edit: Edit<Result>): { readonly result: Result } {
  const file = openRegularFile(path, fs.constants.O_RDWR | fs.constants.O_CREAT);
  try {
    const before = fs.readFileSync(file, "utf8") || undefined;
    refuseNewerText(before, path);
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
  try {
    const text = readRegularFile(path);
    refuseNewerText(text, path);
    return text;
  } catch (error) {
    if (isFileError(error) && error.code === "ENOENT") return undefined;
    throw error;
  }
}
