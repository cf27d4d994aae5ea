import type { CatalogueEntry } from "../filters/catalogue/entry.ts";
import { matchEntry } from "../filters/match.ts";
import { splitUri } from "../filters/uri.ts";
import type { EventBodies } from "./event-bodies.ts";

/** The alias of an event filter, as listed by `rcwh filters`, or its path if it has none. */
export type EventName = keyof EventBodies;

/** A notification as RingCentral POSTs it. Narrow the type of its body with `isEvent`. */
export interface RingCentralEvent<Body = unknown> {
  /** An opaque string, often not a UUID. */
  readonly uuid: string;
  /** The filter with ids filled in, query included. */
  readonly event: string;
  readonly timestamp: string;
  readonly subscriptionId: string;
  /** The extension id of the subscription's owner. */
  readonly ownerId?: string;
  readonly body: Body;
}

/** Handlers by filter, each typed for its events. `"*"` handles events without a handler of their own. */
export type EventHandlers = {
  readonly [Name in EventName]?: (
    event: RingCentralEvent<EventBodies[Name]>,
    delivery: ReceivedDelivery,
  ) => unknown;
} & {
  readonly "*"?: (event: RingCentralEvent, delivery: ReceivedDelivery) => unknown;
};

/** The name of an event's filter; undefined for a filter that this version does not know. */
export function nameOfEvent({ event }: Pick<RingCentralEvent, "event">): EventName | undefined {
  const known = names.get(event);
  if (known !== undefined) return known;
  const entry = matchEntry(event);
  if (!entry) return undefined;
  const name = nameOfEntry(entry);
  if (names.size >= rememberedNames) names.clear();
  names.set(event, name);
  return name;
}

export function nameOfEntry({ aliases, filter }: CatalogueEntry): EventName {
  // A test checks that EventBodies has a row for each filter of the catalogue.
  return (aliases[0] ?? splitUri(filter).path) as EventName;
}

/** A cache: the same few filters occur again and again. */
const names = new Map<string, EventName>();
const rememberedNames = 1_000;

/** A delivery as received, for forwarding or recording. */
export interface ReceivedDelivery {
  /** All headers, including the verification token. */
  readonly headers: Headers;
  /** Name, value, name, value, as received; undefined outside node:http. */
  readonly rawHeaders?: readonly string[] | undefined;
  readonly body: string;
}
