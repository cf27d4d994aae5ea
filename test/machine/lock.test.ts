import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe } from "vitest";
import { type LockOptions, takeLock, withLock } from "../../src/machine/lock.ts";
import { fakeClock, test } from "../config/support.ts";

function manners(change: Partial<LockOptions> = {}): LockOptions {
  return {
    clock: fakeClock(),
    signal: new AbortController().signal,
    patience: 1000,
    ...change,
  };
}

/** The lock of another process, last heard of so many seconds ago. */
function lockedBefore(file: string, seconds: number): void {
  writeFileSync(`${file}.lock`, "");
  utimesSync(`${file}.lock`, new Date(), new Date(Date.now() - seconds * 1000));
}

describe("a lock", () => {
  test("is there while the work runs, and gone after it, also when it fails", async ({
    place,
    expect,
  }) => {
    const file = path.join(place, "new", "file");

    const result = await withLock(file, manners(), async () => existsSync(`${file}.lock`));
    expect(result).toBe(true);

    const failing = withLock(file, manners(), () => Promise.reject(new Error("no")));
    await expect(failing).rejects.toThrow("no");
    expect(readdirSync(path.dirname(file))).toEqual([]);
  });

  test("of a living process is waited for, and not for ever", async ({ place, expect }) => {
    const file = path.join(place, "file");
    lockedBefore(file, 8);

    await expect(withLock(file, manners(), async () => "done")).rejects.toMatchObject({
      message: `Another rcwh has held ${file}.lock for too long.`,
      code: "LOCKED",
      exitCode: 5,
    });
    expect(existsSync(`${file}.lock`)).toBe(true);
  });

  test("tells those who wait in vain who its holder is, as long as it is held", async ({
    place,
    expect,
  }) => {
    const file = path.join(place, "file");
    const release = await takeLock(file, manners({ owner: "process 4711" }));

    await expect(takeLock(file, manners({ patience: 0 }))).rejects.toMatchObject({
      code: "LOCKED",
      owner: "process 4711",
    });
    await release();
    expect(readdirSync(place)).toEqual([]);

    lockedBefore(file, 0);
    await expect(takeLock(file, manners({ patience: 0 }))).rejects.toMatchObject({
      owner: undefined,
    });
  });

  test("of a process that has not been heard of for ten seconds is taken over", async ({
    place,
    expect,
  }) => {
    const file = path.join(place, "file");
    lockedBefore(file, 11);

    expect(await withLock(file, manners(), async () => "done")).toBe("done");
    expect(readdirSync(place)).toEqual([]);
  });

  test("is taken over also where a process was killed taking it over", async ({
    place,
    expect,
  }) => {
    const file = path.join(place, "file");
    lockedBefore(file, 30);
    mkdirSync(`${file}.lock.stale`);
    utimesSync(`${file}.lock.stale`, new Date(), new Date(Date.now() - 20_000));

    expect(await withLock(file, manners(), async () => "done")).toBe("done");
    expect(existsSync(`${file}.lock`)).toBe(false);
  });

  test("is not waited for once the run is interrupted", async ({ place, expect }) => {
    const file = path.join(place, "file");
    lockedBefore(file, 0);
    const reason = new Error("Ctrl-C");
    const signal = AbortSignal.abort(reason);

    await expect(withLock(file, manners({ signal }), async () => "done")).rejects.toBe(reason);
    const stubborn = withLock(file, manners({ signal, ignoresSignal: true }), async () => "done");
    await expect(stubborn).rejects.toMatchObject({ code: "LOCKED" });
  });

  test("is given to one after the other in a process", async ({ place, expect }) => {
    const file = path.join(place, "file");
    const order: string[] = [];
    const run = (name: string) =>
      withLock(file, manners({ patience: 0 }), async () => {
        order.push(`${name} begins`);
        await new Promise((resolve) => setImmediate(resolve));
        order.push(`${name} ends`);
      });

    await Promise.all([run("a"), run("b"), run("c")]);

    expect(order).toEqual(["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]);
  });
});
