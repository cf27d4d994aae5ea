import type { Lookup } from "../endpoint/endpoint-call.ts";
import type { Delivery, EmulatedEvent } from "./backend.ts";
import type { EmulatorClock } from "./clock.ts";
import type { Faults } from "./control/faults.ts";
import type { Interceptor } from "./interceptors.ts";
import type { LoggedRequest } from "./request-log.ts";
import type { WebSocketUpgrade } from "./server/serve.ts";
import type { EmulatorSettings, SettingsChanges } from "./settings.ts";
import type { Snapshot } from "./snapshot.ts";
import type { EmulatorState } from "./state.ts";

/** RingCentral in memory, as one function from request to response. */
export interface Emulator {
  /** Answers one request. Never rejects: a connection that breaks is a `Response.error()`. */
  fetch(request: Request): Promise<Response>;
  /** Where WebSockets are opened, for `serve`. */
  readonly upgrade: WebSocketUpgrade;
  /** Cuts every WebSocket, as a bad network does, and says how many there were. Clients can recover. */
  cutConnections(): number;
  /** Lets something happen. Resolves when every endpoint that is subscribed to it has answered or failed. */
  sendEvent(event: EmulatedEvent): Promise<readonly Delivery[]>;
  /**
   * Offers each coming request to `answer`, before anything else sees it, until it has returned a response
   * `times` times (once unless said otherwise). Returns a function that withdraws the offer.
   */
  intercept(answer: Interceptor, times?: number): () => void;
  /** What shall go wrong with requests to come. */
  readonly faults: Faults;
  /** Blacklists a subscription, as the platform does when its endpoint fails for long: it delivers nothing more. */
  blacklist(subscriptionId: string, reason?: string): void;
  /** Changes settings for the requests to come, all of them or none. Throws an Error that names the one that cannot be. */
  configure(changes: SettingsChanges): void;
  /** Forgets the requests and deliveries so far. */
  clearLog(): void;
  /** Forgets sessions, subscriptions, faults and logs, sets the clock right, and starts the seed anew. Settings stay. */
  reset(): void;
  state(): EmulatorState;
  /** All that another emulator needs to go on from here. */
  snapshot(): Snapshot;
  /**
   * Goes on from a snapshot: time has passed since then, unless it stood still, and what fell due meanwhile
   * happens now, once. Resolves when that is done. The settings of `EmulatorOptions` stay.
   */
  restore(snapshot: Snapshot): Promise<void>;
  /** Calls `listener` whenever something may have changed. Returns what ends that. */
  watch(listener: () => void): () => void;
  readonly settings: EmulatorSettings;
  readonly clock: EmulatorClock;
  /** The latest requests to the platform, oldest first; the emulator's own routes are not among them. */
  readonly requests: readonly LoggedRequest[];
  /** The latest deliveries that have ended, in the order in which their events happened. */
  readonly deliveries: readonly Delivery[];
}

export interface EmulatorOptions {
  /** What time it is until somebody moves it. */
  readonly clock: { now(): number };
  /** Whatever is not named here is as in `defaultSettings`. */
  readonly settings?: SettingsChanges;
  /** Makes ids, tokens, samples and dice the same every time; nobody can predict them without. */
  readonly seed?: number | string;
  /** Ids of requests, subscriptions and events; random UUIDs unless a test wants to know them. */
  readonly createId?: () => string;
  /** How names of endpoints are resolved; by the operating system unless given. */
  readonly lookup?: Lookup;
  /** Hears of a bug in the emulator, which clients are told of as a 500 without more. Written to stderr unless given. */
  readonly onError?: (error: unknown) => void;
}
