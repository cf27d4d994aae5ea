import type { Api } from "../../filters/api.ts";

export interface DisabledFilter {
  readonly filter: string;
  readonly reason: string;
  readonly message: string;
}

/** A subscription with its secrets. Instants are milliseconds since the epoch. */
export interface StoredSubscription {
  readonly id: string;
  readonly api: Api;
  readonly user: number;
  readonly clientId: string;
  readonly deliveryMode: WebHookDelivery | WebSocketDelivery;
  /** Including the disabled ones. */
  readonly eventFilters: readonly string[];
  readonly disabledFilters: readonly DisabledFilter[];
  readonly createdAt: number;
  readonly expiresAt: number;
  /** Seconds, as last granted. */
  readonly lifetime: number;
  /** Failed calls to the endpoint since the last success: how many, and since when. */
  readonly failing?: { readonly since: number; readonly count: number };
  readonly blacklisted?: {
    readonly at: number;
    readonly reason: string;
    /** When the endpoint was last tried again. */
    readonly recheckedAt?: number;
  };
  /** When the last reminders were sent. */
  readonly remindedAt?: number;
}

export interface WebHookDelivery {
  readonly transportType: "WebHook";
  readonly address: string;
  readonly verificationToken?: string;
}

interface WebSocketDelivery {
  readonly transportType: "WebSocket";
  /** The id of the gateway's session. */
  readonly session: string;
}

/** The owner of subscriptions: another user or app, or the other API, does not see them. */
export interface Owner {
  readonly api: Api;
  readonly user: number;
  readonly clientId: string;
}

/** Subscriptions that have not expired, in order of creation. */
export interface SubscriptionStore {
  all(): readonly StoredSubscription[];
  of(owner: Owner): readonly StoredSubscription[];
  find(id: string): StoredSubscription | undefined;
  /** How many were created before this one; undefined if it does not exist. */
  placeOf(id: string): number | undefined;
  /** Whether the owner had this subscription until it expired. */
  expired(id: string, owner: Owner): boolean;
  /** Adds a subscription, or replaces the one with the same id. */
  put(subscription: StoredSubscription): void;
  remove(id: string): void;
  clear(): void;
  /** Calls `listener` with the id of each subscription that is put or removed. */
  watch(listener: (id: string) => void): void;
}

export function createSubscriptionStore(clock: { now(): number }): SubscriptionStore {
  const live = new Map<string, StoredSubscription>();
  const places = new Map<string, number>();
  let nextPlace = 0;
  const expiredOwners = new Map<string, Owner>();
  const listeners: ((id: string) => void)[] = [];
  const changed = (id: string) => {
    for (const listener of listeners) listener(id);
  };

  const expire = ({ id, api, user, clientId }: StoredSubscription) => {
    live.delete(id);
    places.delete(id);
    expiredOwners.set(id, { api, user, clientId });
    const [oldest] = expiredOwners.keys();
    if (oldest !== undefined && expiredOwners.size > mostExpired) expiredOwners.delete(oldest);
  };
  const find = (id: string) => {
    const one = live.get(id);
    if (!one || one.expiresAt > clock.now()) return one;
    expire(one);
    return undefined;
  };
  const sweep = () => {
    const now = clock.now();
    for (const one of live.values()) if (one.expiresAt <= now) expire(one);
    return live;
  };
  return {
    all: () => [...sweep().values()],
    of: (owner) => [...sweep().values()].filter((one) => belongsTo(one, owner)),
    find,
    placeOf: (id) => (find(id) ? places.get(id) : undefined),
    expired: (id, owner) => {
      find(id);
      const formerOwner = expiredOwners.get(id);
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
      expiredOwners.clear();
      for (const id of ids) changed(id);
    },
    watch: (listener) => void listeners.push(listener),
  };
}

const mostExpired = 10_000;

export function belongsTo(one: Owner, { api, user, clientId }: Owner): boolean {
  return one.api === api && one.user === user && one.clientId === clientId;
}

/** The filters that are not disabled. */
export function enabledFilters({
  eventFilters,
  disabledFilters,
}: StoredSubscription): readonly string[] {
  if (disabledFilters.length === 0) return eventFilters;
  const disabled = new Set(disabledFilters.map(({ filter }) => filter));
  return eventFilters.filter((filter) => !disabled.has(filter));
}

/** Whether a subscription delivers to this gateway session. */
export function belongsToSession(
  { deliveryMode }: StoredSubscription,
  session: string | undefined,
): boolean {
  return deliveryMode.transportType === "WebSocket" && deliveryMode.session === session;
}
