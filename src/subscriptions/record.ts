import type { Api } from "../filters/api.ts";

/** What rcwh knows of a subscription that it made or changed, and the server does not tell. */
export interface SubscriptionRecord {
  readonly id: string;
  readonly api: Api;
  /** As asked for, the ones that the server disabled included. */
  readonly eventFilters: readonly string[];
  readonly address: string;
  /** The lifetime asked for, in seconds; absent where the server's default was accepted. */
  readonly expiresIn?: number;
  /** Last known expiry, RFC 3339. */
  readonly expirationTime: string;
  readonly verificationToken?: string;
  /** What a renewal had to leave out, because the server refused it: asked for again with every next one. */
  readonly droppedFilters?: readonly string[];
  /** Made elsewhere: rcwh only renewed or changed it, and cannot know its verification token. */
  readonly foreign?: boolean;
  /** When it was made in place of a blacklisted one, by the server's clock, RFC 3339. */
  readonly recoveredAt?: string;
  /** When rcwh first saw that it was gone before its time: somebody deleted it. RFC 3339. */
  readonly goneAt?: string;
}

export interface SubscriptionRecords {
  list(): Promise<readonly SubscriptionRecord[]>;
  /** Adds the record, or replaces the one of the same id. False, after a warning, where it cannot be kept. */
  save(record: SubscriptionRecord): Promise<boolean>;
  /**
   * Keeps what `change` makes of the record as it is then, which another process may have written
   * meanwhile; `undefined` changes nothing. May run `change` more than once. Returns as `save` does.
   */
  edit(
    id: string,
    change: (current: SubscriptionRecord | undefined) => SubscriptionRecord | undefined,
  ): Promise<boolean>;
  remove(id: string): Promise<void>;
}
