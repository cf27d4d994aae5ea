import type { CachedToken } from "../config/credentials.ts";
import { isObject, type JsonObject, membersOf } from "../machine/json.ts";
import { isLoopback } from "../machine/loopback.ts";
import { parseUrl } from "../machine/parse-url.ts";
import type {
  ExtensionInfo,
  Feature,
  MalformedSubscription,
  Subscription,
  SubscriptionList,
  WebSocketToken,
} from "../subscriptions/subscription.ts";
import { UnexpectedAnswerError } from "./errors.ts";

/*
 * Where RingCentral's JSON enters. What rcwh relies on is checked, null counts as absent, the rest is passed on
 * as it came. Each function throws `UnexpectedAnswerError` for another shape; `attempt` is for its message.
 */

/** Reads each record on its own, so that a malformed one does not keep rcwh from the others. */
export function readSubscriptions(json: unknown, attempt: string): SubscriptionList {
  const { records } = requireObject(json, attempt);
  if (!Array.isArray(records))
    throw new UnexpectedAnswerError(attempt, "it has no array `records`");
  const subscriptions = new Map<string, Subscription>();
  const malformed: MalformedSubscription[] = [];
  const refuse = (value: unknown, problem: string) =>
    malformed.push({ id: idOf(value), value, problem });
  for (const record of records) {
    try {
      const subscription = toSubscription(record, attempt);
      const { id } = subscription;
      if (subscriptions.has(id)) refuse(record, "another subscription in the list has the same id");
      else subscriptions.set(id, subscription);
    } catch (error) {
      if (!(error instanceof UnexpectedAnswerError)) throw error;
      refuse(record, error.problem);
    }
  }
  return { subscriptions: [...subscriptions.values()], malformed };
}

/** Empty for a record without one. */
function idOf(value: unknown): string {
  const { id } = membersOf(value);
  return isId(id) ? String(id) : "";
}

export function readSubscription(json: unknown, attempt: string): Subscription {
  return toSubscription(json, attempt);
}

export function readExtension(json: unknown, attempt: string): ExtensionInfo {
  const members = requireObject(json, attempt);
  if (!isId(members["id"])) {
    throw new UnexpectedAnswerError(attempt, "it has no `id`");
  }
  checkOptional(members, { name: isText, extensionNumber: isText, account: isObject }, attempt);
  if (isObject(members["account"])) checkOptional(members["account"], { id: isId }, attempt);
  return withoutNulls(members) as unknown as ExtensionInfo;
}

/** One feature of a list; undefined if it is not there. */
export function readFeature(json: unknown, attempt: string, id: string): Feature | undefined {
  const { records } = requireObject(json, attempt);
  if (!Array.isArray(records))
    throw new UnexpectedAnswerError(attempt, "it has no array `records`");
  const members = records.filter(isObject).find((record) => record["id"] === id);
  if (!members) return undefined;
  if (typeof members["available"] !== "boolean") {
    throw new UnexpectedAnswerError(attempt, "it has no valid `available`");
  }
  checkOptional(members, { reason: isObject }, attempt);
  const { reason } = members;
  if (isObject(reason)) checkOptional(reason, { code: isText }, attempt);
  return {
    ...withoutNulls(members),
    ...(isObject(reason) && { reason: withoutNulls(reason) }),
  } as unknown as Feature;
}

/** `requestedAt`, milliseconds since the epoch, is when the token's life began at the earliest. */
export function readToken(json: unknown, attempt: string, requestedAt: number): CachedToken {
  const members = requireObject(json, attempt);
  const accessToken = members["access_token"];
  if (typeof accessToken !== "string" || accessToken === "") {
    throw new UnexpectedAnswerError(attempt, "it has no `access_token`");
  }
  const refreshToken = members["refresh_token"];
  const ownerId = members["owner_id"];
  return {
    accessToken,
    expiresAt: requestedAt + secondsOf(members["expires_in"], 3600) * 1000,
    ...(typeof refreshToken === "string" &&
      refreshToken !== "" && {
        refreshToken,
        refreshTokenExpiresAt:
          requestedAt + secondsOf(members["refresh_token_expires_in"], 604_800) * 1000,
      }),
    scope: typeof members["scope"] === "string" ? members["scope"] : "",
    ...((typeof ownerId === "string" || typeof ownerId === "number") && {
      ownerId: String(ownerId),
    }),
  };
}

/** Where `server` is on loopback, the gateway may be too, and `ws:` is accepted. */
export function readWebSocketToken(json: unknown, attempt: string, server: string): WebSocketToken {
  const { uri, ws_access_token: token, expires_in } = requireObject(json, attempt);
  if (typeof token !== "string" || token === "") {
    throw new UnexpectedAnswerError(attempt, "it has no `ws_access_token`");
  }
  if (typeof uri !== "string" || !parseUrl(uri)) {
    throw new UnexpectedAnswerError(attempt, "it has no `uri`");
  }
  const { protocol, hostname, hash } = new URL(uri);
  const isLocal = isLoopback(hostname) && isLoopback(new URL(server).hostname);
  if (protocol !== "wss:" && !(protocol === "ws:" && isLocal)) {
    throw new UnexpectedAnswerError(attempt, "its `uri` is not wss");
  }
  // No WebSocket can be opened there.
  if (hash !== "") throw new UnexpectedAnswerError(attempt, "its `uri` has a fragment");
  return { uri, token, expiresIn: secondsOf(expires_in, 30) };
}

