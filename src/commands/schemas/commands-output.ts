import type {
  ArgumentDescription,
  CommandDescription,
  FlagDescription,
  ValueType,
} from "../completion/description.ts";
import {
  anything,
  choice,
  documentOf,
  integer,
  list,
  mapOf,
  type Output,
  optional,
  record,
  type Schema,
  text,
  texts,
  yes,
  yesOrNo,
} from "./schema.ts";

/** A schema in place of one. */
function schema(description: string): Schema {
  return { type: "object", description, additionalProperties: true };
}

const value = {
  choices: optional(texts("The only values that it takes.")),
  default: optional({
    type: ["string", "number"],
    description: "The value that holds without it, a number where its type is one.",
  }),
  defaultText: optional(text("The default in words, where it is not a value.")),
};

const type = choice<ValueType>("What its value is.", {
  boolean: "it takes no value",
  integer: "",
  number: "",
  duration: "such as 90s, 15m, 36h, 7d, 2w, 10y",
  instant: "RFC 3339",
  url: "",
  path: "a file",
  glob: "* stands for anything",
  filter: "an event filter: alias, path or URI",
  json: "",
  string: "",
});

const argument = record<ArgumentDescription>("A word after the command.", {
  name: text("What the help calls it."),
  description: text("What it is for."),
  required: yesOrNo("Whether it has to be given."),
  repeatable: yesOrNo("Whether there may be several."),
  ...value,
});

const flag = record<FlagDescription>("A flag.", {
  name: text("Such as --filter."),
  short: optional(text("Such as -p.")),
  description: text("What it is for."),
  value: optional(text("What the help calls its value; absent for one without.")),
  type,
  optional: optional(yes("The value may be left out.")),
  repeatable: optional(yes("It may be given several times.")),
  group: optional(text("Its heading in the help.")),
  env: optional(text("The variable that sets it, too.")),
  ...value,
});

const exitCode = record<CommandDescription["exitCodes"][number]>("An exit code.", {
  code: integer("The code."),
  meaning: text("What it means."),
});

const command = record<CommandDescription & { outputSchema?: object; lineSchema?: object }>(
  "A command, or a subcommand after the one that it belongs to.",
  {
    name: text("Its words, such as emulator fault list."),
    aliases: texts("Other words for the last one."),
    summary: text("A few words."),
    description: text("What it does."),
    usage: text("Its usage line."),
    arguments: list("In their order.", argument),
    flags: list("Its own flags, besides globalFlags.", flag),
    examples: list(
      "Complete command lines.",
      record<CommandDescription["examples"][number]>("", {
        command: text("The command line."),
        purpose: text("What it is for."),
      }),
    ),
    json: optional(text("The shape of its JSON, abridged for people.")),
    outputSchema: optional(
      schema(
        "The JSON Schema (2020-12) of what -o json prints; $ref leads to $defs of this document.",
      ),
    ),
    lineSchema: optional(
      schema("That of each line of -o ndjson, where it is anything else than one of the records."),
    ),
    exitCodes: list("Those that it can end with.", exitCode),
  },
);

export const commandsOutput: Output = documentOf("commands", "In the order of the help.", command, {
  globalFlags: list("Flags of every command.", flag),
  topics: list(
    "The pages of `rcwh help <topic>`.",
    record<{ value: string; description: string }>("", {
      value: text("The topic."),
      description: text("What it is about."),
    }),
  ),
  exitCodes: list("What each exit code means in general.", exitCode),
  errorSchema: schema("The JSON Schema of the object on stderr of a run that fails or warns."),
  $defs: mapOf("What the schemas share.", anything("A schema.")),
});
