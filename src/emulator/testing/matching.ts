import { globMatches } from "../../filters/glob.ts";
import { parseEventFilter } from "../../filters/parse.ts";
import { elementsOf, isObject, membersOf } from "../../machine/json.ts";
import type { Delivery } from "../backend.ts";
import type { LoggedRequest } from "../request-log.ts";
import { anything, check, isShape, type Rule } from "../rules.ts";
import type { SubscriptionState } from "../state.ts";
import { filterMatches } from "../subscriptions/event-filters.ts";

/** A text, in which `*` stands for any other, or a regular expression. */
export type TextMatch = string | RegExp;

/** What a request must be like. Fields that are left out may be anything. */
export interface RequestMatch {
  /** Such as `"POST"`. */
  readonly method?: TextMatch;
  /** Without the query. `~` also stands for the ids that a client may write in its place. */
  readonly path?: TextMatch;
  /** The status of the answer; 0 if the connection was closed without one. */
  readonly status?: number;
  /** RingCentral's error code in the answer. */
  readonly code?: TextMatch;
  /** The number of the user who sent it. */
  readonly user?: number;
  /** Some fields of the JSON. Matchers such as `expect.any(String)` work inside. */
  readonly body?: unknown;
}

/** What a delivery must be like. Fields that are left out may be anything. */
export interface DeliveryMatch {
  /** An alias, short path or URI, as for `sendEvent`; or a pattern for the event's whole URI. */
  readonly event?: TextMatch;
  readonly subscriptionId?: TextMatch;
  /** The number of the subscription's owner. */
  readonly user?: number;
  readonly address?: TextMatch;
  /** Whether the endpoint accepted it. */
  readonly delivered?: boolean;
  /** What the endpoint answered. */
  readonly status?: number;
  readonly reason?: TextMatch;
  /** Some fields of the event's body. Matchers such as `expect.any(String)` work inside. */
  readonly body?: unknown;
}

/** What a subscription must be like. Fields that are left out may be anything. */
export interface SubscriptionMatch {
  readonly id?: TextMatch;
  /** The number of its owner. */
  readonly user?: number;
  readonly clientId?: TextMatch;
  readonly status?: SubscriptionState["status"];
  readonly transportType?: SubscriptionState["transportType"];
  readonly address?: TextMatch;
  /** Filters that it has, perhaps among others: aliases, short paths or URIs. */
  readonly eventFilters?: readonly string[];
}

/** Tells of an entry which fields are not as wanted; none if it matches. */
export type Matcher<Entry> = (entry: Entry) => readonly string[];

/** Fields, or a function that decides. */
export type Wanted<Entry, Match> = Match | ((entry: Entry) => boolean);

type Fields<Entry, Match> = {
  readonly [Name in keyof Match]-?: (entry: Entry, wanted: NonNullable<Match[Name]>) => boolean;
};

/** Throws an Error that says what is allowed. */
export function readRequestMatch(
  wanted: Wanted<LoggedRequest, RequestMatch>,
): Matcher<LoggedRequest> {
  return readMatch(wanted, requestFields, '{ method: "POST", path: "*/renew" }');
}

/** Throws an Error that says what is allowed, also for an unknown event. */
export function readDeliveryMatch(wanted: Wanted<Delivery, DeliveryMatch>): Matcher<Delivery> {
  const { event } = membersOf(wanted);
  if (typeof event === "string") toFilter(event);
  return readMatch(wanted, deliveryFields, '{ event: "sms", delivered: true }');
}

/** Throws an Error that says what is allowed, also for an unknown event filter. */
export function readSubscriptionMatch(
  wanted: Wanted<SubscriptionState, SubscriptionMatch>,
): Matcher<SubscriptionState> {
  for (const filter of elementsOf(membersOf(wanted)["eventFilters"])) toFilter(String(filter));
  return readMatch(wanted, subscriptionFields, '{ status: "Active" }');
}

const requestFields: Fields<LoggedRequest, RequestMatch> = {
  method: ({ method }, wanted) =>
    textMatches(method, typeof wanted === "string" ? wanted.toUpperCase() : wanted),
  path: ({ path }, wanted) => textMatches(path, wanted) || textMatches(withTildes(path), wanted),
  status: ({ status }, wanted) => status === wanted,
  code: ({ code }, wanted) => textMatches(code, wanted),
  user: ({ user }, wanted) => user === wanted,
  body: ({ body }, wanted) => includes(body, wanted),
};

