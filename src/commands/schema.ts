import type { CommandContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { toJson } from "../io/formats.ts";
import { manifestSchema } from "../manifest/reading/schema.ts";
import { createCommand, type Manual } from "./flags/command.ts";
import { allowOneOf } from "./flags/flag-rules.ts";

interface SchemaOptions {
  readonly line?: true;
  readonly error?: true;
}

const manual: Manual = {
  examples: {
    "rcwh schema": "print the schema of rcwh.yaml",
    "rcwh schema > rcwh.schema.json": "for an editor",
    "rcwh schema | jq '.properties.webhooks.additionalProperties.properties'":
      "the keys of a webhook",
    "rcwh schema list": "what `rcwh list --json` prints",
    "rcwh schema listen --line": "each line of `rcwh listen --json`",
    "rcwh schema --error": "what a failure prints on stderr with --json",
  },
  json: '{ "$schema", "title", "description", "type", "required": [], "properties": {}, "anyOf": [], "$defs": {} }',
  exitCodes: {
    1: "the output could not be written",
  },
};

export function createSchemaCommand(context: CommandContext, run = printSchema) {
  const command = createCommand("schema", context, manual);
  allowOneOf(command, ["--line", "--error"], sameForAll);
  return command
    .description(
      "Print the JSON Schema of rcwh.yaml, or of what a command prints with --json. Editors complete keys and show mistakes as you type if the file begins with the line # yaml-language-server: $schema=./rcwh.schema.json. The npm package has it too, as rcwh/rcwh.schema.json.",
    )
    .argument("[command...]", "a command with JSON output, such as emulator log")
    .optionsGroup("Output of commands:")
    .option("--line", "the schema of one line of -o ndjson")
    .option("--error", "the schema of an error on stderr, the same for all commands")
    .action((words, options) => run(words, options, context));
}

export async function printSchema(
  words: readonly string[],
  options: SchemaOptions,
  { io }: CommandContext,
): Promise<void> {
  const isPlain = words.length === 0 && !options.line && !options.error;
  const schema = isPlain ? manifestSchema : await findOutputSchema(words.join(" "), options);
  io.data(toJson(schema, io.format === "ndjson" ? undefined : 2));
}

const sameForAll = {
  message: "--error is the same for all commands.",
  hint: "Use `rcwh schema --error`.",
};

/** Throws UsageError for a command without such output. */
async function findOutputSchema(command: string, { line, error }: SchemaOptions): Promise<object> {
  if (error && command !== "") throw new UsageError(sameForAll.message, sameForAll.hint);
  if (line && command === "") {
    throw new UsageError("Which command? --line needs one.", "Try `rcwh schema listen --line`.");
  }
  const schemas = await import("./schemas/output-schema.ts");
  if (error) return schemas.errorSchema();
  const schema = line ? schemas.lineSchema(command) : schemas.outputSchema(command);
  if (schema) return schema;
  const hasLines = schemas.lineSchema(command) !== undefined;
  throw new UsageError(
    hasLines
      ? `\`rcwh ${command}\` prints lines only.`
      : `No command "${command}" has JSON output.`,
    hasLines
      ? `Use \`rcwh schema ${command} --line\`.`
      : "List those that have it with `rcwh commands --json | jq -r '.commands[] | select(.json).name'`.",
  );
}
