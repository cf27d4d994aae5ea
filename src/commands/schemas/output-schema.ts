import { outputs } from "./outputs.ts";
import type { Schema } from "./schema.ts";
import { type Definition, definitions, errorDocument } from "./shared.ts";

/** A schema that needs nothing else. */
export interface WholeSchema extends Schema {
  readonly $schema: "https://json-schema.org/draft/2020-12/schema";
  readonly title: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
}

/**
 * What a command prints under -o json, as a JSON Schema whose root is an object. Undefined where it prints no such
 * document.
 *
 * @param command without `rcwh`, such as `emulator log`
 */
export function outputSchema(command: string): WholeSchema | undefined {
  const schema = outputs[command]?.document;
  return schema && whole(schema, `rcwh ${command} -o json`);
}

/** What each line is that a command prints under -o ndjson. */
export function lineSchema(command: string): WholeSchema | undefined {
  const schema = outputs[command]?.line;
  return schema && whole(schema, `A line of rcwh ${command} -o ndjson`);
}

/** What a run prints on stderr under -o json or ndjson. */
export function errorSchema(): WholeSchema {
  return whole(errorDocument, "rcwh on stderr, with -o json or ndjson");
}

/** The schemas of a command as part of a document with their `$defs`. Lines that are records need none of their own. */
export function schemasOf(command: string): {
  readonly outputSchema?: Schema;
  readonly lineSchema?: Schema;
} {
  const { document, line, hasRecordLines } = outputs[command] ?? {};
  return {
    ...(document && { outputSchema: document }),
    ...(line && !hasRecordLines && { lineSchema: line }),
  };
}

function whole(schema: Schema, title: string): WholeSchema {
  const $defs = definitionsFor(schema);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title,
    type: "object",
    ...schema,
    ...(Object.keys($defs).length > 0 && { $defs }),
  };
}

/** The definitions that something refers to, and those that they refer to. */
export function definitionsFor(document: unknown): Readonly<Record<string, Schema>> {
  const names = new Set(referred(document));
  for (const name of names) for (const other of referred(definitions[name])) names.add(other);
  return Object.fromEntries([...names].toSorted().map((name) => [name, definitions[name]]));
}

function referred(document: unknown): readonly Definition[] {
  const found = JSON.stringify(document).matchAll(/"\$ref":"#\/\$defs\/(\w+)"/g);
  return Array.from(found, ([, name]) => name as Definition);
}
