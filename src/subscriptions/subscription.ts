/**
 * Shapes of RingCentral's Subscription API, as its public OpenAPI definition gives them
 * (`SubscriptionInfo`, `CreateSubscriptionRequest`, `UpdateSubscriptionRequest`).
 */

export interface Subscription {
  readonly id: string;
  readonly uri: string;
  /** Come back with `~` replaced by numeric ids and in another order than sent. Disabled ones are included or not. */
  readonly eventFilters: readonly string[];
  readonly disabledFilters?: readonly DisabledFilter[];
  readonly deliveryMode: DeliveryMode;
  readonly creationTime: string;
  readonly expirationTime: string;
  /** Seconds that remain, by the server's clock. */
  readonly expiresIn?: number;
  /** `Active` or `Blacklisted`; older material also knows `Suspended` and `Blocked`. Anything but `Active` is unhealthy. */
  readonly status: string;
  readonly blacklistedData?: { readonly blacklistedAt?: string; readonly reason?: string };
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
  /** Seconds. Always sent, because what a PUT without it grants is disputed. */
  readonly expiresIn: number;
}

/** What `POST /restapi/oauth/wstoken` gives. */
export interface WebSocketToken {
  /** The gateway's address; the token is for nobody else. */
  readonly uri: string;
  readonly token: string;
  /** Seconds. */
  readonly expiresIn: number;
}

/** What `GET /restapi/v1.0/account/~/extension/~` says of the signed-in user; needs the scope ReadAccounts. */
export interface ExtensionInfo {
  readonly id: number | string;
  readonly name?: string;
  readonly extensionNumber?: string;
  readonly account?: { readonly id?: number | string };
}
