import { setTimeout } from "node:timers/promises";
import { describe, test } from "vitest";
import { createEmulatorClock } from "../../src/emulator/clock.ts";

describe("the emulator's clock", () => {
  test("runs timers at their exact times while it advances, one after another", async ({
    expect,
  }) => {
    const clock = createEmulatorClock({ now: () => 1000 });
    const seen: unknown[] = [];
    const note = (name: string) => () => void seen.push([name, clock.now()]);
    clock.schedule(5000, async () => {
      await setTimeout(5);
      note("slow")();
    });
    clock.schedule(5001, note("later"));
    clock.schedule(3000, () => {
      note("first")();
      clock.schedule(4000, note("made on the way"));
    });
    clock.schedule(9000, note("not yet"));

    await clock.advance(7000);

    expect(seen).toEqual([
      ["first", 3000],
      ["made on the way", 4000],
      ["slow", 5000],
      ["later", 5001],
    ]);
    expect(clock.now()).toBe(8000);
  });

  test("starts timers due at the same time by rank, and runs them concurrently", async ({
    expect,
  }) => {
    const clock = createEmulatorClock({ now: () => 0 });
    const seen: string[] = [];
    const note = (name: string, rank?: readonly number[]) =>
      clock.schedule(
        10,
        async () => {
          seen.push(name);
          await setTimeout(5);
          seen.push(`end of ${name}`);
        },
        rank,
      );
    note("third", [2]);
    note("second", [1, 3]);
    const cancel = note("cancelled on the way", [3]);
    note("first", [1]);
    clock.schedule(10, cancel);
    clock.schedule(11, () => void seen.push("later"));

    await clock.advance(100);

    const begun = ["first", "second", "third"];
    expect(seen).toEqual([...begun, ...begun.map((name) => `end of ${name}`), "later"]);
  });

  test("advances immediately if no timer is due", ({ expect }) => {
    const clock = createEmulatorClock({ now: () => 1000 });
    void clock.advance(500);
    expect(clock.now()).toBe(1500);
  });

  test("adds up two concurrent advances", async ({ expect }) => {
    const clock = createEmulatorClock({ now: () => 0 });
    clock.schedule(10, () => setTimeout(5));
    await Promise.all([clock.advance(100), clock.advance(100)]);
    expect(clock.now()).toBe(200);
  });

  test("drops a cancelled timer, and drops all timers on reset", async ({ expect }) => {
    const clock = createEmulatorClock({ now: () => 0 });
    const seen: string[] = [];
    const cancel = clock.schedule(10, () => void seen.push("cancelled"));
    cancel();
    await clock.advance(100);
    clock.schedule(110, () => void seen.push("forgotten"));
    clock.reset();
    await clock.advance(1000);
    expect(seen).toEqual([]);
    expect(clock.now()).toBe(1000);
  });

  test("returns to its start on reset, which ends every advance", async ({ expect }) => {
    const clock = createEmulatorClock({ now: () => 0 });
    let release = () => {};
    clock.schedule(10, () => new Promise((resolve) => (release = resolve)));
    const moves = [clock.advance(100), clock.advance(100)];
    clock.reset();
    await Promise.all(moves);
    expect(clock.now()).toBe(0);

    clock.schedule(20, () => setTimeout(5));
    const move = clock.advance(50);
    release();
    await move;
    expect(clock.now()).toBe(50);
  });

  test("stands still while frozen and continues from there", async ({ expect }) => {
    let time = 1000;
    const clock = createEmulatorClock({ now: () => time });
    clock.freeze();
    time = 5000;
    expect([clock.now(), clock.frozen]).toEqual([1000, true]);
    await clock.advance(500);
    expect(clock.now()).toBe(1500);
    clock.resume();
    time = 6000;
    expect([clock.now(), clock.frozen]).toEqual([2500, false]);
  });

  test("also runs timers in real time", async ({ expect }) => {
    const clock = createEmulatorClock({ now: () => Date.now() });
    const rang = new Promise<number>((resolve) => {
      const instant = clock.now() + 20;
      clock.schedule(instant, () => resolve(clock.now() - instant));
    });
    expect(await rang).toBeGreaterThanOrEqual(0);
  });

  test("runs each timer once after a leap", async ({ expect }) => {
    let base = 1000;
    const done: number[] = [];
    const clock = createEmulatorClock({ now: () => base }, () => void done.push(clock.now()));
    const seen: unknown[] = [];
    const note = (name: string) => () => void seen.push([name, clock.now()]);
    clock.schedule(3000, note("first"));
    clock.schedule(5000, async () => {
      await setTimeout(5);
      base += 100;
      note("slow")();
    });
    clock.schedule(9000, note("not yet"));

    await clock.leap(8000);

    expect(seen).toEqual([
      ["first", 8000],
      ["slow", 8100],
    ]);
    expect(done).toEqual([8000, 8100]);
    expect(clock.now()).toBe(8100);
  });

  test("refuses to advance past the year 8000", async ({ expect }) => {
    const clock = createEmulatorClock({ now: () => 0 });
    await expect(clock.set(Date.UTC(9000, 0))).rejects.toThrow(RangeError);
    expect(clock.now()).toBe(0);
  });
});
