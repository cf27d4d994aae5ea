/** The members of a JSON object that came from outside: nothing is known about their types. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Undefined for text that is not JSON or is nested too deeply, and for no text. */
export function parseJson(text: string | undefined): unknown {
  // An exception costs more than this test, and often there is no text.
  if (text === undefined || isTooDeep(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Levels of nesting. RingCentral has fewer than 20, and whatever prints or compares a value takes some stack for each. */
const deepest = 200;

/** Whether brackets are nested more deeply than JSON of any use is. */
export function isTooDeep(text: string): boolean {
  // The deepest text of some length has nothing but brackets.
  if (text.length <= deepest || !hasManyBrackets(text)) return false;
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charCodeAt(at);
    if (character === quote) at = endOfString(text, at) - 1;
    else if (character === openBracket || character === openBrace) depth += 1;
    else if (character === closeBracket || character === closeBrace) depth -= 1;
    if (depth > deepest) return true;
  }
  return false;
}

/** Whether there are more brackets than may be nested, which is looked for in a tenth of the time. */
function hasManyBrackets(text: string): boolean {
  let count = 0;
  for (const bracket of ["{", "["]) {
    for (let at = text.indexOf(bracket); at >= 0; at = text.indexOf(bracket, at + 1)) {
      count += 1;
      if (count > deepest) return true;
    }
  }
  return false;
}

const quote = 0x22;
const backslash = 0x5c;
const [openBracket, closeBracket, openBrace, closeBrace] = [0x5b, 0x5d, 0x7b, 0x7d];

/** The index behind the string that begins at `start`. A loop, because a pattern fails on long strings. */
export function endOfString(json: string, start: number): number {
  for (let at = json.indexOf('"', start + 1); at >= 0; at = json.indexOf('"', at + 1)) {
    let from = at;
    while (json.charCodeAt(from - 1) === backslash && from - 1 > start) from -= 1;
    if ((at - from) % 2 === 0) return at + 1;
  }
  return json.length;
}

/** Arrays and null are not objects. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether two JSON values are the same; the order of members does not matter, and an undefined member is none. */
export function isSameJson(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((each, at) => isSameJson(each, other[at]));
  }
  if (!isObject(one) || !isObject(other)) return false;
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].every((name) => isSameJson(one[name], other[name]));
}

/** The value's members; none where it is not an object. */
export function membersOf(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

/** The record's own member: a name from outside may be one that every object inherits, such as `constructor`. */
export function memberOf<Value>(
  record: Readonly<Record<string, Value>>,
  name: string,
): Value | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

/** The value's elements; none where it is not an array. */
export function elementsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The value's members that are strings. */
export function textMembersOf(value: unknown): Readonly<Record<string, string>> {
  const texts = Object.entries(membersOf(value)).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string",
  );
  return Object.fromEntries(texts);
}

/** JSON text's value, and any other text itself. */
export function jsonOrText(text: string): unknown {
  const value = parseJson(text);
  return value === undefined ? text : value;
}

/** Whether a value has the type that a shape names for it. */
export type Test = (value: unknown) => boolean;

export const isText: Test = (value) => typeof value === "string";
export const isNumber: Test = (value) => Number.isFinite(value);
export const isFlag: Test = (value) => typeof value === "boolean";
/** RFC 3339, such as `2026-11-22T12:00:00Z`. */
export const isInstant: Test = (value) =>
  typeof value === "string" && !Number.isNaN(Date.parse(value));

/** For a member that may be absent. */
export function isOptional(test: Test): Test {
  return (value) => value === undefined || test(value);
}

export function isListOf(test: Test): Test {
  return (value) => Array.isArray(value) && value.every(test);
}

/** For an object whose member names are not known. */
export function isMapOf(test: Test): Test {
  return (value) => isObject(value) && Object.values(value).every(test);
}

/** An object with these members; it may have more. The compiler asks for a test of each member of the type. */
export function isShape<Shape>(
  tests: {
    readonly [Name in keyof Shape]-?: Test;
  },
): (value: unknown) => value is Shape {
  const entries = Object.entries<Test>(tests);
  return (value): value is Shape =>
    isObject(value) && entries.every(([name, test]) => test(value[name]));
}
