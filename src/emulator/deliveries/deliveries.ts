import { callEndpoint } from "../../endpoint/call-endpoint.ts";
import { endpointHeaders } from "../../endpoint/delivery-headers.ts";
import {
  connectionReason,
  timeoutReason,
  tooLargeReason,
  wrongStatusReason,
} from "../../endpoint/delivery-reasons.ts";
import type { EndpointOutcome } from "../../endpoint/endpoint-call.ts";
import { eventOf } from "../../events/event.ts";
import { createSharedEvent } from "../../events/samples/shared-event.ts";
import { stopwatch } from "../../machine/real-time.ts";
import type { Backend, Delivery, EmulatedEvent, SentEvent } from "../backend.ts";
import { userOf } from "../sign-in/users.ts";
import { fillOwnIds, filterMatches } from "../subscriptions/event-filters.ts";
import {
  enabledFilters,
  type StoredSubscription,
  type WebHookDelivery,
} from "../subscriptions/store.ts";
import { recordOutcome } from "./blacklisting.ts";
import { keepAnswer } from "./kept-answers.ts";
import type { Notification, Retry } from "./retries.ts";
import { explainUnreached } from "./unreached.ts";

/** Delivers an event to every active subscription with a matching filter. Returns the outcomes. */
export async function sendEvent(
  { filter, body, user }: EmulatedEvent,
  backend: Backend,
): Promise<SentEvent> {
  const happened = filter.replaceAll(/\{(?:accountId|extensionId)\}/g, "~");
  const { random, clock } = backend;
  const shared = createSharedEvent({
    random: random.next,
    now: clock.now(),
    sequence: backend.eventCount++,
    ...(backend.eventSeries && { series: backend.eventSeries }),
  });
  backend.eventSeries = shared.series;
  const eventsOfUsers = new Map<number, string>();
  const eventFor = (whose: number) => {
    const known = eventsOfUsers.get(whose);
    if (known !== undefined) return known;
    const event = fillOwnIds(happened, userOf(whose, backend.settings.users));
    eventsOfUsers.set(whose, event);
    return event;
  };
  const matches = backend.subscriptions.all().flatMap((subscription) => {
    const whose = user ?? subscription.user;
    const event = eventFor(whose);
    // A path without ids does not say whose event it is: only the user's number does.
    if (whose !== subscription.user && !namesAccount(event)) return [];
    return enabledFilters(subscription)
      .filter((subscribed) => filterMatches(subscribed, event))
      .map((subscribed) => ({ subscription, filter: subscribed, event }));
  });
  const completedEvents = shared.complete(matches);
  const deliveries = matches.flatMap(({ subscription, filter: subscribed, event }) => {
    const completed = completedEvents.get(event) ?? event;
    if (!filterMatches(subscribed, completed)) return [];
    const owner = userOf(subscription.user, backend.settings.users);
    const data = body === undefined ? shared.bodyFor(owner, subscribed, completed) : body;
    return deliver(subscription, subscribed, data, backend);
  });
  const made = (await Promise.all(deliveries)).filter((delivery) => delivery !== undefined);
  if (made.length > 0) return made;
  // Hidden, so that the list is equal to an empty one.
  const reason = explainUnreached(
    { filter: happened, ...(user !== undefined && { user }) },
    backend,
  );
  return Object.defineProperty(made, "reason", { value: reason });
}

function namesAccount(filter: string): boolean {
  return /\/accounts?\/\d/.test(filter);
}

/**
 * Delivers one event to one subscription, after its earlier deliveries. The id and the timestamp are fixed at once, so
 * that they are repeatable. Resolves with the outcome of the first attempt, or undefined if the subscription has
 * ended; retries follow on the emulator's clock.
 */
export function deliver(
  { id, user }: StoredSubscription,
  filter: string,
  body: unknown,
  backend: Backend,
): Promise<Delivery | undefined> {
  const notification = {
    uuid: backend.createEventId(),
    event: eventOf(filter, body),
    timestamp: new Date(backend.clock.now()).toISOString(),
    subscriptionId: id,
    ownerId: String(userOf(user).extensionId),
    body,
  };
  return attempt({ notification, place: backend.deliveryCount++, number: 1 }, backend);
}

