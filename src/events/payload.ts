import { singleLine } from "../one-line.ts";

/** A step into a JSON value: an object's key or an array's index. */
type Step = string | number;

/** The value at a path in a JSON value; undefined if there is none. */
export function valueAt(value: unknown, ...path: readonly Step[]): unknown {
  let found: unknown = value;
  for (const step of path) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, step))
      return undefined;
    found = Reflect.get(found, step);
  }
  return found;
}

/** The string or number at a path, on one line and without control characters; empty for anything else. */
export function textAt(value: unknown, ...path: readonly Step[]): string {
  const found = valueAt(value, ...path);
  if (typeof found === "number") return String(found);
  return typeof found === "string" ? shortened(found) : "";
}

/** The array at a path; empty if there is none. */
export function listAt(value: unknown, ...path: readonly Step[]): readonly unknown[] {
  const found = valueAt(value, ...path);
  return Array.isArray(found) ? found : [];
}

/** Characters of each text in a summary. */
const mostCharacters = 80;

function shortened(text: string): string {
  // No need to clean text that is cut off anyway.
  const line = singleLine(text.slice(0, 4 * mostCharacters));
  const characters = [...line];
  if (characters.length <= mostCharacters) return line;
  return `${characters.slice(0, mostCharacters - 1).join("")}…`;
}
