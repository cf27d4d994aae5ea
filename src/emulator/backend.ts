import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Context } from "hono";
import type { Hono } from "hono/tiny";
import type { Connections, Lookup } from "../endpoint/endpoint-call.ts";
import type { EventSeries } from "../events/samples/event-context.ts";
import type { EmulatorClock } from "./clock.ts";
import type { Retries } from "./deliveries/retries.ts";
import type { Random } from "./random.ts";
import type { EmulatorSettings, RateLimitGroup } from "./settings.ts";
import type { Session, Sessions } from "./sign-in/sessions.ts";
import type { SubscriptionStore } from "./subscriptions/store.ts";

/** What all rooms of the emulator share. */
export interface Backend {
  /** The current settings: they may change between two requests. */
  readonly settings: EmulatorSettings;
  readonly clock: EmulatorClock;
  readonly createId: () => string;
  /** Makes the `uuid` of an event. */
  readonly createEventId: () => string;
  readonly random: Random;
  readonly lookup: Lookup;
  readonly sessions: Sessions;
  readonly subscriptions: SubscriptionStore;
  readonly deliveries: Deliveries;
  readonly retries: Retries;
  readonly connections: Connections;
  readonly rateWindows: RateWindows;
  readonly gateway: Gateway;
  /** How many events were sent: the sequence numbers in event bodies follow it. */
  eventCount: number;
  /** What the latest event shares with the next one. */
  eventSeries: EventSeries | undefined;
  /** How many deliveries were started. */
  deliveryCount: number;
  /** Aborted by a reset: what was started before must not touch what comes after, which may have the same ids. */
  readonly resetSignal: AbortSignal;
}

/** One request on its way through the routes. */
export interface Exchange {
  readonly requestId: string;
  /** The JSON of the request without secrets, for the log. */
  body?: unknown;
  /** The number of the user who sent it, also if it is refused. */
  user?: number | undefined;
  /** The headers about the caller's rate limit, once the request has been counted. */
  rateLimitHeaders?: Readonly<Record<string, string>>;
  /** RingCentral's code for what is wrong with the request. */
  code?: string | undefined;
  /** The id of the fault that was applied to it. */
  fault?: string;
  /** What the log says of it besides. */
  note?: string | undefined;
  /** The gateway session that the call came through; absent for a call over HTTP. */
  readonly gatewaySession?: string;
}

/** The paths that the emulator answers. Each room adds its own. */
export type Routes = Hono<{ Bindings: Exchange }>;

/** A request in a route, with its exchange as `env`. */
export type Call = Context<{ Bindings: Exchange }>;

/** The queue of deliveries for each subscription, and their log. */
export interface Deliveries {
  /** The latest completed ones, in the order of their events. */
  readonly log: readonly Delivery[];
  /** How many of a subscription's deliveries are in progress or queued. */
  waiting(subscriptionId: string): number;
  /**
   * Takes the next place in the log, and runs `deliver` after the subscription's earlier deliveries. If that resolves
   * to undefined, nothing is logged.
   */
  enqueue(
    subscriptionId: string,
    deliver: () => Promise<Delivery | undefined>,
  ): Promise<Delivery | undefined>;
  /** Logs a delivery that was never started. */
  record(delivery: Delivery): void;
  /** Replaces the log. */
  restore(deliveries: readonly Delivery[]): void;
  /** Clears the log. Deliveries in progress will not be logged. */
  clear(): void;
  /** Drops what is queued. */
  abandon(): void;
}

/** The delivery of one event to one subscription, and its outcome. */
export interface Delivery<Body = unknown> {
  readonly uuid: string;
  readonly subscriptionId: string;
  readonly user: number;
  /** The filter that it was delivered for, as in the event's envelope. */
  readonly event: string;
  /** For a webhook only. */
  readonly address?: string;
  /** When the event happened, by the emulator's clock, RFC 3339. */
  readonly timestamp: string;
  /** The event's body. Not kept in a state file. */
  readonly body?: Body;
  /** The number of the attempt, from the second one on. */
  readonly attempt?: number;
  readonly delivered: boolean;
  /** The HTTP status that the endpoint answered, if it did. */
  readonly status?: number;
  /** Why it failed, in the words of `blacklistedData.reason`. */
  readonly reason?: string;
  /** Milliseconds of real time until the endpoint had answered or failed. For a webhook only. */
  readonly duration?: number;
}

/** The deliveries of an event. */
export type SentEvent<Body = unknown> = readonly Delivery<Body>[] & {
  /** Why it reached nobody, if there are no deliveries. */
  readonly reason?: string;
};

/** Something that happens in the emulated account. */
export interface EmulatedEvent {
  /** A filter URI; `~`, `{accountId}` and `{extensionId}` stand for each subscriber's own ids. */
  readonly filter: string;
  /** The event's body; by default sample data for each subscriber's filter. */
  readonly body?: unknown;
  /** The user it happens to, whose events colleagues may subscribe to; every user by default. */
  readonly user?: number;
}

/** The WebSocket gateway. */
export interface Gateway {
  /** A short-lived token that opens a connection for the user of a session. */
  issueToken(oauthSession: Session): string;
  /** Sends a notification to a gateway session, or keeps it for the reconnection. It is lost if the session is over. */
  notify(session: string, notification: GatewayNotification): Notified;
  /** Takes over an HTTP connection that becomes a WebSocket. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Cuts every connection without a close frame, and returns how many there were. Sessions can be recovered. */
  cut(): number;
  /** Ends everything: connections, sessions and tokens. */
  clear(): void;
}

/** What the gateway delivers: an event in its envelope. */
export interface GatewayNotification {
  readonly uuid: string;
}

/** The recent requests of one caller in one group. Instants are milliseconds since the epoch. */
export interface RateWindow extends Caller {
  readonly group: RateLimitGroup;
  /** When the counted requests came, oldest first. */
  readonly requests: readonly number[];
  /** When the latest refused request came; the penalty runs from then. */
  readonly refusedAt?: number;
}

/** One window for each caller and group. */
export interface RateWindows {
  of(caller: Caller, group: RateLimitGroup): RateWindow;
  put(window: RateWindow): void;
  all(): readonly RateWindow[];
  /** Replaces all. */
  restore(windows: readonly RateWindow[]): void;
  clear(): void;
}

/** The outcome of a notification: `kept` until the client is back and ready for it, or `lost`. */
export type Notified = "sent" | "kept" | "lost";

/** Who a request counts against. A login for an unknown user counts against the app only. */
export interface Caller {
  readonly user?: number | undefined;
  readonly clientId: string;
}
