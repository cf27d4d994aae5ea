/**
 * Where several processes, and several machines, keep what they share: small texts by key, and locks by name. A store
 * knows nothing of subscriptions. Every method may be called again after it failed, because an answer that is lost may
 * have been a success; a store throws whatever its client throws.
 */
export interface Store {
  /** The entry as it is now, or undefined if there is none or it has expired. */
  read(key: string): Promise<StoreEntry | undefined>;
  /** Writes or removes an entry, unless another writer was faster. Atomic. */
  compareAndSet(change: StoreChange): Promise<StoreOutcome>;
  /**
   * Takes a lock, or prolongs it for a holder that has it already. Atomic. An expired lock goes to the
   * next process that asks.
   */
  lock(request: LockRequest): Promise<LockOutcome>;
  /** Releases a lock. Does nothing if it is another holder's by now. */
  unlock(lock: StoreLock): Promise<void>;
}

export interface StoreEntry {
  readonly value: string;
  /** Changes with every write, and never comes back. Means nothing else. */
  readonly version: string;
}

export interface StoreChange {
  /**
   * Up to 200 characters: letters, digits, `/`, `-`, `_` and `.`; such as `accounts/5f0c…`. Each part between slashes
   * begins with a letter, a digit, `-` or `_`. A store throws RangeError for any other.
   */
  readonly key: string;
  /** The version that was read. Undefined: there must be no entry. */
  readonly version: string | undefined;
  /** Undefined removes the entry. A store throws RangeError for text with U+0000 or half a character (a lone surrogate). */
  readonly value: string | undefined;
  /**
   * The version that the entry gets, if the caller needs to know it: who has lost the answer sees by it whether the
   * change was made. A new UUID. Undefined: the store makes one.
   */
  readonly newVersion?: string | undefined;
  /** Milliseconds after which the entry is gone by itself, more than 0. Undefined: it stays. */
  readonly ttl?: number | undefined;
  /** Writes only while this lock is held: a holder that was suspended for too long must not write any more. */
  readonly lock?: StoreLock | undefined;
}

/** `changed`: another writer was faster, so read again. `lock-lost`: the lock of the change is another's by now. */
export type StoreOutcome =
  | { readonly written: true; readonly version: string | undefined }
  | { readonly written: false; readonly reason: "changed" | "lock-lost" };

export interface LockRequest {
  /** As `StoreChange.key`. Locks and entries with one name have nothing to do with each other. */
  readonly name: string;
  /** Up to 500 characters of one line: unique, and readable for those who wait: `process 12 on pod-3 since 2026-11-30T14:00:00Z, 7f3a91c2`. */
  readonly holder: string;
  /** Milliseconds, more than 0. By the store's clock, where it has one. */
  readonly ttl: number;
}

export type LockOutcome =
  | { readonly taken: true; readonly lock: StoreLock }
  | { readonly taken: false; readonly holder: string };

export interface StoreLock extends Pick<LockRequest, "name" | "holder"> {
  /**
   * Fencing: higher for each new holder of this name. It stays the same while one holder prolongs the lock, even if the
   * lock had expired for a while and no other holder took it, as when the store was down.
   */
  readonly fence: number;
}
