import type { DeliveryOutcome } from "../endpoint/delivery.ts";
import { createDeliverySender } from "../endpoint/delivery-sender.ts";
import type { ReceivedEvent } from "./source.ts";

export interface ForwarderOptions {
  readonly url: string;
  /** The token that the target expects, where it is known. */
  readonly verificationToken: string | undefined;
  /** Events that may wait. */
  readonly buffer: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly onOutcome: (event: ReceivedEvent, outcome: DeliveryOutcome) => void;
  /** Whether outcomes have what the target answered. */
  readonly keepsAnswers?: boolean;
}

export interface Forwarder {
  /** False when too many are waiting: then the event is not forwarded. */
  add(event: ReceivedEvent): boolean;
  /** Events that are waiting or under way. */
  readonly open: number;
  /** Resolves once no event is waiting or under way. */
  idle(): Promise<void>;
  /** Aborts deliveries in progress, and drops queued events. */
  close(): void;
}

/**
 * Deliveries under way at the same time. Enough for a target that takes 100 ms to keep up with 160 events a second,
 * few enough for a program that is being debugged.
 */
const connections = 16;

/** Milliseconds that an event waits for the ones before it; after that, being in time matters more than order. */
const maximumWait = 1000;

interface Waiting {
  readonly event: ReceivedEvent;
  readonly since: number;
}

/**
 * Forwards events to one target: one after another and in order while the target keeps up, several at a time when it
 * does not. RingCentral guarantees no order either. A limited number of events waits.
 */
export function createForwarder({
  url,
  verificationToken,
  buffer,
  now,
  onOutcome,
  keepsAnswers,
}: ForwarderOptions): Forwarder {
  const closing = new AbortController();
  const sender = createDeliverySender(url, {
    verificationToken,
    connections,
    signal: closing.signal,
    keepsAnswers,
  });
  const waiting = createQueue<Waiting>();
  let underWay = 0;
  let onIdle: (() => void)[] = [];

  async function work(first: ReceivedEvent): Promise<void> {
    underWay += 1;
    for (let event: ReceivedEvent | undefined = first; event; event = waiting.take()?.event) {
      const outcome = await sender.send(event).catch(() => undefined);
      if (closing.signal.aborted || !outcome) break;
      onOutcome(event, outcome);
      sendOverdue();
    }
    underWay -= 1;
    if (underWay > 0) return;
    for (const settle of onIdle) settle();
    onIdle = [];
  }

  /** Sends events that have waited too long without waiting for those in progress. */
  function sendOverdue(): void {
    while (underWay < connections) {
      const oldest = waiting.first;
      if (!oldest || now() - oldest.since < maximumWait) return;
      waiting.take();
      void work(oldest.event);
    }
  }

  return {
    get open() {
      return underWay + waiting.length;
    },
    add(event) {
      if (closing.signal.aborted) return false;
      sendOverdue();
      if (underWay === 0) {
        void work(event);
        return true;
      }
      if (waiting.length >= buffer) return false;
      waiting.add({ event, since: now() });
      return true;
    },
    idle: () =>
      underWay === 0 ? Promise.resolve() : new Promise((settle) => void onIdle.push(settle)),
    close() {
      closing.abort();
      sender.close();
    },
  };
}

/** First in, first out; taking an item costs the same however long the queue is. */
interface Queue<Item> {
  readonly length: number;
  /** The item that `take` would return. */
  readonly first: Item | undefined;
  add(item: Item): void;
  /** Undefined when the queue is empty. */
  take(): Item | undefined;
}

function createQueue<Item>(): Queue<Item> {
  let front: Item[] = [];
  let back: Item[] = [];
  const turn = () => {
    if (front.length > 0) return;
    front = back.reverse();
    back = [];
  };
  return {
    get length() {
      return front.length + back.length;
    },
    get first() {
      turn();
      return front.at(-1);
    },
    add: (item) => void back.push(item),
    take() {
      turn();
      return front.pop();
    },
  };
}
