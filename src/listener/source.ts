import type { ReceivedEvent } from "./received-event.ts";

/** What a source of events tells. */
export interface EventSink {
  event(event: ReceivedEvent): void;
  /** Events between these instants, milliseconds since the epoch, may have been lost. */
  gap(since: number, until: number, reason: string): void;
  /** A line for the person who watches. */
  say(line: string): void;
}

/** A subscription of RingCentral's that lives as long as this run. */
export interface EventSource {
  /** Settles when nothing can come any more: rejects with a CliError, exit 5, where it cannot go on. */
  readonly ended: Promise<never>;
  /** Deletes what was made, also after an interruption. Never throws. */
  close(): Promise<void>;
}
