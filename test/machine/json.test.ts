import { expect, test } from "vitest";
import {
  elementsOf,
  isFlag,
  isInstant,
  isListOf,
  isMapOf,
  isNumber,
  isObject,
  isOptional,
  isShape,
  isText,
  jsonOrText,
  membersOf,
  parseJson,
  textMembersOf,
} from "../../src/machine/json.ts";

test.each([
  ["an object", '{"a":1}', { a: 1 }],
  ["null", "null", null],
  ["a text", '"a"', "a"],
  ["half an object", '{"a":', undefined],
  ["an empty text", "", undefined],
  ["no text", undefined, undefined],
])("parseJson reads %s", (_what, text, value) => {
  expect(parseJson(text)).toEqual(value);
});

test.each([
  ["an object", {}, true],
  ["an array", [], false],
  ["null", null, false],
  ["a string", "text", false],
])("isObject recognizes %s", (_what, value, expected) => {
  expect(isObject(value)).toBe(expected);
});

test("membersOf and elementsOf are empty for a value of another type", () => {
  expect(membersOf({ a: 1 })).toEqual({ a: 1 });
  expect(membersOf([1])).toEqual({});
  expect(membersOf(null)).toEqual({});
  expect(elementsOf([1])).toEqual([1]);
  expect(elementsOf({ a: 1 })).toEqual([]);
});

test("textMembersOf omits values that are not strings", () => {
  expect(textMembersOf({ a: "1", b: 2, c: null })).toEqual({ a: "1" });
  expect(textMembersOf("text")).toEqual({});
});

test("jsonOrText returns text that is not JSON unchanged", () => {
  expect(jsonOrText("null")).toBe(null);
  expect(jsonOrText('{"a":1}')).toEqual({ a: 1 });
  expect(jsonOrText("{a")).toBe("{a");
});

interface Order {
  readonly id: string;
  readonly count?: number;
  readonly paid: boolean;
  readonly lines: readonly string[];
  readonly prices: Readonly<Record<string, number>>;
  readonly at: string;
}

const isOrder = isShape<Order>({
  id: isText,
  count: isOptional(isNumber),
  paid: isFlag,
  lines: isListOf(isText),
  prices: isMapOf(isNumber),
  at: isInstant,
});

const order = { id: "1", paid: true, lines: ["a"], prices: { a: 1 }, at: "2026-11-22T12:00:00Z" };

test.each([
  ["what it asks for", order, true],
  ["an optional member", { ...order, count: 1 }, true],
  ["members that it does not know", { ...order, other: null }, true],
  ["an optional member of another type", { ...order, count: "1" }, false],
  ["no number", { ...order, count: Number.NaN }, false],
  ["a flag that is a text", { ...order, paid: "true" }, false],
  ["a list of something else", { ...order, lines: ["a", 1] }, false],
  ["a map of something else", { ...order, prices: { a: "1" } }, false],
  ["no instant", { ...order, at: "yesterday" }, false],
  ["nothing", {}, false],
  ["an array", [order], false],
])("isShape recognizes an object with %s", (_what, value, expected) => {
  expect(isOrder(value)).toBe(expected);
});
