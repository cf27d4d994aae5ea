/** A user of the platform. Ids are numbers, as in the platform's REST API. */
export interface EventUser {
  readonly accountId: number;
  readonly extensionId: number;
  readonly extensionNumber: string;
  readonly name: string;
}

/** Where, when and with what randomness an event happens. The same context gives the same body. */
export interface EventContext {
  /** A number from 0 up to, but not including, 1. */
  readonly random: () => number;
  /** Milliseconds since 1970. No time in the body is later. */
  readonly now: number;
  /** The subscriber, whose ids `~` in the filter stands for. */
  readonly user: EventUser;
  /** The user it happens to where the filter names no extension. Default: the subscriber. */
  readonly subject?: EventUser;
  /** How many events came before this one. Counters in bodies are based on it. */
  readonly sequence: number;
  /** The series that the event belongs to. Without one it is unrelated to other events. */
  readonly series?: EventSeries;
}

/** Consecutive events that may be about one thing, such as a call from its first ring to its end. */
export interface EventSeries {
  readonly seed: string;
  /** When the first event happened, in milliseconds since 1970. */
  readonly since: number;
}

/** Events per series. A series begins where `sequence` is divisible by this. */
export const seriesLength = 4;

export type EventBody = Readonly<Record<string, unknown>>;
