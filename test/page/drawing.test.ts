import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { InspectedEvent } from "../../src/inspector/protocol.ts";
import { outcomeOf } from "../../src/page/outcome.ts";
import { latencyHeight, median, toBuckets } from "../../src/page/timeline.ts";
import { scrollTopFor, visibleRows } from "../../src/page/visible-rows.ts";
import { byteSize, clockTime, count, dayAndTime, milliseconds } from "../../src/page/wording.ts";
import { sampleEvent } from "../support/inspected-events.ts";

const runs = { seed: 7, numRuns: 100 };

describe("The timeline", () => {
  test("has each event in one bucket, at its time", () => {
    const numbers = fc.uniqueArray(fc.integer({ min: 1, max: 5000 }), { maxLength: 60 });
    fc.assert(
      fc.property(numbers, fc.integer({ min: 1, max: 90 }), (wanted, most) => {
        const events = wanted.map((number) => sampleEvent(number));
        const buckets = toBuckets(events, most);
        expect(buckets.length).toBeLessThanOrEqual(most);
        expect(buckets.reduce((sum, { total }) => sum + total, 0)).toBe(events.length);
        const counted = buckets.map(
          ({ from, to }) =>
            events.filter(({ receivedAt }) => receivedAt >= from && receivedAt < to).length,
        );
        expect(buckets.map(({ total }) => total)).toEqual(counted);
      }),
      runs,
    );
  });

  test("tells the median, and draws each tenfold of a latency as high as the last", () => {
    expect(median([1, 2, 3, 400])).toBe(2);
    expect(median([])).toBeUndefined();
    expect([0.2, 1, 10, 100, 1000, 10_000, 99_999].map(latencyHeight)).toEqual([
      0, 0, 0.25, 0.5, 0.75, 1, 1,
    ]);
  });
});

describe("The list", () => {
  test("has all rows that can be seen in the document, and not many more", () => {
    const size = fc.integer({ min: 0, max: 2000 });
    fc.assert(
      fc.property(fc.nat(5000), fc.nat(300_000), size, (total, scrollTop, height) => {
        const { from, to } = visibleRows(total, 52, scrollTop, height);
        expect(from).toBeGreaterThanOrEqual(0);
        expect(to).toBeLessThanOrEqual(total);
        expect(to - from).toBeLessThanOrEqual(height / 52 + 15);
        const end = Math.min(scrollTop + height, total * 52);
        if (scrollTop < end) {
          expect(from).toBeLessThanOrEqual(Math.floor(scrollTop / 52));
          expect(to).toBeGreaterThanOrEqual(Math.ceil(end / 52));
        }
      }),
      runs,
    );
  });

  test("scrolls no further than a row needs", () => {
    expect(scrollTopFor(3, 50, 0, 500)).toBe(0);
    expect(scrollTopFor(3, 50, 200, 500)).toBe(150);
    expect(scrollTopFor(20, 50, 0, 500)).toBe(550);
  });
});

test("An event's outcome is what its delivery came to", () => {
  const { delivery: _, ...kept } = sampleEvent(1);
  const target = "http://localhost";

  expect(outcomeOf(kept as InspectedEvent)).toBe("kept");
  expect(outcomeOf({ delivery: { state: "waiting", target } })).toBe("waiting");
  expect(outcomeOf({ delivery: { state: "dropped", target } })).toBe("dropped");
  expect(outcomeOf({ delivery: { state: "failed", target } })).toBe("refused");
  const verdict = { status: "warn", text: "Slow." } as const;
  expect(outcomeOf({ delivery: { state: "answered", target, verdict } })).toBe("warned");
});

test("Sizes and times are short", () => {
  expect([12.4, 999, 3210].map(milliseconds)).toEqual(["12 ms", "999 ms", "3.2 s"]);
  expect([1, 999, 1500, 2_500_000].map(byteSize)).toEqual([
    "1 byte",
    "999 bytes",
    "1.5 kB",
    "2.5 MB",
  ]);
  expect([count(1, "event"), count(12_345, "event")]).toEqual(["1 event", "12,345 events"]);
});

test("Times have milliseconds and their zone, wherever they are shown", () => {
  const instant = Date.UTC(2027, 0, 15, 12, 3, 7, 250);

  expect(dayAndTime(instant)).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:07\.250 [+-]\d\d:\d\d$/);
  expect(Date.parse(dayAndTime(instant).replace(" ", "T").replace(" ", ""))).toBe(instant);
  expect(dayAndTime(instant)).toContain(clockTime(instant));
});
