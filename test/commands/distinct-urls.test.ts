import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { distinctUrls } from "../../src/commands/list/distinct-urls.ts";
import { truncateMiddle } from "../../src/io/text.ts";

function show(urls: readonly string[], width: number): readonly string[] {
  const shown = distinctUrls(urls, width, { cut: truncateMiddle });
  return urls.map((url) => shown.get(url) ?? "");
}

describe("distinctUrls", () => {
  test("cuts URLs in the middle where they differ even so", () => {
    expect(show(["a.example.com/hooks/events", "b.example.com/hooks/events"], 16)).toEqual([
      "a.exampl…/events",
      "b.exampl…/events",
    ]);
  });

  test("leaves out the directories that all have", () => {
    const urls = ["1/hooks/in", "22/hooks/in"].map(
      (end) => `hooks.example.com/ringcentral/teams/${end}`,
    );
    expect(show(urls, 16)).toEqual(["…/1/hooks/in", "…/22/hooks/in"]);
  });

  const tenant = (n: number) => `hooks.example.com/for-tenant-number-${n}-in-production/events`;
  test.for<[string, readonly string[], readonly string[]]>([
    [
      "in a long name",
      [tenant(1), tenant(2), tenant(10)],
      ["…-1-in-producti…", "…-2-in-producti…", "…-10-in-product…"],
    ],
    [
      "beside another host",
      [tenant(1), tenant(2), "b.example.org/hook"],
      ["…-1-in-producti…", "…-2-in-producti…", "b.exampl…rg/hook"],
    ],
    [
      "in two places",
      ["eu", "us"].flatMap((host) => [1, 2].map((n) => `${host}.${tenant(n)}`)),
      ["eu.…-1-in-pro…", "eu.…-2-in-pro…", "us.…-1-in-pro…", "us.…-2-in-pro…"],
    ],
    [
      "at the end of one that goes on in another",
      [tenant(1), `${tenant(1)}/v2/of-the-same-length/events`, `${tenant(1)}/v2/events`],
      ["…/events", "…/v2/of-the-sam…", "…vents/v2/events"],
    ],
    [
      "in a long name, among many characters",
      [..."ab"].map((name) => `example.com/📞📞📞📞📞📞📞📞📞📞/${name}/📞📞📞📞📞📞📞📞📞`),
      ["…/a/📞📞📞📞📞📞📞📞📞", "…/b/📞📞📞📞📞📞📞📞📞"],
    ],
  ])("shows what differs %s", ([, urls, texts]) => {
    expect(show(urls, 16)).toEqual(texts);
  });

  test("tells apart whatever has a short difference", () => {
    const word = fc.stringMatching(/^[a-z/-]{0,60}$/);
    fc.assert(
      fc.property(
        word,
        fc.uniqueArray(fc.stringMatching(/^[a-z0-9]{1,4}$/), { minLength: 2, maxLength: 100 }),
        word,
        fc.integer({ min: 12, max: 60 }),
        (begin, names, end, width) => {
          const texts = show(
            names.map((name) => `example.com/${begin}/${name}/${end}`),
            width,
          );
          expect(new Set(texts).size).toBe(names.length);
          for (const text of texts) expect(text.length).toBeLessThanOrEqual(width);
        },
      ),
    );
  });
});
