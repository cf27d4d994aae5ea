/**
 * How long things on an open connection may take. Real milliseconds, like all that concerns sockets:
 * only pauses between connections go by the run's clock.
 */
export interface Pace {
  /** Between two heartbeats; less where the gateway's idle limit is near. */
  readonly heartbeat: number;
  /** For anything to come back after a heartbeat; without it the connection is dead. */
  readonly answer: number;
  /** Between two looks at the clock, which show whether the machine slept. */
  readonly look: number;
  /** By how much a look has to be late for that. */
  readonly sleep: number;
  /** For a farewell: the deletion of the subscription, and then the end of the connection. */
  readonly farewell: number;
}

export const usualPace: Pace = {
  heartbeat: 30_000,
  answer: 10_000,
  look: 5000,
  sleep: 30_000,
  farewell: 3000,
};
