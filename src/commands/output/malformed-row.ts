import { toJson } from "../../io/formats.ts";
import type { OwnedMalformed } from "../../lifecycle/inventory.ts";
import { elementsOf, isObject, membersOf } from "../../machine/json.ts";
import type { SubscriptionRow } from "./subscription-columns.ts";

/** A malformed record as a row: what it has where a subscription has it, as text. */
export function malformedRow({
  id,
  value,
  problem,
  profile,
  api,
}: OwnedMalformed): SubscriptionRow {
  const { status, expirationTime, deliveryMode, eventFilters } = membersOf(value);
  const { transportType, address } = membersOf(deliveryMode);
  const filters = Array.isArray(eventFilters) ? elementsOf(eventFilters) : [eventFilters];
  const expires = textOf(expirationTime);
  return {
    id,
    status: textOf(status) || "Malformed",
    expirationTime: expires,
    expires,
    deliveryMode: {
      transportType: textOf(transportType),
      address: textOf(isObject(deliveryMode) ? address : deliveryMode),
    },
    eventFilters: isObject(value)
      ? filters.map(textOf).filter((text) => text !== "")
      : [textOf(value)],
    profile,
    api,
    document: { ...(isObject(value) ? value : { value }), profile, api, malformed: problem },
  };
}

/** Its members one by one, as they came. */
export function malformedMembers({ value, problem, profile, api }: OwnedMalformed) {
  const members = isObject(value) ? Object.entries(value) : [["value", value] as const];
  return [
    ...members,
    ["malformed", problem] as const,
    ["api", api] as const,
    ["profile", profile] as const,
  ];
}

/** Text unchanged, an empty string for an absent value, and JSON for everything else. */
export function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  return value === undefined ? "" : toJson(value);
}
