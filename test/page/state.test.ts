import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { InspectedEvent, Update } from "../../src/inspector/protocol.ts";
import { addEvents } from "../../src/page/bounds.ts";
import { createSearch, matches } from "../../src/page/search.ts";
import {
  type Change,
  countReceived,
  countWaiting,
  findEvent,
  initialState,
  reduce,
  type State,
  unpaused,
} from "../../src/page/state.ts";
import { sampleEvent } from "../support/inspected-events.ts";

const runs = { seed: 7, numRuns: 100 };
const numbers = fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 12 });
const batches = fc.array(numbers, { maxLength: 12 });

const samples = Array.from({ length: 62 }, (_, number) => sampleEvent(number));

function events(...wanted: readonly number[]): readonly InspectedEvent[] {
  return wanted.map((number) => samples[number] ?? sampleEvent(number));
}

function stateAfter(...changes: readonly (Change | Update)[]): State {
  return changes.reduce<State>(
    (state, change) =>
      reduce(state, isChange(change) ? change : { type: "update", update: change, at: 0 }),
    initialState,
  );
}

function isChange(change: Change | Update): change is Change {
  return ["connecting", "lost", "pause", "resume", "clear", "select"].includes(change.type);
}

function numbersOf(list: readonly InspectedEvent[]): readonly number[] {
  return list.map(({ number }) => number);
}

function hello(keeps = { events: 1000, bytes: 1e9 }): Update {
  const details = { kind: "listen", version: "1", title: "Listening", now: 0 } as const;
  return { type: "hello", hello: { ...details, keeps } };
}

describe("The events of the page", () => {
  test("are in order, each once, and the newest that there is room for", () => {
    fc.assert(
      fc.property(batches, fc.integer({ min: 1, max: 20 }), (all, most) => {
        const limits = { events: most, bytes: 1e9 };
        let kept: readonly InspectedEvent[] = [];
        for (const batch of all) {
          kept = addEvents(kept, events(...batch), limits);
          expect(kept.length).toBeLessThanOrEqual(most);
          expect(numbersOf(kept)).toEqual([...new Set(numbersOf(kept))].sort((a, b) => a - b));
        }
        const highest = Math.max(0, ...all.flat());
        if (highest > 0) expect(kept.at(-1)?.number).toBe(highest);
      }),
      runs,
    );
  });

  test("are the same once everything has come again", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 60 }),
        fc.integer({ min: 1, max: 20 }),
        (last, most) => {
          const limits = { events: most, bytes: 1e9 };
          const all = events(...Array.from({ length: last }, (_, index) => index + 1));
          const once = addEvents([], all, limits);

          expect(numbersOf(addEvents(once, all.slice(-most), limits))).toEqual(numbersOf(once));
        },
      ),
      runs,
    );
  });

  test("take no more bytes than allowed, unless one alone does", () => {
    const big = (number: number) => sampleEvent(number, { text: "x".repeat(500) });
    const limits = { events: 1000, bytes: 3100 };

    expect(numbersOf(addEvents([], [1, 2, 3, 4].map(big), limits))).toEqual([2, 3, 4]);
    expect(numbersOf(addEvents([], [big(1)], { events: 9, bytes: 1 }))).toEqual([1]);
  });

  test("are replaced by number, and not brought back when they were left out", () => {
    const limits = { events: 2, bytes: 1e9 };
    const kept = addEvents([], events(1, 2, 3), limits);
    const changed = addEvents(kept, [sampleEvent(2, { summary: "Changed" })], limits);

    expect(changed.map(({ number, summary }) => [number, summary])).toEqual([
      [2, "Changed"],
      [3, sampleEvent(3).summary],
    ]);
    expect(numbersOf(addEvents(kept, events(1), limits))).toEqual([2, 3]);
  });
});

