import type { InspectedEvent } from "../inspector/protocol.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";

/** A span of time with the deliveries that began in it. */
export interface Bucket {
  readonly from: number;
  readonly to: number;
  readonly counts: Readonly<Partial<Record<Outcome, number>>>;
  readonly total: number;
  /** Milliseconds of those that have ended, fastest first. */
  readonly latencies: readonly number[];
  /** The newest event in it, to select. */
  readonly last?: number;
}

/** Divides the time from the first event to the last one into equal buckets, of a second at least. */
export function toBuckets(events: readonly InspectedEvent[], most: number): readonly Bucket[] {
  const times = events.map(({ receivedAt }) => receivedAt);
  const start = times.reduce((one, other) => Math.min(one, other), Number.POSITIVE_INFINITY);
  const end = times.reduce((one, other) => Math.max(one, other), Number.NEGATIVE_INFINITY);
  if (events.length === 0) return [];
  const width = Math.max(1000, Math.ceil((end - start + 1) / most));
  const count = Math.max(1, Math.ceil((end - start + 1) / width));
  const groups: InspectedEvent[][] = Array.from({ length: count }, () => []);
  for (const event of events) groups[Math.floor((event.receivedAt - start) / width)]?.push(event);
  return groups.map((group, index) => toBucket(group, start + index * width, width));
}

function toBucket(group: readonly InspectedEvent[], from: number, width: number): Bucket {
  const counts: Partial<Record<Outcome, number>> = {};
  for (const event of group) {
    const outcome = outcomeOf(event);
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  const latencies = group
    .flatMap(({ delivery }) => delivery?.milliseconds ?? [])
    .sort((one, other) => one - other);
  const last = group.at(-1)?.number;
  const bucket = { from, to: from + width, counts, total: group.length, latencies };
  return last === undefined ? bucket : { ...bucket, last };
}

/** The value that half of them do not exceed. */
export function median(sorted: readonly number[]): number | undefined {
  return sorted[Math.floor((sorted.length - 1) / 2)];
}

/** Where a latency is drawn, from 0 (a millisecond or less) to 1 (ten seconds or more): each tenfold takes the same. */
export function latencyHeight(milliseconds: number): number {
  return Math.min(1, Math.log10(Math.max(1, milliseconds)) / 4);
}
