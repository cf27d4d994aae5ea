/**
 * Everything about the emulated platform that somebody may want different. Where public sources
 * contradict each other or are silent, the comment says so, and the default is the reading that is
 * harder on a client.
 */
export interface EmulatorSettings {
  /** The registered apps. Subscriptions and sessions belong to one user and one app. */
  readonly apps: readonly App[];
  /** What is special about user n. A user who is not named here exists all the same. */
  readonly users: Readonly<Record<number, UserSettings>>;

  /** Parallel sessions per user and app; the oldest dies. RingCentral says "usually five". */
  readonly sessionLimit: number;
  /** Seconds, where a login names none, and the most it can name. 7200 and a day are seen in samples. */
  readonly accessTokenLifetime: number;
  /** Seconds for which a refresh token can be used again. RingCentral grants "approximately" ten. */
  readonly refreshTokenGrace: number;
  /** Seconds after which a session ends whatever happens, as an administrator may decide; 0 for never. */
  readonly sessionLifetime: number;
  /** Contradictory: what a login as a user who was deleted is answered. */
  readonly deletedUserCode: "OAU-232" | "OAU-136";

  /** Per user and app, counted for each of the two subscription APIs. An article of 2023 says 20. */
  readonly subscriptionLimit: number;
  /** Seconds a subscription lives when nobody says how long. */
  readonly defaultLifetime: number;
  /** Seconds. Ten years today; 15 and 20 years were documented before. */
  readonly maximumLifetime: number;
  /** Open: a lifetime over the maximum was cut silently in 2020 and 2022. The alternative is CMN-101. */
  readonly overMaximum: "clamp" | "reject";
  /**
   * Contradictory: what a renewal grants that names no lifetime (`POST …/renew`, a PUT without a body
   * or without `expiresIn`). The API definition says the default, the changelog of 1.0.38 the lifetime
   * granted before.
   */
  readonly lifetimeOnRenewal: "default" | "unchanged";
  /** Open: the code of the 404 for a subscription that has expired. */
  readonly expiredCode: "CMN-102" | "SUB-507";
  /** Open: whether a renewal or PUT brings a blacklisted subscription back to life. */
  readonly renewalOfBlacklisted: "keep" | "revive";
  /** Contradictory: the webinar API's PUT without a body. The definition requires one, its text renews without. */
  readonly webinarEmptyUpdate: "reject" | "renew";

  /** Disputed: older answers to an unknown filter are CMN-101. `accept` lets any path pass. */
  readonly unknownFilter: "SUB-508" | "CMN-101" | "accept";
  /** Open: the code of the 403 for an app that lacks the scope SubscriptionWebhook. */
  readonly missingScopeCode: "CMN-401" | "SUB-528";
  /** Contradictory: the scope for the gateway. Others have it `WebSocketsSubscription`, `SubscriptionWebSocket`. */
  readonly webSocketScope: string;
  /** Open: the code for a PUT over HTTP on a WebSocket subscription, which RingCentral only says is impossible. */
  readonly webSocketUpdateCode: "CMN-101" | "SUB-511";
  /** Filters that a subscription can have, 0 for any number: no maximum is published, over 2000 have worked. */
  readonly filterLimit: number;
  /** Open: whether somebody who is no administrator gets a filter for all calls of the account (else CMN-402). */
  readonly accountTelephonyWithoutAdmin: "reject" | "accept";
  /** Open: whether `eventFilters` lists the filters that `disabledFilters` names. */
  readonly listDisabledFilters: boolean;
  /** Open: what a PUT does that names a filter the user has no permission for. */
  readonly disabledFilterOnUpdate: "accept" | "reject";
  /** Seconds; unpublished. A reminder's threshold and interval cannot be shorter. 15/5 was accepted in 2020. */
  readonly reminderJobInterval: number;

  /** Contradictory: whether a renewal or PUT repeats the handshake. One guide says so, the error lists say no. */
  readonly handshakeOnRenewal: boolean;
  /**
   * Requests in a window, for each user and app. A plan of its own gives an app other numbers. RingCentral has
   * more limiters, for accounts and addresses, without published numbers.
   */
  readonly rateLimits: "off" | Readonly<Record<RateLimitGroup, number>>;
  /** Seconds. */
  readonly rateLimitWindow: number;
  /** Seconds that a group stays closed once its limit was exceeded. Each request meanwhile starts them anew. */
  readonly rateLimitPenalty: number;
  /** Whether a 429 carries the `X-Rate-Limit-*` headers. Without them another limiter speaks, RingCentral says. */
  readonly rateLimitHeadersOn429: boolean;
  /** Bytes of JSON that a request may carry. */
  readonly maximumBodyBytes: number;

  /** Milliseconds an endpoint has, for the handshake and for each event. Older guides say 1000. */
  readonly endpointDeadline: number;
  /** Open: how often a delivery that failed is repeated. */
  readonly deliveryRetries: number;
  /** Seconds before each repetition. */
  readonly deliveryRetryInterval: number;
  /** Deliveries that may wait for one endpoint. What comes on top is lost. */
  readonly deliveryQueueLimit: number;
  /**
   * Unpublished: seconds for which an endpoint has to fail, without a success in between, before the next
   * failure blacklists. An engineer named ten minutes in 2018; an operator has seen 22 hours.
   */
  readonly blacklistAfterSeconds: number;
  /** Unpublished: failures that it takes besides. */
  readonly blacklistAfterFailures: number;
  /** Contradictory: whether an endpoint is looked at again, as in 2018, so that it can be Active once more. */
  readonly blacklistRecovery: "permanent" | "recheck";
  /** Seconds from one such look to the next. */
  readonly blacklistRecheckInterval: number;
  /** Whether addresses off loopback are called. Off: a create for one is refused with SUB-521. */
  readonly allowRemoteDeliveries: boolean;
  /** PEM certificates to trust besides the well-known authorities, for https endpoints. */
  readonly certificateAuthorities: readonly string[];

