import type { CatalogueEntry } from "../filters/catalogue/entry.ts";
import { matchEntry } from "../filters/match.ts";
import { splitUri } from "../filters/uri.ts";
import type { EventBodies } from "./event-bodies.ts";

/** The alias of an event filter, as `rcwh filters` shows it; where it has none, its path. */
export type EventName = keyof EventBodies;

/** A notification as RingCentral POSTs it. `isEvent` tells what its body is. */
export interface RingCentralEvent<Body = unknown> {
  /** To be taken as it is: not always a UUID. */
  readonly uuid: string;
  /** The filter with ids in it, and its query. */
  readonly event: string;
  readonly timestamp: string;
  readonly subscriptionId: string;
  /** The extension that the subscription belongs to. */
  readonly ownerId?: string;
  readonly body: Body;
}

/** One handler for each filter, each with the type of its events. */
export type EventHandlers = {
  readonly [Name in EventName]?: (
    event: RingCentralEvent<EventBodies[Name]>,
    delivery: ReceivedDelivery,
  ) => unknown;
} & {
  readonly "*"?: (event: RingCentralEvent, delivery: ReceivedDelivery) => unknown;
};

/** Whether it is an event of that filter. A wrong name is a mistake that TypeScript finds. */
export function isEvent<Name extends EventName>(
  event: RingCentralEvent,
  name: Name,
): event is RingCentralEvent<EventBodies[Name]> {
  return nameOfEvent(event) === name;
}

/** Which filter the event is of; undefined for one that this version does not know. */
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
  // The table of bodies has a row for each filter of the catalogue; a test sees to that.
  return (aliases[0] ?? splitUri(filter).path) as EventName;
}

/** The same few come again and again. */
const names = new Map<string, EventName>();
const rememberedNames = 1_000;

/** A delivery as it came, to forward or to record. */
export interface ReceivedDelivery {
  /** All of them, and so the verification token as well. */
  readonly headers: Headers;
  /** Name, value, name, value, in the case in which they were written; undefined where there is no node:http. */
  readonly rawHeaders?: readonly string[] | undefined;
  readonly body: string;
}
