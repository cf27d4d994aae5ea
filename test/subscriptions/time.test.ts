import fc from "fast-check";
import { describe, test } from "vitest";
import {
  instant,
  relativeExpiry,
  relativeTime,
  roundedSpan,
} from "../../src/subscriptions/time.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

describe("relative times", () => {
  test.for([
    [2 * day + 4 * hour + 59 * minute, "in 2 d 4 h"],
    [2 * day + 59 * minute, "in 2 d"],
    [53 * minute + 29_999, "in 53 min"],
    [3 * hour + 5 * minute, "in 3 h 5 min"],
    [12_999, "in 12 s"],
    [3650 * day - 1, "in 10 y"],
    [3650 * day - minute, "in 9 y 364 d"],
    [7 * day, "in 7 d"],
    [365 * day, "in 1 y"],
    [999, "now"],
    [-999, "now"],
    [-3 * hour, "3 h ago"],
    [Number.NaN, "unknown"],
  ] as const)('%d ms is "%s"', ([milliseconds, text], { expect }) => {
    expect(relativeTime(milliseconds)).toBe(text);
  });

  test("show an expiry in the past", ({ expect }) => {
    expect(relativeExpiry(-3 * hour)).toBe("expired 3 h ago");
    expect(relativeExpiry(0)).toBe("expired just now");
    expect(relativeExpiry(53 * minute)).toBe("in 53 min");
    expect(relativeExpiry(Number.NaN)).toBe("unknown");
  });

  test("round down by less than the smaller unit shown", ({ expect }) => {
    const sizes = new Map([
      ["y", 365 * day],
      ["d", day],
      ["h", hour],
      ["min", minute],
      ["s", 1000],
    ]);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 20 * 365 * day }), (milliseconds) => {
        const words = roundedSpan(milliseconds).split(" ");
        let told = 0;
        for (let at = 0; at < words.length; at += 2) {
          told += Number(words[at]) * (sizes.get(words[at + 1] ?? "") ?? Number.NaN);
        }
        expect(words.length).toBeLessThanOrEqual(4);
        expect(told).toBeLessThanOrEqual(milliseconds);
        expect(milliseconds - told).toBeLessThan(
          milliseconds >= 365 * day ? day : Math.max(milliseconds / 23, 1000),
        );
      }),
    );
  });
});

describe("instant", () => {
  test("is RFC 3339 in UTC", ({ expect }) => {
    expect(instant(Date.parse("2026-11-22T14:00:00+01:00"))).toBe("2026-11-22T13:00:00Z");
    expect(instant(Date.parse("2026-11-22T13:00:00.250Z"))).toBe("2026-11-22T13:00:00.250Z");
  });
});
