import { bodyOf } from "./body.ts";
import type { EventBody, Occasion } from "./samples/event-context.ts";
import { createDraws } from "./samples/random-choices.ts";
import { setScene } from "./samples/sample-data.ts";

/** A notification as the platform POSTs it. */
export interface EventEnvelope {
  readonly uuid: string;
  /** The filter with its ids and its query. */
  readonly event: string;
  /** RFC 3339. */
  readonly timestamp: string;
  readonly subscriptionId: string;
  /** The extension that the subscription belongs to. */
  readonly ownerId: string;
  readonly body: EventBody;
}

/** A whole event of this filter; undefined for one that is not in the catalogue. */
export function generateEvent(
  filter: string,
  occasion: Occasion,
  subscriptionId = createDraws(occasion.random).uuid(),
): EventEnvelope | undefined {
  const scene = setScene(filter, occasion);
  const body = scene && bodyOf(scene);
  if (!body) return undefined;
  return {
    uuid: scene.draws.uuid(),
    event: scene.filter,
    timestamp: scene.ago(0),
    subscriptionId,
    ownerId: scene.ownerId,
    body,
  };
}
