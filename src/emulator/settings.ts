/**
 * The settings of the emulated platform. Comments that begin with "Open", "Contradictory", "Disputed" or
 * "Unpublished" are about what public sources leave open; the default is then the reading that is harder on a client,
 * unless what was seen is against it.
 */
export interface EmulatorSettings {
  /** The registered apps. Subscriptions and sessions belong to one user and one app. */
  readonly apps: readonly App[];
  /** Settings of users, by their number. Users without settings exist too. */
  readonly users: Readonly<Record<number, UserSettings>>;

  /** Parallel sessions per user and app; the oldest dies. RingCentral says "usually five". */
  readonly sessionLimit: number;
  /** Seconds, by default and at most. 7200 and a day are seen in samples. */
  readonly accessTokenLifetime: number;
  /** Seconds for which a used refresh token can be used again. RingCentral grants "approximately" ten. */
  readonly refreshTokenGrace: number;
  /** Seconds after which a session ends in any case, as an administrator may set; 0 for never. */
  readonly sessionLifetime: number;
  /** Contradictory: the error for a login as a deleted user. */
  readonly deletedUserCode: "OAU-232" | "OAU-136";

  /** Per user and app, counted for each of the two subscription APIs. An article of 2023 says 20. */
  readonly subscriptionLimit: number;
  /** Seconds that a subscription lives without `expiresIn`. */
  readonly defaultLifetime: number;
  /** Seconds. Ten years today; 15 and 20 years were documented before. */
  readonly maximumLifetime: number;
  /** Open: a lifetime over the maximum was cut silently in 2020 and 2022. The alternative is CMN-101. */
  readonly overMaximum: "clamp" | "reject";
  /**
   * Contradictory: the lifetime that a renewal without `expiresIn` grants (`POST …/renew`, or PUT). The API
   * definition says the default, the changelog of 1.0.38 the previous lifetime.
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
  /** Whether accounts have Message Threads, as `features` says. The events are the same: here no number is shared. */
  readonly messageThreads: boolean;
  /** Filters that a subscription can have, 0 for any number: no maximum is published, over 2000 have worked. */
  readonly filterLimit: number;
  /** Open: whether a user who is not an administrator gets a filter for all calls of the account (else CMN-402). */
  readonly accountTelephonyWithoutAdmin: "reject" | "accept";
  /** Open: whether `eventFilters` lists the filters that `disabledFilters` names. */
  readonly listDisabledFilters: boolean;
  /** Open: what a PUT does with a filter that the user lacks the permission for. */
  readonly disabledFilterOnUpdate: "accept" | "reject";
  /** Seconds; unpublished. A reminder's threshold and interval cannot be shorter. 15/5 was accepted in 2020. */
  readonly reminderJobInterval: number;

  /**
   * Contradictory: the content type of an answer to the handshake. `json` refuses all but `application/json` with SUB-525,
   * as a note of RingCentral's on troubleshooting has it. `any` accepts them and notes it in the log: the guide's list of
   * requirements has no such rule, and RingCentral's own receivers send no type, or `text/html`.
   */
  readonly handshakeContentType: "any" | "json";
  /** Contradictory: whether a renewal or PUT repeats the handshake. One guide says so, the error lists say no. */
  readonly handshakeOnRenewal: boolean;
  /**
   * Requests per window, for each user and app. An app's own plan may have other numbers. RingCentral has more
   * limiters, for accounts and addresses, without published numbers.
   */
  readonly rateLimits: "off" | Readonly<Record<RateLimitGroup, number>>;
  /** Seconds. */
  readonly rateLimitWindow: number;
  /** Seconds that a group stays closed after its limit was exceeded. Each request meanwhile restarts them. */
  readonly rateLimitPenalty: number;
  /** Whether a 429 has the `X-Rate-Limit-*` headers. Without them it comes from another limiter, RingCentral says. */
  readonly rateLimitHeadersOn429: boolean;
  /** The most bytes of a request's JSON. */
  readonly maximumBodyBytes: number;

  /** Milliseconds that an endpoint has for a handshake or an event. Older guides say 1000. */
  readonly endpointDeadline: number;
  /** Open: how often a failed delivery is retried. */
  readonly deliveryRetries: number;
  /** Seconds before each retry. */
  readonly deliveryRetryInterval: number;
  /** Deliveries that may be queued for one subscription. Further ones are lost. */
  readonly deliveryQueueLimit: number;
  /**
   * Unpublished: seconds for which an endpoint must fail without a success before the next failure blacklists the
   * subscription. An engineer named ten minutes in 2018; an operator has seen 22 hours.
   */
  readonly blacklistAfterSeconds: number;
  /** Unpublished: the number of failures that it also takes. */
  readonly blacklistAfterFailures: number;
  /** Contradictory: whether the endpoint is tried again, as in 2018, and the subscription can become Active again. */
  readonly blacklistRecovery: "permanent" | "recheck";
  /** Seconds between two such tries. */
  readonly blacklistRecheckInterval: number;
  /** Whether addresses outside this machine are called. If not, a create for one is refused with SUB-521. */
  readonly allowRemoteDeliveries: boolean;
  /** PEM certificates to trust for https endpoints, in addition to the well-known authorities. */
  readonly certificateAuthorities: readonly string[];

