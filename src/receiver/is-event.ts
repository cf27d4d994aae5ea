import { refuseUnknownEvent } from "./checked-options.ts";
import type { EventBodies } from "./event-bodies.ts";
import { type EventName, namesOfEvent, type RingCentralEvent } from "./events.ts";

/**
 * Whether an event is of the given filter. Narrows the type of its body. An extension's telephony and presence are of
 * `account-telephony` and `account-presence` too: RingCentral delivers both under the path of the extension. Throws TypeError
 * for a name that no filter has.
 */
export function isEvent<Name extends EventName>(
  event: RingCentralEvent,
  name: Name,
): event is RingCentralEvent<EventBodies[Name]> {
  if (namesOfEvent(event).includes(name)) return true;
  refuseUnknownEvent(name);
  return false;
}
