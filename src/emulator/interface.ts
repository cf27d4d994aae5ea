import type { Lookup } from "../endpoint/endpoint-call.ts";
import type { Activity } from "./activity.ts";
import type { Delivery, EmulatedEvent, SentEvent } from "./backend.ts";
import type { EmulatorClock } from "./clock.ts";
import type { Faults } from "./control/faults.ts";
import type { Notification } from "./deliveries/retries.ts";
import type { Interceptor } from "./interceptors.ts";
import type { LoggedRequest } from "./request-log.ts";
import type { WebSocketUpgrade } from "./server/serve.ts";
import type { EmulatorSettings, SettingsChanges } from "./settings.ts";
import type { Snapshot } from "./snapshot.ts";
import type { EmulatorState } from "./state.ts";
import type { Stubs } from "./testing/stubs.ts";

/** RingCentral in memory, as one function from request to response. */
export interface Emulator {
  /** Answers one request. Never rejects: a connection that breaks is a `Response.error()`. */
  fetch(request: Request): Promise<Response>;
  /** Where WebSockets are opened, for `serve`. */
  readonly upgrade: WebSocketUpgrade;
  /** Cuts every WebSocket, as a broken network does, and returns how many there were. Clients can recover. */
  cutConnections(): number;
  /** Sends an event to its subscribers. Resolves when every endpoint has answered or failed. */
  sendEvent(event: EmulatedEvent): Promise<SentEvent>;
  /**
   * Sends a notification to its subscription once more, as `text`. Undefined if the subscription has ended or is
   * blacklisted.
   */
  sendAgain(notification: Notification, text: string): Promise<Delivery | undefined>;
  /**
   * Passes each later request to `answer` first, until that has returned a response `times` times (once by default).
   * Returns a function that stops this.
   */
  intercept(answer: Interceptor, times?: number): () => void;
  /** What goes wrong with later requests. */
  readonly faults: Faults;
  /** What is answered for RingCentral's other APIs. */
  readonly stubs: Stubs;
  /** Blacklists a subscription, as the platform does when its endpoint keeps failing. It receives no more events. */
  blacklist(subscriptionId: string, reason?: string): void;
  /** Changes settings for later requests, all of them or none. Throws an Error that names the one that is invalid. */
  configure(changes: SettingsChanges): void;
  /** Clears the logs of requests and deliveries. */
  clearLog(): void;
  /** Forgets sessions, subscriptions, faults and logs, resets the clock, and restarts the seed. Settings stay. */
  reset(): void;
  state(): EmulatorState;
  /** All that another emulator needs to resume from here. */
  snapshot(): Snapshot;
  /**
   * Resumes from a snapshot. Time has passed since then, unless the clock was frozen, and what fell due meanwhile
   * happens now, once. Resolves when that is done. The settings of `EmulatorOptions` stay.
   */
  restore(snapshot: Snapshot): Promise<void>;
  /** Calls `listener` whenever something may have changed. Returns a function that stops this. */
  watch(listener: () => void): () => void;
  readonly settings: EmulatorSettings;
  readonly clock: EmulatorClock;
  readonly idle: Activity["idle"];
  /** The latest requests to the platform, oldest first, without those to the control API. */
  readonly requests: readonly LoggedRequest[];
  /** The latest completed deliveries, in the order of their events. */
  readonly deliveries: readonly Delivery[];
}

export interface EmulatorOptions {
  /** The time that the emulator's clock starts from. */
  readonly clock: { now(): number };
  /** Changes to `defaultSettings`. */
  readonly settings?: SettingsChanges;
  /** Makes ids, tokens, samples and random choices repeatable. They are unpredictable without it. */
  readonly seed?: number | string;
  /** Makes the ids of requests, subscriptions and events; by default random UUIDs, and decimals for events. */
  readonly createId?: () => string;
  /** Resolves the names of endpoints; the operating system's by default. */
  readonly lookup?: Lookup;
  /** Called for a bug in the emulator, which clients see as a plain 500. Written to stderr by default. */
  readonly onError?: (error: unknown) => void;
}
