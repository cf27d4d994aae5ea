import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { afterEach, describe, vi } from "vitest";
import {
  type LockRequest,
  takeLock,
  withBriefLock,
  withLock,
} from "../../../src/machine/locks/lock.ts";
import { ownIdentity, processStart } from "../../../src/machine/locks/process-identity.ts";
import { fakeClock, test } from "../../config/support.ts";

afterEach(() => void vi.useRealTimers());

function request(change: Partial<LockRequest> = {}): LockRequest {
  return {
    clock: fakeClock(),
    signal: new AbortController().signal,
    timeout: 1000,
    ...change,
  };
}

/** The lock of another process, whose last heartbeat was `seconds` ago. */
function lockedBefore(file: string, seconds: number): void {
  writeFileSync(`${file}.lock`, "");
  utimesSync(`${file}.lock`, new Date(), new Date(Date.now() - seconds * 1000));
}

describe("a lock", () => {
  test("exists while the work runs and is removed afterwards, even after a failure", async ({
    place,
    expect,
  }) => {
    const file = path.join(place, "new", "file");

    const result = await withLock(file, request(), async () => existsSync(`${file}.lock`));
    expect(result).toBe(true);

    const failing = withLock(file, request(), () => Promise.reject(new Error("no")));
    await expect(failing).rejects.toThrow("no");
    expect(readdirSync(path.dirname(file))).toEqual([]);
  });

  test("of a live process is waited for, up to a time limit", async ({ place, expect }) => {
    const file = path.join(place, "file");
    lockedBefore(file, 8);

    await expect(withLock(file, request(), async () => "done")).rejects.toMatchObject({
      message: `Another rcwh holds ${file}.lock, and did not release it in time.`,
      code: "LOCKED",
      exitCode: 5,
    });
    expect(existsSync(`${file}.lock`)).toBe(true);
  });

  test("names its owner after an unsuccessful wait, while it is held", async ({
    place,
    expect,
  }) => {
    const file = path.join(place, "file");
    const release = await takeLock(file, request({ owner: "process 4711" }));

    await expect(takeLock(file, request({ timeout: 0 }))).rejects.toMatchObject({
      code: "LOCKED",
      owner: "process 4711",
    });
    await release();
    expect(readdirSync(place)).toEqual([]);

    lockedBefore(file, 0);
    await expect(takeLock(file, request({ timeout: 0 }))).rejects.toMatchObject({
      owner: undefined,
    });
  });

  test("of a process that has been silent for ten seconds is taken over", async ({
    place,
    expect,
  }) => {
    const file = path.join(place, "file");
    lockedBefore(file, 11);

    expect(await withLock(file, request(), async () => "done")).toBe("done");
    expect(readdirSync(place)).toEqual([]);
  });

  test("from the future is taken over, except for a small clock difference", async ({
    place,
    expect,
  }) => {
    const file = path.join(place, "file");
    lockedBefore(file, -130 * 24 * 3600);
    expect(await withLock(file, request({ timeout: 0 }), async () => "done")).toBe("done");
    expect(readdirSync(place)).toEqual([]);

    lockedBefore(file, -8);
    const work = withLock(file, request({ timeout: 0 }), async () => "done");
    await expect(work).rejects.toMatchObject({ code: "LOCKED" });
  });

  test("is taken over even if a process was killed during a takeover", async ({
    place,
    expect,
  }) => {
    const file = path.join(place, "file");
    lockedBefore(file, 30);
    writeFileSync(`${file}.lock.stale`, "");
    utimesSync(`${file}.lock.stale`, new Date(), new Date(Date.now() - 20_000));

    expect(await withLock(file, request(), async () => "done")).toBe("done");
    expect(readdirSync(place)).toEqual([]);
  });

  test("is no longer waited for once the run is interrupted", async ({ place, expect }) => {
    const file = path.join(place, "file");
    lockedBefore(file, 0);
    const reason = new Error("Ctrl-C");
    const signal = AbortSignal.abort(reason);

    await expect(withLock(file, request({ signal }), async () => "done")).rejects.toBe(reason);
    const stubborn = withLock(file, request({ signal, ignoresSignal: true }), async () => "done");
    await expect(stubborn).rejects.toMatchObject({ code: "LOCKED" });
  });

  test("is given to callers within a process in order", async ({ place, expect }) => {
    const file = path.join(place, "file");
    const order: string[] = [];
    const run = (name: string) =>
      withLock(file, request({ timeout: 0 }), async () => {
        order.push(`${name} begins`);
        await new Promise((resolve) => setImmediate(resolve));
        order.push(`${name} ends`);
      });

    await Promise.all([run("a"), run("b"), run("c")]);

    expect(order).toEqual(["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]);
  });
});

/** The lock of a process, with a heartbeat of this moment. */
function lockedBy(file: string, holder: object): void {
  writeFileSync(`${file}.lock`, JSON.stringify({ process: { ...ownIdentity(), ...holder } }));
}

describe.skipIf(ownIdentity() === undefined)("a lock of a process on this machine", () => {
  const { pid: endedPid } = spawnSync("true");
  const parent = { pid: process.ppid, start: processStart(process.ppid) };

  test.for([
    ["that has ended", { pid: endedPid, start: "1" }],
    ["whose number was reused", { pid: process.ppid, start: "1" }],
  ] as const)("%s is taken over at once", async ([, holder], { place, expect }) => {
    const file = path.join(place, "file");
    lockedBy(file, holder);

    expect(await withLock(file, request({ timeout: 0 }), async () => "done")).toBe("done");
    expect(readdirSync(place)).toEqual([]);
  });

  test("is taken over immediately if the process ended, even as a zombie", async ({
    place,
    expect,
  }) => {
    const file = path.join(place, "file");
    const shell = spawn("sh", ["-c", "sleep 600 >&- & echo $!; exec sleep 600"]);
    const [output] = await once(shell.stdout, "data");
    const pid = Number(output);
    lockedBy(file, { pid, start: processStart(pid) });
    const take = () => withLock(file, request({ timeout: 0 }), async () => "done");
    await expect(take()).rejects.toMatchObject({ code: "LOCKED" });

    // Before that, the shell itself would notice the end.
    await expect.poll(() => readFileSync(`/proc/${shell.pid}/comm`, "utf8")).toBe("sleep\n");
    process.kill(pid);
    await expect.poll(() => readFileSync(`/proc/${pid}/stat`, "utf8")).toContain(") Z ");
    expect(await take()).toBe("done");
    shell.kill();
  });

  test("is waited for while the process runs, and its owner is named", async ({
    place,
    expect,
  }) => {
    const file = path.join(place, "file");
    lockedBy(file, parent);

    const work = withLock(file, request({ timeout: 0 }), async () => "done");
    await expect(work).rejects.toMatchObject({
      message: `Another rcwh (process ${process.ppid}) holds ${file}.lock, and did not release it in time.`,
      pid: process.ppid,
    });
  });

  test("is taken over after ten silent seconds, even if the process runs", async ({
    place,
    expect,
  }) => {
    const file = path.join(place, "file");
    lockedBy(file, parent);
    const longAgo = new Date(Date.now() - 11_000);
    utimesSync(`${file}.lock`, longAgo, longAgo);

    expect(await withLock(file, request({ timeout: 0 }), async () => "done")).toBe("done");
  });

  test.for([
    ["another machine", { host: "elsewhere" }],
    ["an earlier boot", { boot: "another" }],
    ["another container", { pidNamespace: "pid:[1]" }],
    ["a process without a number", { pid: -1 }],
  ] as const)("is no reason to trust one of %s", async ([, change], { place, expect }) => {
    const file = path.join(place, "file");
    lockedBy(file, { pid: endedPid, start: "1", ...change });

    const work = withLock(file, request({ timeout: 0 }), async () => "done");
    await expect(work).rejects.toMatchObject({ code: "LOCKED", pid: undefined });
  });

  test("is taken over even though the process that guards it ended too", async ({
    place,
    expect,
  }) => {
    const file = path.join(place, "file");
    const ended = { pid: endedPid, start: "1" };
    lockedBy(file, ended);
    writeFileSync(`${file}.lock.stale`, readFileSync(`${file}.lock`));

    expect(await withLock(file, request({ timeout: 0 }), async () => "done")).toBe("done");
    expect(readdirSync(place)).toEqual([]);
  });
});

test("a lock file with unexpected content counts by its modification time", async ({
  place,
  expect,
}) => {
  const file = path.join(place, "file");
  for (const content of ["{", "[]", "null", '{"process":7}', '{"process":{"pid":"1"}}']) {
    writeFileSync(`${file}.lock`, content);
    const work = withLock(file, request({ timeout: 0 }), async () => "done");
    await expect(work).rejects.toMatchObject({ code: "LOCKED", owner: undefined });
  }
});

describe("a long-held lock", () => {
  test("shows every two seconds that its owner is alive", async ({ place, expect }) => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const file = path.join(place, "file");
    const release = await takeLock(file, request());
    const longAgo = new Date(Date.now() - 9_000);
    utimesSync(`${file}.lock`, longAgo, longAgo);

    vi.advanceTimersByTime(2_000);

    expect(Date.now() - statSync(`${file}.lock`).mtimeMs).toBeLessThan(5_000);
    await release();
    expect(vi.getTimerCount()).toBe(0);
  });

  test("tells its owner that another process took it, and stays with that process", async ({
    place,
    expect,
  }) => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const file = path.join(place, "file");
    const lost = vi.fn();
    const release = await takeLock(file, request({ onLost: lost }));
    const longAgo = new Date(Date.now() - 11_000);
    utimesSync(`${file}.lock`, longAgo, longAgo);
    const releaseOther = await takeLock(file, request({ owner: "the other" }));

    vi.advanceTimersByTime(4_000);

    expect(lost).toHaveBeenCalledTimes(1);
    await release();
    expect(readFileSync(`${file}.lock`, "utf8")).toContain("the other");
    await releaseOther();
    expect(readdirSync(place)).toEqual([]);
  });
});

