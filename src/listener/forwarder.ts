import { setMaxListeners } from "node:events";
import { createDeliverySender, type DeliveryOutcome } from "../endpoint/sender.ts";
import { createQueue } from "./queue.ts";
import type { ReceivedEvent } from "./received-event.ts";

export interface ForwarderOptions {
  readonly url: string;
  /** What the target wants deliveries to carry, where it is known. */
  readonly verificationToken: string | undefined;
  /** Events that may wait. */
  readonly buffer: number;
  readonly onOutcome: (event: ReceivedEvent, outcome: DeliveryOutcome) => void;
}

export interface Forwarder {
  /** False where too many wait already: this one is not forwarded. */
  add(event: ReceivedEvent): boolean;
  /** How many wait or are under way. */
  readonly open: number;
  /** Resolves once nothing waits and nothing is under way. */
  idle(): Promise<void>;
  /** Cuts off what is under way, and forgets what waits. */
  close(): void;
}

/** Milliseconds: the platform would not wait longer for an answer, so neither does what stands in for it. */
const deadline = 3000;

/**
 * How many are under way together. Enough for a target that takes 100 ms to keep up with 160 events a second,
 * and few enough not to knock over a program that is being debugged. No order is promised among them, and the
 * platform promises none either.
 */
const connections = 16;

/** Hands events on to one target, several at a time, and keeps a bounded number waiting meanwhile. */
export function createForwarder({
  url,
  verificationToken,
  buffer,
  onOutcome,
}: ForwarderOptions): Forwarder {
  const life = new AbortController();
  // Each delivery under way listens to it.
  setMaxListeners(0, life.signal);
  const sender = createDeliverySender(url, {
    verificationToken,
    deadline,
    connections,
    signal: life.signal,
  });
  const waiting = createQueue<ReceivedEvent>();
  let underWay = 0;
  let idlers: (() => void)[] = [];

  async function work(first: ReceivedEvent): Promise<void> {
    for (let event: ReceivedEvent | undefined = first; event; event = waiting.take()) {
      const outcome = await sender.send(event).catch(() => undefined);
      if (life.signal.aborted || !outcome) break;
      onOutcome(event, outcome);
    }
    underWay -= 1;
    if (underWay > 0) return;
    for (const settle of idlers) settle();
    idlers = [];
  }

  return {
    get open() {
      return underWay + waiting.length;
    },
    add(event) {
      if (life.signal.aborted) return false;
      if (underWay < connections) {
        underWay += 1;
        void work(event);
        return true;
      }
      if (waiting.length >= buffer) return false;
      waiting.add(event);
      return true;
    },
    idle: () =>
      underWay === 0 ? Promise.resolve() : new Promise((settle) => void idlers.push(settle)),
    close() {
      life.abort();
      sender.close();
    },
  };
}
