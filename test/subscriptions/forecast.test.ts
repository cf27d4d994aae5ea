import fc from "fast-check";
import { describe, test } from "vitest";
import { dueBefore, isDue } from "../../src/subscriptions/due.ts";
import { type ForecastOptions, forecast, usualInterval } from "../../src/subscriptions/forecast.ts";
import { isWhole } from "../support/share.ts";
import { now, record, subscription } from "./builders.ts";

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

interface Life {
  /** Seconds. */
  readonly remaining: number;
  readonly lifetime: number | undefined;
}

function foresee({ remaining, lifetime }: Life, options: Partial<ForecastOptions> = {}) {
  const whole = {
    expiresIn: remaining,
    expirationTime: new Date(now + remaining * second).toISOString(),
  };
  return forecast(subscription("a", whole), {
    recorded: lifetime === undefined ? undefined : record({ expiresIn: lifetime }),
    runs: { first: now + 12 * hour, every: 12 * hour },
    now,
    until: now + 30 * day,
    ...options,
  });
}

const lives = fc.record({
  lifetime: fc.option(fc.integer({ min: 120, max: 400 * 86_400 }), { nil: undefined }),
  /** Of the lifetime, what remains. */
  left: fc.double({ min: 0.01, max: 1, noNaN: true }),
  /** Milliseconds. */
  within: fc.option(fc.integer({ min: 60 * second, max: 40 * day }), { nil: undefined }),
  /** Of the longest interval that leaves no gap. */
  share: fc.double({ min: 0.05, max: 1, noNaN: true }),
  phase: fc.double({ min: 0.01, max: 1, noNaN: true }),
});

describe("forecast", () => {
  test("finds no gap where runs are at most as far apart as a subscription is due, and never renews sooner", ({
    expect,
  }) => {
    fc.assert(
      fc.property(lives, ({ lifetime, left, within, share, phase }) => {
        const granted = lifetime ?? 604_800;
        const due = Math.floor(dueBefore({ within, lifetime }));
        const longest = Math.min(due, granted - 1) * second;
        const every = Math.max(second, Math.floor(longest * share));
        const remaining = Math.max(1, Math.floor(granted * left));
        const first = now + Math.min(Math.ceil(every * phase), (remaining - 1) * second);
        const until = now + Math.min(30 * day, 200 * every);
        const runs = { first, every, within };
        const found = foresee({ remaining, lifetime }, { runs, until });
        expect(found.gapFrom).toBeUndefined();
        const early: number[] = [];
        let expires = now + remaining * second;
        const recorded = lifetime === undefined ? undefined : record({ expiresIn: lifetime });
        for (const at of found.renewals) {
          const seen = subscription("a", { expiresIn: Math.floor((expires - at) / second) });
          const isRun = (at - first) % every === 0;
          if (!isRun || !isDue(seen, { within, recorded, now: at })) early.push(at);
          expires = Math.max(at + granted * second, expires);
        }
        expect(early).toEqual([]);
      }),
      { seed: 15, numRuns: isWhole ? 1000 : 40 },
    );
  });

  test("finds the gap of a lifetime that is shorter than the time between two runs", ({
    expect,
  }) => {
    expect(foresee({ remaining: 6 * 3600, lifetime: 6 * 3600 })).toEqual({
      expiresAt: now + 6 * hour,
      renewals: [],
      gapFrom: now + 6 * hour,
    });
    // The first run comes in time, the second does not.
    const runs = { first: now + 5 * hour, every: 12 * hour };
    expect(foresee({ remaining: 6 * 3600, lifetime: 6 * 3600 }, { runs })).toEqual({
      expiresAt: now + 6 * hour,
      renewals: [now + 5 * hour],
      gapFrom: now + 11 * hour,
    });
  });

  test("has a subscription expire at its very last moment, not renewed by the run at that moment", ({
    expect,
  }) => {
    const runs = { first: now + 6 * hour, every: 6 * hour };
    const { renewals, gapFrom } = foresee({ remaining: 6 * 3600, lifetime: 6 * 3600 }, { runs });
    expect({ renewals, gapFrom }).toEqual({ renewals: [], gapFrom: now + 6 * hour });
  });

  test("sees no further than the horizon", ({ expect }) => {
    const life = { remaining: 7 * 86_400, lifetime: undefined };
    const found = foresee(life, { until: now + 5 * day });
    expect(found).toEqual({ expiresAt: now + 7 * day, renewals: [now + 5 * day] });
    const never = { first: now + 400 * day, every: day };
    expect(foresee(life, { runs: never, until: now + 6 * day }).gapFrom).toBeUndefined();
    expect(foresee(life, { runs: never, until: now + 7 * day }).gapFrom).toBe(now + 7 * day);
  });

  test("renews what is blacklisted, which delivers nothing all the same", ({ expect }) => {
    const runs = { first: now + hour, every: 12 * hour };
    const blacklisted = subscription("a", { status: "Blacklisted", expiresIn: 86_400 });
    const found = forecast(blacklisted, { runs, now, until: now + 2 * day });
    expect(found).toEqual({ expiresAt: now + day, renewals: [now + hour], gapFrom: now });
  });

  test("renews nothing that RingCentral or a listener keeps alive", ({ expect }) => {
    const runs = { first: now + hour, every: hour };
    const socket = subscription("a", { deliveryMode: { transportType: "WebSocket" } });
    const { renewals, gapFrom } = forecast(socket, { runs, now, until: now + 30 * day });
    expect({ renewals, gapFrom }).toEqual({ renewals: [], gapFrom: undefined });
  });

  test("goes by the server's own count where its expiry says otherwise", ({ expect }) => {
    const wrong = subscription("a", { expiresIn: 3600 });
    const runs = { first: now + 2 * hour, every: hour };
    expect(forecast(wrong, { runs, now, until: now + day }).gapFrom).toBe(now + hour);
  });
});

describe("usualInterval", () => {
  const hook = subscription("a");
  test("is that of `cron print`, for the shortest lifetime", ({ expect }) => {
    const of = (...lifetimes: readonly (number | undefined)[]) =>
      usualInterval(
        lifetimes.map((expiresIn) => ({
          subscription: hook,
          recorded: expiresIn === undefined ? undefined : record({ expiresIn }),
        })),
      ) / minute;
    expect(of()).toBe(24 * 60);
    expect(of(undefined)).toBe(8 * 60);
    expect(of(undefined, 86_400)).toBe(60);
    expect(of(undefined, 315_360_000)).toBe(8 * 60);
    expect(of(120)).toBe(1);
  });
});
