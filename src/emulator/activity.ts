import { pause, setImmediate, stopwatch } from "../machine/real-time.ts";

/** What the emulator is busy with: requests and deliveries, those to the control API apart. */
export interface Activity {
  /** Something begins. The result ends it. */
  begin(): () => void;
  /**
   * Resolves once nothing has been going on for `quiet` milliseconds of real time, which count from now. Resolves to
   * false if that takes longer than `timeout`, or as soon as the signal aborts.
   */
  idle(limits: IdleLimits): Promise<boolean>;
}

interface IdleLimits {
  readonly quiet: number;
  readonly timeout: number;
  readonly signal: AbortSignal;
}

/** How often the event loop turns in the quiet time at least. */
const turns = 10;

/** `changed` is called after each end. */
export function createActivity(changed: () => void): Activity {
  let running = 0;
  let ended = 0;
  return {
    begin() {
      running++;
      return () => {
        running--;
        ended++;
        changed();
      };
    },
    async idle({ quiet, timeout, signal }) {
      const endsAt = stopwatch() + timeout;
      let calmTurns = 0;
      let known = ended;
      while (!signal.aborted) {
        if (running > 0 || known !== ended) calmTurns = 0;
        known = ended;
        if (calmTurns >= turns) return true;
        if (stopwatch() >= endsAt) return false;
        // In turns, so that an app in this process gets as many on a busy machine as on a fast one.
        await pause(quiet / turns, signal);
        await new Promise<void>((resolve) => setImmediate(resolve));
        calmTurns++;
      }
      return false;
    },
  };
}
