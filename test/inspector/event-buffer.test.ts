import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  createEventBuffer,
  defaultBounds,
  type NewEvent,
  sizeOf,
} from "../../src/inspector/event-buffer.ts";
import type { InspectedEvent } from "../../src/inspector/protocol.ts";
import { isWhole } from "../support/share.ts";

const headers = { "Content-Type": "application/json" };

function event(text: string): NewEvent {
  const receivedAt = Date.UTC(2026, 10, 22, 12);
  return { receivedAt, origin: "received", transport: "WebHook", summary: "", headers, text };
}

describe("The events that are kept", () => {
  test("are the latest ones that fit, and what changed is found once", () => {
    const change = fc.oneof(
      fc.record({ add: fc.nat(900) }),
      fc.record({ deliver: fc.nat(40), answered: fc.nat(900) }),
      fc.record({ look: fc.constant(true) }),
    );
    fc.assert(
      fc.property(
        fc.record({ events: fc.integer({ min: 1, max: 8 }), bytes: fc.nat(8000) }),
        fc.array(change, { maxLength: 60 }),
        (bounds, changes) => {
          const buffer = createEventBuffer(bounds);
          const all = new Map<number, InspectedEvent>();
          const seen = new Map<number, InspectedEvent>();
          let revision = 0;
          let looked = 0;
          const look = () => {
            for (const each of buffer.changed(looked, 0)) seen.set(each.number, each);
            looked = revision;
          };
          for (const each of changes) {
            if ("look" in each) look();
            else if ("add" in each) {
              const added = event("x".repeat(each.add));
              const number = buffer.add(added, added, ++revision);
              expect(number).toBe(all.size + 1);
              all.set(number, { number, ...added });
            } else {
              const number = each.deliver;
              const body = "y".repeat(each.answered);
              const delivery = { state: "answered", target: "http://t", body } as const;
              const wasKept = buffer.find(number) !== undefined;
              buffer.deliver(number, delivery, ++revision);
              const known = all.get(number);
              if (known && wasKept) all.set(number, { ...known, delivery });
            }
            const sizes = buffer.events.map((one) => sizeOf(one, one));
            expect(buffer.bytes).toBe(sizes.reduce((sum, size) => sum + size, 0));
            expect(buffer.bytes).toBeLessThanOrEqual(bounds.bytes);
            expect(buffer.events.length).toBeLessThanOrEqual(bounds.events);
            // Without a hole, up to the latest.
            const numbers = buffer.events.map(({ number }) => number);
            expect(numbers).toEqual(
              numbers.map((_, index) => all.size - numbers.length + 1 + index),
            );
            expect(buffer.events).toEqual(numbers.map((number) => all.get(number)));
          }
          look();
          // Whoever looks now and then knows all that is kept as it is.
          for (const each of buffer.events) expect(seen.get(each.number)).toEqual(each);
          expect([...buffer.changed(looked, 0)]).toEqual([]);
        },
      ),
      { seed: 16, numRuns: isWhole ? 2000 : 50 },
    );
  });

  test("are as many as is said", () => {
    const buffer = createEventBuffer(defaultBounds);
    const small = event("x".repeat(1000));
    for (let revision = 1; revision <= 10_000; revision += 1) buffer.add(small, small, revision);
    expect(buffer.events).toHaveLength(1000);
    expect(buffer.events[0]?.number).toBe(9001);
    const large = event("x".repeat(8 * 1024 * 1024));
    for (let revision = 1; revision <= 5; revision += 1)
      buffer.add(large, large, 10_000 + revision);
    expect(buffer.events).toHaveLength(3);
    expect(buffer.bytes).toBeLessThanOrEqual(32 * 1024 * 1024);
  });
});
