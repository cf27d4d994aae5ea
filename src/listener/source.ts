/** An event, however it arrived. */
export interface ReceivedEvent {
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
  readonly transport: "WebHook" | "WebSocket";
  /**
   * As they came, without secrets such as the verification token. An event over a WebSocket gets the headers that a
   * webhook would have.
   */
  readonly headers: Readonly<Record<string, string>>;
  /** The envelope's JSON text. */
  readonly text: string;
  readonly event: unknown;
}

/** A time in which events may have been lost; milliseconds since the epoch. */
export interface Gap {
  readonly since: number;
  readonly until: number;
  /** The end of a sentence. */
  readonly reason: string;
}

/** Where a source of events reports to. */
export interface EventSink {
  event(event: ReceivedEvent): void;
  /** Events between these instants (milliseconds since the epoch) may have been lost. */
  gap(since: number, until: number, reason: string): void;
  /** A line for the person who is watching. */
  say(line: string): void;
}

/** What the person who is watching reads at the end. */
export const deleted = "Deleted the subscription.";

/** A subscription that lives as long as this run. */
export interface EventSource {
  /** Rejects once no more events can come; with a CliError of exit 5 where RingCentral was out of reach for too long. */
  readonly ended: Promise<never>;
  /** Deletes the subscription, also after an interruption. Never throws. */
  close(): Promise<void>;
}
