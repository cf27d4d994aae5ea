import type { Subscription } from "./subscription.ts";

/** The query parameter that tells a listener's subscriptions from all others. */
const parameter = "rcwh-listen";

/** The address with the marker at the end of its query, and nothing else changed in it. */
export function withMarker(address: string, marker: string): string {
  const separator = address.includes("?") ? (/[?&]$/.test(address) ? "" : "&") : "?";
  // A parser would write other parts of the address differently.
  return `${address}${separator}${parameter}=${marker}`;
}

/** Whether it is this listener's. */
export function carriesMarker(address: string | undefined, marker: string): boolean {
  return markersOf(address).includes(marker);
}

/**
 * Whether some `rcwh listen` made it: that one renews it and deletes it. Nobody else is to keep it alive, so that
 * what a crash leaves ends within the hour.
 */
export function isOfListener({ deliveryMode }: Pick<Subscription, "deliveryMode">): boolean {
  return markersOf(deliveryMode.address).some((marker) => /^[0-9a-f]{24}$/.test(marker));
}

function markersOf(address: string | undefined): readonly string[] {
  if (!address?.includes(parameter) || !URL.canParse(address)) return [];
  return new URL(address).searchParams.getAll(parameter);
}
