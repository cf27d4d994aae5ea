/**
 * Everything about the emulated platform that somebody may want different. Where public sources
 * contradict each other or are silent, the comment says so, and the default is the reading that is
 * harder on a client.
 */
export interface EmulatorSettings {
  /** The registered apps. Subscriptions and sessions belong to one user and one app. */
  readonly apps: readonly AppSettings[];
  /** What is special about user n. A user who is not named here exists all the same. */
  readonly users: Readonly<Record<number, UserSettings>>;

  /** Parallel sessions per user and app; the oldest dies. RingCentral says "usually five". */
  readonly sessionLimit: number;

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

  /** Disputed: older answers to an unknown filter are CMN-101. `accept` lets any path pass. */
  readonly unknownFilter: "SUB-508" | "CMN-101" | "accept";
  /** Open: the code of the 403 for an app that lacks the scope SubscriptionWebhook. */
  readonly missingScopeCode: "CMN-401" | "SUB-528";
  /** Open: whether `eventFilters` lists the filters that `disabledFilters` names. */
  readonly listDisabledFilters: boolean;
  /** Open: what a PUT does that names a filter the user has no permission for. */
  readonly disabledFilterOnUpdate: "accept" | "reject";
  /** Seconds; unpublished. A reminder's threshold and interval cannot be shorter. 15/5 was accepted in 2020. */
  readonly reminderJobInterval: number;

  /** Contradictory: whether a renewal or PUT repeats the handshake. One guide says so, the error lists say no. */
  readonly handshakeOnRenewal: boolean;
  /** Milliseconds an endpoint has, for the handshake and for each event. Older guides say 1000. */
  readonly endpointDeadline: number;
  /** Whether addresses off loopback are called. Off: a create for one is refused with SUB-521. */
  readonly allowRemoteDeliveries: boolean;
  /** PEM certificates to trust besides the well-known authorities, for https endpoints. */
  readonly certificateAuthorities: readonly string[];
}

/** One app of the developer console. */
export interface AppSettings {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Whether the app may use the JWT flow; otherwise a login is answered OAU-251. */
  readonly jwtFlow: boolean;
  /** The console's "Issue refresh tokens", off there too. */
  readonly refreshTokens: boolean;
  /** The app's scopes. A change holds for tokens issued after it, so that clients must log in again. */
  readonly scopes: readonly string[];
}

interface UserSettings {
  /** Filters that the user lacks the permission for: they come back in `disabledFilters` as SUB-412. */
  readonly disabledFilters?: readonly DisabledFilterRule[];
}

interface DisabledFilterRule {
  /** The filter as sent or as returned; `*` stands for anything. */
  readonly filter: string;
  /** The user permission that is missing, as the message names it. */
  readonly permission: string;
}

/** The app that every emulator knows. Not a secret: it is the same everywhere and opens nothing. */
export const emulatorApp: AppSettings = {
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
  ],
};

export const defaultSettings: EmulatorSettings = {
  apps: [emulatorApp],
  users: {},
  sessionLimit: 5,
  subscriptionLimit: 30,
  defaultLifetime: 604_800,
  maximumLifetime: 315_360_000,
  overMaximum: "clamp",
  lifetimeOnRenewal: "default",
  expiredCode: "CMN-102",
  unknownFilter: "SUB-508",
  missingScopeCode: "CMN-401",
  listDisabledFilters: false,
  disabledFilterOnUpdate: "accept",
  reminderJobInterval: 5,
  handshakeOnRenewal: false,
  endpointDeadline: 3000,
  allowRemoteDeliveries: false,
  certificateAuthorities: [],
};
