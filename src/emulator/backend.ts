import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Context } from "hono";
import type { Hono } from "hono/tiny";
import type { Connections, Lookup } from "../endpoint/endpoint-call.ts";
import type { Series } from "../events/samples/event-context.ts";
import type { EmulatorClock } from "./clock.ts";
import type { Retries } from "./deliveries/retries.ts";
import type { Random } from "./random.ts";
import type { EmulatorSettings, RateLimitGroup } from "./settings.ts";
import type { Session, Sessions } from "./sign-in/sessions.ts";
import type { SubscriptionStore } from "./subscriptions/store.ts";

/** What the routes share. */
export interface Backend {
  /** As they are now: they may change between two requests. */
  readonly settings: EmulatorSettings;
  readonly clock: EmulatorClock;
  readonly createId: () => string;
  readonly random: Random;
  readonly lookup: Lookup;
  readonly sessions: Sessions;
  readonly subscriptions: SubscriptionStore;
  readonly deliveries: Deliveries;
  readonly retries: Retries;
  readonly connections: Connections;
  readonly rateWindows: RateWindows;
  readonly gateway: Gateway;
  /** How many events there were: sequence numbers inside of events grow with it. */
  eventCount: number;
  /** What the latest event shares with the next one, if there was any. */
  eventSeries: Series | undefined;
  /** How many deliveries began. */
  deliveryCount: number;
  /** Aborted by a reset: what began before must leave no trace in what comes after it, where ids come again. */
  readonly life: AbortSignal;
}

/** One request on its way through the routes. */
export interface Exchange {
  readonly requestId: string;
  /** The JSON that came, without secrets, for the log. */
  body?: unknown;
  /** The number of the user whose request it is, also where it is refused. */
  user?: number | undefined;
  /** How the caller's rate limit stands, once the request has been counted. */
  rateLimitHeaders?: Readonly<Record<string, string>>;
  /** RingCentral's code for what is wrong with it. */
  code?: string | undefined;
  /** The id of the injected fault that it met. */
  fault?: string;
  /** The gateway's session that a call came through; a call over plain HTTP has none. */
  readonly gatewaySession?: string;
}

/** The paths that the emulator answers. Each room adds its own. */
export type Routes = Hono<{ Bindings: Exchange }>;

/** A request in a route, with its exchange as `env`. */
export type Call = Context<{ Bindings: Exchange }>;

/** Deliveries, one after another for each subscription, and a log of them. */
export interface Deliveries {
  /** The latest that have ended, in the order in which their events happened. */
  readonly log: readonly Delivery[];
  /** How many of a subscription's deliveries are under way or wait for their turn. */
  waiting(subscriptionId: string): number;
  /**
   * Takes the next place in the log, and runs `deliver` when the subscription's earlier deliveries are through.
   * Where it returns nothing, nothing was delivered, and nothing is logged.
   */
  enqueue(
    subscriptionId: string,
    deliver: () => Promise<Delivery | undefined>,
  ): Promise<Delivery | undefined>;
  /** Logs what was over before it began. */
  record(delivery: Delivery): void;
  /** Puts these in the place of what the log holds. */
  restore(deliveries: readonly Delivery[]): void;
  /** Forgets the log; what is under way will not be in it either. */
  clear(): void;
  /** Forgets what waits for its turn. */
  abandon(): void;
}

/** One event at one endpoint, and how it went. */
export interface Delivery {
  readonly uuid: string;
  readonly subscriptionId: string;
  readonly user: number;
  /** The filter that asked for it, as the endpoint reads it. */
  readonly event: string;
  /** Of a webhook. */
  readonly address?: string;
  /** The emulator's time when the event happened, RFC 3339. */
  readonly timestamp: string;
  /** Of a repetition: 2 is the first. */
  readonly attempt?: number;
  readonly delivered: boolean;
  /** What the endpoint answered, if it did. */
  readonly status?: number;
  /** Why it does not count as delivered, in the words of a blacklisting; a WebSocket has its own. */
  readonly reason?: string;
}

/** Something that happens in the emulated account. */
export interface EmulatedEvent {
  /** A whole filter URI; `~`, `{accountId}` and `{extensionId}` stand for each subscriber's own ids. */
  readonly filter: string;
  /** The event's own data; made up anew, for each subscriber's filter, where absent. */
  readonly body?: unknown;
  /** The user whom it happens to, and of whom colleagues may hear; every user where absent. */
  readonly user?: number;
}

/** The WebSocket gateway: who is connected, and what is under way to whom. */
export interface Gateway {
  /** A token that opens a connection for a while, for whoever this session belongs to. */
  issueToken(oauthSession: Session): string;
  /** Sends a notification to a session, or keeps it for the reconnection. It is lost where the session is over. */
  notify(session: string, notification: object): Notified;
  /** Takes over a connection that wants to become a WebSocket. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Cuts every connection without a word, and says how many there were. Their sessions can be recovered. */
  cut(): number;
  /** Ends everything: connections, sessions and tokens. */
  clear(): void;
}

/** What one caller has asked of one group lately. Instants are milliseconds since the epoch. */
export interface RateWindow extends Caller {
  readonly group: RateLimitGroup;
  /** When the requests that count came, oldest first. */
  readonly requests: readonly number[];
  /** When the last request came that was refused; the penalty began then. */
  readonly refusedAt?: number;
}

/** Who has asked for how much, one window for each caller and group. */
export interface RateWindows {
  of(caller: Caller, group: RateLimitGroup): RateWindow;
  put(window: RateWindow): void;
  all(): readonly RateWindow[];
  /** Puts these in the place of all that there are. */
  restore(windows: readonly RateWindow[]): void;
  clear(): void;
}

/** What became of a notification: `kept` for a recovery, or for a client that has just come back; `lost` for good. */
export type Notified = "sent" | "kept" | "lost";

/** Whom a request counts against; a login that names nobody who exists counts against the app alone. */
export interface Caller {
  readonly user?: number | undefined;
  readonly clientId: string;
}
