import { closest } from "../filters/edit-distance.ts";
import { isObject } from "../machine/json.ts";

/** What a value from outside must be. */
export interface Rule {
  /** Finishes the sentence "It must be …". */
  readonly allowed: string;
  /** The first flaw of a value that is called `name`. */
  find(value: unknown, name: string): Flaw | undefined;
}

export interface Flaw {
  /** The name of what is wrong, such as `settings.apps[0].clientId`. */
  readonly name: string;
  /** A whole sentence. */
  readonly message: string;
}

/** A value that breaks a rule. */
export class RuleError extends RangeError {
  readonly flaw: Flaw;

  constructor(flaw: Flaw) {
    super(flaw.message);
    this.flaw = flaw;
  }
}

/** Throws a RuleError for a value that breaks the rule. */
export function check(rule: Rule, value: unknown, name: string): void {
  const flaw = rule.find(value, name);
  if (flaw) throw new RuleError(flaw);
}

export function rule(allowed: string, accepts: (value: unknown) => boolean): Rule {
  return {
    allowed,
    find: (value, name) => (accepts(value) ? undefined : invalid(value, name, allowed)),
  };
}

export const anything = rule("anything", () => true);
export const isText = rule("a string", (value) => typeof value === "string");
export const isWord = rule("a non-empty string", (value) => typeof value === "string" && !!value);
export const isNumber = rule("a number", Number.isFinite);
export const isBoolean = rule("true or false", (value) => typeof value === "boolean");

export function isCount(least: number, most: number): Rule {
  return rule(
    `a whole number from ${least} to ${most}`,
    (value) => Number.isInteger(value) && Number(value) >= least && Number(value) <= most,
  );
}

export function isOneOf(...words: readonly string[]): Rule {
  const allowed = words.join(", ").replace(/, (?=[^,]+$)/, " or ");
  return rule(allowed, (value) => typeof value === "string" && words.includes(value));
}

export function isListOf(entry: Rule, { allowed = "a list of strings", least = 0 } = {}): Rule {
  return {
    allowed,
    find(value, name) {
      if (!Array.isArray(value) || value.length < least) return invalid(value, name, allowed);
      return first(value, (each, index) => entry.find(each, `${name}[${index}]`));
    },
  };
}

/** An object whose keys match a pattern. */
export function isTable(key: RegExp, entry: Rule, allowed: string): Rule {
  return {
    allowed,
    find(value, name) {
      if (!isObject(value) || !Object.keys(value).every((each) => key.test(each))) {
        return invalid(value, name, allowed);
      }
      return first(Object.entries(value), ([each, given]) => entry.find(given, `${name}.${each}`));
    },
  };
}

type Fields = Readonly<Record<string, Rule>>;

interface ShapeOptions {
  readonly allowed?: string;
  /** The fields that must be there. */
  readonly required?: readonly string[];
  /** Whether the object may have fields without a rule. */
  readonly open?: boolean;
}

/** An object with these fields. One that is undefined counts as absent. */
export function isShape(
  fields: Fields,
  { allowed = "an object", required = [], open = false }: ShapeOptions = {},
): Rule {
  return {
    allowed,
    find(value, name) {
      if (!isObject(value)) return invalid(value, name, allowed);
      const under = (field: string) => (name === "" ? field : `${name}.${field}`);
      const flaw = first(Object.entries(value), ([field, given]) => {
        const known = Object.hasOwn(fields, field) ? fields[field] : undefined;
        if (known) return given === undefined ? undefined : known.find(given, under(field));
        return open ? undefined : unknown(under(field), field, Object.keys(fields));
      });
      const missing = required.find((field) => value[field] === undefined);
      if (flaw || missing === undefined) return flaw;
      const message = `${under(missing)} is missing: ${name} must be ${allowed}.`;
      return { name: under(missing), message };
    },
  };
}

/** An object, perhaps with other fields besides, that has all of these but the optional ones. */
export function isRecordOf(fields: Fields, optional: Fields = {}): Rule {
  return isShape({ ...fields, ...optional }, { required: Object.keys(fields), open: true });
}

/** What one of two rules allows. */
export function isEither(one: Rule, other: Rule): Rule {
  const allowed = `${one.allowed} or ${other.allowed}`;
  return rule(allowed, (value) => !one.find(value, "") || !other.find(value, ""));
}

/** What the rule allows, or null. */
export function orNull({ allowed, find }: Rule): Rule {
  return { allowed, find: (value, name) => (value === null ? undefined : find(value, name)) };
}

function first<Entry>(
  entries: readonly Entry[],
  find: (entry: Entry, index: number) => Flaw | undefined,
): Flaw | undefined {
  for (const [index, entry] of entries.entries()) {
    const flaw = find(entry, index);
    if (flaw) return flaw;
  }
  return undefined;
}

function unknown(name: string, field: string, known: readonly string[]): Flaw {
  // A short list can be read; in a long one the nearest name is easier to find.
  const similar = known.length > 12 ? closest(field, known) : undefined;
  const hint =
    similar === undefined ? `use one of ${known.join(", ")}.` : `did you mean ${similar}?`;
  return { name, message: `Unknown ${name}: ${hint}` };
}

function invalid(value: unknown, name: string, allowed: string): Flaw {
  return { name, message: `Invalid ${name} value ${show(value)}: must be ${allowed}.` };
}

/** As it was written, shortened if long. */
function show(value: unknown): string {
  if (typeof value === "function") return "(a function)";
  const isPlain = typeof value === "object" || typeof value === "string";
  return (isPlain ? toJson(value) : String(value)).slice(0, 80);
}

function toJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return "(an object)";
  }
}