  /** Seconds that a token of `wstoken` holds. The guide says 30, a comment in RingCentral's client 600. */
  readonly webSocketTokenLifetime: number;
  /**
   * Contradictory: the guide says that a token is good for one connection, RingCentral's own client uses one
   * again to recover. `recovery` allows just that: the token's own session, recovered with its `wsc`.
   */
  readonly webSocketTokenReuse: "never" | "recovery" | "always";
  /** Seconds that a session outlives its connection. The text and one sample say 180, another sample 30. */
  readonly webSocketRecoveryTimeout: number;
  /** Notifications that are kept meanwhile; of more, the latest. */
  readonly webSocketRecoveryBufferSize: number;
  /** Seconds without a frame or ping from the client, until it is cut off with WSG-902. */
  readonly webSocketIdleTimeout: number;
  /** Seconds that a connection may last, until it is cut off with WSG-903. */
  readonly webSocketAbsoluteTimeout: number;
  /** Connections of one OAuth session; open: what a further one is answered (here WSG-429). */
  readonly webSocketConnectionLimit: number;
  /** Requests under way on one connection; open: what a further one is answered (here WSG-429). */
  readonly webSocketRequestLimit: number;
  /** Milliseconds of real time between two pings of the server. Open: "periodically". */
  readonly webSocketPingInterval: number;
  /** Milliseconds of real time that a client has for its pong. */
  readonly webSocketPongDeadline: number;
}

/**
 * What can be said about settings: null is the default, for a setting and for a user. `users` come in the place of
 * all that there were.
 */
export type SettingsChanges = {
  readonly [Name in Exclude<keyof EmulatorSettings, keyof Shorthands>]?:
    | EmulatorSettings[Name]
    | null
    | undefined;
} & { readonly [Name in keyof Shorthands]?: Shorthands[Name] | null | undefined };

/** The settings that need not be written out. */
interface Shorthands {
  readonly apps: readonly AppSettings[];
  readonly users: Readonly<Record<number, UserSettings | null>>;
  /** A group that is not named has RingCentral's number; as a text light/medium/heavy/auth, such as `50/40/10/5`. */
  readonly rateLimits: string | Readonly<Partial<Record<RateLimitGroup, number>>>;
}

/** The groups that RingCentral counts operations in. */
export type RateLimitGroup = "light" | "medium" | "heavy" | "auth";

/** One app of the developer console. What is not given is as with the app that every emulator knows. */
export interface AppSettings {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Whether the app may use the JWT flow; otherwise a login is answered OAU-251. */
  readonly jwtFlow?: boolean;
  /** Switched off in the console: a login is answered OAU-127. */
  readonly disabled?: boolean;
  /** Of the sandbox that was shut down: a login is answered OAU-165. */
  readonly sandbox?: boolean;
  /** The console's "Issue refresh tokens", off there too. */
  readonly refreshTokens?: boolean;
  /** The app's scopes. A change holds for tokens issued after it, so that clients must log in again. */
  readonly scopes?: readonly string[];
}

/** An app with all that decides about it. */
export interface App extends AppSettings {
  readonly jwtFlow: boolean;
  readonly refreshTokens: boolean;
  readonly scopes: readonly string[];
}

/** What is special about a user. */
export interface UserSettings {
  /** The user shares the account of user n. A user has an account of his own otherwise. */
  readonly account?: number;
  /** Whether the user administers the account; so does, unless told otherwise, whoever it is named after. */
  readonly admin?: boolean;
  readonly name?: string;
  readonly extensionNumber?: string;
  /** Such as `Department`: only a `User` has presence. */
  readonly type?: string;
  /** Whoever is not `Enabled` cannot log in, and nobody can subscribe to a `Deleted` one. */
  readonly status?: ExtensionStatus;
  /** Of the whole account: nobody logs in to a `Disabled` one. */
  readonly accountStatus?: "Confirmed" | "Disabled";
  /** Too many logins have failed. Sources do not tell the two codes apart. */
  readonly locked?: "OAU-147" | "OAU-148";
  /** User permissions that are missing. The filters that need one come back in `disabledFilters`. */
  readonly missingPermissions?: readonly string[];
  /** Others may not watch the user's presence. */
  readonly presenceHidden?: boolean;
  /** Others may not pick up the user's calls, and so not watch the SIP data of them. */
  readonly pickupForbidden?: boolean;
  /** Filters that the user lacks the permission for: they come back in `disabledFilters` as SUB-412. */
  readonly disabledFilters?: readonly DisabledFilterRule[];
}

export type ExtensionStatus =
  | "Enabled"
  | "Disabled"
  | "Frozen"
  | "NotActivated"
  | "Unassigned"
  | "Deleted";

export interface DisabledFilterRule {
  /** The filter as sent or as returned; `*` stands for anything. */
  readonly filter: string;
  /** The user permission that is missing, as the message names it. */
  readonly permission: string;
}

/** The app that every emulator knows. Not a secret: it is the same everywhere and opens nothing. */
export const emulatorApp: App = {
  clientId: "emulator-client",
  clientSecret: "emulator-secret",
  jwtFlow: true,
  refreshTokens: false,
  scopes: [
    "ReadAccounts",
    "ReadMessages",
    "ReadPresence",
    "ReadContacts",
    "ReadWebinars",
    "SMS",
    "A2PSMS",
    "CallControl",
    "TeamMessaging",
    "RingSense",
    "SubscriptionWebhook",
    "WebSocket",
  ],
};
