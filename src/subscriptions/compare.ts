import { filterDifference, type OwnIds, sameFilters } from "../filters/compare.ts";
import { shortFilter } from "../filters/search.ts";
import { sameAddress } from "./address.ts";
import {
  formatDuration,
  formatRemaining,
  lifetimeTolerance,
  remainingSeconds,
} from "./lifetime.ts";
import type { Subscription } from "./subscription.ts";
import { allFilters } from "./subscription-filters.ts";

/** Whether a subscription delivers these events to this URL, so that another one would deliver each of them twice. */
export function isSameWebhook(
  subscription: Subscription,
  address: string | undefined,
  eventFilters: readonly string[],
  own?: OwnIds,
): boolean {
  return (
    sameAddress(subscription.deliveryMode.address, address) &&
    sameFilters(allFilters(subscription, own), eventFilters, own)
  );
}

/** How the granted subscription differs from the request. */
export interface Difference {
  readonly kind: "lifetime" | "disabled" | "missing" | "extra";
  /** Whether less was granted than requested. A longer lifetime or an extra filter is only worth a note. */
  readonly less: boolean;
  /** For people. May contain control characters from the server. */
  readonly sentence: string;
}

export interface Asked {
  readonly eventFilters: readonly string[];
  /** Seconds; absent if any lifetime is fine. */
  readonly expiresIn?: number | undefined;
}

/** `now` is milliseconds since the epoch, used if the server does not report the remaining seconds. */
export function comparedWithAsked(
  asked: Asked,
  granted: Subscription,
  { now, own }: { readonly now: number; readonly own?: OwnIds | undefined },
): Difference[] {
  const { eventFilters, disabledFilters = [] } = granted;
  const known = [...eventFilters, ...disabledFilters.map(({ filter }) => filter)];
  const difference = filterDifference(asked.eventFilters, known, own);

  const disabled = disabledFilters.map(({ filter, reason, message }): Difference => {
    const why = [message, reason].filter(Boolean).join(", ");
    return {
      kind: "disabled",
      less: true,
      sentence: `RingCentral disabled ${shortFilter(filter, own)}: ${why}.`,
    };
  });
  const missing = difference.missing.map(
    (filter): Difference => ({
      kind: "missing",
      less: true,
      sentence: `RingCentral dropped ${shortFilter(filter, own)} without a reason.`,
    }),
  );
  const extra = difference.extra.map(
    (filter): Difference => ({
      kind: "extra",
      less: false,
      sentence: `RingCentral added ${shortFilter(filter, own)}, which was not requested.`,
    }),
  );
  return [...comparedLifetime(asked, granted, now), ...disabled, ...missing, ...extra];
}

function comparedLifetime({ expiresIn }: Asked, granted: Subscription, now: number): Difference[] {
  const remaining = remainingSeconds(granted, now);
  if (expiresIn === undefined || Math.abs(remaining - expiresIn) <= lifetimeTolerance) return [];
  const less = !(remaining > expiresIn);
  const life = Number.isNaN(remaining) ? "an unknown lifetime" : formatRemaining(remaining);
  const sentence = `RingCentral granted ${life} instead of ${formatDuration(expiresIn)}.`;
  return [{ kind: "lifetime", less, sentence }];
}
