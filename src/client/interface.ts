import type { EndpointCheck } from "./check-endpoint.ts";
import type {
  CallOptions,
  CheckOptions,
  CreateCallOptions,
  EnsureCallOptions,
  ListOptions,
  RecoverCallOptions,
  RenewCallOptions,
  RenewDueOptions,
  ReplaceCallOptions,
  ReplacementChanges,
  RotateTokenOptions,
  SubscriptionChanges,
  SubscriptionRequest,
} from "./options.ts";
import type {
  ClientSubscription,
  ExistingSubscriptionResult,
  SubscriptionResult,
  SubscriptionResults,
} from "./results.ts";

type Identified = Pick<
  ClientSubscription,
  "id" | "eventFilters" | "deliveryMode" | "expirationTime" | "api"
>;

/** A subscription, or what is left of one, with what is on record about it. */
export interface ListedSubscription
  extends Identified,
    Partial<Omit<ClientSubscription, keyof Identified>> {
  /** RingCentral's `Active` or `Blacklisted`; `Expired` or `Gone` for what only the records know. */
  readonly status: string;
  readonly record?: KnownSubscription;
}

/** What is on record of a subscription, because RingCentral does not tell it. */
export interface KnownSubscription {
  /** The lifetime asked for, seconds; absent for RingCentral's default. */
  readonly expiresIn?: number;
  /** Whether it was made elsewhere, so that nobody knows its verification token. */
  readonly foreign: boolean;
  readonly hasVerificationToken: boolean;
  /** Filters that were asked for and refused; each renewal asks again. */
  readonly droppedFilters?: readonly string[];
  /** When it took the place of a blacklisted one, RFC 3339. */
  readonly recoveredAt?: string;
  /** The id of the one that it replaced. */
  readonly replaces?: string;
}

/** Who is signed in. */
export interface ClientIdentity {
  readonly server: string;
  readonly clientId?: string;
  readonly extensionId?: string;
  /** This and the rest only where the app has the scope ReadAccounts. */
  readonly accountId?: string;
  readonly extensionNumber?: string;
  readonly name?: string;
  readonly scopes: readonly string[];
  /** RFC 3339; absent with an `accessToken`. */
  readonly tokenExpirationTime?: string;
}

/** The new token, and the result for the subscription. */
export interface RotatedToken extends ExistingSubscriptionResult {
  readonly verificationToken: string;
}

/** An endpoint, tried by RingCentral's rules. */
export interface CheckedEndpoint {
  /** Whether no rule is broken. */
  readonly passed: boolean;
  /** RingCentral's code for the first broken rule. */
  readonly code?: string;
  readonly checks: readonly EndpointCheck[];
}

/**
 * Webhook subscriptions of one user of one app. Every method rejects with `RcwhError`, and first finishes what an
 * interrupted one has left. A subscription is named by its id, a unique prefix of it, or its URL.
 */
export interface Client {
  /** All subscriptions, soonest to expire first. */
  list(options?: ListOptions): Promise<readonly ListedSubscription[]>;
  read(subscription: string, options?: CallOptions): Promise<ListedSubscription>;
  /**
   * Creates a subscription, exactly once: where the answer is lost, it looks before it asks again. The result has an
   * `error` where less was granted than asked for. Rejects with `DUPLICATE` where there is one with the same URL and
   * filters.
   */
  create(
    request: SubscriptionRequest,
    options?: CreateCallOptions,
  ): Promise<ExistingSubscriptionResult>;
  /**
   * Makes sure that a subscription with this URL and these filters exists and lives: creates it, changes it in place,
   * renews it when it is due, recovers it when it is blacklisted, re-creates it when it is gone, or leaves it alone. May be
   * called by any number of processes at once. The URL says which one is meant, so give each definition its own.
   */
  ensure(
    definition: SubscriptionRequest,
    options?: EnsureCallOptions,
  ): Promise<ExistingSubscriptionResult>;
  /** Changes filters or lifetime in place. */
  update(
    subscription: string,
    changes: SubscriptionChanges,
    options?: CallOptions,
  ): Promise<ExistingSubscriptionResult>;
  /** Renews what is due, and reports everything that needs attention. Never shortens a life. */
  renewDue(options?: RenewDueOptions): Promise<SubscriptionResults>;
  /** Renews one, due or not. */
  renew(subscription: string, options?: RenewCallOptions): Promise<SubscriptionResult>;
  renew(subscriptions: readonly string[], options?: RenewCallOptions): Promise<SubscriptionResults>;
  /** Replaces a blacklisted one by a new one with the same filters, lifetime and verification token. */
  recover(subscription: string, options?: RecoverCallOptions): Promise<SubscriptionResult>;
  /** Replaces several, by default all that are blacklisted. */
  recover(
    subscriptions?: readonly string[],
    options?: RecoverCallOptions,
  ): Promise<SubscriptionResults>;
  /** Creates one that is gone once more, from its record. */
  recreate(subscription: string, options?: CallOptions): Promise<SubscriptionResult>;
  /** Creates several once more, by default all that have expired. */
  recreate(subscriptions?: readonly string[], options?: CallOptions): Promise<SubscriptionResults>;
  /**
   * Gives a subscription what RingCentral cannot change: creates a new one, sees it deliver, and deletes the old one. Until
   * then events may arrive twice.
   */
  replace(
    subscription: string,
    changes?: ReplacementChanges,
    options?: ReplaceCallOptions,
  ): Promise<ExistingSubscriptionResult>;
  /** Replaces a subscription by one with another verification token. */
  rotateToken(subscription: string, options?: RotateTokenOptions): Promise<RotatedToken>;
  /** Deletes one. Rejects with `NOT_FOUND` where it does not exist. */
  delete(subscription: string, options?: CallOptions): Promise<SubscriptionResult>;
  delete(subscriptions: readonly string[], options?: CallOptions): Promise<SubscriptionResults>;
  whoami(options?: CallOptions): Promise<ClientIdentity>;
  /** Tries an endpoint from here, by RingCentral's rules. */
  check(url: string, options?: CheckOptions): Promise<CheckedEndpoint>;
  /** Ends the session, where no store keeps it. */
  close(): Promise<void>;
}
