import { membersOf } from "../machine/json.ts";
import type { ConnectionDetails } from "./connection-details.ts";

/** How many of the latest events are remembered. No gateway keeps as many for a recovery. */
const memory = 2000;

/** A time without a connection; milliseconds since the epoch. */
interface Outage {
  readonly since: number;
  readonly until: number;
}

/** Keeps track of the events that have arrived. */
export interface DeliveredEvents {
  /** When the latest one arrived, milliseconds since the epoch; 0 before the first. */
  readonly latestAt: number;
  add(event: unknown): AddedEvent;
  /** RingCentral is about to send what it kept during an outage, over a connection with these details. */
  expectBacklog(outage: Outage, details: ConnectionDetails): void;
  expectNoBacklog(): void;
}

interface AddedEvent {
  /** Whether it arrived for the first time. One without a `uuid` always does: twice is better than never. */
  readonly isNew: boolean;
  /** The outage for which RingCentral kept as many events as it can, this one being the last: more may be lost. */
  readonly overflow: Outage | undefined;
}

export function createDeliveredEvents(now: () => number): DeliveredEvents {
  const seen = new Set<unknown>();
  let latestAt = 0;
  let backlog: Backlog | undefined;

  function isNew(uuid: unknown): boolean {
    if (typeof uuid !== "string" || uuid === "") return true;
    if (seen.has(uuid)) return false;
    seen.add(uuid);
    const [oldest] = seen;
    if (seen.size > memory) seen.delete(oldest);
    return true;
  }

  return {
    get latestAt() {
      return latestAt;
    },
    add(event) {
      const { uuid, timestamp } = membersOf(event);
      latestAt = now();
      const sentAt = typeof timestamp === "string" ? Date.parse(timestamp) : Number.NaN;
      const isFull = backlog?.isFullWith(sentAt) ?? false;
      return { isNew: isNew(uuid), overflow: isFull ? backlog?.outage : undefined };
    },
    expectBacklog(outage, details) {
      backlog = createBacklog(outage, details);
    },
    expectNoBacklog() {
      backlog = undefined;
    },
  };
}

interface Backlog {
  readonly outage: Outage;
  /** Counts an event, and is true once: for the last one that RingCentral has room for. */
  isFullWith(timestamp: number): boolean;
}

/** By the gateway's own clock an event of the backlog is older than the connection that brings it. */
function createBacklog(
  outage: Outage,
  { createdAt, recoveryBufferSize }: ConnectionDetails,
): Backlog {
  let count = 0;
  return {
    outage,
    isFullWith(timestamp) {
      if (!(timestamp < createdAt)) return false;
      count += 1;
      return count === recoveryBufferSize;
    },
  };
}
