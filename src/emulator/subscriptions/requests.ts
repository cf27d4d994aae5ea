import { isObject } from "../../machine/json.ts";
import { parseUrl } from "../../machine/parse-url.ts";
import { invalidParameter } from "../problems.ts";
import type { EmulatorSettings } from "../settings.ts";
import type { StoredSubscription } from "./store.ts";

type JsonObject = Readonly<Record<string, unknown>>;

export interface CreateRequest {
  readonly eventFilters: readonly string[];
  readonly deliveryMode: StoredSubscription["deliveryMode"];
  /** Seconds, as asked for. */
  readonly expiresIn: number | undefined;
}

/**
 * Throws CMN-101 with the name of the first invalid parameter. A WebSocket subscription can be created over the socket
 * only: it belongs to the gateway's session.
 */
export function parseCreateRequest(
  body: JsonObject | undefined,
  gatewaySession: string | undefined,
): CreateRequest {
  return {
    eventFilters: parseEventFilters(body),
    deliveryMode: parseDeliveryMode(body?.["deliveryMode"], gatewaySession),
    // An `expiresIn` inside deliveryMode is silently ignored, as on the platform.
    expiresIn: parseExpiresIn(body),
  };
}

export function parseEventFilters(body: JsonObject | undefined): readonly string[] {
  const value = body?.["eventFilters"];
  if (!Array.isArray(value) || value.length === 0) throw invalidParameter("eventFilters");
  return value.map((filter: unknown) => {
    if (typeof filter !== "string" || filter === "") throw invalidParameter("eventFilters");
    return filter;
  });
}

export function parseExpiresIn(body: JsonObject | undefined): number | undefined {
  const value = body?.["expiresIn"];
  if (value === undefined) return undefined;
  const valid = typeof value === "number" && Number.isInteger(value) && value >= 1;
  if (!valid || value > largestInt32) throw invalidParameter("expiresIn");
  return value;
}

/** Seconds that are granted for a request of `wanted`. Throws CMN-101 if the settings say so. */
export function grantLifetime(wanted: number, settings: EmulatorSettings): number {
  if (wanted <= settings.maximumLifetime) return wanted;
  if (settings.overMaximum === "reject") throw invalidParameter("expiresIn");
  return settings.maximumLifetime;
}

const largestInt32 = 2 ** 31 - 1;

function parseDeliveryMode(
  value: unknown,
  gatewaySession: string | undefined,
): StoredSubscription["deliveryMode"] {
  if (!isObject(value)) throw invalidParameter("deliveryMode");
  const { transportType } = value;
  if (transportType === "WebSocket" && gatewaySession !== undefined) {
    return { transportType, session: gatewaySession };
  }
  if (transportType !== "WebHook") throw invalidParameter("deliveryMode.transportType");
  const address = parseAddress(value["address"]);
  const verificationToken = parseVerificationToken(value["verificationToken"]);
  return { transportType, address, ...(verificationToken !== undefined && { verificationToken }) };
}

function parseAddress(value: unknown): string {
  // A URL parser would accept and fix characters that a URI must not have, such as spaces and line breaks.
  const isUri =
    typeof value === "string" && !/[^\w.~:/?#[\]@!$&'()*+,;=%-]|%(?![\da-f]{2})/i.test(value);
  if (!isUri || !parseUrl(value) || !/^https?:\/\/[^/?#]/i.test(value)) {
    throw invalidParameter("deliveryMode.address");
  }
  return value;
}

function parseVerificationToken(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  // It is sent in a header.
  if (typeof value !== "string" || !/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(value)) {
    throw invalidParameter("deliveryMode.verificationToken");
  }
  return value;
}
