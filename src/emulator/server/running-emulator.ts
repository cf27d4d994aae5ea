import type { EventBodies } from "../../receiver/event-bodies.ts";
import type { EventName } from "../../receiver/events.ts";
import type { Delivery, EmulatedEvent, SentEvent } from "../backend.ts";
import type { Faults } from "../control/faults.ts";
import type { LoggedRequest } from "../request-log.ts";
import type { EmulatorSettings, SettingsChanges } from "../settings.ts";
import type { EmulatorState, SubscriptionState } from "../state.ts";
import type { Stub, StubAnswer, StubHandler, StubOptions } from "../testing/stubs.ts";
import type { WaitOptions, Waits } from "../testing/waits.ts";

export interface StartOptions {
  /** The port to listen on; by default a free one, so that any number of emulators can run side by side. */
  readonly port?: number;
  /** Makes ids, tokens, sample events and random choices repeatable. */
  readonly seed?: number | string;
  /** The time at the start: a Date, RFC 3339, or milliseconds since the epoch. Now by default. */
  readonly time?: Date | string | number;
  /** Whether the clock is stopped at the start. */
  readonly frozen?: boolean;
  /** Changes to the default settings. */
  readonly settings?: SettingsChanges;
  /**
   * How long `waitForRequest` and its like wait by default, in milliseconds of real time or such as `"3s"`: 1.5 s if
   * not given.
   */
  readonly waitTimeout?: number | string;
  /** A file that the state is saved to. If it exists, the emulator resumes from it. Its directory must exist. */
  readonly state?: string;
  /** Called for a bug in the emulator, which clients see as a plain 500. Written to stderr by default. */
  readonly onError?: (error: unknown) => void;
}

/** The type of the body of a filter's events; anything for a filter without an alias. */
export type BodyOf<Filter> = Filter extends EventName ? EventBodies[Filter] : unknown;

/** Something that happens in the emulated account. */
export interface TypedEvent<Filter extends string> extends EmulatedEvent {
  /** An alias, short path or URI, as in `rcwh filters`. In a URI `~` stands for each subscriber's own ids. */
  readonly filter: Filter;
  /** The event's body; by default sample data for each subscriber's filter. It may have more fields than are known. */
  readonly body?: BodyOf<Filter> | (BodyOf<Filter> & Readonly<Record<string, unknown>>);
}

/** A running emulator. */
export interface RunningEmulator extends Waits {
  /** The server for a client to talk to, such as `http://127.0.0.1:40123`, without a trailing slash. */
  readonly url: string;
  readonly port: number;
  /** The id of the first app in `settings.apps`. */
  readonly clientId: string;
  readonly clientSecret: string;
  /** The JWT of a user, by default user 1. Users need no set-up. */
  jwt(user?: number): string;
  /**
   * Environment variables for a child process that talks to the emulator, by default as user 1: those that
   * rcwh reads, and those of RingCentral's own clients, samples and templates.
   */
  env(user?: number): Record<string, string>;

  /** The emulator's clock. Expiry, reminders and retries follow it; timeouts of connections follow real time. */
  readonly clock: Clock;
  /**
   * Resolves once the app is at rest: no request or delivery is going on, and none has come for 50 ms of real time.
   * Rejects with an Error if it does not come to rest within the `timeout`.
   */
  idle(options?: IdleOptions): Promise<void>;
  /**
   * Sends an event to its subscribers, such as `{ filter: "sms", user: 1 }`. The filter is an alias, short path or
   * URI, as in `rcwh filters`; with an alias the body is typed. Resolves when every endpoint has answered or failed, with the
   * deliveries, or none and the `reason` why it reached nobody.
   */
  sendEvent<Filter extends EventName | (string & {})>(
    event: TypedEvent<Filter>,
  ): Promise<SentEvent<BodyOf<Filter>>>;

  /** What goes wrong with later requests, such as `faults.add({ code: "CMN-301" })`. */
  readonly faults: Faults;
  /**
   * Answers calls to another API of RingCentral, and keeps them in the result's `calls`:
   * `on("POST", "/restapi/v1.0/account/~/extension/~/sms", { body: { id: 1 } })`, or a function that gets the call. A
   * `{name}` in the path stands for one part, `*` for any text, `~` for the caller's own ids too. Calls need a token, and
   * count against rate limits. Of several stubs for a call the newest answers. Throws an Error that says what is allowed.
   */
  on(method: string, path: string, answer: StubAnswer | StubHandler, options?: StubOptions): Stub;
  /** Blacklists a subscription, as the platform does when its endpoint keeps failing. */
  blacklist(subscriptionId: string, reason?: string): void;
  /** Cuts every WebSocket, as a broken network does, and returns how many there were. Clients can recover. */
  cutConnections(): number;

  /**
   * Changes settings for later requests, such as `{ rateLimits: "off" }`; null restores a default. All of them change
   * or none: throws an Error that names the setting that is invalid.
   */
  configure(changes: SettingsChanges): void;
  readonly settings: EmulatorSettings;
  /** The subscriptions of all users, or of one, oldest first. */
  subscriptions(user?: number): readonly SubscriptionState[];
  /** Subscriptions, sessions, deliveries and the time. */
  state(): EmulatorState;
  /** The latest requests, oldest first. Always the same array. */
  readonly requests: readonly LoggedRequest[];
  /** The latest completed deliveries, in the order of their events. */
  readonly deliveries: readonly Delivery[];
  /** Clears the logs of requests and deliveries. */
  clearLog(): void;

  /**
   * Returns to the start, for the next test: without sessions, subscriptions, faults, stubs and logs, and with the settings
   * and time that were given.
   */
  reset(): void;
  /**
   * Stops listening, cuts open connections and forgets everything. Nothing keeps the process alive afterwards. A
   * closed emulator can still be read, and closed again; everything else throws.
   */
  close(): Promise<void>;
  /** `close`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** How an app gets its turn while the clock is moved. */
export interface AdvanceOptions {
  /**
   * Lets the app finish its own requests, such as a renewal after a reminder: before the clock moves, after each instant
   * at which something fell due, and at the end. `true` waits until no request has come for 50 ms of real time; a number
   * of milliseconds or a duration waits that long; a function is awaited in its place, such as one that knows when the
   * app is done. The clock must not be moved inside it.
   */
  readonly settle?: boolean | number | string | (() => unknown) | undefined;
  /** Settles at least so often by the emulator's clock, such as `"1h"`, for an app with timers of its own. */
  readonly step?: number | string | undefined;
}

/** When an app counts as being at rest. */
export interface IdleOptions extends WaitOptions {
  /** Real time without a request or a delivery, in milliseconds or such as `"1s"`; 50 ms by default. */
  readonly quiet?: number | string | undefined;
}

/** The emulator's clock, for tests to move. */
export interface Clock {
  /** The emulator's time. */
  now(): Date;
  readonly frozen: boolean;
  /**
   * Moves the clock forward by a duration such as `"3d"` or `"1h30m"`, or by milliseconds. Everything that falls due
   * on the way, such as reminders and retries, happens in order and is done when the promise resolves. What an app does
   * after it has answered is waited for with `settle` only.
   */
  advance(duration: string | number, options?: AdvanceOptions): Promise<void>;
  /** Moves the clock to an instant, as `advance` does, or back. */
  set(instant: Date | string | number, options?: AdvanceOptions): Promise<void>;
  /** Stops the clock until `resume`. A stopped clock can still be moved. */
  freeze(): void;
  resume(): void;
}
