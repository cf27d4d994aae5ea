import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { brotliDecompressSync } from "node:zlib";
import type { CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import type {
  CommandDescription,
  FlagDescription,
  ProgramDescription,
  ValueType,
} from "../commands/completion/description.ts";
import type { ValueKind } from "../commands/completion/values.ts";
import { collect, manualOf } from "../commands/flags/command.ts";
import { exitCodesOf } from "../commands/flags/exit-codes.ts";
import { bondsOf } from "../commands/flags/flag-rules.ts";
import { usageOf } from "../commands/flags/format-help.ts";
import { readGlobalFlags } from "../commands/flags/global-flags.ts";
import type { CommandContext } from "../context.ts";
import { isFileError } from "../machine/file-error.ts";
import type { CommandEntry } from "./command-entry.ts";
import { topicSummaries } from "./topic-summaries.ts";

/** Describes all commands from what their help is made of. Loads every one of them. */
async function describeProgram(
  context: CommandContext,
  entries: readonly CommandEntry[],
): Promise<ProgramDescription> {
  const { kindOf } = await import("../commands/completion/values.ts");
  const commands: CommandDescription[] = [];
  for (const entry of entries) {
    const command = (await entry.load())(context);
    command.summary(entry.summary);
    if (entry.alias) command.alias(entry.alias);
    commands.push(...describe(command, entry.name, kindOf));
  }
  const topics = Object.entries(topicSummaries).map(([value, description]) => ({
    value,
    description,
  }));
  const globalFlags = flagsOf(readGlobalFlags([]).options, "", kindOf);
  return { globalFlags, commands, topics };
}

/** What completion needs of it, as the build has written it, where there is one; loads nothing else. */
export async function readProgram(
  context: CommandContext,
  entries: readonly CommandEntry[],
): Promise<ProgramDescription> {
  const path = join(dirname(context.installation.script), "../dist/commands.br");
  return readPacked(path) ?? describeProgram(context, entries);
}

/** All of it. What the build has written is beside the bundle, and so never that of another program. */
export async function readWholeProgram(
  context: CommandContext,
  entries: readonly CommandEntry[],
): Promise<ProgramDescription> {
  return readPacked(join(import.meta.dirname, "program.br")) ?? describeProgram(context, entries);
}

function readPacked(path: string): ProgramDescription | undefined {
  try {
    return JSON.parse(brotliDecompressSync(readFileSync(path)).toString());
  } catch (error) {
    if (isFileError(error)) return undefined;
    throw error;
  }
}

/** What a value can be, by where it stands and what the help calls it. */
type KindOf = (command: string, flag: string | undefined, value: string) => ValueKind;

function describe(
  command: CommandUnknownOpts,
  name: string,
  kindOf: KindOf,
): readonly CommandDescription[] {
  const manual = manualOf(command);
  const description = command.description();
  const described: CommandDescription = {
    name,
    aliases: command.aliases(),
    summary: command.summary() || description,
    description,
    usage: `rcwh ${usageOf(command)}`,
    arguments: command.registeredArguments.map((argument) => ({
      name: argument.name(),
      description: argument.description,
      required: argument.required,
      repeatable: argument.variadic,
      ...choicesOf(kindOf(name, undefined, argument.name())),
      ...defaultIn(argument.description, "string"),
    })),
    flags: flagsOf(command.options, name, kindOf, (flag) => bondsOf(command, flag)),
    examples: Object.entries(manual?.examples ?? {}).map(([line, purpose]) => ({
      command: line,
      purpose,
    })),
    ...(manual?.json !== undefined && { json: manual.json }),
    exitCodes: exitCodesOf(manual?.exitCodes ?? {}).map(([code, meaning]) => ({ code, meaning })),
  };
  const below = command.commands.flatMap((each) =>
    describe(each, `${name} ${each.name()}`, kindOf),
  );
  return [described, ...below];
}

function flagsOf(
  options: readonly Option[],
  command: string,
  kindOf: KindOf,
  bonds: (flag: string) => Pick<FlagDescription, "conflictsWith" | "requires"> = () => ({}),
): readonly FlagDescription[] {
  return options
    .filter(({ hidden }) => !hidden)
    .map((option) => {
      const name = option.long ?? option.flags;
      const { description } = option;
      const value = /[<[]([^<>[\]]+)[>\]]$/.exec(option.flags)?.[1]?.replace(/\.\.\.$/, "");
      const type = value === undefined ? "boolean" : typeOf(name, value);
      const [, variable] = /\(([A-Z_]+)\)$/.exec(description) ?? [];
      return {
        name,
        ...(option.short && { short: option.short }),
        description,
        ...(value !== undefined && { value }),
        type,
        ...(option.optional && { optional: true as const }),
        ...((option.variadic || option.parseArg === collect) && { repeatable: true as const }),
        ...bonds(name),
        ...(option.helpGroupHeading && { group: option.helpGroupHeading.replace(/:$/, "") }),
        ...(variable !== undefined && { env: variable }),
        ...(value !== undefined && choicesOf(kindOf(command, name, value))),
        ...defaultIn(description, type),
      };
    });
}

function choicesOf(kind: ValueKind): { readonly choices?: readonly string[] } {
  return kind.from === "choices" && !kind.areSome ? { choices: kind.choices } : {};
}

/** As the description has it: a value of the type, or the words that say which one it is. */
function defaultIn(
  description: string,
  type: ValueType,
): Pick<FlagDescription, "default" | "defaultText"> {
  const [, text] = /\(default: ([^()]+)\)$/.exec(description) ?? [];
  if (text === undefined) return {};
  const isNumeric = type === "integer" || type === "number";
  const isValue = isNumeric ? /^\d+(?:\.\d+)?$/.test(text) : type !== "json" && !/\s/.test(text);
  if (!isValue) return { defaultText: text };
  return { default: isNumeric ? Number(text) : text };
}

/** By what the help calls the value. */
const types: Readonly<Record<string, ValueType>> = {
  bytes: "integer",
  chance: "number",
  duration: "duration",
  file: "path",
  filter: "filter",
  glob: "glob",
  instant: "instant",
  interval: "duration",
  json: "json",
  n: "integer",
  path: "path",
  port: "integer",
  url: "url",
};

/** Values that are more than their name says. */
const widerTypes: Readonly<Record<string, ValueType>> = {
  "--exit-after": "string",
  "--forward-to": "string",
  "--times": "string",
};

function typeOf(flag: string, value: string): ValueType {
  return widerTypes[flag] ?? types[value] ?? "string";
}
