import fc from "fast-check";
import { describe, test } from "vitest";
import {
  createOperation,
  listOperation,
  renewOperation,
  signInOperation,
} from "../../src/api/operations.ts";
import { createQuota, retryAfterSeconds } from "../../src/api/quota.ts";

const list = listOperation("platform");
const renew = renewOperation("platform", "a");
const create = createOperation("platform");

function setUp() {
  let now = 1_000_000;
  const quota = createQuota({ now: () => now });
  return {
    quota,
    advance: (milliseconds: number) => {
      now += milliseconds;
    },
    /** Milliseconds until the operation may be sent. */
    wait: async (operation: typeof list) => Math.max(0, (await quota.reserve(operation)) - now),
  };
}

describe("the quota", () => {
  test("lets everything go while nothing is known", async ({ expect }) => {
    const { wait } = setUp();

    expect(await Promise.all([wait(list), wait(create), wait(signInOperation)])).toEqual([0, 0, 0]);
  });

  test("counts down by itself between answers", async ({ expect }) => {
    const { quota, wait, advance } = setUp();
    await quota.observe(list, 200, {
      "x-rate-limit-group": "light",
      "x-rate-limit-remaining": "2",
      "x-rate-limit-window": "60",
    });

    expect([await wait(list), await wait(renew), await wait(list)]).toEqual([0, 0, 60_000]);
    expect(await wait(create)).toBe(0);

    advance(60_000);
    expect(await wait(list)).toBe(0);
  });

  test("takes the server's word for an operation's group", async ({ expect }) => {
    const { quota, wait } = setUp();
    await quota.observe(create, 429, { "x-rate-limit-group": "Heavy", "retry-after": "10" });

    expect([await wait(create), await wait(list)]).toEqual([10_000, 0]);

    await quota.observe(create, 429, { "x-rate-limit-group": "light", "retry-after": "20" });
    expect(await wait(list)).toBe(20_000);
  });

  test("is silent for a minute where a 429 names no time", async ({ expect }) => {
    const { quota, wait } = setUp();

    expect(await quota.observe(list, 429, { "x-rate-limit-limit": "50" })).toBe(60);
    expect(await wait(list)).toBe(60_000);
  });

  test("lets a shorter penalty cut none short", async ({ expect }) => {
    const { quota, wait } = setUp();
    const plan = { "x-rate-limit-group": "light" };
    await quota.observe(list, 429, { ...plan, "retry-after": "50" });
    await quota.observe(list, 429, { ...plan, "retry-after": "5" });
    await quota.observe(create, 429, { "retry-after": "40" });
    await quota.observe(create, 429, { "retry-after": "4" });

    expect([await wait(list), await wait(create)]).toEqual([50_000, 40_000]);
  });

  test("ignores headers that are no numbers", async ({ expect }) => {
    const { quota, wait } = setUp();
    await quota.observe(list, 200, {
      "x-rate-limit-remaining": "none",
      "x-rate-limit-window": "-1",
    });
    await quota.observe(list, 200, { "x-rate-limit-remaining": "-1" });

    expect(await wait(list)).toBe(0);
  });

  test("never lets more go in a window than the server said remain", async ({ expect }) => {
    await fc.assert(
      fc.asyncProperty(fc.nat(60), fc.nat(100), async (remaining, asked) => {
        const { quota, wait } = setUp();
        await quota.observe(list, 200, {
          "x-rate-limit-remaining": String(remaining),
          "x-rate-limit-window": "60",
        });
        const waits = await Promise.all(Array.from({ length: asked }, () => wait(list)));
        expect(waits.filter((milliseconds) => milliseconds === 0)).toHaveLength(
          Math.min(remaining, asked),
        );
      }),
    );
  });
});

describe("Retry-After", () => {
  const now = Date.parse("2026-11-22T12:00:00Z");

  test.for([
    ["30", undefined, 30],
    [" 30 ", undefined, 30],
    ["1.2", undefined, 2],
    ["0", undefined, 1],
    ["Sun, 22 Nov 2026 12:00:30 GMT", undefined, 30],
    ["Sun, 22 Nov 2026 12:00:30 GMT", "Sun, 22 Nov 2026 11:59:00 GMT", 90],
    ["Sun, 22 Nov 2026 12:00:30 GMT", "yesterday", 30],
    ["Sun, 22 Nov 2026 11:00:00 GMT", undefined, 1],
    ["soon", undefined, undefined],
    ["-5", undefined, undefined],
    ["", undefined, undefined],
    [undefined, undefined, undefined],
  ] as const)("%s with Date %s is %s seconds", ([value, date, seconds], { expect }) => {
    expect(retryAfterSeconds({ "retry-after": value, date }, now)).toBe(seconds);
  });

  test("is a whole number of seconds, at least one, whatever the header holds", ({ expect }) => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        const seconds = retryAfterSeconds({ "retry-after": value }, now);
        expect(seconds === undefined || (Number.isInteger(seconds) && seconds >= 1)).toBe(true);
      }),
    );
  });
});
