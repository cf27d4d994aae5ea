import { invalidParameter } from "./problems.ts";
import { isRecord } from "./requests.ts";
import type { EmulatorSettings } from "./settings.ts";

type JsonObject = Readonly<Record<string, unknown>>;

export interface CreateRequest {
  readonly eventFilters: readonly string[];
  readonly address: string;
  readonly verificationToken: string | undefined;
  /** Seconds, as asked for. */
  readonly expiresIn: number | undefined;
}

/** Throws CMN-101 with the name of the first parameter that is wrong. */
export function parseCreateRequest(body: JsonObject | undefined): CreateRequest {
  const eventFilters = parseEventFilters(body);
  const deliveryMode = body?.["deliveryMode"];
  if (!isRecord(deliveryMode)) throw invalidParameter("deliveryMode");
  // WebSocket subscriptions are made over the socket, and the other transports no more.
  if (deliveryMode["transportType"] !== "WebHook") {
    throw invalidParameter("deliveryMode.transportType");
  }
  return {
    eventFilters,
    address: parseAddress(deliveryMode["address"]),
    verificationToken: parseVerificationToken(deliveryMode["verificationToken"]),
    // An `expiresIn` inside deliveryMode is ignored, silently, as on the platform.
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
  if (value === undefined || value === null) return undefined;
  const valid = typeof value === "number" && Number.isInteger(value) && value >= 1;
  if (!valid || value > largestInt32) throw invalidParameter("expiresIn");
  return value;
}

/** Seconds that are granted to somebody who asked for `wanted`. Throws CMN-101 where the setting says so. */
export function grantLifetime(wanted: number, settings: EmulatorSettings): number {
  if (wanted <= settings.maximumLifetime) return wanted;
  if (settings.overMaximum === "reject") throw invalidParameter("expiresIn");
  return settings.maximumLifetime;
}

const largestInt32 = 2 ** 31 - 1;

function parseAddress(value: unknown): string {
  const url = typeof value === "string" && URL.canParse(value) ? new URL(value) : undefined;
  if (typeof value !== "string" || !url || !/^https?:$/.test(url.protocol)) {
    throw invalidParameter("deliveryMode.address");
  }
  return value;
}

function parseVerificationToken(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  // It travels in a header, so it has to be text that a header can carry.
  if (typeof value !== "string" || !/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(value)) {
    throw invalidParameter("deliveryMode.verificationToken");
  }
  return value;
}
