import fc from "fast-check";
import { describe, test } from "vitest";
import { cronExpression, renewalInterval, spread } from "../../src/subscriptions/interval.ts";

const hour = 3600;
const day = 24 * hour;

describe("renewalInterval", () => {
  test.for([
    [48 * hour, 8 * 60],
    [(7 * day) / 3, 12 * 60],
    [(30 * day) / 3, 24 * 60],
    [(10 * 365 * day) / 3, 24 * 60],
    [(1 * day) / 3, 60],
    [(6 * hour) / 3, 20],
    [hour / 3, 4],
  ])("for %d s in which a subscription is due is %d minutes", ([due = 0, minutes], { expect }) => {
    expect(renewalInterval(due, 900)?.minutes).toBe(minutes);
  });

  test("tolerates three failed runs in a row, whenever a subscription becomes due", ({
    expect,
  }) => {
    const cases = fc.record({
      due: fc.integer({ min: 300, max: 400 * day }),
      deadline: fc.integer({ min: 1, max: 3600 }),
      phase: fc.double({ min: 0, max: 1, noNaN: true }),
      delay: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(cases, ({ due, deadline, phase, delay }) => {
        const interval = renewalInterval(due, deadline);
        if (!interval) return;
        const seconds = interval.minutes * 60;
        // It becomes due between two runs: the earlier one does nothing.
        const first = seconds * (1 - phase);
        const fourth = first + 3 * seconds + delay * interval.delay * 60;
        expect(fourth + interval.deadline).toBeLessThanOrEqual(due);
        expect(interval.deadline).toBeLessThanOrEqual(seconds / 2);
      }),
    );
  });

  test("is undefined if the time is too short for four runs", ({ expect }) => {
    expect(renewalInterval(240, 900)).toBeUndefined();
  });
});

describe("cronExpression", () => {
  test("runs at the given interval, evenly through the day", ({ expect }) => {
    const cases = fc.record({
      minutes: fc.constantFrom(
        1,
        2,
        3,
        4,
        5,
        6,
        10,
        12,
        15,
        20,
        30,
        60,
        120,
        180,
        240,
        360,
        480,
        720,
        1440,
      ),
      seed: fc.nat(2 ** 32 - 1),
    });
    fc.assert(
      fc.property(cases, ({ minutes, seed }) => {
        const at = spread(seed, { minutes });
        const runs = runsOf(cronExpression({ minutes }, at));

        expect(runs).toHaveLength(1440 / minutes);
        expect(runs[0]).toBe(at % minutes);
        for (const [index, run] of runs.entries()) expect(run).toBe(at + index * minutes);
        if (minutes >= 60) expect(at % 60).not.toBe(0);
      }),
    );
  });
});

/** The minutes of a day in which cron would run it, by the rules of crontab(5). */
function runsOf(expression: string): readonly number[] {
  const [minute = "", hourField = "", ...rest] = expression.split(" ");
  if (rest.join(" ") !== "* * *") throw new Error(expression);
  const [minutes, hours] = [valuesOf(minute, 59), valuesOf(hourField, 23)];
  return hours.flatMap((each) => minutes.map((one) => each * 60 + one));
}

function valuesOf(field: string, maximum: number): readonly number[] {
  const match = /^(?:(\*)|(\d+)(?:-(\d+)\/(\d+))?)$/.exec(field);
  if (!match) throw new Error(field);
  const [, all, from, to, step] = match;
  const first = all ? 0 : Number(from);
  const last = all ? maximum : Number(to ?? from);
  if (last > maximum) throw new Error(field);
  const values: number[] = [];
  for (let value = first; value <= last; value += Number(step ?? 1)) values.push(value);
  return values;
}
