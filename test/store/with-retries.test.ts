import { describe, expect, test } from "vitest";
import { CliError } from "../../src/errors.ts";
import { storeContract } from "../../src/store/contract/store-contract.ts";
import { memoryStore } from "../../src/store/memory-store.ts";
import type { Store } from "../../src/store/store.ts";
import { withRetries } from "../../src/store/with-retries.ts";
import { fakeClock } from "../config/support.ts";

const reset = (): Error => Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });

/** A store whose calls fail as `plan` says, before they are made or after: then the answer is lost. */
function flaky(store: Store, plan: () => "before" | "after" | undefined, fault = reset): Store {
  const through = async <Result>(call: () => Promise<Result>): Promise<Result> => {
    const when = plan();
    if (when === "before") throw fault();
    const result = await call();
    if (when === "after") throw fault();
    return result;
  };
  return {
    read: (key) => through(() => store.read(key)),
    compareAndSet: (change) => through(() => store.compareAndSet(change)),
    lock: (request) => through(() => store.lock(request)),
    unlock: (lock) => through(() => store.unlock(lock)),
  };
}

/** Each in turn, and then nothing. */
function once(...plan: readonly ("before" | "after")[]) {
  const rest = [...plan];
  return () => rest.shift();
}

describe("A store that fails again and again, with retries,", () => {
  let time = Date.UTC(2026, 10, 30);
  const memory = memoryStore({ now: () => time });
  let calls = 0;
  const plan = () => {
    calls += 1;
    return calls % 3 === 0 ? "before" : calls % 3 === 1 ? "after" : undefined;
  };
  const checks = storeContract({
    open: () => withRetries(flaky(memory, plan), { clock: fakeClock() }),
    pass: (milliseconds) => {
      time += milliseconds;
    },
  });
  // Whoever has lost the answer and is overwritten repeats the change; what is gone counts as removed.
  const unsure = /many writers|removes an entry|forgets an entry/;
  for (const { name, run } of checks) if (!unsure.test(name)) test(name, run);
});

