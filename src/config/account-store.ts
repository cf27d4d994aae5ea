import fs from "node:fs";
import { dirname, join } from "node:path";
import type { Clock } from "../clock.ts";
import { isFileError } from "../file-error.ts";
import { type LockManners, withLock } from "../lock.ts";
import {
  type Contents,
  CorruptContents,
  noContents,
  parseContents,
  pruned,
  toJson,
} from "./contents.ts";
import { unreadable } from "./file-error.ts";
import { hash } from "./keys.ts";
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
const lastWord: LockManners = { patience: 15_000, ignoresSignal: true };

/**
 * One account's file, `accounts/<hash>.json`: small, written as a whole under a lock of its own. It is
 * not conf that writes it: that one looks through the whole directory, and this one holds a file for each
 * of many accounts.
 */
export class AccountStore implements ContentsStore {
  readonly path: string;
  readonly #options: AccountStoreOptions;
  readonly #waiting: Edit[] = [];
  #timer: NodeJS.Timeout | undefined;
  #isLocked = false;

  constructor(options: AccountStoreOptions) {
    this.#options = options;
    this.path = join(options.directory, "accounts", `${hash(options.key).slice(0, 32)}.json`);
  }

  /** The file as it is now, with the changes that wait; empty where there is none, or none that can be read as one. */
  async read(): Promise<Contents> {
    return this.#waiting.reduce((contents, edit) => edit(contents), this.#read());
  }

  async change(edit: Edit, manners: LockManners): Promise<Contents> {
    if (this.#isLocked) return this.#change(edit);
    return this.lock("change", manners, async () => this.#change(edit));
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

  /** One lock for all that is done to the file, whatever its name, because each costs the disk something. */
  lock<Result>(_name: string, manners: LockManners, work: () => Promise<Result>): Promise<Result> {
    const { clock, signal } = this.#options;
    const path = this.path.replace(/\.json$/, "");
    return withLock(path, { clock, signal, ...manners }, async () => {
      this.#isLocked = true;
      try {
        return await work();
      } finally {
        this.#isLocked = false;
      }
    });
  }

  warnOnce(line: string): void {
    this.#options.warnOnce(line);
  }

  /** Under the lock. Nobody in this process comes between, because it waits for nothing. */
  #change(edit: Edit): Contents {
    const before = this.#read();
    const waiting = this.#waiting.splice(0);
    const after = edit(waiting.reduce((contents, earlier) => earlier(contents), before));
    if (after === before) return before;
    const kept = pruned(after, this.#options.clock.now());
    // What a crash must not take: all else can be had again from the server.
    this.#write(JSON.stringify(toJson(kept)), after.replacements !== before.replacements);
    return kept;
  }

  #read(): Contents {
    let text: string;
    try {
      if (this.#options.platform !== "win32") refuseForeignReaders(this.path);
      text = fs.readFileSync(this.path, "utf8");
    } catch (error) {
      if (!isFileError(error)) throw error;
      if (error.code === "ENOENT" || error.code === "ENOTDIR") return noContents;
      throw unreadable(this.path, error);
    }
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

  /** Under the lock, so that one name for what is not yet complete will do, and what a killed run left is overwritten. */
  #write(text: string, isPrecious: boolean): void {
    const incomplete = `${this.path}.new`;
    fs.mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
    const file = fs.openSync(incomplete, "w", 0o600);
    try {
      fs.writeFileSync(file, text);
      if (isPrecious) fs.fsyncSync(file);
    } finally {
      fs.closeSync(file);
    }
    fs.renameSync(incomplete, this.path);
  }
}
