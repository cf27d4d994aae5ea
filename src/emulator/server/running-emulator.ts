import type { Delivery, EmulatedEvent } from "../backend.ts";
import type { Faults } from "../control/faults.ts";
import type { LoggedRequest } from "../request-log.ts";
import type { EmulatorSettings, SettingsChanges } from "../settings.ts";
import type { EmulatorState, SubscriptionState } from "../state.ts";

export interface StartOptions {
  /** The port to listen on. A free one unless given, so that any number can run side by side. */
  readonly port?: number;
  /** Makes ids, tokens, sample events and chance the same in every run. */
  readonly seed?: number | string;
  /** What time it is at the start: a Date, RFC 3339, or milliseconds since the epoch. Now, unless given. */
  readonly time?: Date | string | number;
  /** Whether time stands still until it is moved. */
  readonly frozen?: boolean;
  /** What shall differ from RingCentral's own behaviour, or from the reading of it that is the default. */
  readonly settings?: SettingsChanges;
  /** A file that everything is kept in. Where it exists, the emulator goes on from there; its directory has to. */
  readonly state?: string;
  /** Hears of a bug in the emulator, of which a client is told no more than 500. Written to stderr unless given. */
  readonly onError?: (error: unknown) => void;
}

/** A RingCentral on this machine, listening. */
export interface RunningEmulator {
  /** The server for a client to talk to, such as `http://127.0.0.1:40123`, without a trailing slash. */
  readonly url: string;
  readonly port: number;
  /** Of the first app in `settings.apps`; unless given there is one. */
  readonly clientId: string;
  readonly clientSecret: string;
  /** The JWT of a user, who exists without further ado. User 1 unless another number is given. */
  jwt(user?: number): string;

  /** The emulator's own time. What expires, reminds or retries goes by it; deadlines of connections do not. */
  readonly clock: Clock;
  /**
   * Lets something happen, such as `{ filter: "sms", user: 1 }`. The filter is an alias, a short path or a
   * whole one, as in `rcwh filters`. Resolves when every endpoint that subscribed to it has answered or failed.
   */
  sendEvent(event: EmulatedEvent): Promise<readonly Delivery[]>;

  /** What shall go wrong with requests to come, such as `faults.add({ code: "CMN-301" })`. */
  readonly faults: Faults;
  /** Blacklists a subscription, as the platform does when its endpoint fails for long. */
  blacklist(subscriptionId: string, reason?: string): void;
  /** Cuts every WebSocket, as a bad network does, and says how many there were. Clients can recover. */
  cutConnections(): number;

  /**
   * Changes settings for the requests to come: `{ rateLimits: "off" }`, for instance; null is the default again.
   * All of them or none: throws an Error that names the setting that cannot be so.
   */
  configure(changes: SettingsChanges): void;
  readonly settings: EmulatorSettings;
  /** What there is, oldest first. Those of all users, unless one is named. */
  subscriptions(user?: number): readonly SubscriptionState[];
  /** Subscriptions, sessions, deliveries and the time. */
  state(): EmulatorState;
  /** The latest requests, oldest first. Always the same array, which grows and is emptied. */
  readonly requests: readonly LoggedRequest[];
  /** The latest completed deliveries, in the order of their events. */
  readonly deliveries: readonly Delivery[];
  /** Clears the logs of requests and deliveries. */
  clearLog(): void;

  /**
   * Everything as it was at the start, for the next test: nobody is signed in, nothing is subscribed, there are
   * no faults, the logs are empty, settings and time are as they were given.
   */
  reset(): void;
  /**
   * Stops listening, cuts open connections and forgets everything. Nothing keeps the process alive afterwards, and
   * nothing can be done with the emulator any more but to look at it, and to close it again.
   */
  close(): Promise<void>;
  /** The same as `close`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Time, as a test moves it. */
export interface Clock {
  /** What time it is for the emulator. */
  now(): Date;
  readonly frozen: boolean;
  /**
   * Moves time on by a duration such as `"3d"` or `"1h30m"`, or by milliseconds. Whatever falls due on the way
   * happens in its order, reminders and retries included, and is done when the promise resolves.
   */
  advance(duration: string | number): Promise<void>;
  /** Moves time to an instant, as `advance` does, or back. It goes on from there. */
  set(instant: Date | string | number): Promise<void>;
  /** Time stands still until `resume`. It can be moved all the same. */
  freeze(): void;
  resume(): void;
}
