import { Ajv2020 } from "ajv/dist/2020.js";
import { describe } from "vitest";
import type { CommandDescription } from "../src/commands/completion/description.ts";
import { errorSchema, lineSchema, outputSchema } from "../src/commands/schemas/output-schema.ts";
import { outputs } from "../src/commands/schemas/outputs.ts";
import type { Schema } from "../src/commands/schemas/schema.ts";
import { type Definition, definitions } from "../src/commands/schemas/shared.ts";
import { compareWithSchemas } from "./support/json-output.ts";
import { type ObjectShape, parseShapes, type Shape } from "./support/json-shape.ts";
import { type Fixtures, test } from "./support/rcwh.ts";

const paths = Object.keys(outputs);
const ajv = new Ajv2020();

describe("the JSON Schemas", () => {
  test("are for each command whose help has JSON", async ({ rcwh, expect }) => {
    const described = await describeCommands(rcwh);
    const withJson = described.flatMap(({ name, json }) => (json === undefined ? [] : name));

    expect(paths.toSorted()).toEqual(withJson.toSorted());
  });

  test("are JSON Schemas of 2020-12 that need nothing else", ({ expect }) => {
    const all = [
      errorSchema(),
      ...paths.flatMap((path) => [outputSchema(path) ?? [], lineSchema(path) ?? []].flat()),
    ];

    expect(all.length).toBeGreaterThan(60);
    for (const schema of all) {
      const { title, type, $defs = {} } = schema;
      // Compiling each of them would take longer than all other tests of them.
      expect(ajv.validateSchema(schema), `${title}: ${JSON.stringify(ajv.errors)}`).toBe(true);
      const referred = JSON.stringify(schema).matchAll(/"\$ref":"#\/\$defs\/([^"]+)"/g);
      const needed = new Set(Array.from(referred, ([, name]) => name));
      expect([...needed].toSorted(), title).toEqual(Object.keys($defs));
      expect(type, title).toBe("object");
    }
  });

  test("say what each key means", ({ expect }) => {
    const silent = paths.flatMap((path) => findSilent(outputSchema(path) ?? {}, path));

    expect(silent).toEqual([]);
  });

  test("have the keys and the words that the help has", async ({ rcwh, expect }) => {
    const described = await describeCommands(rcwh);
    const contradictions = described.flatMap(({ name, json }) => {
      const { document, line = {} } = outputs[name] ?? {};
      return parseShapes(json ?? "").flatMap((shape) =>
        compareShape(shape, variantsOf(document ?? line), name),
      );
    });

    expect(contradictions).toEqual([]);
  });
});

describe("the comparison of what a test prints with its schema", () => {
  test("finds a key that is not described", ({ expect }) => {
    const printed = {
      schemaVersion: 1,
      clocks: [{ now: "2027-01-01T00:00:00.000Z", frozen: true }],
    };
    const compare = (document: object, words = ["emulator", "clock", "--json"]) => {
      const stdout = JSON.stringify(document);
      compareWithSchemas(words, undefined, { stdout, stderr: "", exitCode: 0 });
    };

    expect(() => compare(printed)).not.toThrow();
    expect(() => compare({ ...printed, zone: "UTC" })).toThrow('"unevaluatedProperty":"zone"');
    expect(() => compare({ ...printed, clocks: [{ frozen: true }] })).toThrow("property 'now'");
    expect(() =>
      compare({ now: "soon", frozen: true }, ["emulator", "clock", "-o", "ndjson"]),
    ).toThrow('must match format "date-time"');
  });

  test("finds an error that does not have the exit code", ({ expect }) => {
    const stderr = `${JSON.stringify({
      schemaVersion: 1,
      error: { code: "USAGE", message: "No.", exitCode: 2 },
    })}\n`;
    const compare = (exitCode: 1 | 2, text: string) =>
      compareWithSchemas(["list", "--json"], undefined, { stdout: "", stderr: text, exitCode });

    expect(() => compare(2, stderr)).not.toThrow();
    expect(() => compare(1, stderr)).toThrow("errors with exit codes [2], and it exited with 1");
    expect(() => compare(1, "")).toThrow("errors with exit codes [], and it exited with 1");
    expect(() => compare(2, stderr.replace('"code"', '"kind"'))).toThrow("property 'code'");
  });
});

/** The outcome of a bug, of which no help has to speak. */
const bug = "failed";

let described: Promise<readonly CommandDescription[]> | undefined;

/** Once: it takes loading every command. */
function describeCommands(rcwh: Fixtures["rcwh"]): Promise<readonly CommandDescription[]> {
  described ??= rcwh("commands --json").then(({ stdout }) => JSON.parse(stdout).commands);
  return described;
}

/** The schemas that a value may have, without references. */
function variantsOf(schema: Schema): readonly Schema[] {
  const { $ref, anyOf, ...own } = schema;
  const referred = $ref === undefined ? [] : variantsOf(definitionOf($ref));
  return [own, ...referred, ...(anyOf ?? []).flatMap(variantsOf)];
}

function definitionOf(ref: string): Schema {
  return definitions[ref.replace("#/$defs/", "") as Definition];
}

function compareShape(
  shape: Shape | undefined,
  variants: readonly Schema[],
  place: string,
): readonly string[] {
  if (shape?.kind === "object") return compareObject(shape, variants, place);
  if (shape?.kind === "list") {
    const items = variants.flatMap((each) => (each.items ? variantsOf(each.items) : []));
    return items.length > 0
      ? compareShape(shape.item, items, `${place}[]`)
      : [`${place} is not a list`];
  }
  const words = new Set(variants.flatMap((each) => each.enum ?? []).map(String));
  if (shape === undefined || words.size === 0) return [];
  const told = shape.text
    .replaceAll("\n", "")
    .replace(/ … .*/, "")
    .split("|")
    .map((word) => word.trim());
  const unknown = told.filter((word) => !words.has(word));
  const untold = shape.text.includes("…")
    ? []
    : [...words].filter((word) => !told.includes(word) && word !== bug);
  return [
    ...unknown.map((word) => `${place} is never ${word}`),
    ...untold.map((word) => `${place} may be ${word}`),
  ];
}

function compareObject(
  { members }: ObjectShape,
  variants: readonly Schema[],
  place: string,
): readonly string[] {
  return Array.from(members).flatMap(([name, member]) => {
    const found = variants.flatMap(({ properties, additionalProperties }) => {
      const schema =
        properties?.[name] ?? (name.startsWith("<") ? additionalProperties : undefined);
      return typeof schema === "object" ? variantsOf(schema) : [];
    });
    const isMap = variants.some(({ additionalProperties }) => additionalProperties !== undefined);
    if (found.length === 0) return isMap ? [] : [`${place} has no ${name}`];
    return compareShape(member, found, `${place}.${name}`);
  });
}

/** The keys without a description. */
function findSilent(schema: Schema, place: string): readonly string[] {
  const { properties = {}, items, anyOf = [] } = schema;
  return [
    ...Object.entries(properties).flatMap(([name, each]) => {
      const isTold = each.description !== undefined || each.const !== undefined || each.$ref;
      return [...(isTold ? [] : [`${place}.${name}`]), ...findSilent(each, `${place}.${name}`)];
    }),
    ...(items ? findSilent(items, `${place}[]`) : []),
    ...anyOf.flatMap((each) => findSilent(each, place)),
  ];
}
