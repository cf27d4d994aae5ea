import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { CliError } from "../../src/errors.ts";
import { type HoldOptions, holdLock } from "../../src/store/hold-lock.ts";
import { memoryStore } from "../../src/store/memory-store.ts";
import type { Store } from "../../src/store/store.ts";
import { withRetries } from "../../src/store/with-retries.ts";
import { fakeClock } from "../config/support.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function options(change: Partial<HoldOptions> = {}): HoldOptions {
  return { name: "run", owner: "process 12 on pod-3", wait: 1000, clock: fakeClock(), ...change };
}

const take = (store: Store, holder = "another") => store.lock({ name: "run", holder, ttl: 60_000 });

describe("holdLock", () => {
  test("holds the lock for the work, and releases it, also after a failure", async () => {
    const store = memoryStore();

    const result = await holdLock(store, options(), async ({ lock }) => {
      expect(await take(store)).toEqual({ taken: false, holder: lock.holder });
      expect(lock.holder).toMatch(/^process 12 on pod-3, [\da-f]{8}$/);
      return "done";
    });
    expect(result).toBe("done");

    const failing = holdLock(store, options(), () => Promise.reject(new Error("no")));
    await expect(failing).rejects.toThrow("no");
    expect(await take(store)).toMatchObject({ taken: true, lock: { fence: 3 } });
  });

  test.for([
    ["of several lines", "worker\n7\u0000", "worker 7 , "],
    ["that is very long", `${"x".repeat(399)}😀`, `${"x".repeat(399)}, `],
  ] as const)("keeps a description %s", async ([, owner, expected]) => {
    await holdLock(memoryStore(), options({ owner }), async ({ lock }) => {
      expect(lock.holder.slice(0, -8)).toBe(expected);
    });
  });

  test("waits for another holder, and says after the wait whose the lock is", async () => {
    const store = memoryStore();
    await holdLock(store, options(), async () => {
      const clock = fakeClock();
      const start = clock.now();
      const waiting = holdLock(store, options({ clock, owner: "me" }), async () => "done");
      await expect(waiting).rejects.toMatchObject({
        code: "LOCKED",
        owner: "process 12 on pod-3",
        exitCode: 5,
      });
      expect(clock.now() - start).toBeGreaterThanOrEqual(1000);
      expect(clock.now() - start).toBeLessThan(1300);
    });
  });

  test("takes the lock when another releases it", async () => {
    const store = memoryStore();
    const outcome = await take(store);
    const clock = fakeClock();
    const sleep = async (milliseconds: number) => {
      await clock.sleep(milliseconds);
      if (outcome.taken) await store.unlock(outcome.lock);
    };

    const work = holdLock(store, options({ clock: { ...clock, sleep } }), async () => "done");
    expect(await work).toBe("done");
  });

  test("ends its wait when the run is interrupted", async () => {
    const store = memoryStore();
    await take(store);
    const reason = new Error("Ctrl-C");
    const signal = AbortSignal.abort(reason);

    await expect(holdLock(store, options({ signal }), async () => "done")).rejects.toBe(reason);
  });

  test("prolongs the lock for as long as the work takes, with one fence", async () => {
    const store = memoryStore();
    await holdLock(store, options(), async ({ lock, check, confirm }) => {
      await vi.advanceTimersByTimeAsync(600_000);
      expect(await take(store)).toEqual({ taken: false, holder: lock.holder });
      check();
      await confirm();
      const change = { key: "a", version: undefined, value: "1", lock };
      expect(await store.compareAndSet(change)).toMatchObject({ written: true });
    });
    expect(vi.getTimerCount()).toBe(0);
  });

  test("notices that another has taken the lock, and leaves it alone", async () => {
    let ahead = 0;
    const store = memoryStore({ now: () => Date.now() + ahead });
    let other: unknown;
    const work = holdLock(store, options(), async ({ check, confirm }) => {
      // As for a process that was suspended: its timers did not run.
      ahead = 20_000;
      other = await take(store);
      check();
      await expect(confirm()).rejects.toMatchObject({ code: "LOCK_LOST", exitCode: 5 });
      check();
    });

    await expect(work).rejects.toMatchObject({ code: "LOCK_LOST" });
    expect(other).toMatchObject({ taken: true });
    expect(await take(store, "a third")).toEqual({ taken: false, holder: "another" });
  });

  test("is not sure of a lock that it could not prolong, and goes on when it can again", async () => {
    const memory = memoryStore();
    let isDown = false;
    const lock: Store["lock"] = (request) =>
      isDown ? Promise.reject(new Error("ECONNREFUSED")) : memory.lock(request);

    await holdLock({ ...memory, lock }, options(), async ({ check, confirm }) => {
      isDown = true;
      await vi.advanceTimersByTimeAsync(14_000);
      check();
      await vi.advanceTimersByTimeAsync(2000);
      expect(check).toThrow("suspended");
      isDown = false;
      await confirm();
      check();
    });
  });
});

