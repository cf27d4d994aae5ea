import type { Clock } from "../machine/clock.ts";

/** Milliseconds beyond the time in which a session can be recovered, for which we go on trying to connect. */
export const patience = 5 * 60_000;

const longestPause = 30_000;

/** Milliseconds. A try and the pause before it take no longer, unless the machine sleeps meanwhile. */
const longestTry = 3 * 60_000;

/** The time without a connection, from one try to the next. */
export interface Outage {
  /** Waits before the next try, where it is not the first after a connection that was good for something. */
  pause(): Promise<void>;
  /** After a try that failed: whether it has lasted for longer than there is patience for. Sleep of the machine does not count. */
  lastsTooLong(): boolean;
}

/** `before` is how many connections in a row were lost before anything came over them. */
export function beginOutage(
  before: number,
  recoveryTimeout: number,
  {
    clock,
    signal,
    random,
  }: { readonly clock: Clock; readonly signal: AbortSignal; readonly random: () => number },
): Outage {
  let tries = before;
  let lasted = 0;
  let lookedAt = clock.now();
  return {
    async pause() {
      if (tries > 0) {
        const full = Math.min(1000 * 2 ** (tries - 1), longestPause);
        await clock.sleep(full * (1 - random() / 4), signal);
      }
      tries += 1;
    },
    lastsTooLong() {
      const now = clock.now();
      lasted += Math.min(Math.max(now - lookedAt, 0), longestTry);
      lookedAt = now;
      return lasted >= recoveryTimeout + patience;
    },
  };
}
