import { refuseUnknownEvent } from "./checked-options.ts";
import type { EventBodies } from "./event-bodies.ts";
import { type EventName, nameOfEvent, type RingCentralEvent } from "./events.ts";

/** Whether an event is of the given filter. Narrows the type of its body. Throws TypeError for a name that no filter has. */
export function isEvent<Name extends EventName>(
  event: RingCentralEvent,
  name: Name,
): event is RingCentralEvent<EventBodies[Name]> {
  if (nameOfEvent(event) === name) return true;
  refuseUnknownEvent(name);
  return false;
}
