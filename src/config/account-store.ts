import fs from "node:fs";
import { join } from "node:path";
import type { Clock } from "../machine/clock.ts";
import { isFileError } from "../machine/file-error.ts";
import { LockedError, type LockManners, openNew, removeStale, withLock } from "../machine/lock.ts";
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
const longestPause = 10;
/** Milliseconds within which two changes of a file may bear the same time. */
const coarseness = 10;
const lastWord: LockManners = { patience: 15_000, ignoresSignal: true };

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

  /**
   * The new file is the lock as well, as with git: whoever can make it reads the old one and renames the
   * new one into its place, without waiting for anything meanwhile.
   */
  async change(edit: Edit, { patience, ignoresSignal }: LockManners): Promise<Contents> {
    const { clock, signal } = this.#options;
    const until = clock.now() + patience;
    for (;;) {
      const contents = this.#tryChange(edit);
      if (contents) return contents;
      if (clock.now() >= until) throw new LockedError(this.#newPath, undefined);
      await clock.sleep(1 + Math.random() * longestPause, ignoresSignal ? undefined : signal);
    }
  }

  changeSoon(edit: Edit): void {
    this.#waiting.push(edit);
    this.#timer ??= setTimeout(() => void this.flush().catch(() => {}), longestWait).unref();
  }

  /** Writes what waits. Throws what `change` throws. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting.length > 0) await this.change((contents) => contents, lastWord);
  }

  lock<Result>(name: string, manners: LockManners, work: () => Promise<Result>): Promise<Result> {
    const { clock, signal } = this.#options;
    const path = this.path.replace(/\.json$/, `-${name}`);
    return withLock(path, { clock, signal, ...manners }, work);
  }

  warnOnce(line: string): void {
    this.#options.warnOnce(line);
  }

  get #newPath(): string {
    return `${this.path}.new`;
  }

  /** Undefined where another process is at it. */
  #tryChange(edit: Edit): Contents | undefined {
    const file = this.#openNew();
    if (file === undefined) return undefined;
    try {
      const before = this.#read();
      const after = edit(this.#waiting.reduce((contents, earlier) => earlier(contents), before));
      const kept = after === before ? before : pruned(after, this.#options.clock.now());
      if (after !== before) {
        fs.writeFileSync(file, JSON.stringify(toJson(kept)));
        // What a crash must not take: all else can be had again from the server.
        if (after.replacements !== before.replacements) fs.fsyncSync(file);
        // Whoever was suspended for long has been taken for dead.
        if (!this.#isNew(file)) return undefined;
        fs.renameSync(this.#newPath, this.path);
      }
      this.#waiting.length = 0;
      return kept;
    } finally {
      if (this.#isNew(file)) fs.unlinkSync(this.#newPath);
      fs.closeSync(file);
    }
  }

  /** Undefined where it takes another try. */
  #openNew(): number | undefined {
    try {
      return openNew(this.#newPath);
    } catch (error) {
      if (!isFileError(error) || error.code !== "EEXIST") throw error;
      removeStale(this.#newPath);
      return undefined;
    }
  }

  #isNew(file: number): boolean {
    const { ino } = fs.fstatSync(file);
    return fs.statSync(this.#newPath, { throwIfNoEntry: false })?.ino === ino;
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
      const now = new Date(this.#options.clock.now()).toISOString();
      const aside = `${this.path}.corrupt-${now.replaceAll(/[-:]/g, "")}`;
      fs.renameSync(this.path, aside);
      this.#options.warn(
        `${this.path} cannot be used: ${error.message}. It is kept as ${aside}, and what rcwh knew of the account's subscriptions is forgotten.`,
      );
      return noContents;
    }
  }
}
