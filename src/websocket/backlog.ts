import { membersOf } from "../machine/json.ts";
import type { ConnectionDetails } from "./details.ts";

/** What RingCentral kept for a session that was recovered. */
export interface Backlog {
  /** When the connection before was last heard of; milliseconds since the epoch. */
  readonly since: number;
  readonly until: number;
  /** Counts an event, and tells once whether the backlog was full: then there may have been more of it. */
  isFullWith(event: unknown): boolean;
}

/** By the gateway's own clock an event of the backlog is older than the connection that brings it. */
export function createBacklog(
  since: number,
  until: number,
  { createdAt, recoveryBufferSize }: ConnectionDetails,
): Backlog {
  let count = 0;
  return {
    since,
    until,
    isFullWith(event) {
      const timestamp = Date.parse(String(membersOf(event)["timestamp"]));
      if (!(timestamp < createdAt)) return false;
      count += 1;
      return count === recoveryBufferSize;
    },
  };
}
