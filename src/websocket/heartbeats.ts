import { randomUUID } from "node:crypto";
import type { Clock } from "../machine/clock.ts";
import { deferred } from "../machine/promises.ts";
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
  /** Resolves at the next tick. */
  next(): Promise<void>;
  /** The last tick, where the next one is overdue because the machine slept; milliseconds since the epoch. */
  overdueSince(): number | undefined;
  stop(): void;
}

export interface TickListener {
  /** Called at each tick that is on time. */
  tick(): void;
  /** Called at a tick that is late, with the instants of the one before and of this one. */
  slept(since: number, until: number): void;
}

/** Looks at the clock every few seconds. A tick that is late means that the machine slept, or that the process was stopped. */
export function startTicks(
  clock: Pick<Clock, "now">,
  { tickInterval, sleepThreshold }: Timings,
  listener: TickListener,
): Ticks {
  let previous = clock.now();
  let ticked = deferred<void>();
  const overdueSince = () =>
    clock.now() - previous > tickInterval + sleepThreshold ? previous : undefined;
  const timer = setInterval(() => {
    const since = overdueSince();
    previous = clock.now();
    if (since === undefined) listener.tick();
    else listener.slept(since, previous);
    ticked.resolve();
    ticked = deferred();
  }, tickInterval);
  timer.unref();
  return {
    next: () => ticked.promise,
    overdueSince,
    stop: () => clearInterval(timer),
  };
}
