import type { CachedToken } from "../config/types.ts";
import { UnexpectedAnswerError } from "./errors.ts";
import type { ExtensionInfo, Subscription } from "./types.ts";

/**
 * The border where RingCentral's JSON enters. What rcwh relies on is checked, the rest is passed on as it
 * came. Everything here throws `UnexpectedAnswerError` for JSON of another shape.
 */
export function readSubscriptions(body: string, attempt: string): Subscription[] {
  const { records } = membersOf(JSON.parse(body), attempt);
  if (!Array.isArray(records))
    throw new UnexpectedAnswerError(attempt, "it has no array `records`");
  return records.map((record) => toSubscription(record, attempt));
}

export function readSubscription(body: string, attempt: string): Subscription {
  return toSubscription(JSON.parse(body), attempt);
}

export function readExtension(body: string, attempt: string): ExtensionInfo {
  const members = membersOf(JSON.parse(body), attempt);
  if (typeof members["id"] !== "string" && typeof members["id"] !== "number") {
    throw new UnexpectedAnswerError(attempt, "it has no `id`");
  }
  return members as unknown as ExtensionInfo;
}

/** `requestedAt`, milliseconds since the epoch, is when the token's life began at the earliest. */
export function readToken(body: string, attempt: string, requestedAt: number): CachedToken {
  const members = membersOf(JSON.parse(body), attempt);
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

function toSubscription(value: unknown, attempt: string): Subscription {
  const members = membersOf(value, attempt);
  for (const name of ["id", "status", "expirationTime"]) {
    if (typeof members[name] !== "string" || members[name] === "") {
      throw new UnexpectedAnswerError(attempt, `a subscription has no \`${name}\``);
    }
  }
  const { eventFilters } = members;
  if (!Array.isArray(eventFilters) || !eventFilters.every((item) => typeof item === "string")) {
    throw new UnexpectedAnswerError(attempt, "a subscription has no `eventFilters`");
  }
  const deliveryMode = membersOf(members["deliveryMode"], attempt);
  if (typeof deliveryMode["transportType"] !== "string") {
    throw new UnexpectedAnswerError(attempt, "a subscription has no `deliveryMode.transportType`");
  }
  return members as unknown as Subscription;
}

function membersOf(value: unknown, attempt: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new UnexpectedAnswerError(attempt, "an object is missing");
  }
  return value as Readonly<Record<string, unknown>>;
}

/** Numbers, and numbers written as strings, as some servers do. */
function secondsOf(value: unknown, otherwise: number): number {
  const seconds = typeof value === "string" ? Number.parseFloat(value) : value;
  return typeof seconds === "number" && Number.isFinite(seconds) && seconds >= 0
    ? seconds
    : otherwise;
}