/** Sends a notification to its subscription once more, as `text`. The result is as that of `deliver`. */
export function sendAgain(
  notification: Notification,
  text: string,
  backend: Backend,
): Promise<Delivery | undefined> {
  return attempt({ notification, text, place: backend.deliveryCount++, number: 1 }, backend);
}

/** Schedules the retry of a delivery, unless the subscription is gone. */
export function scheduleRetry(retry: Retry, backend: Backend): void {
  const { notification, place, attempt: number } = retry;
  const subscriptionPlace = backend.subscriptions.placeOf(notification.subscriptionId);
  if (subscriptionPlace === undefined) return;
  backend.retries.add(retry, subscriptionPlace, () =>
    attempt({ notification, place, number }, backend),
  );
}

interface Attempt {
  readonly notification: Notification;
  /** What a webhook is sent; by default the notification's JSON. */
  readonly text?: string;
  readonly place: number;
  readonly number: number;
}

function attempt(current: Attempt, backend: Backend): Promise<Delivery | undefined> {
  const { notification, number, text = JSON.stringify(notification) } = current;
  const { subscriptions, settings, deliveries, resetSignal } = backend;
  const { subscriptionId } = notification;
  if (deliveries.waiting(subscriptionId) >= settings.deliveryQueueLimit) {
    const subscription = subscriptions.find(subscriptionId);
    const lost = { delivered: false, reason: "Too many deliveries wait" };
    const delivery = subscription && { ...describe(notification, number, subscription), ...lost };
    if (delivery) deliveries.record(delivery);
    return Promise.resolve(delivery);
  }
  return deliveries.enqueue(subscriptionId, async () => {
    // The subscription may have ended while this was queued.
    const subscription = subscriptions.find(subscriptionId);
    if (!subscription || subscription.blacklisted) return undefined;

    const { deliveryMode } = subscription;
    const delivery = describe(notification, number, subscription);
    if (deliveryMode.transportType === "WebSocket") {
      const notified = backend.gateway.notify(deliveryMode.session, notification);
      return { ...delivery, ...webSocketOutcomes[notified] };
    }
    const startedAt = stopwatch();
    const outcome = await post(text, deliveryMode, backend);
    const duration = Math.round(stopwatch() - startedAt);
    const reason = reasonAgainst(outcome);
    if (!resetSignal.aborted) {
      recordOutcome(subscriptionId, reason, backend);
      if (reason !== undefined) repeatLater(current, backend);
    }
    const done = {
      ...delivery,
      delivered: reason === undefined,
      ...(outcome.status !== undefined && { status: outcome.status }),
      ...(reason !== undefined && { reason }),
      duration,
    };
    keepAnswer(deliveries.log, done, outcome);
    return done;
  });
}

/** A kept notification reaches the client if it recovers the session. */
const webSocketOutcomes = {
  sent: { delivered: true },
  kept: { delivered: false, reason: "Kept for the WebSocket's recovery" },
  lost: { delivered: false, reason: "The WebSocket is gone, and nothing is kept for it" },
} as const;

/** A delivery without its outcome. */
function describe(
  { uuid, event, timestamp, body }: Notification,
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
    body,
    ...(number > 1 && { attempt: number }),
  };
}

function post(
  body: string,
  { address, verificationToken }: WebHookDelivery,
  { settings, lookup, connections, resetSignal }: Backend,
): Promise<EndpointOutcome> {
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
    signal: resetSignal,
  });
}

function repeatLater({ notification, place, number }: Attempt, backend: Backend): void {
  const { settings, clock } = backend;
  if (number > settings.deliveryRetries) return;
  const instant = clock.now() + settings.deliveryRetryInterval * 1000;
  scheduleRetry({ notification, place, attempt: number + 1, instant }, backend);
}

function reasonAgainst(outcome: EndpointOutcome): string | undefined {
  if (outcome.kind === "answer") {
    const { status, statusText } = outcome;
    return status === 200 ? undefined : wrongStatusReason(status, statusText);
  }
  if (outcome.reason === "too-large") return tooLargeReason();
  return outcome.reason === "timeout" ? timeoutReason() : connectionReason(outcome.detail);
}