  /** Seconds that a WebSocket subscription lives without renewing itself. 86399 were left of it when it was seen. */
  readonly webSocketLifetime: number;
  /** Seconds that a token of `wstoken` is valid. The guide says 30, a comment in RingCentral's client 600. */
  readonly webSocketTokenLifetime: number;
  /**
   * Contradictory: the guide says that a token is good for one connection, RingCentral's own client reuses one to
   * recover. `recovery` allows only that: recovering the token's own session with its `wsc`.
   */
  readonly webSocketTokenReuse: "never" | "recovery" | "always";
  /** Seconds that a session outlives its connection. The guide and one sample say 180, another sample 30. */
  readonly webSocketRecoveryTimeout: number;
  /** The most notifications that are kept meanwhile; the oldest are dropped. */
  readonly webSocketRecoveryBufferSize: number;
  /** Seconds without a frame or ping from the client, until it is cut off with WSG-902. */
  readonly webSocketIdleTimeout: number;
  /** Seconds that a connection may last, until it is cut off with WSG-903. */
  readonly webSocketAbsoluteTimeout: number;
  /** Connections of one OAuth session. Open: the error for a further one (here WSG-429). */
  readonly webSocketConnectionLimit: number;
  /** Concurrent requests on one connection. Open: the error for a further one (here WSG-429). */
  readonly webSocketRequestLimit: number;
  /** Open ("periodically"): milliseconds of real time between two pings of the server. */
  readonly webSocketPingInterval: number;
  /** Milliseconds of real time that a client has for its pong. */
  readonly webSocketPongDeadline: number;
}

/**
 * Changes to settings. null restores the default, of a setting or of a user. `users` replace all users.
 */
export type SettingsChanges = {
  readonly [Name in Exclude<keyof EmulatorSettings, keyof Shorthands>]?:
    | EmulatorSettings[Name]
    | null
    | undefined;
} & { readonly [Name in keyof Shorthands]?: Shorthands[Name] | null | undefined };

/** Settings with a shorter form. */
interface Shorthands {
  readonly apps: readonly AppSettings[];
  readonly users: Readonly<Record<number, UserSettings | null>>;
  /** Groups that are left out have RingCentral's number. Or a string light/medium/heavy/auth, such as `50/40/10/5`. */
  readonly rateLimits: string | Readonly<Partial<Record<RateLimitGroup, number>>>;
}

/** The groups that RingCentral counts operations in. */
export type RateLimitGroup = "light" | "medium" | "heavy" | "auth";

/** An app of the developer console. Optional fields default to those of `emulatorApp`. */
export interface AppSettings {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Whether the app may use the JWT flow; otherwise a login fails with OAU-251. */
  readonly jwtFlow?: boolean;
  /** Disabled in the console: a login fails with OAU-127. */
  readonly disabled?: boolean;
  /** An app of the sandbox that was shut down: a login fails with OAU-165. */
  readonly sandbox?: boolean;
  /** The console's "Issue refresh tokens", which is off by default there too. */
  readonly refreshTokens?: boolean;
  /** The app's scopes. A change applies to tokens issued after it, so clients must log in again. */
  readonly scopes?: readonly string[];
}

/** An app with all of its fields. */
export interface App extends AppSettings {
  readonly jwtFlow: boolean;
  readonly refreshTokens: boolean;
  readonly scopes: readonly string[];
}

/** How a user differs from the default. */
export interface UserSettings {
  /** The user whose account this user belongs to. By default each user has an account of their own. */
  readonly account?: number;
  /** How many users the account that begins with this user has: this one and those with the next numbers. */
  readonly extensions?: number;
  /** Whether the user is an administrator of the account. By default only its first user is. */
  readonly admin?: boolean;
  readonly name?: string;
  readonly extensionNumber?: string;
  /** Such as `Department`, a call queue, or `Site`. Only a `User` has presence. */
  readonly type?: string;
  /** The user's department, as the contact says; not a call queue. */
  readonly department?: string;
  /** The number of an extension of the type `Site`; the main site by default. */
  readonly site?: number;
  /** The numbers of the users in a call queue. */
  readonly members?: readonly number[];
  /** By default a `User` has one direct number, and any other type none. */
  readonly phoneNumbers?: readonly PhoneNumberSettings[];
  /** Only an `Enabled` user can log in, and nobody can subscribe to events of a `Deleted` one. */
  readonly status?: ExtensionStatus;
  /** The status of the whole account. Nobody can log in to a `Disabled` one. */
  readonly accountStatus?: "Confirmed" | "Disabled";
  /** Locked after too many failed logins. Sources do not distinguish the two codes. */
  readonly locked?: "OAU-147" | "OAU-148";
  /** Missing user permissions. Filters that need one are listed in `disabledFilters`. */
  readonly missingPermissions?: readonly string[];
  /** Whether others may not subscribe to the user's presence. */
  readonly presenceHidden?: boolean;
  /** Whether others may not pick up the user's calls, nor subscribe to their SIP data. */
  readonly pickupForbidden?: boolean;
  /** Filters that the user lacks the permission for: listed in `disabledFilters` as SUB-412. */
  readonly disabledFilters?: readonly DisabledFilterRule[];
}

/** A phone number of an extension, or of the company. */
export interface PhoneNumberSettings {
  /** Such as `+12055550101`. */
  readonly phoneNumber: string;
  /** `DirectNumber` by default. Of another usage it is the company's, such as `MainCompanyNumber`. */
  readonly usageType?: string;
  /** What it can be used for, such as `SmsSender`. By default a direct number has `CallerId`, `SmsSender`, `MmsSender`. */
  readonly features?: readonly string[];
}

export type ExtensionStatus =
  | "Enabled"
  | "Disabled"
  | "Frozen"
  | "NotActivated"
  | "Unassigned"
  | "Deleted";

export interface DisabledFilterRule {
  /** The filter as sent or as returned; `*` stands for any text. */
  readonly filter: string;
  /** The missing user permission. */
  readonly permission: string;
}

/** The app of every emulator. Its secret is public: it opens nothing else. */
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
