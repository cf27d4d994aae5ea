import { closest } from "../../filters/edit-distance.ts";
import { isObject } from "../../machine/json.ts";

/** What a value has to be. */
export interface Rule {
  /** In words that finish the sentence "It is …". */
  readonly allowed: string;
  /** What is wrong with a value that is called `name`, in a sentence. */
  find(value: unknown, name: string): string | undefined;
}

export function rule(allowed: string, accepts: (value: unknown) => boolean): Rule {
  return {
    allowed,
    find: (value, name) => (accepts(value) ? undefined : refuse(value, name, allowed)),
  };
}

export const isYesOrNo = rule("true or false", (value) => typeof value === "boolean");
export const isText = rule("a text", (value) => typeof value === "string" && value !== "");

export function isCount(least: number, most: number): Rule {
  return rule(
    `a whole number from ${least} to ${most}`,
    (value) => Number.isInteger(value) && Number(value) >= least && Number(value) <= most,
  );
}

export function isOneOf(...words: readonly string[]): Rule {
  return rule(words.join(" or "), (value) => typeof value === "string" && words.includes(value));
}

export function isListOf(entry: Rule, { allowed = "a list of texts", least = 0 } = {}): Rule {
  return {
    allowed,
    find(value, name) {
      if (!Array.isArray(value) || value.length < least) return refuse(value, name, allowed);
      return first(
        value.map((each, index) => [each, `${name}[${index}]`]),
        entry,
      );
    },
  };
}

/** An object with all the fields it must have, and none but those that have a rule. */
export function isShape(
  fields: Readonly<Record<string, Rule>>,
  { allowed, required = [] }: { readonly allowed: string; readonly required?: readonly string[] },
): Rule {
  return {
    allowed,
    find(value, name) {
      if (!isObject(value)) return refuse(value, name, allowed);
      const missing = required.find((field) => value[field] === undefined);
      if (missing !== undefined) return `${name} lacks ${missing}: it is ${allowed}.`;
      for (const [field, given] of Object.entries(value)) {
        const flaw = findFlaw(fields, field, given, `${name}.${field}`);
        if (flaw !== undefined) return flaw;
      }
      return undefined;
    },
  };
}

/** An object whose keys match a pattern. */
export function isTable(key: RegExp, entry: Rule, allowed: string): Rule {
  return {
    allowed,
    find(value, name) {
      if (!isObject(value)) return refuse(value, name, allowed);
      const stranger = Object.keys(value).find((each) => !key.test(each));
      if (stranger !== undefined) return refuse(stranger, `a key of ${name}`, allowed);
      return first(
        Object.entries(value).map(([each, given]) => [given, `${name}.${each}`]),
        entry,
      );
    },
  };
}

/** What is wrong with a field. One that is `undefined` is as good as not given, if its name is right. */
export function findFlaw(
  fields: Readonly<Record<string, Rule>>,
  field: string,
  value: unknown,
  name: string,
): string | undefined {
  const known = Object.hasOwn(fields, field) ? fields[field] : undefined;
  if (known) return value === undefined ? undefined : known.find(value, name);
  const names = Object.keys(fields);
  // A few can be read; the nearest of them may be far off.
  const similar = names.length > manyNames ? closest(field, names) : undefined;
  if (similar !== undefined) return `There is no ${name}: did you mean ${similar}?`;
  return `There is no ${name}: use one of ${names.join(", ")}.`;
}

const manyNames = 12;

function first(values: readonly (readonly [unknown, string])[], entry: Rule): string | undefined {
  for (const [value, name] of values) {
    const flaw = entry.find(value, name);
    if (flaw !== undefined) return flaw;
  }
  return undefined;
}

function refuse(value: unknown, name: string, allowed: string): string {
  return `${name} cannot be ${show(value)}: it is ${allowed}.`;
}

/** As somebody wrote it, cut where that is long. */
function show(value: unknown): string {
  if (typeof value === "function") return "a function";
  const isPlain = typeof value === "object" || typeof value === "string";
  return (isPlain ? toJson(value) : String(value)).slice(0, 80);
}

function toJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return "an object";
  }
}