/** A client that is cut off from a store, and carries out later what it was asked meanwhile. */
function resending(store: Store) {
  let waiting: (() => void)[] | undefined;
  const through = async <Result>(call: () => Promise<Result>): Promise<Result> => {
    if (waiting) await new Promise<void>((resolve) => waiting?.push(resolve));
    return call();
  };
  const client: Store = {
    read: (key) => through(() => store.read(key)),
    compareAndSet: (change) => through(() => store.compareAndSet(change)),
    lock: (request) => through(() => store.lock(request)),
    unlock: (lock) => through(() => store.unlock(lock)),
  };
  return {
    store: withRetries(client, { clock: fakeClock(), timeout: 1000, deadline: 3000 }),
    cut() {
      waiting = [];
    },
    /** With several connections, the order is lost. */
    async connect({ reversed = false } = {}) {
      const calls = waiting ?? [];
      waiting = undefined;
      for (const resend of reversed ? calls.reverse() : calls) resend();
      await vi.advanceTimersByTimeAsync(0);
    },
  };
}

describe("holdLock, through a client that carries out later what was given up,", () => {
  test("leaves no lock behind that it could not take", async () => {
    const memory = memoryStore();
    const { store, cut, connect } = resending(memory);
    cut();
    const work = holdLock(store, options(), async () => {});
    const failure = work.catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await failure).toMatchObject({ code: "STORE" });

    await connect();

    expect(await take(memory)).toEqual({
      taken: true,
      lock: { name: "run", holder: "another", fence: 2 },
    });
  });

  test("leaves none behind that it could not prolong before it released it", async () => {
    const memory = memoryStore();
    const { store, cut, connect } = resending(memory);
    const work = holdLock(store, options(), async () => {
      cut();
      await vi.advanceTimersByTimeAsync(6000);
    });
    await vi.advanceTimersByTimeAsync(60_000);
    await work;

    await connect({ reversed: true });

    expect(await take(memory)).toMatchObject({ taken: true });
  });

  test("keeps one that it could not prolong for a while", async () => {
    const memory = memoryStore();
    const { store, cut, connect } = resending(memory);
    await holdLock(store, options(), async ({ lock, confirm, check }) => {
      cut();
      await vi.advanceTimersByTimeAsync(14_000);
      await connect();
      expect(await take(memory)).toEqual({ taken: false, holder: lock.holder });
      await confirm();
      check();
    });
  });

  test("has one holder at a time and none in the end, however late and in whatever order", async () => {
    const pause = (time: number) => new Promise<void>((resolve) => setTimeout(resolve, time));
    const clock = { now: Date.now, sleep: pause };
    const delays = fc.array(fc.constantFrom(0, 0, 10, 900, 2500, 6000), { minLength: 5 });
    const starts = fc.array(fc.nat(8000), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(delays, starts, async (times, runs) => {
        const memory = memoryStore();
        let count = 0;
        /** Carries out a call late, and answers it late. */
        const late = async <Result>(call: () => Promise<Result>): Promise<Result> => {
          await pause(times[count++ % times.length] ?? 0);
          const result = await call();
          await pause(times[count++ % times.length] ?? 0);
          return result;
        };
        const slow: Store = {
          ...memory,
          // It does not end by itself.
          lock: (request) => late(() => memory.lock({ ...request, ttl: 600_000 })),
          unlock: (lock) => late(() => memory.unlock(lock)),
        };
        const working = new Set<number>();
        const works = runs.map(async (start) => {
          await pause(start);
          const store = withRetries(slow, { clock, timeout: 1000, deadline: 3000 });
          await holdLock(store, options({ clock, wait: 2000 }), async ({ lock, check }) => {
            working.add(lock.fence);
            expect(working.size).toBe(1);
            await pause(500);
            check();
            expect(await take(memory)).toEqual({ taken: false, holder: lock.holder });
            working.delete(lock.fence);
          }).catch((error: unknown) => {
            if (!(error instanceof CliError)) throw error;
          });
        });
        const ended = Promise.all(works);
        await vi.advanceTimersByTimeAsync(60_000);
        await ended;
        expect(await take(memory)).toMatchObject({ taken: true });
      }),
      { numRuns: 100 },
    );
  });
});
