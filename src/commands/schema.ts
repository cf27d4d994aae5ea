import type { CommandContext } from "../context.ts";
import { toJson } from "../io/formats.ts";
import { manifestSchema } from "../manifest/reading/schema.ts";
import { createCommand, type Manual } from "./flags/command.ts";

const manual: Manual = {
  examples: {
    "rcwh schema": "print it",
    "rcwh schema > rcwh.schema.json": "for an editor",
    "rcwh schema | jq '.properties.webhooks.additionalProperties.properties'":
      "the keys of a webhook",
  },
  exitCodes: {
    1: "the output could not be written",
  },
};

export function createSchemaCommand(context: CommandContext, run = printSchema) {
  return createCommand("schema", context, manual)
    .description(
      "Print the JSON Schema of rcwh.yaml. Editors complete keys and show mistakes as you type if the file begins with the line # yaml-language-server: $schema=./rcwh.schema.json. The npm package has it too, as rcwh/rcwh.schema.json.",
    )
    .action(() => run(context));
}

export function printSchema({ io }: CommandContext): void {
  io.data(toJson(manifestSchema, io.format === "ndjson" ? undefined : 2));
}