function toSubscription(value: unknown, attempt: string): Subscription {
  const members = requireObject(value, attempt);
  for (const name of ["id", "status", "creationTime", "expirationTime"]) {
    const present = isText(members[name]) && members[name] !== "";
    if (!present || (name.endsWith("Time") && Number.isNaN(Date.parse(String(members[name]))))) {
      throw new UnexpectedAnswerError(attempt, `it has no valid \`${name}\``);
    }
  }
  // Commands name it, and people paste those into a shell.
  if (!/^\w[\w.:~@+=-]*$/.test(String(members["id"]))) {
    throw new UnexpectedAnswerError(attempt, "its `id` has characters that no id has");
  }
  const { eventFilters } = members;
  if (!Array.isArray(eventFilters) || !eventFilters.every(isText)) {
    throw new UnexpectedAnswerError(attempt, "it has no valid `eventFilters`");
  }
  const deliveryMode = requireObject(members["deliveryMode"], attempt, "deliveryMode");
  if (typeof deliveryMode["transportType"] !== "string") {
    throw new UnexpectedAnswerError(attempt, "it has no valid `deliveryMode.transportType`");
  }
  checkOptional(deliveryMode, { address: isText }, attempt);
  const { disabledFilters, blacklistedData } = members;
  checkOptional(
    members,
    { expiresIn: Number.isFinite, disabledFilters: Array.isArray, blacklistedData: isObject },
    attempt,
  );
  if (isObject(blacklistedData)) {
    checkOptional(blacklistedData, { reason: isText, blacklistedAt: isText }, attempt);
  }
  const subscription = {
    ...withoutNulls(members),
    deliveryMode: withoutNulls(deliveryMode),
    ...(Array.isArray(disabledFilters) && {
      disabledFilters: disabledFilters.map((item) => toDisabledFilter(item, attempt)),
    }),
    ...(isObject(blacklistedData) && { blacklistedData: withoutNulls(blacklistedData) }),
  } as unknown as Subscription;
  refuseHalfPairs(subscription, attempt);
  return subscription;
}

/** Half a surrogate pair cannot be sent back as it came, and breaks the encoding of URLs. */
function refuseHalfPairs(
  { status, eventFilters, disabledFilters = [], deliveryMode }: Subscription,
  attempt: string,
): void {
  const { transportType, address = "" } = deliveryMode;
  const filters = [...eventFilters, ...disabledFilters.map(({ filter }) => filter)];
  if ([status, transportType, address, ...filters].some((text) => /\p{Cs}/u.test(text))) {
    throw new UnexpectedAnswerError(attempt, "it has an incomplete character (a lone surrogate)");
  }
}

function toDisabledFilter(value: unknown, attempt: string): JsonObject {
  const members = requireObject(value, attempt, "disabledFilters");
  if (!isText(members["filter"])) {
    throw new UnexpectedAnswerError(attempt, "a disabled filter has no valid `filter`");
  }
  checkOptional(members, { reason: isText, message: isText }, attempt);
  return { reason: "unknown", ...withoutNulls(members) };
}

function requireObject(value: unknown, attempt: string, name?: string): JsonObject {
  if (isObject(value)) return value;
  const problem = name === undefined ? "it is not an object" : `its \`${name}\` has no object`;
  throw new UnexpectedAnswerError(attempt, problem);
}

/** Absent and null members pass. */
function checkOptional(
  members: JsonObject,
  checks: Readonly<Record<string, (value: unknown) => boolean>>,
  attempt: string,
): void {
  for (const [name, check] of Object.entries(checks)) {
    const value = members[name];
    if (value !== undefined && value !== null && !check(value)) {
      throw new UnexpectedAnswerError(attempt, `its \`${name}\` has the wrong type`);
    }
  }
}

/** Some servers write null for what is absent. */
function withoutNulls(members: JsonObject): JsonObject {
  // Nearly all have none.
  if (!Object.values(members).includes(null)) return members;
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null));
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isId(value: unknown): boolean {
  return typeof value === "string" || typeof value === "number";
}

/** Seconds, ten years: with more, the time of an expiry may be none that a calendar has. */
const longestLife = 315_360_000;

/** Numbers, and numbers written as strings, as some servers do. */
function secondsOf(value: unknown, otherwise: number): number {
  const seconds = typeof value === "string" ? Number.parseFloat(value) : value;
  return typeof seconds === "number" && Number.isFinite(seconds) && seconds >= 0
    ? Math.min(seconds, longestLife)
    : otherwise;
}
