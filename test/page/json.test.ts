import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findJsonError } from "../../src/page/check-json.ts";
import { ExactNumber, formatExact, parseExact, reindent } from "../../src/page/exact-json.ts";
import { moveInTree } from "../../src/page/tree-keys.ts";
import { idOf, initiallyExpanded, pathText, visibleNodes } from "../../src/page/tree-nodes.ts";

const runs = { seed: 7, numRuns: 500 };

describe("The check of JSON", () => {
  /** JSON with a part cut out, doubled or replaced. */
  const damaged = fc
    .tuple(
      fc.json(),
      fc.nat(),
      fc.nat(),
      fc.constantFrom("", ",", "}", "]", '"', "\\", "0", "\n", "-", "e"),
    )
    .map(([text, at, length, put]) => {
      const from = at % (text.length + 1);
      return text.slice(0, from) + put + text.slice(from + (length % 3));
    });

  test("accepts what JSON.parse accepts, and nothing else", () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), damaged, fc.string()), (text) => {
        expect(findJsonError(text) === undefined, text).toBe(isJson(text));
      }),
      runs,
    );
  });

  test.for([
    ["", 1, 1, "The text ends where a value should be."],
    ['{\n  "a": 1,\n  "b": oops\n}', 3, 8, 'Expected a value, but found "o".'],
    ['{\n  "a": 1,\n}', 3, 1, "Remove the comma before this bracket."],
    ["[1, 2,]", 1, 7, "Remove the comma before this bracket."],
    ['{"a" 1}', 1, 6, "Expected a colon after the name."],
    ["{'a': 1}", 1, 2, `Expected a name in double quotes, but found "'".`],
    ["['a']", 1, 2, 'Text must be in double quotes: "…".'],
    ['{"a": "b\n"}', 1, 7, "This text has no closing quote on its line."],
    [String.raw`["\x"]`, 1, 3, "This is not a valid escape sequence."],
    ['{"a": 1', 1, 8, "The text ends, but a } is missing."],
    ['{"a": 1 "b": 2}', 1, 9, "Expected a comma or }, but found a quote."],
    ["1 2", 1, 3, 'Expected the end, but found "2".'],
    ['["\t"]', 1, 3, "Control characters in text must be escaped."],
  ] as const)("says where and why: %j", ([text, line, column, message]) => {
    expect(findJsonError(text)).toMatchObject({ line, column, message });
  });

  test("reads text of any depth", () => {
    expect(findJsonError("[".repeat(100_000) + "]".repeat(100_000))).toBeUndefined();
  });
});

describe("Exact JSON", () => {
  test("is printed and read back as it was", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.constantFrom("", "  "), (value, indent) => {
        const text = formatExact(value, indent);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(formatExact(parseExact(text)?.value, indent)).toBe(text);
      }),
      runs,
    );
  });

  test("prints several lines as JSON.stringify does", () => {
    const value = { a: [1, { b: null }], c: {}, d: [] };

    expect(formatExact(value)).toBe(JSON.stringify(value, undefined, 2));
    expect(formatExact(new ExactNumber("12345678901234567890"))).toBe("12345678901234567890");
  });

  test("is nothing for text that is not JSON or is nested too deeply", () => {
    expect(parseExact("<b>no</b>")).toBeUndefined();
    expect(parseExact("[".repeat(5000) + "]".repeat(5000))).toBeUndefined();
    expect(parseExact("null")).toEqual({ value: null });
  });
});

describe("The tree of a value", () => {
  const root = { uuid: "1", body: { to: [{ name: "Jane" }, { name: "Joe" }], empty: {} } };
  const open = (...paths: readonly (readonly (string | number)[])[]) => ({
    expanded: new Set(paths.map(idOf)),
    shown: new Map<string, number>(),
  });

  test("has a line for each part of what is open", () => {
    const nodes = visibleNodes(root, open([], ["body"]));

    expect(
      nodes.map(({ path, level, position, siblings }) => [
        pathText(path),
        level,
        position,
        siblings,
      ]),
    ).toEqual([
      ["", 1, 1, 1],
      ["uuid", 2, 1, 2],
      ["body", 2, 2, 2],
      ["body.to", 3, 1, 2],
      ["body.empty", 3, 2, 2],
    ]);
  });

  test("shows many elements in portions", () => {
    const many = Array.from({ length: 1000 }, (_, index) => index);
    const nodes = visibleNodes(many, open([]));

    expect(nodes).toHaveLength(202);
    expect(nodes.at(-1)).toMatchObject({ more: 800 });
    const more = visibleNodes(many, { ...open([]), shown: new Map([["[]", 1000]]) });
    expect(more).toHaveLength(1001);
  });

  test("opens at first what there is room for, and always the outermost", () => {
    const wide = { list: Array.from({ length: 100 }, (_, index) => index) };

    expect([...initiallyExpanded(wide)]).toEqual([idOf([])]);
    expect(initiallyExpanded(root).size).toBe(5);
  });

  test("is walked with the keys of the ARIA practices", () => {
    const nodes = visibleNodes(root, open([], ["body"]));
    const at = (...path: (string | number)[]) =>
      nodes.find(({ id }) => id === idOf(path)) ?? expect.unreachable();

    expect(moveInTree(nodes, at(), "ArrowDown")).toEqual({ to: idOf(["uuid"]) });
    expect(moveInTree(nodes, at("body"), "ArrowRight")).toEqual({ to: idOf(["body", "to"]) });
    expect(moveInTree(nodes, at("body", "to"), "ArrowRight")).toMatchObject({ toggle: true });
    expect(moveInTree(nodes, at("body", "to"), "ArrowLeft")).toEqual({ to: idOf(["body"]) });
    expect(moveInTree(nodes, at("body"), "ArrowLeft")).toMatchObject({ toggle: true });
    expect(moveInTree(nodes, at("uuid"), "Enter")).toEqual({ to: idOf(["uuid"]) });
    expect(moveInTree(nodes, at("uuid"), "End")).toEqual({ to: idOf(["body", "empty"]) });
    expect(moveInTree(nodes, at("uuid"), "x")).toBeUndefined();
  });

  test("names a path as a program does", () => {
    expect(pathText(["body", "to", 0, "first name", "x"])).toBe('body.to[0]["first name"].x');
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe("Formatting JSON text", () => {
  test("changes its white space only", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(reindent(text)).toBe(JSON.stringify(JSON.parse(text), undefined, 2));
      }),
      { seed: 7, numRuns: 100 },
    );
    expect(
      reindent(String.raw`{"a":1.0,"a":12345678901234567890, "b\u00e9{[": [ ],"c":"\"}"}`),
    ).toBe(
      String.raw`{
  "a": 1.0,
  "a": 12345678901234567890,
  "b\u00e9{[": [],
  "c": "\"}"
}`,
    );
  });
});
