import { bodyOf } from "./body.ts";
import type { EventBody, EventContext } from "./samples/event-context.ts";
import { createRandomChoices } from "./samples/random-choices.ts";
import { createSampleData } from "./samples/sample-data.ts";

/** A notification as the platform POSTs it. */
export interface EventEnvelope {
  readonly uuid: string;
  /** The filter with ids filled in, query included. */
  readonly event: string;
  /** RFC 3339. */
  readonly timestamp: string;
  readonly subscriptionId: string;
  /** The extension that the subscription belongs to. */
  readonly ownerId: string;
  readonly body: EventBody;
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
    uuid: data.random.uuid(),
    event: data.filter,
    timestamp: data.ago(0),
    subscriptionId,
    ownerId: data.ownerId,
    body,
  };
}
