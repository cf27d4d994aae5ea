import fc from "fast-check";
import { describe, test } from "vitest";
import { parseShard, shardOf } from "../../src/config/shard.ts";

const keys = Array.from({ length: 10_000 }, (_, index) => `account ${index}`);

describe("a shard of the accounts", () => {
  test("is stable, and each account is in exactly one", ({ expect }) => {
    // If these changed, an update of rcwh would let two workers process one account.
    expect(["a", "b", "c", "d", "e"].map((key) => shardOf(key, 4))).toMatchInlineSnapshot(`
      [
        1,
        2,
        3,
        0,
        1,
      ]
    `);
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 300 }), (key, count) => {
        const shard = shardOf(key, count);
        expect(shard).toBe(shardOf(key, count));
        expect(Number.isInteger(shard) && shard >= 0 && shard < count).toBe(true);
      }),
    );
  });

  test("changes with their number only as far as necessary", ({ expect }) => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 100 }), (key, count) => {
        const [before, after] = [shardOf(key, count), shardOf(key, count + 1)];
        expect(after === before || after === count).toBe(true);
      }),
    );
    const moved = keys.filter((key) => shardOf(key, 4) !== shardOf(key, 5));
    expect(moved.length).toBeGreaterThan(1700);
    expect(moved.length).toBeLessThan(2300);
  });

  for (const count of [2, 3, 4, 7, 16]) {
    test(`of ${count} is as large as the others, give or take 15 %`, ({ expect }) => {
      const sizes = new Array<number>(count).fill(0);
      for (const key of keys) sizes[shardOf(key, count)] = (sizes[shardOf(key, count)] ?? 0) + 1;
      const even = keys.length / count;
      expect(Math.max(...sizes)).toBeLessThan(even * 1.15);
      expect(Math.min(...sizes)).toBeGreaterThan(even * 0.85);
    });
  }
});

describe("--shard", () => {
  test("accepts i/n, starting at 0", ({ expect }) => {
    expect(parseShard("0/4", {})).toEqual({ index: 0, count: 4 });
    expect(parseShard("3/4", {})).toEqual({ index: 3, count: 4 });
    for (const text of ["4/4", "-1/4", "1", "1/0", "0/0", "a/b", "0/10001", "1.5/4", ""]) {
      expect(() => parseShard(text, {}), text).toThrow("must look like 0/4");
    }
  });

  test("beats the environment", ({ expect }) => {
    const env = { JOB_COMPLETION_INDEX: "1", RCWH_SHARDS: "2" };
    expect(parseShard(undefined, env)).toEqual({ index: 1, count: 2 });
    expect(parseShard("0/3", env)).toEqual({ index: 0, count: 3 });
    expect(() => parseShard(undefined, { ...env, RCWH_SHARDS: "two" })).toThrow(
      "must look like 0/4",
    );
  });

  test("is not guessed from an incomplete environment", ({ expect }) => {
    expect(parseShard(undefined, {})).toBeUndefined();
    expect(parseShard(undefined, { JOB_COMPLETION_INDEX: "", RCWH_SHARDS: "" })).toBeUndefined();
    // An Indexed Job with one pod.
    expect(parseShard(undefined, { JOB_COMPLETION_INDEX: "0" })).toBeUndefined();
    expect(() => parseShard(undefined, { JOB_COMPLETION_INDEX: "1" })).toThrow("RCWH_SHARDS");
    expect(() => parseShard(undefined, { RCWH_SHARDS: "2" })).toThrow("JOB_COMPLETION_INDEX");
  });
});