describe("several locks held by one process", () => {
  const inodeOf = (file: string) => statSync(`${file}.lock`).ino;

  test("are links to one file, and are released one by one", async ({ place, expect }) => {
    const [first, second, brief] = ["first", "second", "brief"].map((name) =>
      path.join(place, name),
    ) as [string, string, string];

    await withLock(first, request({ owner: "process 4711" }), async () => {
      await withLock(second, request(), async () => {
        expect(inodeOf(second)).toBe(inodeOf(first));
        const inode = await withBriefLock(brief, request(), () => inodeOf(brief));
        expect(inode).toBe(inodeOf(first));
        // Everybody reads there who holds it.
        const other = path.join(place, "other");
        await withLock(other, request({ owner: "process 4712" }), async () =>
          expect(inodeOf(other)).not.toBe(inodeOf(first)),
        );
      });
      expect(readdirSync(place)).toEqual(["first.lock"]);
    });
    expect(readdirSync(place)).toEqual([]);
  });

  test("stay locked when the first one is released", async ({ place, expect }) => {
    const [first, second] = [path.join(place, "first"), path.join(place, "second")];
    let end = () => {};
    const work = withLock(first, request(), async () => {
      let later: Promise<void> | undefined;
      await new Promise<void>((begin) => {
        later = withLock(second, request(), () => {
          begin();
          return new Promise<void>((resolve) => (end = resolve));
        });
      });
      return { later };
    });
    const { later } = await work;

    expect(readdirSync(place)).toEqual(["second.lock"]);
    end();
    await later;
    expect(readdirSync(place)).toEqual([]);
  });

  test("are not linked to one that another process has taken over", async ({ place, expect }) => {
    const [first, second] = [path.join(place, "first"), path.join(place, "second")];
    await withLock(first, request(), async () => {
      rmSync(`${first}.lock`);
      lockedBefore(first, 0);

      await withLock(second, request(), async () =>
        expect(inodeOf(second)).not.toBe(inodeOf(first)),
      );
    });
    expect(readdirSync(place)).toEqual(["first.lock"]);
  });
});

