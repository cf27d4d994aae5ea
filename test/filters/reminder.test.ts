import fc from "fast-check";
import { describe, test } from "vitest";
import {
  checkReminder,
  parseReminder,
  reminderFilter,
  reminderOf,
} from "../../src/filters/reminder.ts";

describe("parseReminder", () => {
  test("reads a threshold and an interval", ({ expect }) => {
    expect(parseReminder("3d/12h")).toEqual({ threshold: 259_200, interval: 43_200 });
  });

  test("reads a number without a unit as seconds", ({ expect }) => {
    expect(parseReminder("60/15")).toEqual({ threshold: 60, interval: 15 });
  });

  test("defaults to a quarter of the threshold for the interval", ({ expect }) => {
    expect(parseReminder("3d")).toEqual({ threshold: 259_200, interval: 64_800 });
    expect(parseReminder("2s")).toEqual({ threshold: 2, interval: 1 });
  });

  test("allows an interval of at most half the threshold", ({ expect }) => {
    expect(parseReminder("60/30").interval).toBe(30);
    expect(() => parseReminder("60/31")).toThrow("31 s is more than half of 60 s");
  });

  for (const text of ["", "3d/", "/12h", "3x", "0d", "-3d", "3d/12h/1h", "3.5d", "1e3", "d"]) {
    test(`refuses "${text}"`, ({ expect }) => {
      expect(() => parseReminder(text)).toThrow(`Invalid reminder "${text}".`);
    });
  }
});

describe("reminderOf", () => {
  test("is the inverse of reminderFilter", ({ expect }) => {
    const seconds = fc.integer({ min: 1, max: 400_000_000 });
    fc.assert(
      fc.property(seconds, seconds, (threshold, interval) => {
        const reminder = { threshold, interval };
        expect(reminderOf(["/team-messaging/v1/posts", reminderFilter(reminder)])).toEqual(
          reminder,
        );
      }),
    );
  });

  test("returns the reminder that begins first", ({ expect }) => {
    const early = { threshold: 500, interval: 50 };
    const late = { threshold: 100, interval: 50 };
    expect(reminderOf([reminderFilter(late), reminderFilter(early)])).toEqual(early);
  });

  test("is undefined without a reminder, or with invalid numbers", ({ expect }) => {
    expect(reminderOf(["/restapi/v1.0/account/~/presence?threshold=5&interval=1"])).toBeUndefined();
    expect(reminderOf(["/restapi/v1.0/subscription/~?threshold=soon&interval=1"])).toBeUndefined();
  });
});

describe("checkReminder", () => {
  test("accepts a threshold of half the lifetime", ({ expect }) => {
    expect(checkReminder({ threshold: 302_400, interval: 10 }, 604_800)).toBeUndefined();
  });

  test("explains a threshold beyond half the lifetime", ({ expect }) => {
    expect(checkReminder({ threshold: 302_401, interval: 10 }, 604_800)).toBe(
      "A reminder 302401 s before expiry needs a lifetime of at least 604802 s, but it is 7 d.",
    );
  });

  test("explains an interval beyond half the threshold", ({ expect }) => {
    expect(checkReminder({ threshold: 100, interval: 51 }, 604_800)).toContain("half of 100 s");
    expect(checkReminder({ threshold: 300, interval: 180 }, 604_800)).toContain(
      "3 min is more than half of 5 min",
    );
  });
});
