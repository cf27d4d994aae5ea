import fc from "fast-check";
import { describe, test } from "vitest";
import { UsageError } from "../../src/errors.ts";
import {
  formatDuration,
  formatWait,
  parseDuration,
  parseLifetime,
  remainingSeconds,
} from "../../src/subscriptions/lifetime.ts";
import { defaultLifetime, maximumLifetime } from "../../src/subscriptions/limits.ts";
import { now, subscription } from "./builders.ts";

describe("parseDuration", () => {
  test.for([
    ["90s", 90_000],
    ["15m", 900_000],
    ["36h", 129_600_000],
    ["7d", 604_800_000],
    ["2w", 1_209_600_000],
    ["10y", 315_360_000_000],
    ["11y", 346_896_000_000],
  ] as const)("reads %s", ([text, milliseconds], { expect }) => {
    expect(parseDuration(text, "--within")).toBe(milliseconds);
  });

  test.for([
    ["0", 'Invalid --within value "0": must be at least 1s.'],
    ["0h", 'Invalid --within value "0h": must be at least 1s.'],
    ["-5d", 'Invalid --within value "-5d": must be a duration.'],
    ["abc", 'Invalid --within value "abc": must be a duration.'],
    ["", 'Invalid --within value "": must be a duration.'],
    ["1.5h", 'Invalid --within value "1.5h": must be a duration.'],
    ["5M", 'Invalid --within value "5M": must be a duration.'],
    ["5 d", 'Invalid --within value "5 d": must be a duration.'],
    ["max", 'Invalid --within value "max": must be a duration.'],
    [
      "99999999999999999y",
      'Invalid --within value "99999999999999999y": the duration is too long.',
    ],
  ] as const)('refuses "%s"', ([text, message], { expect }) => {
    expect(() => parseDuration(text, "--within")).toThrow(UsageError);
    expect(() => parseDuration(text, "--within")).toThrow(message);
  });

  test("shows the format in its error", ({ expect }) => {
    const failure = expect.objectContaining({
      hint: "Use a whole number and a unit, such as 90s, 15m, 36h, 7d, 2w or 10y.",
    });
    expect(() => parseDuration("abc", "--within")).toThrow(failure);
  });

  test.for([
    ["5", "h", "5h"],
    ["604800", "h", "604800s"],
    ["5", "s", "5s"],
    ["5", undefined, "5m"],
  ] as const)(
    "asks for the unit of %s, which is usually %s",
    ([text, unit, example], { expect }) => {
      expect(() => parseDuration(text, "--within", unit)).toThrow(
        `Invalid --within value "${text}": add a unit, for example ${example}.`,
      );
    },
  );
});

describe("parseLifetime", () => {
  test("reads durations, max and instants", ({ expect }) => {
    expect(parseLifetime("7d").from(now)).toBe(defaultLifetime);
    expect(parseLifetime("max").from(now)).toBe(maximumLifetime);
    expect(parseLifetime("10y").from(now)).toBe(maximumLifetime);
    expect(parseLifetime("2026-11-22T13:00:00Z").from(now)).toBe(3600);
    expect(parseLifetime("2026-11-22T14:00:00.5+01:00").from(now)).toBe(3601);
  });

  test("refuses what is over the platform's maximum", ({ expect }) => {
    const message = "RingCentral's maximum is 10 y.";
    expect(() => parseLifetime("11y").from(now)).toThrow(
      `Invalid --expires-in value "11y": ${message}`,
    );
    expect(() => parseLifetime("315360001s").from(now)).toThrow(message);
    expect(() => parseLifetime("2099-01-01T00:00:00Z").from(now)).toThrow(message);
  });

  test("refuses an instant that is past or does not exist", ({ expect }) => {
    expect(() => parseLifetime("2026-11-22T12:00:00Z").from(now)).toThrow("must be in the future");
    for (const text of [
      "2027-02-30T00:00:00Z",
      "2027-13-01T00:00:00Z",
      "2027-01-01T25:00:00Z",
      "2027-01-01T00:00:00",
      "2027-01-01",
    ]) {
      expect(() => parseLifetime(text).from(now)).toThrow("must be a duration");
    }
  });

  test("refuses zero and negative durations", ({ expect }) => {
    expect(() => parseLifetime("0").from(now)).toThrow("must be at least 1s");
    expect(() => parseLifetime("-1d").from(now)).toThrow("must be a duration");
  });

  test("returns what the platform accepts or refuses", ({ expect }) => {
    const text = fc.tuple(fc.nat(), fc.constantFrom("s", "m", "h", "d", "w", "y"));
    fc.assert(
      fc.property(text, ([count, unit]) => {
        try {
          const seconds = parseLifetime(`${count}${unit}`).from(now);
          expect(seconds).toBeGreaterThanOrEqual(1);
          expect(seconds).toBeLessThanOrEqual(maximumLifetime);
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
        }
      }),
    );
  });
});

describe("formatDuration", () => {
  test.for([
    [604_800, "7 d"],
    [315_360_000, "10 y"],
    [129_600, "36 h"],
    [5400, "90 min"],
    [90, "90 s"],
    [604_799, "6 d 23 h 59 min 59 s"],
    [34_560_000, "1 y 35 d"],
    [0, "0 s"],
    [-60, "-1 min"],
  ] as const)('%d s is "%s"', ([seconds, text], { expect }) => {
    expect(formatDuration(seconds)).toBe(text);
  });

  test("is exact", ({ expect }) => {
    const sizes = new Map([
      ["y", 31_536_000],
      ["d", 86_400],
      ["h", 3600],
      ["min", 60],
      ["s", 1],
    ]);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 * maximumLifetime }), (seconds) => {
        const words = formatDuration(seconds).split(" ");
        let told = 0;
        for (let at = 0; at < words.length; at += 2) {
          told += Number(words[at]) * (sizes.get(words[at + 1] ?? "") ?? Number.NaN);
        }
        expect(told).toBe(seconds);
      }),
    );
  });
});

describe("formatWait", () => {
  test.for([
    [0, "0 s"],
    [0.25, "0.3 s"],
    [119, "119 s"],
    [120, "2 min"],
    [200, "3 min 20 s"],
    [7200, "2 h"],
    [7199, "2 h"],
    [7201, "2 h 1 min"],
    [86_400, "1 d"],
  ] as const)('%d s is "%s"', ([seconds, text], { expect }) => {
    expect(formatWait(seconds)).toBe(text);
  });
});

describe("remainingSeconds", () => {
  test("prefers the server to the local clock", ({ expect }) => {
    const year = 31_536_000_000;
    expect(remainingSeconds(subscription("a", { expiresIn: 5 }), now + year)).toBe(5);
  });

  test("counts from the expiry if the server sends no count", ({ expect }) => {
    const { expiresIn: _, ...silent } = subscription("a");
    expect(remainingSeconds(silent, now + 500)).toBe(604_799);
    expect(remainingSeconds(silent, now + 604_801_000)).toBe(-1);
    expect(remainingSeconds({ expirationTime: "soon" }, now)).toBeNaN();
  });
});
