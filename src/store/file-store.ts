import { hash } from "node:crypto";
import fs from "node:fs";
import { dirname, join, resolve } from "node:path";
import { type CliError, UsageError } from "../errors.ts";
import { type FileError, isFileError, reasonOf, roomHint } from "../machine/file-error.ts";
import { isListOf, isNumber, isOptional, isShape, isText, parseJson } from "../machine/json.ts";
import { type BriefLock, tryBriefLock, withBriefLock } from "../machine/locks/lock.ts";
import { changeTimedLock, readTimedLock, tryTakeTimedLock } from "../machine/locks/timed-lock.ts";
import { makeDirectory } from "../machine/make-directory.ts";
import { pause } from "../machine/real-time.ts";
import { refuseNewer } from "../machine/refuse-newer.ts";
import { openRegularFile, readRegularFile, removeFile } from "../machine/regular-file.ts";
import { shellWord } from "../machine/shell-word.ts";
import { checkChange, checkKey, checkLock, checkRequest } from "./checked-input.ts";
import type { Store, StoreChange, StoreEntry, StoreLock, StoreOutcome } from "./store.ts";
import { StoreError, StoreRefusal } from "./store-error.ts";

/** Milliseconds. These locks are held for one write only. */
const patience = { timeout: 15_000, clock: { now: Date.now, sleep: pause } };

/**
 * Files in a directory of this machine: an entry is `<key>.json`, and a lock `<name>.lock`, where rcwh keeps its own, so
 * that a program and the commands may share a directory. What files do not tell is in `.store/`. Directories have the mode
 * 0700, files 0600. Throws `STORE` or `STORE_REFUSED` for what cannot be read or written, and `USAGE` for what is not a file
 * of ours.
 */
export function fileStore(directory: string): Store {
  const root = resolve(directory);
  const filesOf = (key: string): EntryFiles => ({
    path: join(root, `${fileName(key)}.json`),
    notes: join(root, ".store", `${fileName(key)}.json`),
  });
  const lockFilesOf = (name: string): LockFiles => ({
    path: join(root, fileName(name)),
    fence: join(root, ".store", `${fileName(name)}.fence`),
  });

  return {
    async read(key) {
      checkKey(key);
      const files = filesOf(key);
      return explained(files.path, "read", () => {
        const found = findEntry(files);
        if (!found) return undefined;
        if (isCurrent(found)) return { value: found.value, version: found.version };
        removeExpired(files);
        return undefined;
      });
    },

    async compareAndSet(change) {
      checkChange(change);
      const { key, lock } = change;
      const files = filesOf(key);
      return explained(files.path, "write", () => {
        if (!lock)
          return withBriefLock(files.path, patience, (brief) => write(files, change, brief));
        // Nobody takes it meanwhile.
        const lockFiles = lockFilesOf(lock.name);
        return withBriefLock<StoreOutcome>(lockFiles.fence, patience, () =>
          isHeld(lockFiles, lock)
            ? tryBriefLock(files.path, patience, (brief) => write(files, change, brief))
            : { written: false, reason: "lock-lost" },
        );
      });
    },

    async lock(request) {
      checkRequest(request);
      const { name, holder } = request;
      const files = lockFilesOf(name);
      return explained(`${files.path}.lock`, "write", () =>
        withBriefLock(files.fence, patience, (brief) => {
          const until = Date.now() + request.ttl;
          const current = readTimedLock(files.path);
          const isTimed = current !== undefined && "until" in current;
          if (isTimed && current.owner === holder) {
            const { fence } = current;
            if (!changeTimedLock(files.path, current, until)) return undefined;
            return { taken: true, lock: { name, holder, fence } };
          }
          if (current && (!isTimed || Date.now() < current.until)) {
            return { taken: false, holder: current.owner };
          }
          const fence = readFence(files.fence) + 1;
          const text = JSON.stringify({ version: 1, fence });
          if (!brief.replace(files.fence, text, { durable: true })) return undefined;
          makeDirectory(dirname(files.path));
          const isTaken = tryTakeTimedLock(files.path, { owner: holder, until, fence });
          return isTaken ? { taken: true, lock: { name, holder, fence } } : undefined;
        }),
      );
    },

    async unlock(lock) {
      checkLock(lock);
      const { holder: owner, fence } = lock;
      const files = lockFilesOf(lock.name);
      // Nothing has ever been locked.
      if (!fs.existsSync(files.fence)) return;
      await explained(`${files.path}.lock`, "write", () =>
        withBriefLock(files.fence, patience, () => {
          changeTimedLock(files.path, { owner, fence }, undefined);
          return true;
        }),
      );
    },
  };
}

interface EntryFiles {
  readonly path: string;
  readonly notes: string;
}

interface LockFiles {
  /** Without `.lock`. */
  readonly path: string;
  /** The last fence; its own lock lets one process at a time change the lock. */
  readonly fence: string;
}

/** What a file does not tell of an entry. */
interface Note {
  /** Which file it describes. */
  readonly file: string;
  readonly version: string;
  /** Milliseconds since the epoch. */
  readonly until?: number | undefined;
}

type Found = StoreEntry & Note;

/** A key's file, such that no key's file is a directory or a lock of another key. */
function fileName(key: string): string {
  return key.replaceAll(/\.(?=(?:json|lock|fence|stale|new|tmp)(?:\/|$))/g, "%2E");
}

function isCurrent({ until }: Note): boolean {
  return until === undefined || Date.now() < until;
}

