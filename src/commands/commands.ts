import type { CommandContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { printRecords } from "../io/formats.ts";
import type { ProgramDescription } from "./completion/description.ts";
import { createCommand, type Manual } from "./flags/command.ts";
import { exitCodeMeanings } from "./flags/exit-codes.ts";

const manual: Manual = {
  examples: {
    "rcwh commands": "all commands, a line each",
    "rcwh commands renew --json": "one, with its flags, exit codes and examples",
    "rcwh commands --json | jq -r '.globalFlags[].name'": "the flags that all commands take",
  },
  json: '{ "schemaVersion": 1, "commands": [ { "name", "aliases": [], "summary", "description", "usage",\n  "arguments": [ { "name", "description", "required", "repeatable", "choices", "default", "defaultText" } ],\n  "flags": [ { "name", "short", "description", "value", "type", "optional", "repeatable",\n    "conflictsWith": [], "requires": [], "group", "env", "choices", "default", "defaultText" } ],\n  "examples": [ { "command", "purpose" } ], "json", "outputSchema", "lineSchema",\n  "exitCodes": [ { "code", "meaning" } ] } ],\n  "globalFlags": [ as flags ], "topics": [ { "value", "description" } ],\n  "exitCodes": [ { "code", "meaning" } ], "errorSchema", "$defs" }\noutputSchema is the JSON Schema of what -o json prints, lineSchema that of a line of\n-o ndjson where that is anything else than one of the records, errorSchema that of the object on stderr.',
  exitCodes: {
    0: "described",
  },
};

/** @param describe reads all there is */
export function createCommandsCommand(
  context: CommandContext,
  describe: () => Promise<ProgramDescription>,
) {
  return createCommand("commands", context, manual)
    .description(
      "Describe every command as data for programs: arguments, flags, examples, JSON output and exit codes, from the same source as --help.",
    )
    .argument("[command...]", "only this one and its subcommands, such as emulator fault")
    .action(async (words) => printCommands(words.join(" "), await describe(), context));
}

async function printCommands(
  name: string,
  { commands, globalFlags, topics }: ProgramDescription,
  { io }: CommandContext,
): Promise<void> {
  const records = commands.filter(
    (each) => name === "" || each.name === name || each.name.startsWith(`${name} `),
  );
  if (records.length === 0) {
    throw new UsageError(`Unknown command "${name}".`, "List all with `rcwh commands`.");
  }
  const { definitionsFor, errorSchema, schemasOf } = await import("./schemas/output-schema.ts");
  const { $defs: _, ...errorDocument } = errorSchema();
  const documents = records.map((each) => ({ ...each, ...schemasOf(each.name) }));
  await printRecords(io, {
    key: "commands",
    records: documents,
    columns: [
      { title: "command", key: "name", value: (each) => each.name },
      { title: "summary", value: ({ summary }) => summary, shrink: "wrap" },
    ],
    extra: {
      globalFlags,
      topics,
      exitCodes: Array.from(exitCodeMeanings, ([code, meaning]) => ({ code, meaning })),
      errorSchema: errorDocument,
      $defs: definitionsFor([errorDocument, documents]),
    },
  });
}
