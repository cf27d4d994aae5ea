import type { CommandContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { printRecords } from "../io/formats.ts";
import type { ProgramDescription } from "./completion/description.ts";
import { createCommand, type Manual } from "./flags/command.ts";

const manual: Manual = {
  examples: {
    "rcwh commands": "all commands, a line each",
    "rcwh commands renew --json": "one, with its flags, exit codes and examples",
    "rcwh commands --json | jq -r '.globalFlags[].name'": "the flags that all commands take",
  },
  json: '{ "schemaVersion": 1, "commands": [ { "name", "aliases": [], "summary", "description",\n  "arguments": [ { "name", "description", "required", "repeatable" } ],\n  "flags": [ { "name", "short", "description", "value", "optional", "repeatable", "group" } ],\n  "examples": [ { "command", "purpose" } ], "json", "exitCodes": [ { "code", "meaning" } ] } ],\n  "globalFlags": [ as flags ], "topics": [ { "value", "description" } ] }',
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
      "Describe the commands as data for programs: arguments, flags, examples, the shape of the JSON output and exit codes, from what --help is made of.",
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
  await printRecords(io, {
    key: "commands",
    records,
    columns: [
      { title: "command", key: "name", value: (each) => each.name },
      { title: "summary", value: ({ summary }) => summary, shrink: "wrap" },
    ],
    extra: { globalFlags, topics },
  });
}
