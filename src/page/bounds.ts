import type { InspectedEvent } from "../inspector/protocol.ts";

export interface Limits {
  readonly events: number;
  /** Of their texts. */
  readonly bytes: number;
}

/**
 * The events with others added or replaced, by number, in order. What is more than the limits allow is left out, oldest
 * first; the newest stays whatever its size.
 */
export function addEvents(
  known: readonly InspectedEvent[],
  added: readonly InspectedEvent[],
  limits: Limits,
): readonly InspectedEvent[] {
  if (added.length === 0) return known;
  const merged = isAppended(known, added) ? [...known, ...added] : mergeEvents(known, added);
  return withinLimits(merged, limits);
}

/** Nearly always: new events are the last ones. */
function isAppended(known: readonly InspectedEvent[], added: readonly InspectedEvent[]): boolean {
  let last = known.at(-1)?.number ?? 0;
  for (const { number } of added) {
    if (number <= last) return false;
    last = number;
  }
  return true;
}

function mergeEvents(
  known: readonly InspectedEvent[],
  added: readonly InspectedEvent[],
): InspectedEvent[] {
  const byNumber = new Map(known.map((event) => [event.number, event]));
  // What was left out before does not come back because its delivery has ended.
  const oldest = known[0]?.number ?? 0;
  for (const event of added) {
    if (event.number >= oldest) byNumber.set(event.number, event);
  }
  return [...byNumber.values()].sort((one, other) => one.number - other.number);
}

function withinLimits(
  events: readonly InspectedEvent[],
  limits: Limits,
): readonly InspectedEvent[] {
  let from = Math.max(0, events.length - Math.max(1, limits.events));
  let bytes = 0;
  for (let at = events.length - 1; at >= from; at -= 1) {
    bytes += sizeOf(events[at]);
    if (bytes > limits.bytes && at < events.length - 1) {
      from = at + 1;
      break;
    }
  }
  return from === 0 ? events : events.slice(from);
}

/** Two bytes a character, at most, is what a browser takes for it. */
function sizeOf(event: InspectedEvent | undefined): number {
  return 2 * ((event?.text.length ?? 0) + (event?.delivery?.body?.length ?? 0));
}
