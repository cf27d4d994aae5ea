import type { Activity } from "../activity.ts";
import type { Deliveries, Delivery } from "../backend.ts";
import { createOrderedLog } from "../ordered-log.ts";

export function createDeliveries(activity: Pick<Activity, "begin">): Deliveries {
  const log = createOrderedLog<Delivery>();
  const queues = new Map<string, Queue>();

  return {
    log: log.entries,
    waiting: (subscriptionId) => queues.get(subscriptionId)?.waiting ?? 0,
    async enqueue(subscriptionId, deliver) {
      const record = log.begin();
      const end = activity.begin();
      const queue = queues.get(subscriptionId) ?? { tail: idle, waiting: 0 };
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
        if (queue.waiting === 0 && isCurrent()) {
          if (queues.size > mostIdle) queues.delete(subscriptionId);
          else queue.tail = idle;
        }
        end();
      }
    },
    record(delivery) {
      const end = activity.begin();
      log.begin()(delivery);
      end();
    },
    restore: log.restore,
    clear: log.clear,
    abandon: () => queues.clear(),
  };
}

const idle = Promise.resolve(undefined);
/** Queues that stay although nothing waits: to make each of them again for every event costs more than to keep them. */
const mostIdle = 1000;

interface Queue {
  tail: Promise<Delivery | undefined>;
  waiting: number;
}
