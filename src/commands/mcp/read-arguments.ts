import { UsageError } from "../../errors.ts";
import { closest } from "../../filters/edit-distance.ts";
import type { ArgumentSchema, Arguments, TextSchema } from "./tool.ts";

/** Characters of a text, where its schema says nothing else. */
const longestText = 2000;

/** The arguments of a call, as their schemas have them. Throws UsageError for anything else. */
export function readArguments(
  given: unknown,
  schemas: Readonly<Record<string, ArgumentSchema>>,
  required: readonly string[] = [],
): Arguments {
  if (
    given !== undefined &&
    (typeof given !== "object" || given === null || Array.isArray(given))
  ) {
    throw new UsageError("The arguments must be an object.");
  }
  const entries = Object.entries(given ?? {}).filter(([, value]) => value !== undefined);
  for (const [name, value] of entries) {
    const schema = Object.hasOwn(schemas, name) ? schemas[name] : undefined;
    if (schema === undefined) throw unknown(name, Object.keys(schemas));
    const problem = problemOf(value, schema);
    if (problem !== undefined) throw new UsageError(`Invalid argument "${name}": ${problem}.`);
  }
  const names = entries.map(([name]) => name);
  const missing = required.find((name) => !names.includes(name));
  if (missing !== undefined) throw new UsageError(`The argument "${missing}" is missing.`);
  return Object.fromEntries(entries) as Arguments;
}

function unknown(name: string, names: readonly string[]): UsageError {
  const similar = closest(name, names);
  const hint =
    similar !== undefined
      ? `Did you mean "${similar}"?`
      : names.length === 0
        ? "Call it without arguments."
        : `Use ${names.map((each) => `"${each}"`).join(", ")}.`;
  return new UsageError(`Unknown argument "${name.slice(0, 100)}".`, hint);
}

function problemOf(value: unknown, schema: ArgumentSchema): string | undefined {
  switch (schema.type) {
    case "boolean":
      return typeof value === "boolean" ? undefined : "must be true or false";
    case "integer": {
      const { minimum, maximum } = schema;
      const fits = Number.isInteger(value) && Number(value) >= minimum && Number(value) <= maximum;
      return fits ? undefined : `must be a whole number from ${minimum} to ${maximum}`;
    }
    case "string":
      return problemOfText(value, schema);
    case "array": {
      if (!Array.isArray(value)) return "must be an array of strings";
      if (value.length === 0) return "must not be empty; leave it out instead";
      if (value.length > schema.maxItems) return `must have at most ${schema.maxItems} items`;
      return value.map((each) => problemOfText(each, schema.items)).find(Boolean);
    }
  }
}

function problemOfText(value: unknown, schema: TextSchema): string | undefined {
  if (typeof value !== "string") return "must be a string";
  const { enum: choices, maxLength = longestText } = schema;
  if (choices && !choices.includes(value)) return `use ${choices.join(", ")}`;
  if (value === "") return "must not be empty; leave it out instead";
  if (value.length > maxLength) return `must have at most ${maxLength} characters`;
  // As everywhere on a command line, where it would end the text or draw on a terminal.
  return /\p{Cc}/u.test(value) ? "must not have control characters" : undefined;
}
