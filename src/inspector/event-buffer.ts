import type { InspectedDelivery, InspectedEvent } from "./protocol.ts";

/** How much is kept. */
export interface Bounds {
  readonly events: number;
  readonly bytes: number;
}

/** What is kept of the events of a run: at most the last 1,000, and of those as many as fit into 32 MiB. */
export const defaultBounds: Bounds = { events: 1000, bytes: 32 * 1024 * 1024 };

/** What is known of an event when it comes. */
export type NewEvent = Omit<InspectedEvent, "number">;

/** What is sent where an event is sent again: the page is shown it without secrets. */
export type Original = Pick<InspectedEvent, "headers" | "text">;

/** The latest events of a run: as many as the bounds allow, without a hole. */
export interface EventBuffer {
  /** Oldest first. */
  readonly events: readonly InspectedEvent[];
  readonly bytes: number;
  /** Returns its number: 1, 2, 3 … */
  add(event: NewEvent, original: Original, revision: number): number;
  /** Undefined for one that is not kept. */
  find(number: number): KeptEvent | undefined;
  /** Does nothing where the event is not kept any more. */
  deliver(number: number, delivery: InspectedDelivery, revision: number): void;
  /** Those with a greater number than `after` that were added or delivered later than `since`, oldest first. */
  changed(since: number, after: number): IterableIterator<InspectedEvent>;
}

export interface KeptEvent {
  readonly event: InspectedEvent;
  readonly original: Original;
}

interface Entry extends KeptEvent {
  event: InspectedEvent;
  bytes: number;
  /** When it last changed. Revisions only grow. */
  revision: number;
}

export function createEventBuffer(bounds: Bounds): EventBuffer {
  const entries: Entry[] = [];
  /** The number of the first entry; those of the others follow. */
  let first = 1;
  let bytes = 0;

  function drop(): void {
    while (entries.length > bounds.events || bytes > bounds.bytes) {
      bytes -= entries.shift()?.bytes ?? 0;
      first += 1;
    }
  }

  return {
    get events() {
      return entries.map(({ event }) => event);
    },
    get bytes() {
      return bytes;
    },
    add(known, original, revision) {
      const event = { number: first + entries.length, ...known };
      const size = sizeOf(event, original);
      entries.push({ event, original, bytes: size, revision });
      bytes += size;
      drop();
      return event.number;
    },
    find: (number) => entries[number - first],
    deliver(number, delivery, revision) {
      const entry = entries[number - first];
      if (!entry) return;
      entry.event = { ...entry.event, delivery };
      entry.revision = revision;
      const size = sizeOf(entry.event, entry.original);
      bytes += size - entry.bytes;
      entry.bytes = size;
      drop();
    },
    *changed(since, after) {
      for (let at = Math.max(0, after + 1 - first); at < entries.length; at += 1) {
        const entry = entries[at];
        if (entry && entry.revision > since) yield entry.event;
      }
    },
  };
}

/** About as many bytes as an event takes in memory, and on its way to the page. */
export function sizeOf(event: NewEvent, original: Original): number {
  const { text, summary, headers, sent = {}, delivery } = event;
  const { body = "", headers: answered = {}, target = "" } = delivery ?? {};
  const texts = [
    text,
    summary,
    body,
    target,
    ...pairsOf(headers),
    ...pairsOf(sent),
    ...pairsOf(answered),
  ];
  // Mostly it is the same text.
  if (original.text !== text) texts.push(original.text);
  return texts.reduce((sum, each) => sum + Buffer.byteLength(each), overhead);
}

function pairsOf(headers: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(headers).flat();
}

/** Bytes for what all events have. */
const overhead = 512;
