import fs from "node:fs";
import { join } from "node:path";
import { moveAside } from "../machine/atomic-write.ts";
import type { Clock } from "../machine/clock.ts";
import { isFileError } from "../machine/file-error.ts";
import {
  type BriefLock,
  type LockOptions,
  refuseOddLock,
  withBriefLock,
  withLock,
} from "../machine/locks/lock.ts";
import { openRegularFile } from "../machine/regular-file.ts";
import {
  type Contents,
  CorruptContents,
  describeUnusable,
  noContents,
  parseContents,
  pruned,
  toJson,
} from "./contents.ts";
import { type ContentsStore, finalWriteLock } from "./contents-store.ts";
import { unreadable } from "./file-error.ts";
import { hash } from "./identity-hashes.ts";
import { refuseOtherReaders } from "./store.ts";

export interface AccountStoreOptions {
  /** Where the user's own file is. */
  readonly directory: string;
  /** The account's `recordsKey`. */
  readonly key: string;
  readonly platform: NodeJS.Platform;
  readonly clock: Clock;
  readonly warn: (line: string) => void;
  /** For a warning that would be the same for every account. */
  readonly warnOnce: (line: string) => void;
  readonly signal: AbortSignal;
  /** Whether `close` is called at the end: then each version of the file is read once. */
  readonly isClosed?: boolean;
}

type Edit = (contents: Contents) => Contents;

interface Known {
  readonly version: string;
  readonly contents: Contents;
  /** The file itself, open: while it is, no other one gets its inode. */
  readonly file?: number;
}

/** Milliseconds that a change may wait, to be written together with others. */
const longestWait = 1000;
/** Milliseconds within which two changes of a file may have the same mtime. */
const coarseness = 10;

/**
 * One account's file, `accounts/<hash>.json`: small, and replaced as a whole. conf would read the whole
 * directory at every write, and this one has a file for each of many accounts.
 */
export class AccountStore implements ContentsStore {
  readonly path: string;
  readonly #options: AccountStoreOptions;
  readonly #pending: Edit[] = [];
  /** What the first `count` of the pending changes made of `from`. */
  #changed: { readonly from: Contents; readonly count: number; readonly to: Contents } | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** The last warning about entries that cannot be used. */
  #problem: string | undefined;
  /** What was last read or written. */
  #known: Known | undefined;
  #hasLookedAtLock = false;

  constructor(options: AccountStoreOptions) {
    this.#options = options;
    this.path = join(options.directory, "accounts", `${hash(options.key).slice(0, 32)}.json`);
  }

  /** The current file with the pending changes; empty if it is missing or corrupt. */
  async read(): Promise<Contents> {
    if (!this.#hasLookedAtLock) refuseOddLock(this.path);
    this.#hasLookedAtLock = true;
    return this.#withPending(this.#read());
  }

  change(edit: Edit, options: LockOptions): Promise<Contents> {
    const { clock, signal } = this.#options;
    const request = { clock, signal, ...options };
    return withBriefLock(this.path, request, (lock) => this.#tryChange(edit, lock));
  }

  changeSoon(edit: Edit): void {
    this.#pending.push(edit);
    this.#timer ??= setTimeout(() => void this.flush().catch(() => {}), longestWait).unref();
  }

  /** Writes the pending changes. Throws what `change` throws. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#pending.length > 0) await this.change((contents) => contents, finalWriteLock);
  }

  /** Writes the pending changes, and lets go of the file. Throws what `change` throws. */
  async close(): Promise<void> {
    try {
      await this.flush();
    } finally {
      this.#forget();
    }
  }

  lock<Result>(name: string, options: LockOptions, work: () => Promise<Result>): Promise<Result> {
    const { clock, signal } = this.#options;
    const path = this.path.replace(/\.json$/, `-${name}`);
    return withLock(path, { clock, signal, ...options }, work);
  }

  warnOnce(line: string): void {
    this.#options.warnOnce(line);
  }

  /** Undefined if another process has taken the lock because it took this one for dead. */
  #tryChange(edit: Edit, lock: BriefLock): Contents | undefined {
    const before = this.#read();
    const after = edit(this.#withPending(before));
    const kept = after === before ? before : pruned(after, this.#options.clock.now());
    if (after !== before) {
      // What a power failure must not take: the server can give everything else again.
      const durable = after.replacements !== before.replacements;
      const text = JSON.stringify(toJson(kept));
      const onReplaced = (file: number) => this.#know(file, kept);
      if (!lock.replace(this.path, text, { durable, onReplaced })) return undefined;
    }
    this.#pending.length = 0;
    this.#changed = undefined;
    return kept;
  }

  #withPending(from: Contents): Contents {
    const known = this.#changed?.from === from ? this.#changed : { from, count: 0, to: from };
    const { length } = this.#pending;
    if (known.count === length) return known.to;
    const rest = this.#pending.slice(known.count);
    const to = rest.reduce((contents, edit) => edit(contents), known.to);
    this.#changed = { from, count: length, to };
    return to;
  }

  #read(): Contents {
    try {
      const stats = fs.statSync(this.path, { throwIfNoEntry: false });
      if (!stats) return noContents;
      if (this.#known?.version === versionOf(stats)) return this.#known.contents;
      if (this.#options.platform !== "win32") refuseOtherReaders(this.path, stats);
      const contents = this.#open();
      const problem = describeUnusable(contents, this.path);
      if (problem !== undefined && problem !== this.#problem) this.#options.warn(problem);
      this.#problem = problem;
      return contents;
    } catch (error) {
      if (!isFileError(error)) throw error;
      if (error.code === "ENOENT" || error.code === "ENOTDIR") return noContents;
      throw unreadable(this.path, error);
    }
  }

  #open(): Contents {
    const file = openRegularFile(this.path, fs.constants.O_RDONLY);
    let contents: Contents;
    try {
      contents = this.#parse(fs.readFileSync(file, "utf8"));
    } catch (error) {
      fs.closeSync(file);
      throw error;
    }
    this.#know(file, contents);
    return contents;
  }

  /** Takes over the open file. */
  #know(file: number, contents: Contents): void {
    this.#forget();
    const stats = fs.fstatSync(file);
    const version = versionOf(stats);
    // Windows replaces no file that is open.
    if (this.#options.isClosed && this.#options.platform !== "win32") {
      this.#known = { version, contents, file };
      return;
    }
    fs.closeSync(file);
    if (stats.mtimeMs < Date.now() - coarseness) this.#known = { version, contents };
  }

  #forget(): void {
    if (this.#known?.file !== undefined) fs.closeSync(this.#known.file);
    this.#known = undefined;
  }

  #parse(text: string): Contents {
    try {
      return parseContents(text, this.path);
    } catch (error) {
      if (!(error instanceof CorruptContents)) throw error;
      const aside = moveAside(this.path, this.#options.clock.now());
      this.#options.warn(
        `Cannot use ${this.path}: ${error.message}. Moved it to ${aside}; its records of subscriptions are lost.`,
      );
      return noContents;
    }
  }
}

/** Each change creates another file. */
function versionOf({ ino, mtimeMs, size }: fs.Stats): string {
  return `${ino} ${mtimeMs} ${size}`;
}
