import { expect, test } from "vitest";
import {
  elementsOf,
  isObject,
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
])("isObject tells %s", (_what, value, expected) => {
  expect(isObject(value)).toBe(expected);
});

test("membersOf and elementsOf are empty for a value of another type", () => {
  expect(membersOf({ a: 1 })).toEqual({ a: 1 });
  expect(membersOf([1])).toEqual({});
  expect(membersOf(null)).toEqual({});
  expect(elementsOf([1])).toEqual([1]);
  expect(elementsOf({ a: 1 })).toEqual([]);
});

test("textMembersOf leaves out what is not a string", () => {
  expect(textMembersOf({ a: "1", b: 2, c: null })).toEqual({ a: "1" });
  expect(textMembersOf("text")).toEqual({});
});

test("jsonOrText takes text that is not JSON as it is", () => {
  expect(jsonOrText("null")).toBe(null);
  expect(jsonOrText('{"a":1}')).toEqual({ a: 1 });
  expect(jsonOrText("{a")).toBe("{a");
});
