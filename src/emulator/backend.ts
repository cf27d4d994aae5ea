import type { Hono } from "hono/tiny";
import type { Series } from "../events/occasion.ts";
import type { EmulatorClock } from "./clock.ts";
import type { Connections } from "./connections.ts";
import type { Deliveries } from "./delivery-queues.ts";
import type { Lookup } from "./endpoint.ts";
import type { Gateway } from "./gateway.ts";
import type { Random } from "./random.ts";
import type { RateWindows } from "./rate-limits.ts";
import type { Retries } from "./retries.ts";
import type { Sessions } from "./sessions.ts";
import type { EmulatorSettings } from "./settings.ts";
import type { SubscriptionStore } from "./subscription-store.ts";

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

/** The routes, which each concern adds to. */
export type Routes = Hono<{ Bindings: Exchange }>;
