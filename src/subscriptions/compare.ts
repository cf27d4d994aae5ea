import { filterDifference, type OwnIds } from "../filters/compare.ts";
import { shortFilter } from "../filters/search.ts";
import { formatDuration, lifetimeTolerance, remainingSeconds } from "./lifetime.ts";
import type { Subscription } from "./subscription.ts";

/** What the server made of a request, where that is not what was asked. */
export interface Difference {
  readonly kind: "lifetime" | "disabled" | "missing" | "extra";
  /** Whether less was granted than asked; a longer life and further filters are only worth a word. */
  readonly less: boolean;
  /** For people. Holds text from the server, control characters and all. */
  readonly sentence: string;
}

export interface Asked {
  readonly eventFilters: readonly string[];
  /** Seconds; absent where any lifetime was welcome. */
  readonly expiresIn?: number | undefined;
}

/** `now` is milliseconds since the epoch; it only counts where the server does not say what remains. */
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
      sentence: `RingCentral left out ${shortFilter(filter, own)} and gave no reason.`,
    }),
  );
  const extra = difference.extra.map(
    (filter): Difference => ({
      kind: "extra",
      less: false,
      sentence: `RingCentral added ${shortFilter(filter, own)}, which was not asked for.`,
    }),
  );
  return [...comparedLifetime(asked, granted, now), ...disabled, ...missing, ...extra];
}

function comparedLifetime({ expiresIn }: Asked, granted: Subscription, now: number): Difference[] {
  const remaining = remainingSeconds(granted, now);
  if (expiresIn === undefined || Math.abs(remaining - expiresIn) <= lifetimeTolerance) return [];
  const less = !(remaining > expiresIn);
  const life = Number.isNaN(remaining) ? "a life of unknown length" : formatDuration(remaining);
  const sentence = `RingCentral granted ${life} where ${formatDuration(expiresIn)} were asked for.`;
  return [{ kind: "lifetime", less, sentence }];
}
