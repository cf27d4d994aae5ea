import { statSync } from "node:fs";
import { readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe } from "vitest";
import type { AnswerHeaders } from "../../src/api/http.ts";
import {
  createOperation,
  listOperation,
  type Operation,
  renewOperation,
  signInOperation,
} from "../../src/api/operations.ts";
import { createQuota, retryAfterSeconds } from "../../src/api/quota.ts";
import type { QuotaStore } from "../../src/config/quota-store.ts";
import { createMemoryQuotaStore, openQuotaStore } from "../../src/config/quota-store.ts";
import { test } from "../support/rcwh.ts";

const list = listOperation("platform");
const renew = renewOperation("platform", "a");
const create = createOperation("platform");

const plan = (group: string, limit: number, remaining: number) => ({
  "x-rate-limit-group": group,
  "x-rate-limit-limit": String(limit),
  "x-rate-limit-remaining": String(remaining),
  "x-rate-limit-window": "60",
});

interface Setting {
  readonly store?: QuotaStore;
  readonly server?: string;
  readonly user?: string;
}

function createClock() {
  let now = 1_000_000;
  return {
    now: () => now,
    async sleep(milliseconds: number) {
      now += milliseconds;
    },
    advance(milliseconds: number) {
      now += milliseconds;
    },
  };
}

function setUp(
  { store = createMemoryQuotaStore(), server = "https://one.example", user = "ada" }: Setting = {},
  clock = createClock(),
) {
  const quota = createQuota({ clock, store, server, user });
  /** Milliseconds until the operation may be sent. */
  const wait = async (operation: Operation) =>
    Math.max(0, (await quota.reserve(operation)) - clock.now());
  const observe = (operation: Operation, status: number, headers: AnswerHeaders) =>
    quota.observe(operation, clock.now(), status, headers);
  /** Sends this many requests and returns how many of them could go at once. */
  const burst = async (operation: Operation, count: number) => {
    const waits = await Promise.all(Array.from({ length: count }, () => wait(operation)));
    return waits.filter((milliseconds) => milliseconds === 0).length;
  };
  return { quota, wait, observe, burst, advance: clock.advance };
}

/** The `Date` of a server whose clock is so far ahead, milliseconds. */
function dated(clock: { now(): number }, ahead: number): AnswerHeaders {
  return { date: new Date(clock.now() + ahead).toUTCString() };
}

describe("the quota, where the server's clock moves", () => {
  const hour = 3_600_000;

  test("counts no request from before a jump, in any group", async ({ expect }) => {
    const clock = createClock();
    const { burst, observe } = setUp({}, clock);
    await observe(list, 200, { ...plan("light", 50, 50), ...dated(clock, 0) });
    expect([await burst(signInOperation, 9), await burst(list, 99)]).toEqual([5, 41]);

    await observe(list, 401, dated(clock, 2 * hour));
    expect([await burst(signInOperation, 9), await burst(list, 99)]).toEqual([5, 41]);
    // The same difference is no further jump.
    await observe(list, 401, dated(clock, 2 * hour + 1000));
    expect([await burst(signInOperation, 9), await burst(list, 99)]).toEqual([0, 0]);
    // Back again is one.
    await observe(list, 401, dated(clock, 0));
    expect(await burst(signInOperation, 9)).toBe(5);
  });

  test("counts on where clocks drift apart, or only now show how far apart they are", async ({
    expect,
  }) => {
    const clock = createClock();
    const { burst, observe, advance } = setUp({}, clock);
    expect(await burst(signInOperation, 9)).toBe(5);
    await observe(list, 200, dated(clock, 200 * 24 * hour));
    expect(await burst(signInOperation, 9)).toBe(0);
    for (let drift = 0; drift < 300_000; drift += 15_000) {
      advance(3000);
      await observe(list, 200, dated(clock, 200 * 24 * hour + drift));
      if (drift === 240_000) expect(await burst(signInOperation, 9)).toBeLessThanOrEqual(1);
    }
  });

  test("forgets a pause from before a jump", async ({ expect }) => {
    const clock = createClock();
    const { wait, observe } = setUp({}, clock);
    await observe(list, 200, dated(clock, 0));
    await observe(list, 429, { ...plan("light", 50, 0), "retry-after": "60" });
    expect(await wait(list)).toBe(60_000);
    await observe(create, 200, dated(clock, hour));
    expect(await wait(list)).toBe(0);
  });

  test("lets every run sign in after the emulator's clock was moved", async ({
    rcwh,
    clock,
    expect,
  }) => {
    const env = { RCWH_PROFILE: "emulator" };
    for (let run = 0; run < 8; run++) {
      expect(await rcwh("list", { env })).toMatchObject({ exitCode: 0 });
      expect(await rcwh("emulator clock --advance 2h", { env })).toMatchObject({ exitCode: 0 });
    }
    expect(clock.sleeps).toEqual([]);
  });
});

