import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type HoldOptions, holdLock } from "../../src/store/hold-lock.ts";
import { memoryStore } from "../../src/store/memory-store.ts";
import type { Store } from "../../src/store/store.ts";
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
