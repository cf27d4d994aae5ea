import type { Clock } from "../machine/clock.ts";
import type { LockOptions } from "../machine/locks/lock.ts";
import { type HeldLock, holdLock } from "../store/hold-lock.ts";
import { refuseSealed } from "../store/sealed-mark.ts";
import type { Store } from "../store/store.ts";
import {
  type Contents,
  CorruptContents,
  describeUnusable,
  noContents,
  parseContents,
  pruned,
  toJson,
} from "./contents.ts";
import type { ContentsStore } from "./contents-store.ts";
import { hash } from "./identity-hashes.ts";

export interface StoredContentsOptions {
  readonly store: Store;
  /** The account's `recordsKey`. */
  readonly key: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Describes this process, for those who wait for its locks. */
  readonly owner: string;
  readonly warn: (line: string) => void;
  /** For a warning that would be the same for every account. */
  readonly warnOnce: (line: string) => void;
}

/** The entry of an account, and the beginning of the names of its locks. */
export function accountKey(key: string): string {
  return `accounts/${hash(key).slice(0, 32)}`;
}

/** One account's entry in a store that machines share. */
export class StoredContents implements ContentsStore {
  readonly path: string;
  readonly #options: StoredContentsOptions;
  /** Those that this process holds for the account, in the order in which it took them. */
  readonly #held: HeldLock[] = [];
  /** The last warning about an entry that cannot be used. */
  #problem: string | undefined;

  constructor(options: StoredContentsOptions) {
    this.#options = options;
    this.path = accountKey(options.key);
  }

  async read(): Promise<Contents> {
    const entry = await this.#options.store.read(this.path);
    return entry ? (this.#parse(entry.value) ?? noContents) : noContents;
  }

  async change(edit: (contents: Contents) => Contents): Promise<Contents> {
    const { store, clock } = this.#options;
    for (;;) {
      const entry = await store.read(this.path);
      const found = entry ? this.#parse(entry.value) : noContents;
      // What cannot be read is kept beside, in the place of what was kept before.
      if (entry && !found) await this.#keepCopy(entry.value);
      const before = found ?? noContents;
      const after = edit(before);
      if (after === before) return before;
      const kept = pruned(after, clock.now());
      const held = this.#held.at(-1);
      const outcome = await store.compareAndSet({
        key: this.path,
        version: entry?.version,
        value: JSON.stringify(toJson(kept)),
        lock: held?.lock,
      });
      if (outcome.written) return kept;
      // One that this process has released meanwhile is not lost.
      if (outcome.reason === "lock-lost" && held && this.#held.includes(held)) await held.confirm();
    }
  }

  /** Forgets the account. */
  async remove(): Promise<void> {
    const { store } = this.#options;
    for (;;) {
      const entry = await store.read(this.path);
      if (!entry) return;
      const change = { key: this.path, version: entry.version, value: undefined };
      if ((await store.compareAndSet(change)).written) return;
    }
  }

  lock<Result>(
    name: string,
    { timeout, owner = this.#options.owner, ignoresSignal }: LockOptions,
    work: () => Promise<Result>,
  ): Promise<Result> {
    const { store, clock, signal } = this.#options;
    const options = {
      name: `${this.path}-${name}`,
      owner,
      wait: timeout,
      clock,
      signal: ignoresSignal ? undefined : signal,
    };
    return holdLock(store, options, async (held) => {
      this.#held.push(held);
      try {
        return await work();
      } finally {
        this.#held.splice(this.#held.indexOf(held), 1);
      }
    });
  }

  /** Throws `LOCK_LOST` where another process may hold one of the locks by now: for a moment before a request. */
  check(): void {
    for (const held of this.#held) held.check();
  }

  warnOnce(line: string): void {
    this.#options.warnOnce(line);
  }

  /** Undefined for an entry that is not one of ours, after a warning. */
  #parse(text: string): Contents | undefined {
    refuseSealed(this.path, text);
    try {
      const contents = parseContents(text, `the entry ${this.path} of the store`);
      this.#tell(describeUnusable(contents, `The entry ${this.path} of the store`));
      return contents;
    } catch (error) {
      if (!(error instanceof CorruptContents)) throw error;
      this.#tell(
        `Cannot use the entry ${this.path} of the store: ${error.message}. The next change replaces it, and keeps it as ${this.path}.corrupt.`,
      );
      return undefined;
    }
  }

  #tell(problem: string | undefined): void {
    if (problem !== undefined && problem !== this.#problem) this.#options.warn(problem);
    this.#problem = problem;
  }

  async #keepCopy(value: string): Promise<void> {
    const key = `${this.path}.corrupt`;
    const version = (await this.#options.store.read(key))?.version;
    await this.#options.store.compareAndSet({ key, version, value });
  }
}
