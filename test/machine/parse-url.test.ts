import { expect, test } from "vitest";
import { parseUrl } from "../../src/machine/parse-url.ts";

test("accepts a host name that is not ASCII, every time it is called", () => {
  const rejected = Array.from({ length: 20_000 }, () => parseUrl("https://exämple.com/ü")).filter(
    (url) => url?.host !== "xn--exmple-cua.com",
  );

  expect(rejected).toEqual([]);
});

test("returns undefined for text that is not a URL", () => {
  expect(parseUrl("exämple.com")).toBeUndefined();
  expect(parseUrl("/path", "http://localhost")?.href).toBe("http://localhost/path");
});
