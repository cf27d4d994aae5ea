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

interface Queue {
  tail: Promise<Delivery | undefined>;
  waiting: number;
}
