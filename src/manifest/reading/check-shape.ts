import type { Node, Pair, Scalar, YAMLMap } from "yaml";
import { closest } from "../../filters/edit-distance.ts";
import { isObject, memberOf } from "../../machine/json.ts";
import { allOf, oneOf } from "../../phrases.ts";
import type { Place } from "../manifest.ts";
import type { Problem } from "./problems.ts";
import type { Schema } from "./schema.ts";
import { fillVariables, type Variables } from "./variables.ts";
import type { YamlDocument } from "./yaml-document.ts";

/** A document that a schema was laid over. */
export interface ShapedDocument {
  /** Of the schema's type if there are no problems. */
  readonly value: unknown;
  readonly problems: readonly Problem[];
  /** Whether it was walked to its end. */
  readonly isWhole: boolean;
  /** The place of the value that these keys lead to. */
  placeOf(...path: Path): Place;
  /** The place of the last of these keys. */
  placeOfKey(...path: Path): Place;
  /** Whether a value is as it is written, without a variable. */
  isLiteral(...path: Path): boolean;
}

/** Nodes that aliases may repeat. A text of a few lines can stand for more than fits into memory. */
const mostRepeated = 50_000;

/** Checks a document against a schema, and fills in the variables of its strings. */
export async function checkShape(
  document: YamlDocument,
  schema: Schema,
  variables: Variables,
): Promise<ShapedDocument> {
  const { isAlias, isMap, isScalar, isSeq } = await import("yaml");
  const { text, placeAt } = document;
  const problems: Problem[] = [];
  const offsets = new Map<string, number>();
  const keys = new Map<string, number>();
  const filledIn = new Set<string>();
  let repeated = 0;
  let repeating = 0;

  const refuse = (at: number, message: string, hint?: string) => {
    problems.push({ ...placeAt(at), message, hint });
  };

  /** `at` is where the value belongs, for one that has no place of its own. */
  function walk(node: Node | null | undefined, schema: Schema, path: Path, at: number): unknown {
    if (isAlias(node)) {
      const target = document.targetOf(node);
      const start = node.range?.[0] ?? at;
      if (!target) {
        refuse(
          start,
          `Nothing before this has the anchor &${node.source}.`,
          "Write the value out.",
        );
        return undefined;
      }
      repeating += 1;
      const value = walk(target, schema, path, start);
      repeating -= 1;
      return value;
    }
    if (repeating > 0) {
      repeated += 1;
      if (repeated === mostRepeated)
        refuse(at, "Aliases expand to too much here.", "Use fewer aliases.");
      if (repeated >= mostRepeated) return undefined;
    }
    const isAbsent = !node || (isScalar(node) && node.value === null);
    const offset = isAbsent ? at : (node.range?.[0] ?? at);
    offsets.set(keyOf(path), offset);
    keys.set(keyOf(path), at);
    const kind = isAbsent ? "nothing" : kindOf(node);
    const wanted = schema.anyOf?.find((each) => typeOf(each) === kind) ?? schema;
    if (wanted.const !== undefined) {
      if (isScalar(node) && node.value === wanted.const) return wanted.const;
      const isQuoted = isScalar(node) && node.value === String(wanted.const);
      const form = typeof wanted.const === "number" ? `the number ${wanted.const}` : wanted.const;
      refuse(offset, `${nameOf(path)} must be ${form}${isQuoted ? ", without quotes" : ""}.`);
      return undefined;
    }
    if (typeOf(wanted) !== kind || !node) {
      const message =
        kind === "nothing"
          ? `${nameOf(path)} has no value: it must be ${formOf(schema)}.`
          : `${nameOf(path)} must be ${formOf(schema)}, not ${kinds[kind]}.`;
      refuse(offset, message, likeThis(schema));
      return undefined;
    }
    if (isMap(node)) return walkMap(node, wanted, path, at);
    if (isSeq(node)) return walkList(node.items, wanted, path, offset);
    if (!isScalar(node)) return undefined;
    return typeof node.value === "string"
      ? fill(node.value, wanted, path, { start: offset, end: node.range?.[1] ?? offset })
      : checkNumber(node, wanted, path, offset);
  }

  function kindOf(node: Node): Kind {
    if (isMap(node)) return "object";
    if (isSeq(node)) return "array";
    const value: unknown = isScalar(node) ? node.value : undefined;
    if (typeof value === "number") return Number.isSafeInteger(value) ? "integer" : "number";
    return typeof value === "boolean" ? "boolean" : "string";
  }

  function walkMap({ items, range }: YAMLMap, schema: Schema, path: Path, at: number): unknown {
    const { properties, additionalProperties } = schema;
    const members: [string, unknown][] = [];
    const seen = new Map<string, number>();
    const meant = new Set<string>();
    // The key that was meant is hardly one that is there already.
    const unused = lazily(() => {
      const names = new Set(items.map(({ key }) => (isScalar(key) ? key.source : undefined)));
      return Object.keys(properties ?? {}).filter((name) => !names.has(name));
    });
    for (const { key, value } of items as readonly Pair<Node, Node | null>[]) {
      const start = key?.range?.[0] ?? at;
      if (!isScalar(key)) {
        refuse(start, `Invalid key in ${nameOf(path)}.`, "Write it as key: value.");
        continue;
      }
      const name = String(key.source ?? key.value);
      const member = [...path, name];
      const before = seen.get(name);
      if (before !== undefined) {
        refuse(start, `${nameOf(member)} is given twice: first on line ${placeAt(before).line}.`);
      }
      seen.set(name, start);
      const known = properties && memberOf<Schema>(properties, name);
      if (!known && name === "<<") {
        refuse(
          start,
          "Merge keys (<<) are not supported.",
          "Write the keys out, or repeat single values with &name and *name.",
        );
        // They may have the keys that are missing.
        for (const each of schema.required ?? []) meant.add(each);
      } else if (!known && !additionalProperties) {
        const near = closest(name, unused()) ?? closest(name, Object.keys(properties ?? {}));
        if (near !== undefined) meant.add(near);
        const hint = near
          ? `Did you mean ${near}?`
          : `Use ${oneOf(Object.keys(properties ?? {}))}.`;
        refuse(start, `Unknown key ${JSON.stringify(name)}${within(path)}.`, hint);
      } else if (!isName(name, schema)) {
        refuse(
          start,
          `Invalid name ${JSON.stringify(name)}${within(path)}.`,
          "Use up to 100 letters, digits, dots, dashes and underscores, a letter or digit first.",
        );
      } else {
        members.push([name, walk(value, known ?? (additionalProperties as Schema), member, start)]);
      }
    }
    for (const name of schema.required ?? []) {
      if (seen.has(name) || meant.has(name)) continue;
      refuse(at, `${nameOf(path)} has no ${name}.`, likeThis(properties?.[name], name));
    }
    const { minProperties = 0, maxProperties = Number.POSITIVE_INFINITY } = schema;
    if (seen.size < minProperties || seen.size > maxProperties) {
      refuse(
        range?.[0] ?? at,
        `${nameOf(path)} must have one of ${oneOf(Object.keys(properties ?? {}))}.`,
      );
    }
    return Object.fromEntries(members);
  }

  function walkList(items: readonly unknown[], schema: Schema, path: Path, at: number): unknown {
    const { items: each = {}, minItems = 0 } = schema;
    if (items.length < minItems) refuse(at, `${nameOf(path)} is empty.`, "Give at least one.");
    return (items as readonly Node[]).map((item, index) => walk(item, each, [...path, index], at));
  }

  /** Undefined for a string that has a problem: nothing else about it is worth telling. */
  function fill(
    value: string,
    { minLength = 0, pattern, ...schema }: Schema,
    path: Path,
    { start, end }: { readonly start: number; readonly end: number },
  ): string | undefined {
    const filled = fillVariables(value, variables);
    if (value.includes("${")) filledIn.add(keyOf(path));
    const written = text.slice(start, end);
    for (const { written: variable, message, hint } of filled.problems) {
      refuse(start + Math.max(written.indexOf(variable), 0), message, hint);
    }
    if (filled.problems.length > 0) return undefined;
    if (filled.text.length < minLength) {
      refuse(start, `${nameOf(path)} is empty.`, likeThis(schema));
      return undefined;
    }
    if (pattern === undefined || new RegExp(pattern, "u").test(filled.text)) return filled.text;
    refuse(start, `${nameOf(path)} is not a valid name.`, likeThis(schema));
    return undefined;
  }

  function checkNumber(node: Scalar, schema: Schema, path: Path, at: number): unknown {
    const { value, source = "" } = node;
    const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY } = schema;
    if (typeof value !== "number") return value;
    if (value < minimum || value > maximum) {
      refuse(at, `${nameOf(path)} must be ${formOf(schema)}.`);
    } else if (source !== String(value)) {
      // YAML reads 0101 as 101.
      refuse(at, `${nameOf(path)} is the number ${value}.`, `Write ${value}, or put it in quotes.`);
    }
    return value;
  }

  const { root } = document;
  const value = root ? walk(root, schema, [], root.range[0]) : undefined;
  return {
    value,
    problems,
    isWhole: repeated < mostRepeated,
    placeOf: (...path) => placeAt(offsets.get(keyOf(path)) ?? 0),
    placeOfKey: (...path) => placeAt(keys.get(keyOf(path)) ?? 0),
    isLiteral: (...path) => !filledIn.has(keyOf(path)),
  };
}

