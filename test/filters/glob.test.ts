import fc from "fast-check";
import { describe, test } from "vitest";
import { globMatches } from "../../src/filters/glob.ts";

describe("globMatches", () => {
  test("treats * as any text and every other character as itself", ({ expect }) => {
    expect(globMatches("https://*/hook", "https://example.com/a/hook")).toBe(true);
    expect(globMatches("a?c", "abc")).toBe(false);
    expect(globMatches("a.c*", "abc")).toBe(false);
    expect(globMatches("ab*ba", "aba")).toBe(false);
    expect(globMatches("*", "")).toBe(true);
    expect(globMatches("", "")).toBe(true);
  });

  test("agrees with a regular expression", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "*"), maxLength: 8 });
    fc.assert(
      fc.property(text, text, (glob, tried) => {
        const pattern = new RegExp(`^${glob.replaceAll("*", ".*")}$`);
        return globMatches(glob, tried) === pattern.test(tried);
      }),
    );
  });

  test("is fast for a glob that would block a regular expression", ({ expect }) => {
    expect(globMatches(`${"*a".repeat(5_000)}b`, "a".repeat(100_000))).toBe(false);
  });
});
