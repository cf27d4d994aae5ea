/** A user of the platform, by number as the platform's REST API gives ids. */
export interface EventUser {
  readonly accountId: number;
  readonly extensionId: number;
  readonly extensionNumber: string;
  readonly name: string;
}

/** Where, when and by what chance an event happens: everything that its body is made of. */
export interface Occasion {
  /** From 0 up to, but not including, 1. The same numbers make the same body. */
  readonly random: () => number;
  /** Milliseconds since 1970. No time in the body is later. */
  readonly now: number;
  /** Who subscribed: `~` in the filter is theirs. */
  readonly user: EventUser;
  /** Whom it happens to where the filter names no extension; the subscriber where absent. */
  readonly subject?: EventUser;
  /** The number of events before this one: what counts up on the platform counts up with it. */
  readonly sequence: number;
  /** What it shares with the events before and after it; it stands alone where absent. */
  readonly series?: Series;
}

/** A few events that follow one another and may tell of one thing, such as a call from its first ring to its end. */
export interface Series {
  /** The same for all of them. */
  readonly seed: string;
  /** Milliseconds since 1970, of the first one. */
  readonly since: number;
}

/** How many events make a series: the first one's sequence is divisible by it. */
export const seriesLength = 4;

export type EventBody = Readonly<Record<string, unknown>>;
