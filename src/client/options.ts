import type { Fetch } from "../api/fetch-transport.ts";
import type { Clock } from "../machine/clock.ts";
import type { Store } from "../store/store.ts";

/** An app with the JWT flow, and the user whose JWT it is. */
export interface ClientCredentials {
  readonly clientId: string;
  /** Absent for a public app. */
  readonly clientSecret?: string | undefined;
  readonly jwt: string;
}

/** What a person, or a log, should hear while a method works. One line of text, without secrets. */
export interface ClientNotice {
  /** `progress` tells of waits; `note` and `warning` are worth keeping. */
  readonly kind: "progress" | "note" | "warning";
  readonly text: string;
}

export type ClientClock = Pick<Clock, "now"> & Partial<Clock>;

export interface ClientOptions {
  /** An https origin, or http on loopback. `https://platform.ringcentral.com` by default. */
  readonly server?: string | undefined;
  /** To sign in with. Sessions are kept in `store`, and refreshed or replaced when they end. */
  readonly credentials?: ClientCredentials | undefined;
  /**
   * In place of `credentials`: the access token of a session that you look after, or a function that returns it. It is
   * never refreshed, kept or revoked.
   */
  readonly accessToken?: string | (() => string | Promise<string>) | undefined;
  /**
   * With an `accessToken`: the name under which the store keeps what belongs to its user and app, because tokens change.
   * With `credentials` it is derived from the server, the client id and the JWT's subject.
   */
  readonly account?: string | undefined;
  /**
   * Where sessions, records, unfinished replacements, quotas and locks are kept, and shared with other processes and with
   * `rcwh --store`. By default in memory: then `close` ends the session, and nothing is known of earlier runs.
   */
  readonly store?: Store | undefined;
  /** `globalThis.fetch` by default. */
  readonly fetch?: Fetch | undefined;
  /** The only source of time. The machine's by default, and so is a `sleep` that is left out. */
  readonly clock?: ClientClock | undefined;
  /** Ends every call; what it leaves, the next one finishes. */
  readonly signal?: AbortSignal | undefined;
  readonly onNotice?: ((notice: ClientNotice) => void) | undefined;
  /** Milliseconds for one call, waits for rate limits and locks included. 25,000 by default. */
  readonly deadline?: number | undefined;
  /** Milliseconds for one request. 10,000 by default. */
  readonly timeout?: number | undefined;
  /**
   * The API to list: `platform`, `webinar` or both. By default the platform's, and the webinar API too where a record
   * names it.
   */
  readonly api?: "platform" | "webinar" | "all" | undefined;
  /** Describes this process to others that wait for its locks, such as `lambda renew`. */
  readonly owner?: string | undefined;
}

/** What every method takes. */
export interface CallOptions {
  /** Ends this call, in addition to the client's signal. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds; overrides the client's. */
  readonly deadline?: number | undefined;
}

/** A subscription to create. */
export interface SubscriptionRequest {
  /** Aliases such as `sms`, short paths such as `account/~/presence`, or whole URIs. */
  readonly filters: readonly string[];
  /** Your endpoint, https. */
  readonly url: string;
  /** A duration such as `36h`, `7d` or `10y`, `max`, the RFC 3339 time of its end, or seconds. RingCentral's 7 days by default. */
  readonly expiresIn?: string | number | undefined;
  /** Adds a reminder before expiry, such as `3d/12h`. */
  readonly remind?: string | undefined;
  /** Sent with every delivery as `Verification-Token`. */
  readonly verificationToken?: string | undefined;
  /** Sends filters that are not in the catalogue. */
  readonly allowUnknownFilter?: boolean | undefined;
}

export interface CreateCallOptions extends CallOptions {
  /**
   * What to do where a subscription with the same URL and filters exists, because a second one delivers every event twice:
   * `error` by default.
   */
  readonly ifExists?: "error" | "reuse" | "new" | undefined;
}

/** How to keep a subscription alive. */
export interface EnsureCallOptions extends CallOptions {
  /** Renews what expires within this time, such as `3d`. By default in the last third of the recorded lifetime, else in the last 48 hours. */
  readonly within?: string | undefined;
  /** Replaces it where it is blacklisted, each URL once in 24 hours. True by default. */
  readonly recover?: boolean | undefined;
}

export interface RenewCallOptions extends CallOptions {
  /** The lifetime to ask for, as in `SubscriptionRequest`; by default the recorded one. Never shortens. */
  readonly expiresIn?: string | number | undefined;
}

export interface RenewDueOptions extends RenewCallOptions {
  /** As in `EnsureCallOptions`. */
  readonly within?: string | undefined;
  /** Replaces what is blacklisted, each URL once in 24 hours. */
  readonly recover?: boolean | undefined;
  /** Re-creates what has expired, from its record. What somebody deleted is only reported. */
  readonly recreate?: boolean | undefined;
  /** Changes nothing if it would change more subscriptions than this. */
  readonly maxChanges?: number | undefined;
}

/** Changes that RingCentral makes in place. */
export interface SubscriptionChanges {
  /** Replaces the whole set. */
  readonly filters?: readonly string[] | undefined;
  readonly addFilters?: readonly string[] | undefined;
  readonly removeFilters?: readonly string[] | undefined;
  /** As in `SubscriptionRequest`. */
  readonly expiresIn?: string | number | undefined;
  /** Lets `expiresIn` shorten the lifetime. */
  readonly allowShorter?: boolean | undefined;
  readonly allowUnknownFilter?: boolean | undefined;
}

/** What a replacement takes besides what it changes. */
export interface ReplaceCallOptions extends CallOptions {
  /** Lets both deliver for this long, such as `10m`; the first `renewDue` after that deletes the old one. Ignored for a blacklisted one. */
  readonly overlap?: string | undefined;
  /** Refuses where nobody knows the verification token in use: the subscription was made elsewhere. */
  readonly requireToken?: boolean | undefined;
  /** At the subscription limit, deletes the old one before creating the new one. Events are lost in between. */
  readonly breakBeforeMake?: boolean | undefined;
}

/** Changes that take a new subscription. */
export interface ReplacementChanges
  extends Omit<SubscriptionChanges, "addFilters" | "removeFilters"> {
  readonly url?: string | undefined;
  readonly verificationToken?: string | undefined;
}

export interface RecoverCallOptions extends Omit<ReplaceCallOptions, "overlap"> {
  /** For the new ones; by default the recorded one of each. */
  readonly verificationToken?: string | undefined;
}

export interface RotateTokenOptions extends Omit<ReplaceCallOptions, "requireToken"> {
  /** The new token; generated by default. */
  readonly verificationToken?: string | undefined;
  /** Called with the new token before anything changes, and waited for: let your endpoint accept both. */
  readonly onToken?: ((token: string) => unknown) | undefined;
}

export interface ListOptions extends CallOptions {
  /** Also what the server no longer has and the records know, as `Expired` or `Gone`. */
  readonly recorded?: boolean | undefined;
}

export interface CheckOptions extends CallOptions {
  readonly verificationToken?: string | undefined;
  /** Also delivers one sample event after the handshake: `true`, or the event. */
  readonly event?: boolean | object | undefined;
}
