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
   * Takes a lock, or prolongs it for a holder that has it already. Atomic. A lock whose time is over belongs to whoever
   * asks next.
   */
  lock(request: LockRequest): Promise<LockOutcome>;
  /** Releases a lock. Does nothing if it is another holder's by now. */
  unlock(lock: StoreLock): Promise<void>;
}

export interface StoreEntry {
  readonly value: string;
  /** Changes with every write. Means nothing else. */
  readonly version: string;
}

export interface StoreChange {
  /** Up to 200 characters: letters, digits, `/`, `-`, `_` and `.`; such as `accounts/5f0c…`. */
  readonly key: string;
  /** The version that was read. Undefined: there must be no entry. */
  readonly version: string | undefined;
  /** Undefined removes the entry. */
  readonly value: string | undefined;
  /** Milliseconds after which the entry is gone by itself. Undefined: it stays. */
  readonly ttl?: number;
  /** Writes only while this lock is held: a holder that was suspended for too long must not write any more. */
  readonly lock?: StoreLock | undefined;
}

/** `changed`: another writer was faster, so read again. `lock-lost`: the lock of the change is another's by now. */
export type StoreOutcome =
  | { readonly written: true; readonly version: string | undefined }
  | { readonly written: false; readonly reason: "changed" | "lock-lost" };

export interface LockRequest {
  /** As `StoreChange.key`. */
  readonly name: string;
  /** Unique, and readable for those who wait: `process 12 on pod-3 since 2026-11-30T14:00:00Z, 7f3a91c2`. */
  readonly holder: string;
  /** Milliseconds. By the store's clock, where it has one. */
  readonly ttl: number;
}

export type LockOutcome =
  | { readonly taken: true; readonly lock: StoreLock }
  | { readonly taken: false; readonly holder: string };

export interface StoreLock extends Pick<LockRequest, "name" | "holder"> {
  /** Fencing: higher for each new holder of this name, the same while one holder prolongs it. */
  readonly fence: number;
}