describe("where no lock can be created", () => {
  test.for([true, false])("optional locking: %j", async (worksUnlocked, { place, expect }) => {
    writeFileSync(path.join(place, "file"), "");
    const work = withLock(
      path.join(place, "file", "below"),
      request({ worksUnlocked }),
      async () => "done",
    );

    if (worksUnlocked) expect(await work).toBe("done");
    else await expect(work).rejects.toMatchObject({ code: "ENOTDIR" });
  });
});

describe("a brief lock", () => {
  test("becomes the file that it locks", async ({ place, expect }) => {
    const file = path.join(place, "new", "file");

    const replaced = await withBriefLock(file, request(), (lock) =>
      lock.replace(file, "text", { durable: true }),
    );

    expect(replaced).toBe(true);
    expect(readFileSync(file, "utf8")).toBe("text");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(path.dirname(file))).toEqual(["file"]);
  });

  test("repeats its work if another process took it meanwhile", async ({ place, expect }) => {
    const file = path.join(place, "file");
    let runs = 0;

    await withBriefLock(file, request(), (lock) => {
      runs += 1;
      if (runs === 1) {
        rmSync(`${file}.lock`);
        lockedBefore(file, 11);
      }
      return lock.replace(file, `text ${runs}`) || undefined;
    });

    expect(runs).toBe(2);
    expect(readFileSync(file, "utf8")).toBe("text 2");
    expect(readdirSync(place)).toEqual(["file"]);
  });

  test("of another process is waited for, up to a time limit", async ({ place, expect }) => {
    const file = path.join(place, "file");
    lockedBefore(file, 8);

    const work = withBriefLock(file, request(), () => "done");
    await expect(work).rejects.toMatchObject({ name: "LockedError" });
    expect(await withBriefLock(file, request({ stale: 4_000 }), () => "done")).toBe("done");
  });

  test("is released if its work fails", async ({ place, expect }) => {
    const work = withBriefLock(path.join(place, "file"), request(), () => {
      throw new Error("no");
    });
    await expect(work).rejects.toThrow("no");
    expect(readdirSync(place)).toEqual([]);
  });
});
