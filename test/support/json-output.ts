import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormatsModule from "ajv-formats";
import { readGlobalFlags } from "../../src/commands/flags/global-flags.ts";
import {
  errorSchema,
  lineSchema,
  outputSchema,
  type WholeSchema,
} from "../../src/commands/schemas/output-schema.ts";
import { outputs } from "../../src/commands/schemas/outputs.ts";
import type { Schema } from "../../src/commands/schemas/schema.ts";
import { definitions } from "../../src/commands/schemas/shared.ts";
import { findCommand } from "../../src/program/commands.ts";
import type { RunResult } from "./rcwh.ts";

/** The published schemas allow further keys, so that output can grow. Here a key that none of them has is a mistake. */
// test/schemas.test.ts checks the schemas themselves.
const quick = { validateSchema: false, code: { optimize: false } };
const ajv = new Ajv2020({ strictTypes: false, inlineRefs: false, ...quick });
addFormatsModule.default(ajv);
// Once for all commands: compiling them takes longer than comparing all the outputs of a suite.
ajv.addSchema({ $id: "shared", $defs: mapValues(definitions, (each) => close(each, true)) });

/**
 * Throws if a run with -o json or ndjson printed something else than its schemas say: the command's on stdout, and on
 * stderr that of errors.
 */
export function compareWithSchemas(
  words: readonly string[],
  environmentFormat: string | undefined,
  { stdout, stderr, exitCode }: RunResult,
): void {
  const run = readRun(words, environmentFormat);
  if (!run) return;
  const complain = (what: string, problem: string) => {
    throw new Error(
      `rcwh ${words.join(" ")} printed ${what} that its schema does not allow: ${problem}`,
    );
  };
  const { format, path } = run;
  const output = path === undefined ? undefined : outputs[path];
  if (path !== undefined && output && stdout !== "") {
    const isDocument = format === "json" && output.document !== undefined;
    const validate = isDocument ? documentValidator(path) : lineValidator(path);
    for (const document of isDocument ? documentsIn(stdout) : linesIn(stdout)) {
      const problem = validate(document);
      if (problem !== undefined) complain(`${format} on stdout`, problem);
    }
  }
  const errors = stderr.split("\n").filter((line) => line.startsWith('{"schemaVersion":1,'));
  for (const line of errors) {
    const problem = errorValidator()(JSON.parse(line));
    if (problem !== undefined) complain("on stderr", problem);
  }
  const codes = errors.flatMap((line) => JSON.parse(line).error?.exitCode ?? []);
  const expected = exitCode === 0 ? [] : [exitCode];
  if (codes.join() !== expected.join()) {
    complain("on stderr", `errors with exit codes [${codes}], and it exited with ${exitCode}`);
  }
}

interface Run {
  readonly format: "json" | "ndjson";
  /** The command's words, without `rcwh`; undefined where its output has no schema. */
  readonly path: string | undefined;
}

/** Undefined for a run that prints something else, such as its help. */
function readRun(argv: readonly string[], environmentFormat: string | undefined): Run | undefined {
  if (argv.some((word) => /^(?:-h|-V|--help|--version)$/.test(word))) return undefined;
  const globals = read(argv);
  if (!globals) return undefined;
  const format = globals.flags.json ? "json" : globals.flags.output || environmentFormat;
  if (format !== "json" && format !== "ndjson") return undefined;
  const [first = "", ...rest] = globals.words;
  const words = [
    findCommand(first)?.name ?? first,
    ...rest.map((each) => each.replace(/^ls$/, "list")),
  ];
  const paths = words.map((_, index) => words.slice(0, index + 1).join(" "));
  return { format, path: paths.findLast((path) => path in outputs) };
}

/** Undefined for a command line that rcwh refuses. */
function read(argv: readonly string[]) {
  try {
    return readGlobalFlags(argv);
  } catch {
    return undefined;
  }
}

/** One, or those of a watch one after another. */
function documentsIn(text: string): readonly unknown[] {
  return text.split(/(?<=^\})\n(?=\{)/m).map((each) => JSON.parse(each));
}

function linesIn(text: string): readonly unknown[] {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

type Validator = (document: unknown) => string | undefined;

const documentValidator = once((path) => compile(outputSchema(path)));
const lineValidator = once((path) => compile(lineSchema(path)));
const errorValidator = once(() => compile(errorSchema()));

function once(make: (path: string) => Validator): (path?: string) => Validator {
  const made = new Map<string, Validator>();
  return (path = "") => {
    const validator = made.get(path) ?? make(path);
    made.set(path, validator);
    return validator;
  };
}

function compile(schema: WholeSchema | undefined): Validator {
  if (!schema) throw new Error("There is no such schema.");
  const validate: ValidateFunction = ajv.compile(closed(schema));
  return (document) => {
    if (validate(document)) return undefined;
    const lines = (validate.errors ?? []).map(
      ({ instancePath, message, params }) =>
        `  ${instancePath || "/"} ${message} ${JSON.stringify(params)}`,
    );
    return ["", ...lines.slice(0, 12), JSON.stringify(document).slice(0, 2000)].join("\n");
  };
}

/** The same schema, in which an object has the keys that are described and no others. */
function closed({ $defs: _, ...root }: WholeSchema): object {
  return close(root);
}

/** A definition stays open: who refers to it may add keys, and closes it. */
function close(schema: Schema, isDefinition = false): Schema {
  const { $ref, properties, items, anyOf, additionalProperties } = schema;
  const isObject = (properties !== undefined || $ref !== undefined) && !isDefinition;
  return {
    ...schema,
    ...($ref !== undefined && { $ref: `shared${$ref}` }),
    ...(properties && { properties: mapValues(properties, (each) => close(each)) }),
    ...(items && { items: close(items) }),
    ...(anyOf && { anyOf: anyOf.map((each) => close(each)) }),
    ...(typeof additionalProperties === "object" && {
      additionalProperties: close(additionalProperties),
    }),
    ...(isObject && additionalProperties === undefined && { unevaluatedProperties: false }),
  };
}

function mapValues<From, To>(
  values: Readonly<Record<string, From>>,
  change: (value: From) => To,
): Readonly<Record<string, To>> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]));
}
