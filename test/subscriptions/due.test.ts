import { describe, test } from "vitest";
import { byExpiry } from "../../src/subscriptions/by-expiry.ts";
import { isDue } from "../../src/subscriptions/due.ts";
import { now, record, subscription } from "./builders.ts";

const hour = 3600;
const left = (expiresIn: number) => subscription("a", { expiresIn });

describe("isDue", () => {
  test("in the last 48 hours without a recorded lifetime", ({ expect }) => {
    for (const recorded of [undefined, record()]) {
      expect(isDue(left(48 * hour), { recorded, now })).toBe(true);
      expect(isDue(left(48 * hour + 1), { recorded, now })).toBe(false);
    }
  });

  test("in the last third of a recorded lifetime", ({ expect }) => {
    const recorded = record({ expiresIn: 90 * hour });
    expect(isDue(left(30 * hour), { recorded, now })).toBe(true);
    expect(isDue(left(30 * hour + 1), { recorded, now })).toBe(false);
  });

  test("within the requested time, whatever is recorded", ({ expect }) => {
    const options = { within: 5 * hour * 1000, recorded: record({ expiresIn: 90 * hour }), now };
    expect(isDue(left(5 * hour), options)).toBe(true);
    expect(isDue(left(5 * hour + 1), options)).toBe(false);
  });

  test("by the server's count instead of the local clock", ({ expect }) => {
    expect(isDue(left(100 * hour), { now: now + 31_536_000_000 })).toBe(false);
    const { expiresIn: _, ...silent } = left(0);
    expect(isDue(silent, { now })).toBe(false);
    expect(isDue(silent, { now: now + 150 * hour * 1000 })).toBe(true);
  });

  test("if the expiry is unreadable", ({ expect }) => {
    const { expiresIn: _, ...silent } = subscription("a", { expirationTime: "soon" });
    expect(isDue(silent, { now })).toBe(true);
  });
});

describe("byExpiry", () => {
  test("sorts the soonest first, and ties by id", ({ expect }) => {
    const at = (id: string, expirationTime: string) => ({ id, expirationTime });
    const sorted = [
      at("d", "2026-11-23T00:00:00Z"),
      at("b", "2026-11-22T00:00:00Z"),
      at("a", "2026-11-23T00:00:00.000Z"),
      at("c", "never"),
    ].sort(byExpiry);
    expect(sorted.map(({ id }) => id)).toEqual(["c", "b", "a", "d"]);
  });
});
