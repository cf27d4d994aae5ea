import { randomUUID } from "node:crypto";
import type { Clock } from "../machine/clock.ts";
import { heartbeatFrame } from "./frames.ts";
import type { Timings } from "./timings.ts";

export interface HeartbeatOptions extends Pick<Timings, "heartbeatInterval" | "heartbeatTimeout"> {
  send(frame: string): void;
  /** How many frames have arrived so far. */
  received(): number;
  /** Called where nothing arrives after a heartbeat. */
  fail(reason: string): void;
}

/** Sends heartbeats, which also keep the connection from being idle. Returns what stops them. */
export function startHeartbeats(options: HeartbeatOptions): () => void {
  const { heartbeatInterval, heartbeatTimeout } = options;
  let timer = setTimeout(beat, heartbeatInterval).unref();

  function beat(): void {
    const before = options.received();
    options.send(heartbeatFrame(randomUUID()));
    timer = setTimeout(() => {
      if (options.received() === before) {
        const seconds = heartbeatTimeout / 1000;
        return options.fail(`the gateway did not answer a heartbeat within ${seconds} s`);
      }
      timer = setTimeout(beat, Math.max(heartbeatInterval - heartbeatTimeout, 0)).unref();
    }, heartbeatTimeout).unref();
  }

  return () => clearTimeout(timer);
}

export interface Ticks {
  /** Resolves to true at the next tick, and to false once the ticks are stopped. */
  next(): Promise<boolean>;
  stop(): void;
}

/**
 * Looks at the clock every few seconds. A tick that is late means that the machine slept: `slept` is then
 * called with the instants of the tick before and of this one, milliseconds since the epoch.
 */
export function startTicks(
  clock: Pick<Clock, "now">,
  { tickInterval, sleepThreshold }: Timings,
  slept: (since: number, until: number) => void,
): Ticks {
  let isStopped = false;
  let previous = clock.now();
  let wake: (goesOn: boolean) => void = () => {};
  const timer = setInterval(() => {
    const since = previous;
    previous = clock.now();
    if (previous - since > tickInterval + sleepThreshold) slept(since, previous);
    wake(true);
  }, tickInterval);
  timer.unref();
  return {
    next: () =>
      new Promise((resolve) => {
        if (isStopped) resolve(false);
        else wake = resolve;
      }),
    stop() {
      isStopped = true;
      clearInterval(timer);
      wake(false);
    },
  };
}
