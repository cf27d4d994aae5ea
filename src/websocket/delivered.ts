import { membersOf } from "../machine/json.ts";

/** How many of the latest events are known again. No gateway keeps as many for a recovery. */
const memory = 2000;

/** Tells events that have come before. */
export interface DeliveredEvents {
  /** Whether an event comes for the first time. One without a `uuid` always does: twice is better than never. */
  isNew(event: unknown): boolean;
}

export function createDeliveredEvents(): DeliveredEvents {
  const seen = new Set<string>();
  return {
    isNew(event) {
      const { uuid } = membersOf(event);
      if (typeof uuid !== "string" || uuid === "") return true;
      if (seen.has(uuid)) return false;
      seen.add(uuid);
      if (seen.size > memory) for (const oldest of seen) return seen.delete(oldest);
      return true;
    },
  };
}
