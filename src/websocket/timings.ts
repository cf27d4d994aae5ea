/**
 * How long things on an open connection may take: real milliseconds, like all that concerns sockets.
 * Only pauses between connections go by the run's clock.
 */
export interface Timings {
  /** Between two heartbeats; less where the gateway's idle limit is near. */
  readonly heartbeatInterval: number;
  /** For anything to arrive after a heartbeat; without it the connection is dead. */
  readonly heartbeatTimeout: number;
  /** Between two looks at the clock, which show what is due, and whether the machine slept. */
  readonly tickInterval: number;
  /** A look at the clock that is late by more than this means that the machine slept. */
  readonly sleepThreshold: number;
  /** For deleting the subscription at the end, and again for closing the connection. */
  readonly closeTimeout: number;
}

export const defaultTimings: Timings = {
  heartbeatInterval: 30_000,
  heartbeatTimeout: 10_000,
  tickInterval: 5000,
  sleepThreshold: 30_000,
  closeTimeout: 3000,
};
