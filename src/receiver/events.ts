import type { CatalogueEntry } from "../filters/catalogue/entry.ts";
import { fitsTemplate } from "../filters/template.ts";
import { queryPairs, splitUri } from "../filters/uri.ts";
import type { EventBodies } from "./event-bodies.ts";
import { filtersByName } from "./filters-by-name.ts";

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

/** The name of an event's filter, and of the account-wide one whose events look the same. */
export function namesOfEvent(event: Pick<RingCentralEvent, "event">): readonly EventName[] {
  const name = nameOfEvent(event);
  if (name === undefined) return [];
  const wide = accountWideNames.get(name);
  return wide === undefined ? [name] : [name, wide];
}

const accountWideNames: ReadonlyMap<EventName, EventName> = new Map([
  ["telephony", "account-telephony"],
  ["presence", "account-presence"],
  ["presence-detailed", "account-presence"],
  ["presence-sip", "account-presence-sip"],
]);

/**
 * The name of an event's filter; undefined for a filter that this version does not know. Events of account-wide telephony
 * and presence have the extension's name, because RingCentral delivers them under its path.
 */
export function nameOfEvent({ event }: Pick<RingCentralEvent, "event">): EventName | undefined {
  const known = names.get(event);
  if (known !== undefined) return known;
  const name = findName(event);
  if (name === undefined) return undefined;
  if (names.size >= rememberedNames) names.clear();
  names.set(event, name);
  return name;
}

/**
 * The name of the filter that shares most with this query and has nothing that the query lacks; else of the plain one. That
 * is the catalogue's entry, but for a query that the catalogue does not know: what RingCentral adds one day hides no event.
 */
function findName(event: string): EventName | undefined {
  const { path, query } = splitUri(event);
  const segments = path.split("/");
  templates ??= readTemplates();
  const fitting = templates.filter(({ template }) => fitsTemplate(template, segments));
  const pairs = new Set(pairsOf(query));
  const [closest] = fitting
    .filter((each) => each.pairs.every((pair) => pairs.has(pair)))
    .toSorted((one, other) => other.pairs.length - one.pairs.length);
  return (closest ?? fitting[0])?.name;
}

interface Template {
  readonly name: EventName;
  readonly template: readonly string[];
  readonly pairs: readonly string[];
}

/** Built on first use, so that importing this module costs nothing. */
let templates: readonly Template[] | undefined;

function readTemplates(): readonly Template[] {
  return Object.entries(filtersByName).map(([name, filter]) => {
    const { path, query } = splitUri(filter);
    return { name: name as EventName, template: path.split("/"), pairs: pairsOf(query) };
  });
}

function pairsOf(query: string | undefined): readonly string[] {
  return queryPairs(query).map(({ name, value }) => JSON.stringify([name, value]));
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
