import { bodyOf } from "./body.ts";
import { textAt } from "./payload.ts";
import type { EventBody, EventContext } from "./samples/event-context.ts";
import { createRandomChoices } from "./samples/random-choices.ts";
import { createSampleData } from "./samples/sample-data.ts";

/** A notification as the platform POSTs it. */
export interface EventEnvelope {
  /** A decimal of up to 19 digits, too large for a JavaScript number. */
  readonly uuid: string;
  /** The filter with ids filled in, query included; see `eventOf`. */
  readonly event: string;
  /** RFC 3339. */
  readonly timestamp: string;
  readonly subscriptionId: string;
  /** The extension that the subscription belongs to. */
  readonly ownerId: string;
  readonly body: EventBody;
}

/**
 * The `event` of a notification for a filter with ids. Account-wide telephony and presence come as the event of the extension
 * that the body is about, as live captures show; without an extension in the body the filter stays as it is.
 */
export function eventOf(filter: string, body: unknown): string {
  const [, account, rest] =
    /^(.*\/account\/\d+)(\/(?:telephony\/sessions|presence)(?:\?.*)?)$/.exec(filter) ?? [];
  const extension = textAt(body, "parties", 0, "extensionId") || textAt(body, "extensionId");
  const isKnown = account !== undefined && /^\d+$/.test(extension);
  return isKnown ? `${account}/extension/${extension}${rest}` : filter;
}

/** Makes up a whole event of this filter. Returns undefined for one that is not in the catalogue. */
export function generateEvent(
  filter: string,
  context: EventContext,
  subscriptionId = createRandomChoices(context.random).uuid(),
): EventEnvelope | undefined {
  const data = createSampleData(filter, context);
  const body = data && bodyOf(data);
  if (!body) return undefined;
  return {
    uuid: data.random.longId(),
    event: eventOf(data.filter, body),
    timestamp: data.ago(0),
    subscriptionId,
    ownerId: data.ownerId,
    body,
  };
}