describe("withRetries", () => {
  test.for([
    ["of a write", { value: "2" }],
    ["of a removal", { value: undefined }],
  ] as const)(
    "finds out that the change was made when the answer %s is lost",
    async ([, { value }]) => {
      const memory = memoryStore();
      const { version } = await written(memory, "a", undefined, "1");
      const store = withRetries(flaky(memory, once("after", "after")), { clock: fakeClock() });

      const outcome = await store.compareAndSet({ key: "a", version, value });

      const entry = await memory.read("a");
      expect(outcome).toEqual({ written: true, version: entry?.version });
      expect(entry?.value).toBe(value);
    },
  );

  test("does not take another's write of the same value for its own", async () => {
    const memory = memoryStore();
    let other = true;
    const store = withRetries(
      {
        ...memory,
        async compareAndSet(change) {
          if (!other) return memory.compareAndSet(change);
          other = false;
          await written(memory, "counter", undefined, "1");
          throw reset();
        },
      },
      { clock: fakeClock() },
    );

    const outcome = await store.compareAndSet({ key: "counter", version: undefined, value: "1" });

    expect(outcome).toEqual({ written: false, reason: "changed" });
  });

  test("finds its write also when it has lost the lock meanwhile", async () => {
    const memory = memoryStore();
    const taken = await memory.lock({ name: "a", holder: "me", ttl: 1000 });
    const lock = taken.taken ? taken.lock : undefined;
    let isFirst = true;
    const store = withRetries(
      {
        ...memory,
        async compareAndSet(change) {
          const outcome = await memory.compareAndSet(change);
          if (!isFirst) return outcome;
          isFirst = false;
          if (lock) await memory.unlock(lock);
          throw reset();
        },
      },
      { clock: fakeClock() },
    );

    const outcome = await store.compareAndSet({ key: "a", version: undefined, value: "1", lock });

    expect(outcome.written).toBe(true);
  });

  test("keeps the lock, with its fence, whose answer was lost", async () => {
    const memory = memoryStore();
    const store = withRetries(flaky(memory, once("after", "before", "after")), {
      clock: fakeClock(),
    });

    const outcome = await store.lock({ name: "a", holder: "me", ttl: 1000 });

    expect(outcome).toEqual({ taken: true, lock: { name: "a", holder: "me", fence: 1 } });
  });

  test("gives up at its deadline, with pauses that grow, and says what failed", async () => {
    const clock = fakeClock();
    const start = clock.now();
    const pauses: number[] = [];
    const sleep = (milliseconds: number) => {
      pauses.push(milliseconds);
      return clock.sleep(milliseconds);
    };
    const store = withRetries(
      flaky(memoryStore(), () => "before"),
      {
        clock: { ...clock, sleep },
        deadline: 5000,
      },
    );

    await expect(store.read("a")).rejects.toMatchObject({
      name: "StoreError",
      code: "STORE",
      exitCode: 5,
      message: "Cannot use the store: the connection was cut.",
      hint: "Start its server, or correct its URL, then try again.",
    });
    expect(clock.now() - start).toBeLessThanOrEqual(5000);
    expect(clock.now() - start).toBeGreaterThan(2500);
    expect(pauses.length).toBeGreaterThan(5);
    expect(pauses[0]).toBeLessThanOrEqual(50);
  });

  test("stops repeating when the run is interrupted, but still tries each call once", async () => {
    const reason = new Error("Ctrl-C");
    const signal = AbortSignal.abort(reason);
    const memory = memoryStore();

    const fails = withRetries(
      flaky(memory, () => "before"),
      { clock: fakeClock(), signal },
    );
    await expect(fails.read("a")).rejects.toBe(reason);
    const works = withRetries(memory, { clock: fakeClock(), signal });
    expect(await works.read("a")).toBe(undefined);
  });

  test("takes silence for a failure", async () => {
    let isSilent = true;
    const memory = memoryStore();
    const read: Store["read"] = (key) => {
      if (!isSilent) return memory.read(key);
      isSilent = false;
      return new Promise(() => {});
    };

    expect(
      await withRetries({ ...memory, read }, { clock: fakeClock(), timeout: 5 }).read("a"),
    ).toBe(undefined);
  });

  const state = (code: string, message: string) => () =>
    Object.assign(new Error(message), { code });
  test("does not repeat what the store refuses", async () => {
    const fault = state("28P01", 'password authentication failed for user "a"');
    const store = withRetries(flaky(memoryStore(), once("before"), fault), { clock: fakeClock() });

    await expect(store.read("a")).rejects.toMatchObject({
      ...{ name: "StoreRefusal", code: "STORE_REFUSED", exitCode: 2 },
      message: 'Cannot use the store: password authentication failed for user "a".',
      cause: { code: "28P01" },
    });
  });

  test.for([
    state("57P03", "the database system is starting up"),
    state("53300", "sorry, too many clients already"),
    state("EPIPE", "write EPIPE"),
    () => new Error("Connection terminated unexpectedly"),
    () => new Error("LOADING Redis is loading the dataset in memory"),
    () => new TypeError("fetch failed"),
  ])("repeats after %s", async (fault) => {
    const store = withRetries(flaky(memoryStore(), once("before"), fault), { clock: fakeClock() });
    expect(await store.read("a")).toBe(undefined);
  });

  test("leaves bugs and bad keys as they are", async () => {
    const bug = new TypeError("undefined is not a function");
    const store = withRetries(
      flaky(
        memoryStore(),
        () => "before",
        () => bug,
      ),
    );
    await expect(store.read("a")).rejects.toBe(bug);
    await expect(withRetries(memoryStore()).read("../a")).rejects.toThrow(RangeError);
  });

  test.for([
    ["STORE_REFUSED", 2, 1],
    ["STORE", 5, 2],
  ] as const)("knows %s of a store from another bundle", async ([code, exitCode, tries]) => {
    const explained = { code, exitCode, hint: "Make it writable." };
    const fault = () => Object.assign(new Error("Cannot write /a.json: read-only."), explained);
    let calls = 0;
    const plan = () => {
      calls += 1;
      return "before" as const;
    };
    const store = withRetries(flaky(memoryStore(), plan, fault), {
      clock: fakeClock(),
      deadline: 60,
    });

    const failure: unknown = await store.read("a").catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(CliError);
    expect(failure).toMatchObject({ ...explained, message: "Cannot write /a.json: read-only." });
    expect(calls).toBe(tries);
  });

  test("shows no password, neither in what it throws nor in its cause", async () => {
    const fault = () =>
      new AggregateError(
        [
          new Error(
            "connect failed: postgres://rcwh:p7/q@s:w@db.example.com:5432/x?password=again",
          ),
        ],
        "",
      );
    const store = withRetries(
      flaky(memoryStore(), () => "before", fault),
      { deadline: 0 },
    );

    const error: unknown = await store.read("a").catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({
      message:
        "Cannot use the store: connect failed: postgres://…@db.example.com:5432/x?password=….",
    });
    const { stack, cause } = error as Error;
    expect(`${stack} ${(cause as Error).stack}`).not.toMatch(/p7\/q|again/);
  });

  test.for([
    [
      "of a command",
      () => new Error('ERR max daily request limit exceeded, command was: ["eval","a-token"]'),
      "ERR max daily request limit exceeded",
    ],
    [
      "of a statement",
      () =>
        new Error("Failed query: INSERT\nparams: a-token", {
          cause: Object.assign(new Error("too many clients"), { code: "53300" }),
        }),
      "too many clients",
    ],
    ["of a statement without a cause", () => new Error("Failed\nparams: a-token"), "Failed"],
  ] as const)("shows no argument %s", async ([, fault, reason]) => {
    const plan = () => "before" as const;
    const store = withRetries(flaky(memoryStore(), plan, fault), { deadline: 0 });

    const error: unknown = await store.read("a").catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({ message: `Cannot use the store: ${reason}.` });
    const { stack, cause } = error as Error;
    expect(`${stack} ${(cause as Error).stack}`).not.toContain("a-token");
  });
});

async function written(store: Store, key: string, version: string | undefined, value: string) {
  const outcome = await store.compareAndSet({ key, version, value });
  if (!outcome.written) throw new Error(outcome.reason);
  return outcome;
}
