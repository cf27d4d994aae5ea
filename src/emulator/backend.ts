import type { Hono } from "hono/tiny";
import type { EmulatorClock } from "./clock.ts";
import type { Deliveries } from "./deliveries.ts";
import type { Lookup } from "./endpoint.ts";
import type { Gateway } from "./gateway.ts";
import type { Random } from "./random.ts";
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
  readonly gateway: Gateway;
}

/** One request on its way through the routes. */
export interface Exchange {
  readonly requestId: string;
  /** The JSON that came, without secrets, for the log. */
  body?: unknown;
  session?: Session;
}

/** The routes, which each concern adds to. */
export type Routes = Hono<{ Bindings: Exchange }>;
