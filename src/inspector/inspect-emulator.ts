import type { CommandContext } from "../context.ts";
import type { Delivery } from "../emulator/backend.ts";
import type { Emulator } from "../emulator/interface.ts";
import { userOf } from "../emulator/sign-in/users.ts";
import type { KeptAnswer } from "../endpoint/delivery.ts";
import { deliveryHeaders } from "../endpoint/delivery-headers.ts";
import { redactAddress } from "../machine/redact.ts";
import { byExpiry } from "../subscriptions/by-expiry.ts";
import type { NewEvent, Original } from "./event-buffer.ts";
import { contentOf, inspectEvent, judge } from "./inspect-event.ts";
import type { InspectedDelivery, InspectedSubscription } from "./protocol.ts";

type Redactor = CommandContext["redactor"];

/** What a delivery of the emulator sent, as far as its log has it. */
export function originalOf(delivery: Delivery): Original {
  const { uuid, event, timestamp, subscriptionId, user, body, address } = delivery;
  const ownerId = String(userOf(user).extensionId);
  const text = JSON.stringify({ uuid, event, timestamp, subscriptionId, ownerId, body });
  // A WebSocket has none.
  const headers = address === undefined ? {} : deliveryHeaders(address, { text }, undefined);
  return { headers, text };
}

/** A delivery as the page gets it; its subscription may have a verification token. */
export function inspectDelivery(
  delivery: Delivery,
  original: Original,
  redactor: Redactor,
  hasToken: boolean,
  answer: KeptAnswer | undefined,
): NewEvent {
  const { timestamp, address } = delivery;
  const seen = {
    receivedAt: Date.parse(timestamp),
    origin: "received",
    transport: address === undefined ? "WebSocket" : "WebHook",
    ...withToken(original, hasToken),
  } as const;
  return {
    ...inspectEvent(seen, redactor),
    subscriptionId: delivery.subscriptionId,
    delivery: inspectOutcome(delivery, redactor, answer),
  };
}

/** With a row for the token that was sent. */
export function withToken(original: Original, hasToken: boolean): Original {
  if (!hasToken) return original;
  return { ...original, headers: { ...original.headers, "Verification-Token": "…" } };
}

/** How a delivery went. */
export function inspectOutcome(
  { address, delivered, status, reason, duration }: Delivery,
  redactor: Redactor,
  answer: KeptAnswer | undefined,
): InspectedDelivery {
  const why = reason === undefined ? undefined : redactor.text(reason);
  if (address === undefined) {
    const verdict = { status: "warn", text: `${why}.` } as const;
    return delivered
      ? { state: "answered", target: "WebSocket" }
      : { state: "failed", target: "WebSocket", verdict };
  }
  const target = targetOf(address);
  // It was never sent.
  if (duration === undefined && !delivered) return { state: "dropped", target };
  return {
    state: status === undefined ? "failed" : "answered",
    target,
    ...(status !== undefined && { status }),
    ...(duration !== undefined && { milliseconds: duration }),
    ...contentOf(answer, redactor),
    verdict: judge(why, duration === undefined ? {} : { milliseconds: duration }),
  };
}

export function targetOf(address: string | undefined): string {
  return address === undefined ? "WebSocket" : redactAddress(address);
}

/** All subscriptions of all users, soonest to expire first. */
export function inspectSubscriptions(
  emulator: Pick<Emulator, "state" | "snapshot">,
): readonly InspectedSubscription[] {
  const stored = new Map(emulator.snapshot().subscriptions.map((each) => [each.id, each]));
  return emulator
    .state()
    .subscriptions.toSorted(byExpiry)
    .map(({ id, status, transportType, address, eventFilters, creationTime, expirationTime }) => {
      const blacklisted = stored.get(id)?.blacklisted;
      return {
        id,
        status,
        transportType,
        ...(address !== undefined && { address: redactAddress(address) }),
        eventFilters,
        createdAt: Date.parse(creationTime),
        expiresAt: Date.parse(expirationTime),
        ...(blacklisted && {
          blacklisted: { reason: blacklisted.reason, at: blacklisted.at },
        }),
      };
    });
}
