/** The members of a JSON object that came from outside: nothing is known about their types. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Undefined for text that is not JSON, and for no text. */
export function parseJson(text: string | undefined): unknown {
  // An exception costs more than this test, and often there is no text.
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Arrays and null are not objects. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value's members; none where it is not an object. */
export function membersOf(value: unknown): JsonObject {
  return isObject(value) ? value : {};
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
