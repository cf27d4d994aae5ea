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

/** A schema that stands for a schema. */
function schema(description: string): Schema {
  return { type: "object", description, additionalProperties: true };
}

const value = {
  choices: optional(texts("The only values that it takes.")),
  default: optional({
    type: ["string", "number"],
    description: "The default value; a number if the type is numeric.",
  }),
  defaultText: optional(text("The default in words, if it is not a fixed value.")),
};

const type = choice<ValueType>("The type of its value.", {
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
  name: text("Its name in the help."),
  description: text("What it is for."),
  required: yesOrNo("Whether it is required."),
  repeatable: yesOrNo("Whether it can be repeated."),
  ...value,
});

const flag = record<FlagDescription>("A flag.", {
  name: text("Such as --filter."),
  short: optional(text("Such as -p.")),
  description: text("What it is for."),
  value: optional(text("The name of its value in the help; absent if it takes none.")),
  type,
  optional: optional(yes("The value is optional.")),
  repeatable: optional(yes("It can be repeated.")),
  conflictsWith: optional(texts("Flags that exclude it, global ones included.")),
  requires: optional(texts("It needs one of these flags, too.")),
  group: optional(text("Its heading in the help.")),
  env: optional(text("The environment variable that also sets it.")),
  ...value,
});

const exitCode = record<CommandDescription["exitCodes"][number]>("An exit code.", {
  code: integer("The code."),
  meaning: text("What it means."),
});

const command = record<CommandDescription & { outputSchema?: object; lineSchema?: object }>(
  "A command. Subcommands follow their parent.",
  {
    name: text("Its full name, such as emulator fault list."),
    aliases: texts("Other names for its last word."),
    summary: text("A one-line summary."),
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
      schema("The JSON Schema of each line of -o ndjson, if a line is not one of the records."),
    ),
    exitCodes: list("The exit codes that it can end with.", exitCode),
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
