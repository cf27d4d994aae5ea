import fs from "node:fs";
import { join } from "node:path";
import { moveAside } from "../machine/atomic-write.ts";
import type { Clock } from "../machine/clock.ts";
import { isFileError } from "../machine/file-error.ts";
import { type BriefLock, type LockOptions, withBriefLock, withLock } from "../machine/lock.ts";
import {
  type Contents,
  CorruptContents,
  noContents,
  parseContents,
  pruned,
  toJson,
} from "./contents.ts";
import { unreadable } from "./file-error.ts";
import { hash } from "./identity-hashes.ts";
import { type ContentsStore, refuseForeignReaders } from "./store.ts";

export interface AccountStoreOptions {
  /** Where the user's own file is. */
  readonly directory: string;
  /** The account's `recordsKey`. */
  readonly key: string;
  readonly platform: NodeJS.Platform;
  readonly clock: Clock;
  readonly warn: (line: string) => void;
  /** For what would otherwise be said of every account. */
  readonly warnOnce: (line: string) => void;
  readonly signal: AbortSignal;
}

type Edit = (contents: Contents) => Contents;

/** Milliseconds that a change may wait for others, to be written together. */
const longestWait = 1000;
/** Milliseconds within which two changes of a file may bear the same time. */
const coarseness = 10;
const finalWriteLock: LockOptions = { patience: 15_000, ignoresSignal: true };

/**
 * One account's file, `accounts/<hash>.json`: small, and replaced as a whole. It is not conf that writes
 * it: that one looks through the whole directory, and this one holds a file for each of many accounts.
 */
export class AccountStore implements ContentsStore {
  readonly path: string;
  readonly #options: AccountStoreOptions;
  readonly #waiting: Edit[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** What the file held when it was read last. */
  #known: { readonly version: string; readonly contents: Contents } | undefined;

  constructor(options: AccountStoreOptions) {
    this.#options = options;
    this.path = join(options.directory, "accounts", `${hash(options.key).slice(0, 32)}.json`);
  }

  /** The file as it is now, with the changes that wait; empty where there is none, or none that can be read as one. */
  async read(): Promise<Contents> {
    return this.#waiting.reduce((contents, edit) => edit(contents), this.#read());
  }

  change(edit: Edit, options: LockOptions): Promise<Contents> {
    const { clock, signal } = this.#options;
    const request = { clock, signal, ...options };
    return withBriefLock(this.path, request, (lock) => this.#tryChange(edit, lock));
  }

  changeSoon(edit: Edit): void {
    this.#waiting.push(edit);
    this.#timer ??= setTimeout(() => void this.flush().catch(() => {}), longestWait).unref();
  }

  /** Writes what waits. Throws what `change` throws. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting.length > 0) await this.change((contents) => contents, finalWriteLock);
  }

  lock<Result>(name: string, options: LockOptions, work: () => Promise<Result>): Promise<Result> {
    const { clock, signal } = this.#options;
    const path = this.path.replace(/\.json$/, `-${name}`);
    return withLock(path, { clock, signal, ...options }, work);
  }

  warnOnce(line: string): void {
    this.#options.warnOnce(line);
  }

  /** Undefined where another process has taken this one for dead. */
  #tryChange(edit: Edit, lock: BriefLock): Contents | undefined {
    const before = this.#read();
    const after = edit(this.#waiting.reduce((contents, earlier) => earlier(contents), before));
    const kept = after === before ? before : pruned(after, this.#options.clock.now());
    if (after !== before) {
      // What a power failure must not take: the server can give everything else again.
      const durable = after.replacements !== before.replacements;
      const text = JSON.stringify(toJson(kept));
      if (!lock.replace(this.path, text, { durable })) return undefined;
    }
    this.#waiting.length = 0;
    return kept;
  }

  #read(): Contents {
    try {
      const stats = fs.statSync(this.path, { throwIfNoEntry: false });
      if (!stats) return noContents;
      if (this.#options.platform !== "win32") refuseForeignReaders(this.path, stats);
      // Each change makes another file.
      const version = `${stats.ino} ${stats.mtimeMs} ${stats.size}`;
      if (this.#known?.version === version) return this.#known.contents;
      const contents = this.#parse(fs.readFileSync(this.path, "utf8"));
      if (stats.mtimeMs < Date.now() - coarseness) this.#known = { version, contents };
      return contents;
    } catch (error) {
      if (!isFileError(error)) throw error;
      if (error.code === "ENOENT" || error.code === "ENOTDIR") return noContents;
      throw unreadable(this.path, error);
    }
  }

  #parse(text: string): Contents {
    try {
      return parseContents(text, this.path);
    } catch (error) {
      if (!(error instanceof CorruptContents)) throw error;
      const aside = moveAside(this.path, this.#options.clock.now());
      this.#options.warn(
        `${this.path} cannot be used: ${error.message}. It is kept as ${aside}, and what rcwh knew of the account's subscriptions is forgotten.`,
      );
      return noContents;
    }
  }
}
