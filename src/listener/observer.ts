import type { DeliveryOutcome } from "../endpoint/delivery.ts";
import type { Recorder } from "./recorder.ts";
import type { ReceivedEvent } from "./source.ts";

/** Follows what a listener does, and may take part in it. */
export interface ListenerObserver {
  /** Called before the first event. */
  start(controls: ListenerControls): void;
  /** The listener accepts deliveries, and its subscription is made. */
  ready(): void;
  /** An event has come. It will be forwarded where there is a target, unless `dropped` follows. */
  received(event: ReceivedEvent): void;
  /** Too many others wait to be forwarded. */
  dropped(event: ReceivedEvent): void;
  answered(event: ReceivedEvent, outcome: DeliveryOutcome): void;
  /** A request was answered and ignored: what it was, and how many that makes. What is `printed` of it is limited. */
  ignored(what: string, count: number): void;
  /** This line was printed for the user. */
  printed(line: string): void;
  /** The listener has ended; with an error unless it was to end. Never throws. */
  close(error?: unknown): Promise<void>;
}

/** What an observer may do. */
export interface ListenerControls {
  /** Records later events there, or nowhere. Returns what they were recorded to so far, which stays open. */
  recordTo(recorder: Recorder | undefined): Recorder | undefined;
  /** Tells the person who is watching, and the observer with them. */
  say(line: string): void;
  /** Ends the listener with this error. */
  fail(error: unknown): void;
}
