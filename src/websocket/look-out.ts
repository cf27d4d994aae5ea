import type { Clock } from "../machine/clock.ts";
import type { Pace } from "./pace.ts";

/** What somebody who looks at the clock again and again finds. */
export interface Findings {
  /** The machine slept, between these instants: milliseconds since the epoch. */
  slept(since: number, until: number): void;
  /** It did not. */
  looked(): void;
}

/** Looks at the clock every few seconds: a machine that sleeps looks late. Returns what ends that. */
export function lookOut(
  { now }: Pick<Clock, "now">,
  { look, sleep }: Pace,
  { slept, looked }: Findings,
): () => void {
  let before = now();
  const timer = setInterval(() => {
    const since = before;
    before = now();
    if (before - since > look + sleep) slept(since, before);
    else looked();
  }, look);
  timer.unref();
  return () => clearInterval(timer);
}
