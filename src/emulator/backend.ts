import type { Hono } from "hono/tiny";
import type { EmulatorClock } from "./clock.ts";
import type { Connections } from "./connections.ts";
import type { Deliveries } from "./delivery-queues.ts";
import type { Lookup } from "./endpoint.ts";
import type { Gateway } from "./gateway.ts";
import type { Random } from "./random.ts";
import type { RateWindows } from "./rate-limits.ts";
import type { Session, Sessions } from "./sessions.ts";
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
  readonly connections: Connections;
  readonly rateWindows: RateWindows;
  readonly gateway: Gateway;
  /** How many events there were: sequence numbers inside of events grow with it. */
  eventCount: number;
}

/** One request on its way through the routes. */
export interface Exchange {
  readonly requestId: string;
  /** The JSON that came, without secrets, for the log. */
  body?: unknown;
  session?: Session;
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
