import { parseUrl } from "../machine/parse-url.ts";
import type { Subscription } from "./subscription.ts";

/** The query parameter that identifies the subscriptions of `rcwh listen`. */
const parameter = "rcwh-listen";

/** The address with the marker added to its query, and otherwise unchanged. */
export function withMarker(address: string, marker: string): string {
  const separator = address.includes("?") ? (/[?&]$/.test(address) ? "" : "&") : "?";
  // URL would normalize the rest of the address.
  return `${address}${separator}${parameter}=${marker}`;
}

/** Whether the address has this listener's marker. */
export function carriesMarker(address: string | undefined, marker: string): boolean {
  return markersOf(address).includes(marker);
}

/**
 * Whether an `rcwh listen` created the subscription. Only that process renews it, so that whatever a crash leaves behind
 * expires within the hour.
 */
export function isOfListener({ deliveryMode }: Pick<Subscription, "deliveryMode">): boolean {
  return markersOf(deliveryMode.address).some((marker) => /^[0-9a-f]{24}$/.test(marker));
}

function markersOf(address: string | undefined): readonly string[] {
  if (!address?.includes(parameter)) return [];
  return parseUrl(address)?.searchParams.getAll(parameter) ?? [];
}
