import type { Clock } from "../machine/clock.ts";

/** Milliseconds to keep reconnecting after the session can no longer be recovered. */
export const reconnectTimeout = 5 * 60_000;

const longestPause = 30_000;

/** Milliseconds. A try and the pause before it take no longer, unless the machine sleeps meanwhile. */
const longestTry = 3 * 60_000;

export interface BackoffOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** From 0 to 1, for the jitter of pauses. */
  readonly random: () => number;
}

/** Pauses between tries to connect, each twice as long as the one before. */
export interface Backoff {
  /** Waits before the next try; not before the first, unless there were `failures` before. */
  pause(): Promise<void>;
  /** After a failed try: whether tries have gone on for too long. Sleep of the machine does not count. */
  isExhausted(): boolean;
}

/**
 * @param failures connections in a row that were lost before anything arrived
 * @param recoveryTimeout milliseconds in which RingCentral keeps the session
 */
export function createBackoff(
  failures: number,
  recoveryTimeout: number,
  { clock, signal, random }: BackoffOptions,
): Backoff {
  let tries = failures;
  let elapsed = 0;
  let checkedAt = clock.now();
  return {
    async pause() {
      if (tries > 0) {
        const full = Math.min(1000 * 2 ** (tries - 1), longestPause);
        await clock.sleep(full * (1 - random() / 4), signal);
      }
      tries += 1;
    },
    isExhausted() {
      const now = clock.now();
      elapsed += Math.min(Math.max(now - checkedAt, 0), longestTry);
      checkedAt = now;
      return elapsed >= recoveryTimeout + reconnectTimeout;
    },
  };
}