/** Keys and indexes that lead to a value. */
type Path = readonly (string | number)[];
type Kind = "object" | "array" | "string" | "integer" | "number" | "boolean" | "nothing";

/** A name has no line feed. */
function keyOf(path: Path): string {
  return path.join("\n");
}

/** What messages call a value, such as `webhooks.orders.filters[1]`. */
function nameOf(path: Path): string {
  if (path.length === 0) return "The file";
  return path.reduce<string>(
    (name, key) =>
      typeof key === "number" ? `${name}[${key}]` : name === "" ? key : `${name}.${key}`,
    "",
  );
}

function lazily<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function within(path: Path): string {
  return path.length === 0 ? "" : ` in ${nameOf(path)}`;
}

function isName(name: string, { propertyNames }: Schema): boolean {
  return propertyNames === undefined || new RegExp(propertyNames.pattern, "u").test(name);
}

function typeOf({ type, const: value }: Schema): Kind | undefined {
  return type ?? (typeof value === "boolean" ? "boolean" : undefined);
}

const kinds: Readonly<Record<Kind, string>> = {
  object: "keys with values",
  array: "a list",
  string: "a string",
  integer: "a number",
  number: "a fraction",
  boolean: "true or false",
  nothing: "nothing",
};

/** What a value must be, in words. */
function formOf(schema: Schema): string {
  const { anyOf, type = "string", properties = {}, required, maxProperties } = schema;
  const { minimum, maximum } = schema;
  // The short forms first: "a string, or one of { env }, { file } or { generate }".
  if (anyOf?.some((each) => each.maxProperties === 1)) {
    return anyOf.toReversed().map(formOf).join(", or ");
  }
  if (anyOf) return oneOf(anyOf.map(formOf));
  if (maxProperties === 1) {
    return `one of ${oneOf(Object.keys(properties).map((key) => `{ ${key} }`))}`;
  }
  if (required) return `keys with values, at least ${allOf(required)}`;
  if (type !== "integer" || minimum === undefined) return kinds[type];
  return `a whole number from ${minimum}${maximum === undefined ? "" : ` to ${maximum}`}`;
}

/** A hint with the schema's first example, as YAML. */
function likeThis(schema: Schema | undefined, key?: string): string | undefined {
  const example = schema?.examples?.[0] ?? schema?.const ?? schema?.default;
  if (example === undefined) return undefined;
  const shown = inYaml(example);
  return key === undefined ? `Write it like ${shown}.` : `Add ${key}: ${shown}`;
}

function inYaml(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inYaml).join(", ")}]`;
  if (!isObject(value)) return String(value);
  const members = Object.entries(value).map(([name, member]) => `${name}: ${inYaml(member)}`);
  return members.length === 0 ? "{}" : `{ ${members.join(", ")} }`;
}