describe("A search", () => {
  test("finds the same however it was arrived at", () => {
    const query = fc.constantFrom("", "inv", "invoice", "INVOICES", "sms", "مرحبا", "0100", " ");
    const filter = fc.constantFrom("", "glip/posts");
    const outcome = fc.constantFrom("", "accepted", "refused", "warned" as const);
    const criteria = fc.record({ query, filter, outcome }) as fc.Arbitrary<
      Parameters<typeof matches>[1]
    >;
    fc.assert(
      fc.property(fc.array(fc.tuple(numbers, criteria), { maxLength: 8 }), (steps) => {
        const search = createSearch();
        let kept: readonly InspectedEvent[] = [];
        for (const [added, wanted] of steps) {
          kept = addEvents(kept, events(...added), { events: 30, bytes: 1e9 });
          expect(search(kept, wanted)).toEqual(kept.filter((event) => matches(event, wanted)));
        }
      }),
      runs,
    );
  });

  test("reads what JSON escapes", () => {
    const event = sampleEvent(1, { text: String.raw`{"name":"Ren\u00e9"}` });

    expect(matches(event, { query: "rené", filter: "", outcome: "" })).toBe(true);
    expect(matches(event, { query: "u00e9", filter: "", outcome: "" })).toBe(false);
  });
});

describe("The state of the page", () => {
  test("shows nothing new while paused, and counts it", () => {
    const paused = stateAfter(
      hello(),
      { type: "events", events: events(1, 2) },
      { type: "pause" },
      {
        type: "events",
        events: events(3, 4, 5),
      },
    );

    expect(numbersOf(unpaused(paused))).toEqual([1, 2]);
    expect(countWaiting(paused)).toBe(3);
    const resumed = reduce(paused, { type: "resume" });
    expect(numbersOf(unpaused(resumed))).toEqual([1, 2, 3, 4, 5]);
    expect(countWaiting(resumed)).toBe(0);
  });

  test("keeps what is read while paused, however much comes", () => {
    const paused = stateAfter(
      hello({ events: 2, bytes: 1e9 }),
      { type: "events", events: events(1, 2) },
      { type: "pause" },
      { type: "events", events: events(3, 4, 5) },
      { type: "events", events: [sampleEvent(2, { summary: "Changed" })] },
    );

    expect(numbersOf(unpaused(paused))).toEqual([1, 2]);
    expect(findEvent(paused, 1)?.number).toBe(1);
    expect(countWaiting(paused)).toBe(3);
    const resumed = reduce(paused, { type: "resume" });
    expect(numbersOf(unpaused(resumed))).toEqual([4, 5]);
    expect(findEvent(resumed, 1)).toBeUndefined();
    expect(countReceived(resumed)).toBe(5);
  });

  test("stays cleared when everything comes again", () => {
    const state = stateAfter(
      hello(),
      { type: "events", events: events(1, 2) },
      { type: "select", number: 2 },
      { type: "clear" },
      { type: "lost" },
      hello(),
      { type: "events", events: events(1, 2, 3) },
    );

    expect(numbersOf(state.events)).toEqual([3]);
    expect(state.selected).toBeUndefined();
    expect(state.connection).toBe("live");
  });

  test("has the notes once when they come again", () => {
    const notes: Update = { type: "notes", notes: [{ at: 1, text: "Connected." }] };

    expect(stateAfter(hello(), notes, { type: "lost" }, hello(), notes).notes).toHaveLength(1);
  });

  test("stays ended, whatever the connection does", () => {
    const ended = stateAfter(
      hello(),
      { type: "end", message: "Stopped by Ctrl-C." },
      { type: "lost" },
    );

    expect(ended).toMatchObject({ connection: "ended", farewell: "Stopped by Ctrl-C." });
  });

  test("ignores an update of a kind that it does not know", () => {
    const state = stateAfter(hello());

    expect(stateAfter(hello(), { type: "weather" } as never)).toEqual(state);
  });

  test("finds an event by number, and only that one", () => {
    fc.assert(
      fc.property(numbers, fc.integer({ min: 0, max: 61 }), (known, wanted) => {
        const state = stateAfter({ type: "events", events: [] }, hello(), {
          type: "events",
          events: events(...known),
        });
        expect(findEvent(state, wanted)?.number).toBe(known.includes(wanted) ? wanted : undefined);
      }),
      runs,
    );
  });
});
