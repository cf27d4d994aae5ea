import { createHappening } from "../events/happening.ts";
import type { Backend } from "./backend.ts";
import { recordOutcome } from "./blacklisting.ts";
import { callEndpoint, type EndpointOutcome } from "./endpoint.ts";
import { maximumAnswerBytes } from "./endpoint-exchange.ts";
import { fillOwnIds, filterMatches } from "./event-filters.ts";
import { endpointHeaders } from "./handshake.ts";
import {
  enabledFilters,
  type StoredSubscription,
  type WebHookDelivery,
} from "./subscription-store.ts";
import { userOf } from "./users.ts";

/** Something that happens in the emulated account. */
export interface EmulatedEvent {
  /** A whole filter URI; `~`, `{accountId}` and `{extensionId}` stand for each subscriber's own ids. */
  readonly filter: string;
  /** The event's own data; made up anew, for each subscriber's filter, where absent. */
  readonly body?: unknown;
  /** The user whom it happens to, and of whom colleagues may hear; every user where absent. */
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
  /** The emulator's time when the event happened, RFC 3339. */
  readonly timestamp: string;
  /** Of a repetition: 2 is the first. */
  readonly attempt?: number;
  readonly delivered: boolean;
  /** What the endpoint answered, if it did. */
  readonly status?: number;
  /** Why it does not count as delivered, in the words of a blacklisting. */
  readonly reason?: string;
}

/** Delivers an event to every active subscription that asked for it, and says what each endpoint answered. */
export async function sendEvent(
  { filter, body, user }: EmulatedEvent,
  backend: Backend,
): Promise<readonly Delivery[]> {
  const happened = filter.replaceAll(/\{(?:accountId|extensionId)\}/g, "~");
  const { random, clock } = backend;
  const tell = createHappening(happened, {
    random: random.next,
    now: clock.now(),
    sequence: backend.eventCount++,
  });
  const deliveries = backend.subscriptions
    .all()
    .flatMap((subscription) => {
      const whose = userOf(user ?? subscription.user, backend.settings.users);
      const own = fillOwnIds(happened, whose);
      // Without ids in its path only the subscriber's number tells whose event it is.
      if (whose.number !== subscription.user && !namesAccount(own)) return [];
      return enabledFilters(subscription)
        .filter((subscribed) => filterMatches(subscribed, own))
        .map((event) => ({ subscription, event }));
    })
    .map(({ subscription, event }) => {
      const { settings } = backend;
      const data =
        body === undefined ? tell(event, userOf(subscription.user, settings.users)) : body;
      return deliver(subscription, event, data, backend);
    });
  return (await Promise.all(deliveries)).filter((delivery) => delivery !== undefined);
}

function namesAccount(filter: string): boolean {
  return /\/accounts?\/\d/.test(filter);
}

/**
 * Delivers one event to one subscription, after all that it got before. What does not depend on the endpoint is
 * decided at once, so that it is the same every time. Resolves with what came of it, or undefined where the
 * subscription had ended by then; repetitions come later, on the emulator's clock.
 */
export function deliver(
  { id, user }: StoredSubscription,
  event: string,
  body: unknown,
  backend: Backend,
): Promise<Delivery | undefined> {
  return attempt(
    {
      uuid: backend.createId(),
      event,
      timestamp: new Date(backend.clock.now()).toISOString(),
      subscriptionId: id,
      ownerId: String(userOf(user).extensionId),
      body,
    },
    1,
    backend,
  );
}

/** The envelope that an event travels in. */
interface Notification {
  readonly uuid: string;
  readonly event: string;
  readonly timestamp: string;
  readonly subscriptionId: string;
  readonly ownerId: string;
  readonly body: unknown;
}

function attempt(
  notification: Notification,
  number: number,
  backend: Backend,
): Promise<Delivery | undefined> {
  const { subscriptions, settings, deliveries } = backend;
  const { subscriptionId } = notification;
  if (deliveries.waiting(subscriptionId) >= settings.deliveryQueueLimit) {
    const subscription = subscriptions.find(subscriptionId);
    const lost = { delivered: false, reason: "Too many deliveries wait" };
    const delivery = subscription && { ...describe(notification, number, subscription), ...lost };
    if (delivery) deliveries.record(delivery);
    return Promise.resolve(delivery);
  }
  return deliveries.enqueue(subscriptionId, async () => {
    // While it waited its turn, the subscription may have ended.
    const subscription = subscriptions.find(subscriptionId);
    if (!subscription || subscription.blacklisted) return undefined;

    const { deliveryMode } = subscription;
    const delivery = describe(notification, number, subscription);
    if (deliveryMode.transportType === "WebSocket") {
      const delivered = backend.gateway.notify(deliveryMode.session, notification);
      return { ...delivery, delivered };
    }
    const outcome = await post(notification, deliveryMode, backend);
    const reason = reasonAgainst(outcome);
    recordOutcome(subscriptionId, reason, backend);
    if (reason !== undefined) repeatLater(notification, number, backend);
    return {
      ...delivery,
      delivered: reason === undefined,
      ...(outcome.status !== undefined && { status: outcome.status }),
      ...(reason !== undefined && { reason }),
    };
  });
}

/** A delivery, but for how it went. */
function describe(
  { uuid, event, timestamp }: Notification,
  number: number,
  { id, user, deliveryMode }: StoredSubscription,
): Omit<Delivery, "delivered"> {
  return {
    uuid,
    subscriptionId: id,
    user,
    event,
    ...(deliveryMode.transportType === "WebHook" && { address: deliveryMode.address }),
    timestamp,
    ...(number > 1 && { attempt: number }),
  };
}

function post(
  notification: Notification,
  { address, verificationToken }: WebHookDelivery,
  { settings, lookup, connections }: Backend,
): Promise<EndpointOutcome> {
  const body = JSON.stringify(notification);
  return callEndpoint({
    address,
    body,
    headers: {
      ...endpointHeaders(address, verificationToken),
      "Content-Type": "application/json; charset=UTF-8",
      "Content-Length": String(Buffer.byteLength(body)),
    },
    deadline: settings.endpointDeadline,
    lookup,
    allowRemote: settings.allowRemoteDeliveries,
    certificateAuthorities: settings.certificateAuthorities,
    connections,
  });
}

function repeatLater(notification: Notification, number: number, backend: Backend): void {
  const { settings, clock } = backend;
  if (number > settings.deliveryRetries) return;
  clock.schedule(clock.now() + settings.deliveryRetryInterval * 1000, async () => {
    await attempt(notification, number + 1, backend);
  });
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