describe("the quota", () => {
  test("is RingCentral's documented limit until the server announces one", async ({ expect }) => {
    const { burst } = setUp();

    expect([
      await burst(list, 100),
      await burst(create, 100),
      await burst(signInOperation, 100),
    ]).toEqual([41, 33, 5]);
  });

  test("slows down when a fifth is left and stops before the limit", async ({ expect }) => {
    const { burst, wait, advance } = setUp();
    expect(await burst(list, 41)).toBe(41);

    const pauses: number[] = [];
    for (let sent = 41; sent < 50; sent += 1) {
      const pause = await wait(list);
      pauses.push(pause);
      advance(pause);
      expect(await wait(list)).toBe(0);
    }

    expect(pauses).toEqual(Array(9).fill(1200));
    // The first one went 10.8 s ago and counts for a minute plus its travel time.
    expect(await wait(renew)).toBe(61_000 - 10_800);
    expect(await wait(create)).toBe(0);
  });

  test("takes its size from the server", async ({ expect }) => {
    const { wait, observe, burst } = setUp();
    expect(await wait(list)).toBe(0);
    await observe(list, 200, { ...plan("light", 4, 3), "x-rate-limit-window": "10" });

    expect(await burst(list, 9)).toBe(3);
    expect(await wait(list)).toBe(11_000);
  });

  test("counts down between answers from what others have left", async ({ expect }) => {
    const { wait, observe, advance } = setUp();
    expect(await wait(list)).toBe(0);
    await observe(list, 200, plan("light", 5, 2));

    expect([await wait(list), await wait(renew), await wait(list)]).toEqual([0, 0, 60_000]);

    advance(60_000);
    expect(await wait(list)).toBe(0);
  });

  test("ignores others once they have stopped", async ({ expect }) => {
    const { wait, observe, burst } = setUp();
    await wait(list);
    await observe(list, 200, plan("light", 50, 1));
    expect(await burst(list, 9)).toBe(0);
    await observe(list, 200, plan("light", 50, 49));

    expect(await burst(list, 9)).toBe(9);
  });

  test("is unlimited if the server announces no limit", async ({ expect }) => {
    const { wait, observe, burst } = setUp();
    expect(await wait(list)).toBe(0);
    await observe(list, 200, {});

    expect(await burst(list, 500)).toBe(500);
    expect(await burst(create, 500)).toBe(33);
  });

  test("stays limited if a gateway's error announces no limit", async ({ expect }) => {
    const { observe, burst } = setUp();
    await observe(list, 502, {});

    expect(await burst(list, 100)).toBe(41);
  });

  test("takes an operation's group from the server", async ({ expect }) => {
    const { wait, observe } = setUp();
    await observe(create, 429, { "x-rate-limit-group": "Heavy", "retry-after": "10" });

    expect([await wait(create), await wait(list)]).toEqual([10_000, 0]);

    await observe(create, 429, { "x-rate-limit-group": "light", "retry-after": "20" });
    expect(await wait(list)).toBe(20_000);
  });

  test.for(["constructor", "__proto__"])(
    "takes a group named %s for one like any other",
    async (name, { expect }) => {
      const { wait, observe, burst } = setUp();
      await observe(list, 200, plan(name, 10, 9));
      expect(await burst(list, 100)).toBe(8);
      await observe(create, 429, { "x-rate-limit-group": name, "retry-after": "10" });
      expect(await wait(create)).toBe(10_000);
    },
  );

  test("pauses for a minute after a 429 without a time", async ({ expect }) => {
    const { wait, observe, advance } = setUp();

    expect(await observe(list, 429, { "x-rate-limit-limit": "50" })).toBe(60);
    expect(await wait(list)).toBe(60_000);
    advance(60_000);
    expect(await wait(list)).toBe(0);
  });

  test("pauses for as long as a 429 says, however much was left", async ({ expect }) => {
    const { wait, observe, burst, advance } = setUp();
    expect(await burst(list, 41)).toBe(41);
    expect(await observe(list, 429, { ...plan("light", 50, 0), "retry-after": "300" })).toBe(300);

    advance(299_999);
    expect(await wait(list)).toBe(1);
    advance(1);
    expect(await burst(list, 41)).toBe(41);
  });

  test("pauses for a day at most, in case the server is wrong", async ({ expect }) => {
    const { wait, observe } = setUp();

    expect(await observe(list, 429, { ...plan("light", 50, 0), "retry-after": "9000000" })).toBe(
      9_000_000,
    );
    expect(await wait(list)).toBe(86_400_000);
  });

  test("is not shortened by a shorter penalty", async ({ expect }) => {
    const { wait, observe } = setUp();
    await observe(list, 429, { "x-rate-limit-group": "light", "retry-after": "50" });
    await observe(list, 429, { "x-rate-limit-group": "light", "retry-after": "5" });
    expect(await wait(list)).toBe(50_000);

    await observe(create, 429, { "retry-after": "40" });
    await observe(create, 429, { "retry-after": "4" });
    expect(await wait(create)).toBe(40_000);
  });

  test("ignores headers that are not numbers", async ({ expect }) => {
    const { wait, observe, burst } = setUp();
    expect(await wait(list)).toBe(0);
    await observe(list, 400, { "x-rate-limit-remaining": "none", "x-rate-limit-limit": "3" });
    await observe(list, 400, { "x-rate-limit-remaining": "-1", "x-rate-limit-window": "-1" });

    expect(await burst(list, 100)).toBe(40);
  });

  test("gives back the slot of a request that never arrived", async ({ expect }) => {
    const clock = createClock();
    const { quota, burst } = setUp({}, clock);
    expect(await burst(signInOperation, 5)).toBe(5);
    await quota.miss(signInOperation, clock.now(), false);

    expect(await burst(signInOperation, 5)).toBe(1);
  });

  test.for(["an answer", "no answer"])(
    "counts a slow request from the moment of %s",
    async (end, { expect }) => {
      const clock = createClock();
      const { quota, wait, burst } = setUp({}, clock);
      await burst(signInOperation, 5);
      const sentAt = clock.now();
      clock.advance(20_000);
      for (let request = 0; request < 5; request += 1) {
        if (end === "no answer") await quota.miss(signInOperation, sentAt, true);
        else await quota.observe(signInOperation, sentAt, 200, plan("auth", 5, 0));
      }

      expect(await wait(signInOperation)).toBe(61_000);
    },
  );

  test("works when the clock is set back", async ({ expect }) => {
    const { wait, observe, burst, advance } = setUp();
    await burst(list, 50);
    await observe(create, 429, { ...plan("medium", 40, 0), "retry-after": "9000" });
    await observe(renew, 429, { "retry-after": "9000" });
    advance(-500_000);

    expect([await wait(list), await wait(create)]).toEqual([0, 0]);
  });

  test("is never exceeded, whatever is sent when", async ({ expect }) => {
    const events = fc.array(
      fc.oneof(fc.constant("send" as const), fc.integer({ min: 1, max: 30_000 })),
      { maxLength: 300 },
    );
    await fc.assert(
      fc.asyncProperty(events, fc.integer({ min: 1, max: 20 }), async (steps, limit) => {
        const clock = createClock();
        const { wait, observe } = setUp({}, clock);
        const sent: number[] = [];
        for (const step of steps) {
          if (step !== "send") {
            clock.advance(step);
          } else if ((await wait(list)) === 0) {
            const now = clock.now();
            sent.push(now);
            const used = sent.filter((at) => now - at < 60_000).length;
            expect(used).toBeLessThanOrEqual(limit);
            await observe(list, 200, plan("light", limit, limit - used));
          }
        }
      }),
    );
  });
});

