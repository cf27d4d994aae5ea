import { performance } from "node:perf_hooks";
import timers from "node:timers";

/**
 * Timers and a stopwatch that always follow real time: a test that fakes those of its process, as Vitest, Jest and
 * Sinon can, fakes them for the libraries in it too. Kept when this is loaded, which is before that.
 */
export const { setTimeout, clearTimeout, setInterval, clearInterval, setImmediate } = timers;

/** Milliseconds on a stopwatch. */
export const stopwatch = performance.now.bind(performance);

/** Resolves after `milliseconds`, or as soon as the signal aborts. */
export function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal?.addEventListener("abort", end);
  });
}
