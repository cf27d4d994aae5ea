import { describe, test } from "vitest";
import { createBodyReader } from "../../src/receiver/body-reader.ts";

const megabyte = 1024 * 1024;

describe("a body reader", () => {
  test("joins the chunks even if one splits a character", ({ expect }) => {
    const reader = createBodyReader(100)(undefined);
    const bytes = Buffer.from("Grüße");
    for (const piece of [bytes.subarray(0, 3), bytes.subarray(3)]) reader?.add(piece);
    expect(reader?.end()).toBe("Grüße");
    expect(createBodyReader(100)("0")?.end()).toBe("");
  });

  test("accepts a body up to the limit and no larger", ({ expect }) => {
    const readerOf = createBodyReader(10);
    const exact = readerOf("10");
    expect([exact?.add(new Uint8Array(10)), exact?.add(new Uint8Array(1))]).toEqual([true, false]);
    expect(readerOf("11")).toBe(undefined);
  });

  test("buffers at most 64 MiB of large bodies in total and always accepts small ones", ({
    expect,
  }) => {
    const readerOf = createBodyReader(megabyte);
    const open = () => readerOf(undefined);
    const readers = Array.from({ length: 100 }, open);
    const taken = readers.filter((reader) => reader?.add(new Uint8Array(megabyte)));
    // Each has its own 16 KiB.
    expect(taken).toHaveLength(65);
    expect(open()?.add(new Uint8Array(megabyte))).toBe(false);
    expect(open()?.add(new Uint8Array(16 * 1024))).toBe(true);

    taken[0]?.end();
    expect(open()?.add(new Uint8Array(megabyte))).toBe(true);
    taken[1]?.abandon();
    expect(open()?.add(new Uint8Array(megabyte))).toBe(true);
    expect(open()?.add(new Uint8Array(megabyte))).toBe(false);
  });
});
