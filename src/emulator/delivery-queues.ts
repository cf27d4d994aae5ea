import type { Delivery } from "./deliveries.ts";
import { createOrderedLog } from "./ordered-log.ts";

/** Deliveries, one after another for each subscription, and a log of them. */
export interface Deliveries {
  /** The latest that have ended, in the order in which their events happened. */
  readonly log: readonly Delivery[];
  /** How many of a subscription's deliveries are under way or wait for their turn. */
  waiting(subscriptionId: string): number;
  /**
   * Takes the next place in the log, and runs `deliver` when the subscription's earlier deliveries are through.
   * Where it returns nothing, nothing was delivered, and nothing is logged.
   */
  enqueue(
    subscriptionId: string,
    deliver: () => Promise<Delivery | undefined>,
  ): Promise<Delivery | undefined>;
  /** Logs what was over before it began. */
  record(delivery: Delivery): void;
  /** Puts these in the place of what the log holds. */
  restore(deliveries: readonly Delivery[]): void;
  /** Forgets the log; what is under way will not be in it either. */
  clear(): void;
  /** Forgets what waits for its turn. */
  abandon(): void;
}

export function createDeliveries(): Deliveries {
  const log = createOrderedLog<Delivery>();
  const queues = new Map<string, Queue>();

  return {
    log: log.entries,
    waiting: (subscriptionId) => queues.get(subscriptionId)?.waiting ?? 0,
    async enqueue(subscriptionId, deliver) {
      const record = log.begin();
      const queue = queues.get(subscriptionId) ?? { tail: Promise.resolve(undefined), waiting: 0 };
      queues.set(subscriptionId, queue);
      const isCurrent = () => queues.get(subscriptionId) === queue;
      const inTurn = async () => (isCurrent() ? deliver() : undefined);
      queue.waiting++;
      queue.tail = queue.tail.then(inTurn, inTurn);
      try {
        const delivery = await queue.tail;
        if (delivery) record(delivery);
        return delivery;
      } finally {
        queue.waiting--;
        if (queue.waiting === 0 && isCurrent()) queues.delete(subscriptionId);
      }
    },
    record: (delivery) => log.begin()(delivery),
    restore: log.restore,
    clear: log.clear,
    abandon: () => queues.clear(),
  };
}

interface Queue {
  tail: Promise<Delivery | undefined>;
  waiting: number;
}
