import type { Api } from "../../filters/api.ts";

export interface DisabledFilter {
  readonly filter: string;
  readonly reason: string;
  readonly message: string;
}

/** A subscription as the platform knows it, secrets included. Instants are milliseconds since the epoch. */
export interface StoredSubscription {
  readonly id: string;
  readonly api: Api;
  readonly user: number;
  readonly clientId: string;
  readonly deliveryMode: WebHookDelivery | WebSocketDelivery;
  /** The disabled ones included. */
  readonly eventFilters: readonly string[];
  readonly disabledFilters: readonly DisabledFilter[];
  readonly createdAt: number;
  readonly expiresAt: number;
  /** Seconds, as granted last. */
  readonly lifetime: number;
  /** Calls to the endpoint that failed since the last good one: how many, and since when. */
  readonly failing?: { readonly since: number; readonly count: number };
  readonly blacklisted?: {
    readonly at: number;
    readonly reason: string;
    /** When the endpoint was last looked at again. */
    readonly recheckedAt?: number;
  };
  /** Up to when reminders have been sent. */
  readonly remindedAt?: number;
}

export interface WebHookDelivery {
  readonly transportType: "WebHook";
  readonly address: string;
  readonly verificationToken?: string;
}

interface WebSocketDelivery {
  readonly transportType: "WebSocket";
  /** The gateway's session, which outlives its connections for a while. */
  readonly session: string;
}

/** Who asks: nobody sees the subscriptions of another user or app, or of the other API. */
export interface Owner {
  readonly api: Api;
  readonly user: number;
  readonly clientId: string;
}

/** Subscriptions that have not expired, in the order of their creation. */
export interface SubscriptionStore {
  all(): readonly StoredSubscription[];
  of(owner: Owner): readonly StoredSubscription[];
  find(id: string): StoredSubscription | undefined;
  /** How many were created before this one; undefined where it is not there. */
  placeOf(id: string): number | undefined;
  /** Whether there was one, until its time was over. */
  expired(id: string, owner: Owner): boolean;
  /** Adds one, or puts it in the place of the one with the same id. */
  put(subscription: StoredSubscription): void;
  remove(id: string): void;
  clear(): void;
  /** Calls `listener` with the id of a subscription that was put or removed. */
  watch(listener: (id: string) => void): void;
}

export function createSubscriptionStore(clock: { now(): number }): SubscriptionStore {
  const live = new Map<string, StoredSubscription>();
  const places = new Map<string, number>();
  let nextPlace = 0;
  const gone = new Map<string, Owner>();
  const listeners: ((id: string) => void)[] = [];
  const changed = (id: string) => {
    for (const listener of listeners) listener(id);
  };

  const bury = ({ id, api, user, clientId }: StoredSubscription) => {
    live.delete(id);
    places.delete(id);
    gone.set(id, { api, user, clientId });
    const [oldest] = gone.keys();
    if (oldest !== undefined && gone.size > mostGone) gone.delete(oldest);
  };
  const find = (id: string) => {
    const one = live.get(id);
    if (!one || one.expiresAt > clock.now()) return one;
    bury(one);
    return undefined;
  };
  const sweep = () => {
    const now = clock.now();
    for (const one of live.values()) if (one.expiresAt <= now) bury(one);
    return live;
  };
  return {
    all: () => [...sweep().values()],
    of: (owner) => [...sweep().values()].filter((one) => belongsTo(one, owner)),
    find,
    placeOf: (id) => (find(id) ? places.get(id) : undefined),
    expired: (id, owner) => {
      find(id);
      const formerOwner = gone.get(id);
      return formerOwner !== undefined && belongsTo(formerOwner, owner);
    },
    put(subscription) {
      live.set(subscription.id, subscription);
      if (!places.has(subscription.id)) places.set(subscription.id, nextPlace++);
      changed(subscription.id);
    },
    remove(id) {
      live.delete(id);
      places.delete(id);
      changed(id);
    },
    clear() {
      const ids = [...live.keys()];
      live.clear();
      places.clear();
      nextPlace = 0;
      gone.clear();
      for (const id of ids) changed(id);
    },
    watch: (listener) => void listeners.push(listener),
  };
}

const mostGone = 10_000;

export function belongsTo(one: Owner, { api, user, clientId }: Owner): boolean {
  return one.api === api && one.user === user && one.clientId === clientId;
}

/** The filters that deliver: the disabled ones left out. */
export function enabledFilters({
  eventFilters,
  disabledFilters,
}: StoredSubscription): readonly string[] {
  const disabled = new Set(disabledFilters.map(({ filter }) => filter));
  return eventFilters.filter((filter) => !disabled.has(filter));
}

/** Whether a subscription delivers over the WebSocket session with this id. */
export function belongsToSession(
  { deliveryMode }: StoredSubscription,
  session: string | undefined,
): boolean {
  return deliveryMode.transportType === "WebSocket" && deliveryMode.session === session;
}
