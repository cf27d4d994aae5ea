import fc from "fast-check";
import { describe, test } from "vitest";
import { longestGap } from "../../src/subscriptions/cron-gap.ts";
import { cronExpression, spread } from "../../src/subscriptions/interval.ts";

const hour = 60;
const day = 24 * hour;

describe("longestGap", () => {
  test.for<[string, number | undefined]>([
    ["* * * * *", 1],
    ["*/5 * * * *", 5],
    ["7-59/20 * * * *", 20],
    ["0,10,50 * * * *", 40],
    ["17 * * * *", hour],
    ["17 1-23/6 * * *", 6 * hour],
    ["@hourly", hour],
    ["0 4 * * *", day],
    ["@daily", day],
    ["0 9-17 * * *", 16 * hour],
    ["0 4 * * mon-fri", 3 * day],
    ["0 4 * * 1-5", 3 * day],
    ["0 4 * * 7", 7 * day],
    ["@weekly", 7 * day],
    ["0 0 1 * *", 31 * day],
    // A day that is in either field.
    ["0 0 1 * sun", 7 * day],
    ["0 0 * jan *", (365 - 30) * day + day],
    ["0 0 29 2 *", 4 * 365 * day + day],
    ["0 0 31 2 *", undefined],
    ["@reboot", undefined],
    ["0 24 * * *", undefined],
    ["5-1 * * * *", undefined],
    ["*/0 * * * *", undefined],
    ["a b c d e", undefined],
    ["0 4 * *", undefined],
    ["0 4 * * * *", undefined],
    ["", undefined],
  ])("of %s is %s minutes", ([schedule, minutes], { expect }) => {
    expect(longestGap(schedule)).toBe(minutes);
  });

  test("of what cron print prints is its interval", ({ expect }) => {
    const minutes = fc.constantFrom(1440, 720, 480, 360, 180, 60, 30, 20, 12, 6, 5, 2, 1);
    fc.assert(
      fc.property(minutes, fc.nat(), (every, seed) => {
        const interval = { minutes: every };
        expect(longestGap(cronExpression(interval, spread(seed, interval)))).toBe(every);
      }),
      { numRuns: 15, seed: 15 },
    );
  });
});
