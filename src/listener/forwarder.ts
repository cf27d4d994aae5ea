import type { DeliveryOutcome } from "../endpoint/delivery.ts";
import { createDeliverySender } from "../endpoint/delivery-sender.ts";
import { endpointDeadline } from "../endpoint/limits.ts";
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

/**
 * How many are under way together at most. Enough for a target that takes 100 ms to keep up with 160 events a
 * second, and few enough not to knock over a program that is being debugged.
 */
const connections = 16;

/** Milliseconds that an event waits for those before it; after that, order matters less than being in time. */
const patience = 1000;

interface Waiting {
  readonly event: ReceivedEvent;
  readonly since: number;
}

/**
 * Hands events on to one target, and keeps a bounded number waiting meanwhile: one after another, in the order in
 * which they came, as long as the target keeps up, and several at a time where it does not. The platform promises no
 * order either.
 */
export function createForwarder({
  url,
  verificationToken,
  buffer,
  onOutcome,
}: ForwarderOptions): Forwarder {
  const life = new AbortController();
  const sender = createDeliverySender(url, {
    verificationToken,
    deadline: endpointDeadline,
    connections,
    signal: life.signal,
  });
  const waiting = createQueue<Waiting>();
  let underWay = 0;
  let idlers: (() => void)[] = [];

  async function work(first: ReceivedEvent): Promise<void> {
    underWay += 1;
    for (let event: ReceivedEvent | undefined = first; event; event = waiting.take()?.event) {
      const outcome = await sender.send(event).catch(() => undefined);
      if (life.signal.aborted || !outcome) break;
      onOutcome(event, outcome);
      hurry();
    }
    underWay -= 1;
    if (underWay > 0) return;
    for (const settle of idlers) settle();
    idlers = [];
  }

  /** Whoever has waited too long waits for no other one. */
  function hurry(): void {
    while (underWay < connections) {
      const oldest = waiting.first;
      if (!oldest || performance.now() - oldest.since < patience) return;
      waiting.take();
      void work(oldest.event);
    }
  }

  return {
    get open() {
      return underWay + waiting.length;
    },
    add(event) {
      if (life.signal.aborted) return false;
      hurry();
      if (underWay === 0) {
        void work(event);
        return true;
      }
      if (waiting.length >= buffer) return false;
      waiting.add({ event, since: performance.now() });
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
