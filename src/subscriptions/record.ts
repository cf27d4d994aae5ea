import type { Api } from "../filters/api.ts";

/** What rcwh keeps on record about a subscription that it created or changed, because the server does not report it. */
export interface SubscriptionRecord {
  readonly id: string;
  readonly api: Api;
  /** As requested, including those that the server disabled. */
  readonly eventFilters: readonly string[];
  readonly address: string;
  /** The requested lifetime, in seconds; absent for the server's default. */
  readonly expiresIn?: number;
  /** Last known expiry, RFC 3339. */
  readonly expirationTime: string;
  readonly verificationToken?: string;
  /** Filters that the server refused in a renewal. Each further renewal requests them again. */
  readonly droppedFilters?: readonly string[];
  /** Created elsewhere: rcwh only renewed or changed it, and cannot know its verification token. */
  readonly foreign?: boolean;
  /** When it replaced a blacklisted subscription, by the server's clock, RFC 3339. */
  readonly recoveredAt?: string;
  /** The id of the subscription that it replaced. */
  readonly replaces?: string;
  /** When rcwh first found that the server no longer has it, by the server's clock. RFC 3339. */
  readonly goneAt?: string;
  /** `renew` has reported that it is gone. */
  readonly reported?: true;
  /** The webhook of a manifest that it is. A replacement is the same webhook. */
  readonly managedAs?: ManagedAs;
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

/** Which webhook of which `rcwh.yaml` a subscription is. */
export interface ManagedAs {
  /** What the file calls itself. */
  readonly manifest: string;
  /** The webhook's name in it. */
  readonly webhook: string;
  /** Of several subscriptions that share the filters of one webhook: which one, from 1. */
  readonly part?: number;
  /** What the file asked for when it was last applied: whatever differs from this, somebody changed elsewhere. */
  readonly asked?: { readonly eventFilters: readonly string[]; readonly address: string };
}
