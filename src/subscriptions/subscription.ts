/**
 * Shapes of RingCentral's Subscription API, as its public OpenAPI definition gives them
 * (`SubscriptionInfo`, `CreateSubscriptionRequest`, `UpdateSubscriptionRequest`).
 */

export interface Subscription {
  readonly id: string;
  readonly uri: string;
  /** Returned with numeric ids in place of `~`, and in another order than sent. May or may not include disabled ones. */
  readonly eventFilters: readonly string[];
  readonly disabledFilters?: readonly DisabledFilter[];
  readonly deliveryMode: DeliveryMode;
  readonly creationTime: string;
  readonly expirationTime: string;
  /** Remaining seconds, by the server's clock. */
  readonly expiresIn?: number;
  /** `Active` or `Blacklisted`; in older material also `Suspended` and `Blocked`. Anything but `Active` is unhealthy. */
  readonly status: string;
  readonly blacklistedData?: { readonly blacklistedAt?: string; readonly reason?: string };
}

/** The answer to a list request. */
export interface SubscriptionList {
  readonly subscriptions: readonly Subscription[];
  readonly malformed: readonly MalformedSubscription[];
}

/** A record of a list that is not a subscription as RingCentral documents it: rcwh shows it, and never touches it. */
export interface MalformedSubscription {
  /** Empty for a record without an id. */
  readonly id: string;
  /** The record as it came. */
  readonly value: unknown;
  /** The end of a sentence, such as "its `status` has the wrong type". */
  readonly problem: string;
}

interface DisabledFilter {
  readonly filter: string;
  /** A code such as `SUB-412`. */
  readonly reason: string;
  readonly message?: string;
}

interface DeliveryMode {
  readonly transportType: string;
  readonly address?: string;
  readonly encryption?: boolean;
}

export interface CreateSubscriptionRequest {
  readonly eventFilters: readonly string[];
  readonly deliveryMode: {
    readonly transportType: "WebHook";
    readonly address: string;
    readonly verificationToken?: string;
  };
  /** Seconds. Top level: nested under `deliveryMode` it is silently ignored. */
  readonly expiresIn?: number;
}

export interface UpdateSubscriptionRequest {
  /** The whole set: a PUT replaces it. */
  readonly eventFilters: readonly string[];
  /** Seconds. Always sent, because sources disagree about the lifetime that a PUT without it sets. */
  readonly expiresIn: number;
}

/** The answer to `POST /restapi/oauth/wstoken`. */
export interface WebSocketToken {
  /** The gateway's address. The token is only for this gateway. */
  readonly uri: string;
  readonly token: string;
  /** Seconds. */
  readonly expiresIn: number;
}

/** What `GET /restapi/v1.0/account/~/extension/~/features` says of a feature. */
export interface Feature {
  readonly id: string;
  readonly available: boolean;
  /** Why it is not. */
  readonly reason?: { readonly code?: string };
}

/** The answer to `GET /restapi/v1.0/account/~/extension/~`, which needs the scope ReadAccounts. */
export interface ExtensionInfo {
  readonly id: number | string;
  readonly name?: string;
  readonly extensionNumber?: string;
  readonly account?: { readonly id?: number | string };
}
