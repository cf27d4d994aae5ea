import { describe, test, vi } from "vitest";
import { createOncePerId, type DedupeOptions } from "../../src/receiver/dedupe.ts";
import type { ReceiverOptions } from "../../src/receiver/options.ts";
import { createReceiver } from "../../src/receiver/receiver.ts";

/** Work that is counted by its id, and the time in seconds. */
function counter(options: DedupeOptions) {
  const clock = { seconds: 0 };
  const ran: string[] = [];
  const once = createOncePerId(options, () => clock.seconds * 1_000);
  const run = (id: string, succeeds = true) =>
    once(id, async () => {
      ran.push(id);
      return succeeds;
    });
  return { clock, ran, run };
}

describe("dedupe: work with an id", () => {
  test("is forgotten after the configured time", async ({ expect }) => {
    const { clock, ran, run } = counter({ seconds: 60 });
    expect([await run("a"), await run("a")]).toEqual([true, false]);
    clock.seconds = 59.9;
    expect(await run("a")).toBe(false);
    clock.seconds = 60;
    expect(await run("a")).toBe(true);
    expect(ran).toEqual(["a", "a"]);
  });

  test("is forgotten, oldest first, when there are more ids than allowed", async ({ expect }) => {
    const { ran, run } = counter({ maximum: 2 });
    for (const id of ["a", "b", "c", "b", "c", "a"]) await run(id);
    expect(ran).toEqual(["a", "b", "c", "a"]);
  });

  test("remembers 10,000 for an hour by default", async ({ expect }) => {
    const { clock, ran, run } = counter({});
    for (let count = 0; count < 10_000; count++) await run(String(count));
    await run("0");
    expect(ran).toHaveLength(10_000);
    await run("one more");
    await run("0");
    expect(ran).toHaveLength(10_002);
    clock.seconds = 3_600;
    await run("9999");
    expect(ran).toHaveLength(10_003);
  });

  test("runs again after it failed", async ({ expect }) => {
    const { ran, run } = counter({});
    expect([await run("a", false), await run("a", false), await run("a")]).toEqual([
      true,
      true,
      true,
    ]);
    expect(await run("a")).toBe(false);
    expect(ran).toEqual(["a", "a", "a"]);
  });

  test("waits for the same work in progress, and takes over if that fails", async ({ expect }) => {
    const once = createOncePerId({}, () => 0);
    const finish: ((succeeded: boolean) => void)[] = [];
    const work = () => new Promise<boolean>((resolve) => finish.push(resolve));
    const results = Promise.all([once("a", work), once("a", work), once("a", work)]);
    expect(finish).toHaveLength(1);
    finish[0]?.(false);
    await expect.poll(() => finish).toHaveLength(2);
    finish[1]?.(true);
    expect(await results).toEqual([true, true, false]);
    expect(finish).toHaveLength(2);
  });
});

describe("a receiver with dedupe", () => {
  async function deliver(options: ReceiverOptions, bodies: readonly object[]) {
    const seen: string[] = [];
    const receive = createReceiver({
      onEvent: ({ uuid, event }) => void seen.push(`${uuid} ${event}`),
      onRejected: (reason, kind) => void seen.push(`${kind}: ${reason}`),
      ...options,
    });
    for (const body of bodies) {
      const request = { method: "POST", body: JSON.stringify(body) };
      await receive(new Request("http://127.0.0.1/", request));
    }
    await receive.idle();
    return seen;
  }
  const one = { uuid: "7391846520173948652", event: "/team-messaging/v1/posts", body: {} };

  test("handles a repeated event once and reports the second delivery", async ({ expect }) => {
    for (const dedupe of [true, { maximum: 5 }]) {
      expect(await deliver({ dedupe }, [one, one])).toEqual([
        "7391846520173948652 /team-messaging/v1/posts",
        "duplicate: The event was delivered before",
      ]);
    }
    for (const options of [{}, { dedupe: false }]) {
      expect(await deliver(options, [one, one])).toHaveLength(2);
    }
  });

  test("does not write to the console about a repeated delivery", async ({ expect }) => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    try {
      const receive = createReceiver({ dedupe: true });
      for (const body of [JSON.stringify(one), JSON.stringify(one), "{"]) {
        await receive(new Request("http://127.0.0.1/", { method: "POST", body }));
      }
      await receive.idle();
      expect(warn.mock.calls).toEqual([["rcwh/receiver: The body is not JSON."]]);
    } finally {
      warn.mockRestore();
    }
  });

  test("treats events as different if their filters differ or if they have no text uuid", async ({
    expect,
  }) => {
    const other = { ...one, event: "/restapi/v1.0/glip/posts" };
    const unnamed = [
      { ...one, uuid: undefined },
      { ...one, uuid: "" },
      { ...one, uuid: 7 },
    ];
    const seen = await deliver({ dedupe: true }, [one, other, ...unnamed, ...unnamed]);
    expect(seen.filter((line) => line.startsWith("duplicate"))).toEqual([]);
    expect(seen).toHaveLength(8);
  });

  test("handles an event again if its handler failed", async ({ expect }) => {
    let attempts = 0;
    const errors: unknown[] = [];
    await deliver(
      {
        dedupe: true,
        on: {
          posts: () => {
            attempts += 1;
            if (attempts === 1) throw new Error("disk full");
          },
        },
        onError: (error) => errors.push(error),
      },
      [one, one, one],
    );
    expect([attempts, errors]).toEqual([2, [new Error("disk full")]]);
  });
});