describe("users of one store", () => {
  test("share one count for each user", async ({ expect }) => {
    const store = createMemoryQuotaStore();
    const clock = createClock();
    const first = setUp({ store }, clock);
    const second = setUp({ store }, clock);
    const other = setUp({ store, user: "grace" }, clock);

    expect(await first.burst(list, 30)).toBe(30);
    expect(await second.burst(list, 30)).toBe(11);
    expect(await other.burst(list, 30)).toBe(30);
  });

  test("all pause if a limiter of the whole server refuses", async ({ expect }) => {
    const store = createMemoryQuotaStore();
    const clock = createClock();
    const user = setUp({ store }, clock);
    const other = setUp({ store, user: "grace" }, clock);
    const elsewhere = setUp({ store, server: "https://two.example" }, clock);
    await user.observe(list, 429, { "retry-after": "30" });

    expect([
      await user.wait(create),
      await other.wait(signInOperation),
      await elsewhere.wait(list),
    ]).toEqual([30_000, 30_000, 0]);
  });
});

describe("the quota files", () => {
  test("contain the counts and nothing else", async ({ directory, expect }) => {
    const clock = createClock();
    const folder = join(directory, "quota");
    const store = openQuotaStore(directory, clock);
    const { wait, observe } = setUp({ store }, clock);
    await wait(list);
    await observe(list, 200, plan("light", 50, 49));
    await wait(list);

    const [name = "", ...others] = await readdir(folder);
    expect(others).toEqual([]);
    expect(name).toMatch(/^[0-9a-f]{32}\.json$/);
    expect(JSON.parse(await readFile(join(folder, name), "utf8"))).toEqual({
      groups: { light: { limit: 50, window: 60_000, sent: [1_000_000, 1_000_000] } },
      renamed: {},
    });
    const modes = [folder, join(folder, name)].map((path) => statSync(path).mode & 0o777);
    expect(modes).toEqual([0o700, 0o600]);

    await observe(list, 429, { ...plan("light", 50, 0), "retry-after": "5" });
    expect(JSON.parse(await readFile(join(folder, name), "utf8")).groups).toEqual({
      light: {
        limit: 50,
        window: 60_000,
        sent: [],
        pause: { from: 1_000_000, until: 1_005_000 },
      },
    });
  });

  test.for(["", "{", "null", '{"groups":{"light":{}},"renamed":{}}', '{"groups":{"light":1}}'])(
    "count as empty with the content %j",
    async (text, { directory, expect }) => {
      const clock = createClock();
      const store = openQuotaStore(directory, clock);
      await setUp({ store }, clock).burst(list, 50);
      const [name = ""] = await readdir(join(directory, "quota"));
      await writeFile(join(directory, "quota", name), text);

      expect(await setUp({ store }, clock).burst(list, 100)).toBe(41);
    },
  );

  test("survive a process that was killed during a write", async ({ directory, expect }) => {
    const clock = createClock();
    const store = openQuotaStore(directory, clock);
    await setUp({ store }, clock).burst(list, 10);
    const [name = ""] = await readdir(join(directory, "quota"));
    const lock = join(directory, "quota", `${name}.lock`);
    await writeFile(lock, '{"gro');
    const longAgo = new Date(Date.now() - 5000);
    await utimes(lock, longAgo, longAgo);

    expect(await setUp({ store }, clock).burst(list, 100)).toBe(31);
    expect(await readdir(join(directory, "quota"))).toEqual([name]);
  });

  test("are waited for during another process's write", async ({ directory, expect }) => {
    const clock = createClock();
    let lock = "";
    const patient = {
      ...clock,
      sleep: async () => rm(lock, { force: true }),
    };
    const store = openQuotaStore(directory, patient);
    await setUp({ store }, clock).burst(list, 10);
    const [name = ""] = await readdir(join(directory, "quota"));
    lock = join(directory, "quota", `${name}.lock`);
    await writeFile(lock, "");

    expect(await setUp({ store }, clock).burst(list, 100)).toBe(31);
  });

  test("are not created without a directory", async ({ directory, expect }) => {
    const clock = createClock();
    const nowhere = join(directory, "config");
    const store = openQuotaStore(nowhere, clock);

    expect(await setUp({ store }, clock).burst(list, 30)).toBe(30);
    expect(await setUp({ store }, clock).burst(list, 30)).toBe(11);
    expect(await readdir(directory)).toEqual([]);
  });

  test("are replaced by memory if they cannot be written", async ({ directory, expect }) => {
    await writeFile(join(directory, "quota"), "in the way");
    const store = openQuotaStore(directory, createClock());
    const clock = createClock();

    expect(await setUp({ store }, clock).burst(list, 30)).toBe(30);
    expect(await setUp({ store }, clock).burst(list, 30)).toBe(11);
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

  test("is a whole number of seconds, at least one, whatever the header contains", ({ expect }) => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        const seconds = retryAfterSeconds({ "retry-after": value }, now);
        expect(seconds === undefined || (Number.isInteger(seconds) && seconds >= 1)).toBe(true);
      }),
    );
  });
});
