import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { brotliDecompressSync } from "node:zlib";
import type { CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import type {
  CommandDescription,
  FlagDescription,
  ProgramDescription,
} from "../commands/completion/description.ts";
import { collect, manualOf } from "../commands/flags/command.ts";
import { exitCodesOf } from "../commands/flags/exit-codes.ts";
import { readGlobalFlags } from "../commands/flags/global-flags.ts";
import type { CommandContext } from "../context.ts";
import { isFileError } from "../machine/file-error.ts";
import type { CommandEntry } from "./command-entry.ts";
import { topicSummaries } from "./topic-summaries.ts";

/** Describes all commands from what their help is made of. Loads every one of them. */
export async function describeProgram(
  context: CommandContext,
  entries: readonly CommandEntry[],
): Promise<ProgramDescription> {
  const commands: CommandDescription[] = [];
  for (const entry of entries) {
    const command = (await entry.load())(context);
    command.summary(entry.summary);
    if (entry.alias) command.alias(entry.alias);
    commands.push(...describe(command, entry.name));
  }
  const topics = Object.entries(topicSummaries).map(([value, description]) => ({
    value,
    description,
  }));
  return { globalFlags: flagsOf(readGlobalFlags([]).options), commands, topics };
}

/** The same as the build has written it, where there is one; loads nothing else. */
export async function readProgram(
  context: CommandContext,
  entries: readonly CommandEntry[],
): Promise<ProgramDescription> {
  const path = join(dirname(context.installation.script), "../dist/commands.br");
  try {
    return JSON.parse(brotliDecompressSync(readFileSync(path)).toString());
  } catch (error) {
    if (!isFileError(error)) throw error;
    return describeProgram(context, entries);
  }
}

function describe(command: CommandUnknownOpts, name: string): CommandDescription[] {
  const manual = manualOf(command);
  const description = command.description();
  const described: CommandDescription = {
    name,
    aliases: command.aliases(),
    summary: command.summary() || description,
    description,
    arguments: command.registeredArguments.map((argument) => ({
      name: argument.name(),
      description: argument.description,
      required: argument.required,
      repeatable: argument.variadic,
    })),
    flags: flagsOf(command.options),
    examples: Object.entries(manual?.examples ?? {}).map(([line, purpose]) => ({
      command: line,
      purpose,
    })),
    ...(manual?.json !== undefined && { json: manual.json }),
    exitCodes: exitCodesOf(manual?.exitCodes ?? {}).map(([code, meaning]) => ({ code, meaning })),
  };
  const below = command.commands.flatMap((each) => describe(each, `${name} ${each.name()}`));
  return [described, ...below];
}

function flagsOf(options: readonly Option[]): FlagDescription[] {
  return options
    .filter(({ hidden }) => !hidden)
    .map((option) => {
      const [, value] = /[<[]([^<>[\]]+)[>\]]$/.exec(option.flags) ?? [];
      return {
        name: option.long ?? option.flags,
        ...(option.short && { short: option.short }),
        description: option.description,
        ...(value !== undefined && { value: value.replace(/\.\.\.$/, "") }),
        ...(option.optional && { optional: true as const }),
        ...((option.variadic || option.parseArg === collect) && { repeatable: true as const }),
        ...(option.helpGroupHeading && { group: option.helpGroupHeading.replace(/:$/, "") }),
      };
    });
}
