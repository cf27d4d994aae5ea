import { UsageError } from "../errors.ts";
import { jsonOrText } from "../machine/json.ts";
import { refuseInexactNumbers } from "./exact-numbers.ts";

/** A value and its path, such as `body.to[0].name=Carol`. */
export interface ValueEdit {
  readonly path: readonly (string | number)[];
  readonly value: unknown;
}

/** A larger index is a typing mistake. */
const indexLimit = 1000;

/** Steps of a path. No event is as deep, and each takes some stack. */
const mostSteps = 100;

/** Parses the value of `--set`. Throws UsageError. */
export function parseValueEdit(text: string): ValueEdit {
  const equals = text.indexOf("=");
  const name = equals === -1 ? text : text.slice(0, equals);
  const hint =
    "Use a path and a value, such as --set body.subject=Hi or --set 'body.to[0].name=Carol'.";
  const invalid = `Invalid --set value ${JSON.stringify(text)}`;
  if (equals < 1) throw new UsageError(`${invalid}: must be path=value.`, hint);
  if (!/^[^.[\]]+(?:\.[^.[\]]+|\[\d+\])*$/.test(name)) {
    throw new UsageError(`${invalid}: ${JSON.stringify(name)} is not a path.`, hint);
  }
  const path = (name.match(/[^.[\]]+|\[\d+\]/g) ?? []).map((step) =>
    step.startsWith("[") ? Number(step.slice(1, -1)) : step,
  );
  if (path.length > mostSteps) {
    throw new UsageError(`${invalid}: a path may have ${mostSteps} steps.`, hint);
  }
  if (path.some((step) => typeof step === "number" && step >= indexLimit)) {
    throw new UsageError(`${invalid}: array indexes must be below ${indexLimit}.`, hint);
  }
  const written = text.slice(equals + 1);
  const value = jsonOrText(written);
  if (value !== written) refuseInexactNumbers(written, `--set ${name}`);
  return { path, value };
}

/** A copy of the value with the edits applied in order. Members that do not exist yet are added. */
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
  // With a computed name even `__proto__` is an ordinary member.
  return { ...members, [step]: withValue(before, rest, value) };
}