/** The current entry, expired or not. Without a lock: a writer describes its file before it puts it in place. */
function findEntry({ path, notes }: EntryFiles): Found | undefined {
  for (;;) {
    const opened = openEntry(path);
    if (!opened) return undefined;
    const { value, file } = opened;
    const note = readNotes(notes).find((each) => each.file === file);
    if (note) return { ...note, value };
    // Not one of ours, unless it was replaced meanwhile.
    if (openEntry(path)?.file === file) return { value, file, version: file };
  }
}

/** The file's text, and what distinguishes it from every file that was there before. */
function openEntry(path: string): { readonly value: string; readonly file: string } | undefined {
  if (!fs.existsSync(path)) return undefined;
  let file: number;
  try {
    file = openRegularFile(path, fs.constants.O_RDONLY);
  } catch (error) {
    if (isFileError(error) && error.code === "ENOENT") return undefined;
    throw error;
  }
  try {
    const stats = fs.fstatSync(file, { bigint: true });
    const bytes = fs.readFileSync(file);
    return { value: decode(path, bytes), file: describeFile(stats, bytes) };
  } finally {
    fs.closeSync(file);
  }
}

function describeFile({ ino, mtimeNs }: fs.BigIntStats, content: string | Uint8Array): string {
  return `${ino}-${mtimeNs}-${hash("sha256", content, "hex").slice(0, 32)}`;
}

function decode(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw unusable(path, "it is not text in UTF-8", cause);
  }
}

/** Undefined if another process has taken the lock because it took this one for dead. */
function write(files: EntryFiles, change: StoreChange, lock: BriefLock): StoreOutcome | undefined {
  const { path, notes } = files;
  const { version, value, ttl, newVersion = crypto.randomUUID() } = change;
  const found = findEntry(files);
  const before = found && isCurrent(found) ? found : undefined;
  if (before?.version !== version) return { written: false, reason: "changed" };
  if (value === undefined) {
    removeFile(path);
    removeFile(notes);
    return { written: true, version: undefined };
  }
  const isReplaced = lock.replace(path, value, {
    durable: true,
    onDraft(stats) {
      const note: Note = {
        file: describeFile(stats, value),
        version: newVersion,
        until: ttl === undefined ? undefined : Date.now() + ttl,
      };
      // The old one too: a process that is killed now leaves the old file.
      writeNotes(notes, found ? [found, note] : [note]);
    },
  });
  return isReplaced ? { written: true, version: newVersion } : undefined;
}

function removeExpired(files: EntryFiles): void {
  try {
    tryBriefLock(files.path, patience, () => {
      const found = findEntry(files);
      if (!found || isCurrent(found)) return;
      removeFile(files.path);
      removeFile(files.notes);
    });
  } catch (error) {
    // It counts as removed anyway.
    if (!isFileError(error)) throw error;
  }
}

const isNotes = isShape<{ readonly entries: readonly Note[] }>({
  entries: isListOf(isShape<Note>({ file: isText, version: isText, until: isOptional(isNumber) })),
});

function readNotes(path: string): readonly Note[] {
  const value = readOwn(path);
  if (value === undefined) return [];
  if (!isNotes(value)) throw unusable(path, "it was not written by rcwh");
  return value.entries;
}

function writeNotes(path: string, notes: readonly Note[]): void {
  const entries = notes.map(({ file, version, until }) => ({ file, version, until }));
  const draft = `${path}.new`;
  makeDirectory(dirname(path));
  removeFile(draft);
  fs.writeFileSync(draft, JSON.stringify({ version: 1, entries }), { flag: "wx", mode: 0o600 });
  fs.renameSync(draft, path);
}

const isFence = isShape<{ readonly fence: number }>({ fence: Number.isSafeInteger });

function readFence(path: string): number {
  const value = readOwn(path);
  if (value === undefined) return 0;
  if (!isFence(value)) throw unusable(path, "it was not written by rcwh");
  return value.fence;
}

/** A file in `.store/`; undefined if there is none. */
function readOwn(path: string): unknown {
  if (!fs.existsSync(path)) return undefined;
  let text: string;
  try {
    text = readRegularFile(path);
  } catch (error) {
    if (isFileError(error) && error.code === "ENOENT") return undefined;
    throw error;
  }
  const value = parseJson(text);
  if (value === undefined) throw unusable(path, "it is not JSON");
  refuseNewer(value, path, "give fileStore another directory");
  return value;
}

function isHeld({ path }: LockFiles, { holder, fence }: StoreLock): boolean {
  const current = readTimedLock(path);
  if (!current || !("until" in current)) return false;
  return current.owner === holder && current.fence === fence && Date.now() < current.until;
}

function unusable(path: string, reason: string, cause?: unknown): UsageError {
  const move = `mv ${shellWord(path)} ${shellWord(`${path}.aside`)}`;
  return new UsageError(`Cannot use ${path}: ${reason}.`, `Move it away with \`${move}\`.`, {
    cause,
  });
}

/** Explains an error of the file system. */
async function explained<Result>(
  path: string,
  verb: "read" | "write",
  work: () => Result | Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!isFileError(error)) throw error;
    throw unreachable(path, verb, error);
  }
}

function unreachable(path: string, verb: "read" | "write", error: FileError): CliError {
  const able = verb === "read" ? "readable" : "writable";
  const message = `Cannot ${verb} ${path}: ${reasonOf(error)}.`;
  const hint =
    roomHint(error) ?? `Make it ${able} for this user, or give fileStore another directory.`;
  const isLasting =
    /^(?:EACCES|EPERM|EROFS|ENOTDIR|EISDIR|ELOOP)$/.test(error.code) ||
    // In a directory that exists, such as /proc, where nobody can make one.
    (error.code === "ENOENT" && error.syscall === "mkdir");
  return new (isLasting ? StoreRefusal : StoreError)(message, hint, { cause: error });
}
