import { UsageError } from "../errors.ts";
import { jsonOrText } from "../machine/json.ts";
import { refuseInexactNumbers } from "./exact-numbers.ts";

/** A value and where it goes, such as `body.to[0].name=Carol`. */
export interface ValueEdit {
  readonly path: readonly (string | number)[];
  readonly value: unknown;
}

/** Longer arrays are nobody's wish, but a slip of the finger. */
const mostElements = 1000;

/** What stands behind `--set`. Throws UsageError. */
export function parseValueEdit(text: string): ValueEdit {
  const equals = text.indexOf("=");
  const name = equals === -1 ? text : text.slice(0, equals);
  const hint =
    "Write a path and a value, such as --set body.subject=Hi or --set 'body.to[0].name=Carol'.";
  if (equals < 1) throw new UsageError(`--set ${JSON.stringify(name)} sets nothing.`, hint);
  if (!/^[^.[\]]+(?:\.[^.[\]]+|\[\d+\])*$/.test(name)) {
    throw new UsageError(`--set ${JSON.stringify(name)} is no path.`, hint);
  }
  const path = (name.match(/[^.[\]]+|\[\d+\]/g) ?? []).map((step) =>
    step.startsWith("[") ? Number(step.slice(1, -1)) : step,
  );
  if (path.some((step) => typeof step === "number" && step >= mostElements)) {
    throw new UsageError(`--set ${JSON.stringify(name)} is too far back in its array.`, hint);
  }
  const written = text.slice(equals + 1);
  const value = jsonOrText(written);
  if (value !== written) refuseInexactNumbers(written, `--set ${name}`);
  return { path, value };
}

/** The value with all of the edits made, one after another. What is not there yet is made; nothing given is changed. */
export function withEdits(value: unknown, edits: readonly ValueEdit[]): unknown {
  return edits.reduce((edited, edit) => withValue(edited, edit.path, edit.value), value);
}

function withValue(target: unknown, [step, ...rest]: ValueEdit["path"], value: unknown): unknown {
  if (step === undefined) return value;
  if (typeof step === "number") {
    const elements: unknown[] = Array.isArray(target) ? [...target] : [];
    while (elements.length < step) elements.push(null);
    elements[step] = withValue(elements[step], rest, value);
    return elements;
  }
  const members = typeof target === "object" && target !== null ? { ...target } : {};
  const before: unknown = Object.hasOwn(members, step) ? Reflect.get(members, step) : undefined;
  // A computed name is a member like any other, also where it is `__proto__`.
  return { ...members, [step]: withValue(before, rest, value) };
}