const deliveryFields: Fields<Delivery, DeliveryMatch> = {
  event: ({ event }, wanted) =>
    typeof wanted === "string" && !wanted.includes("*")
      ? isSameFilter(event, wanted)
      : textMatches(event, wanted),
  subscriptionId: ({ subscriptionId }, wanted) => textMatches(subscriptionId, wanted),
  user: ({ user }, wanted) => user === wanted,
  address: ({ address }, wanted) => textMatches(address, wanted),
  delivered: ({ delivered }, wanted) => delivered === wanted,
  status: ({ status }, wanted) => status === wanted,
  reason: ({ reason }, wanted) => textMatches(reason, wanted),
  body: ({ body }, wanted) => includes(body, wanted),
};

const subscriptionFields: Fields<SubscriptionState, SubscriptionMatch> = {
  id: ({ id }, wanted) => textMatches(id, wanted),
  user: ({ user }, wanted) => user === wanted,
  clientId: ({ clientId }, wanted) => textMatches(clientId, wanted),
  status: ({ status }, wanted) => status === wanted,
  transportType: ({ transportType }, wanted) => transportType === wanted,
  address: ({ address }, wanted) => textMatches(address, wanted),
  eventFilters: ({ eventFilters }, wanted) =>
    wanted.every((each) => eventFilters.some((filter) => isSameFilter(filter, each))),
};

function readMatch<Entry, Match extends object>(
  wanted: Wanted<Entry, Match>,
  fields: Fields<Entry, Match>,
  example: string,
): Matcher<Entry> {
  if (typeof wanted === "function") return (entry) => (decide(wanted, entry) ? [] : ["it"]);
  const rules = Object.keys(fields).map((name): [string, Rule] => [name, anything]);
  check(
    isShape(Object.fromEntries(rules), { allowed: `a function, or an object such as ${example}` }),
    wanted,
    "match",
  );
  const given = (Object.keys(wanted) as (keyof Match & string)[]).filter(
    (name) => wanted[name] !== undefined,
  );
  return (entry) =>
    given.filter((name) => !fields[name](entry, wanted[name] as NonNullable<Match[typeof name]>));
}

function decide<Entry>(accepts: (entry: Entry) => unknown, entry: Entry): boolean {
  const answer = accepts(entry);
  // A promise would count as yes.
  if (!(answer instanceof Promise)) return Boolean(answer);
  answer.catch(() => {});
  throw new TypeError(
    "The function that picks an entry must return its result at once, not a promise.",
  );
}

function textMatches(text: string | undefined, wanted: TextMatch): boolean {
  if (text === undefined) return false;
  if (typeof wanted === "string") return globMatches(wanted, text);
  // A regular expression with the flag g would start where it last ended.
  return new RegExp(wanted.source, wanted.flags.replace(/[gy]/g, "")).test(text);
}

/** Whether a filter with ids is the one that a test has written. */
function isSameFilter(filter: string, wanted: string): boolean {
  const whole = toFilter(wanted);
  const open = withTildes(filter);
  // Account-wide ones come as the event of one extension.
  const wide = open.replace(/\/extension\/~(?=\/(?:telephony\/sessions|presence)(?:\?|$))/, "");
  return [filter, open, wide].some((each) => filterMatches(each, whole));
}

function toFilter(text: string): string {
  return text.includes("*") ? text : parseEventFilter(text, { allowUnknown: true }).eventFilter;
}

function withTildes(path: string): string {
  return path.replace(/(\/(?:account|extension)s?\/)\d+(?=[/?]|$)/g, "$1~");
}

/** Whether a value has what is wanted of it, as with `toMatchObject`: objects may have more, arrays may not. */
function includes(value: unknown, wanted: unknown): boolean {
  if (Object.is(value, wanted)) return true;
  if (wanted instanceof RegExp) return typeof value === "string" && textMatches(value, wanted);
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(value) &&
      value.length === wanted.length &&
      wanted.every((each, index) => includes(value[index], each))
    );
  }
  if (!isObject(wanted)) return false;
  // Jest, Vitest and Jasmine agree on this name.
  const { asymmetricMatch } = wanted;
  if (typeof asymmetricMatch === "function") return Boolean(asymmetricMatch.call(wanted, value));
  if (!isObject(value)) return false;
  return Object.keys(wanted).every((name) => includes(value[name], wanted[name]));
}
