import type { Backend } from "./backend.ts";
import { callEndpoint, type EndpointOutcome, maximumAnswerBytes } from "./endpoint.ts";
import { fillOwnIds, filterMatches } from "./event-filters.ts";
import { endpointHeaders } from "./handshake.ts";
import { enabledFilters } from "./subscription-store.ts";
import { userOf } from "./users.ts";

/** Something that happens in the emulated account. */
export interface EmulatedEvent {
  /** A whole filter URI; `~`, `{accountId}` and `{extensionId}` stand for each subscriber's own ids. */
  readonly filter: string;
  /** The event's own data; a realistic sample where absent. */
  readonly body?: unknown;
  /** The user whom it happens to; every user where absent. */
  readonly user?: number;
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
  /** The emulator's time at the start, RFC 3339. */
  readonly timestamp: string;
  readonly delivered: boolean;
  /** What the endpoint answered, if it did. */
  readonly status?: number;
  /** Why it does not count as delivered, in the words of a blacklisting. */
  readonly reason?: string;
}

/** Deliveries, one after another for each subscription, and a log of them. */
export interface Deliveries {
  readonly log: readonly Delivery[];
  /** Runs `deliver` when the subscription's earlier deliveries are through, and logs what it returns. */
  enqueue(
    subscriptionId: string,
    deliver: () => Promise<Delivery | undefined>,
  ): Promise<Delivery | undefined>;
  clear(): void;
}

export function createDeliveries(): Deliveries {
  const log: Delivery[] = [];
  const tails = new Map<string, Promise<Delivery | undefined>>();

  return {
    log,
    async enqueue(subscriptionId, deliver) {
      const previous = tails.get(subscriptionId) ?? Promise.resolve(undefined);
      const next = previous.then(deliver, deliver);
      tails.set(subscriptionId, next);
      try {
        const delivery = await next;
        if (delivery) log.push(delivery);
        if (log.length > longestLog) log.shift();
        return delivery;
      } finally {
        if (tails.get(subscriptionId) === next) tails.delete(subscriptionId);
      }
    },
    clear() {
      log.length = 0;
    },
  };
}

/** Delivers an event to every active subscription that asked for it, and says what each endpoint answered. */
export async function sendEvent(
  { filter, body, user }: EmulatedEvent,
  backend: Backend,
): Promise<readonly Delivery[]> {
  const happened = filter.replaceAll(/\{(?:accountId|extensionId)\}/g, "~");
  const data = body === undefined ? await sampleFor(happened) : body;
  const deliveries = backend.subscriptions
    .all()
    .filter((subscription) => user === undefined || subscription.user === user)
    .flatMap((subscription) => {
      const own = fillOwnIds(happened, userOf(subscription.user));
      return enabledFilters(subscription)
        .filter((subscribed) => filterMatches(subscribed, own))
        .map((event) => ({ id: subscription.id, event }));
    })
    .map(({ id, event }) =>
      backend.deliveries.enqueue(id, () => deliver(id, event, data, backend)),
    );
  return (await Promise.all(deliveries)).filter((delivery) => delivery !== undefined);
}

const longestLog = 10_000;

async function sampleFor(filter: string): Promise<unknown> {
  const [{ matchEntry }, { sampleBody }] = await Promise.all([
    import("../filters/match.ts"),
    import("../filters/samples.ts"),
  ]);
  const entry = matchEntry(filter);
  return (entry && sampleBody(entry)) ?? {};
}

async function deliver(
  subscriptionId: string,
  event: string,
  body: unknown,
  { subscriptions, settings, clock, createId, lookup, gateway }: Backend,
): Promise<Delivery | undefined> {
  // While it waited its turn, the subscription may have ended.
  const subscription = subscriptions.find(subscriptionId);
  if (!subscription || subscription.blacklisted) return undefined;

  const { user, deliveryMode } = subscription;
  const uuid = createId();
  const timestamp = new Date(clock.now()).toISOString();
  const ownerId = String(userOf(user).extensionId);
  const notification = { uuid, event, timestamp, subscriptionId, ownerId, body };
  if (deliveryMode.transportType === "WebSocket") {
    const delivered = gateway.notify(deliveryMode.session, notification);
    return { uuid, subscriptionId, user, event, timestamp, delivered };
  }
  const { address, verificationToken } = deliveryMode;
  const message = JSON.stringify(notification);
  const outcome = await callEndpoint({
    address,
    body: message,
    headers: {
      ...endpointHeaders(address, verificationToken),
      "Content-Type": "application/json; charset=UTF-8",
      "Content-Length": String(Buffer.byteLength(message)),
    },
    deadline: settings.endpointDeadline,
    lookup,
    allowRemote: settings.allowRemoteDeliveries,
    certificateAuthorities: settings.certificateAuthorities,
  });
  const reason = reasonAgainst(outcome);
  return {
    uuid,
    subscriptionId,
    user,
    event,
    address,
    timestamp,
    delivered: reason === undefined,
    ...(outcome.status !== undefined && { status: outcome.status }),
    ...(reason !== undefined && { reason }),
  };
}

function reasonAgainst(outcome: EndpointOutcome): string | undefined {
  if (outcome.kind === "answer") {
    const { status, statusText } = outcome;
    if (status === 200) return undefined;
    return `Webhook responses with code: [${status}], reason: [${statusText}]`;
  }
  if (outcome.reason === "too-large") {
    return `Webhook response exceeds max size. Read bytes count: [${maximumAnswerBytes}]`;
  }
  const detail = outcome.reason === "timeout" ? "Read timed out" : outcome.detail;
  return `I/O operation is failed. Details: [${detail}]`;
}
