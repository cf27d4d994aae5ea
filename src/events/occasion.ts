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
}

export type EventBody = Readonly<Record<string, unknown>>;
