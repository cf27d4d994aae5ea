import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { createCommand } from "../commands/flags/command.ts";
import type { GlobalWords } from "../commands/flags/global-flags.ts";
import { version } from "../commands/flags/version.ts";
import type { CommandContext } from "../context.ts";
import type { CommandEntry } from "./command-entry.ts";
import { commands } from "./commands.ts";
import { topicSummaries } from "./topic-summaries.ts";

const footer = `
Topics:
${Object.entries(topicSummaries)
  .map(([name, summary]) => `  rcwh help ${name.padEnd(15)} ${summary}`)
  .join("\n")}

Start with \`rcwh demo\` (no account needed) or \`rcwh login\`.`;

/** The program with the named command; without one, with a line of help for each. */
export async function createProgram(
  context: CommandContext,
  named: CommandEntry | undefined,
  globalOptions: GlobalWords["options"],
) {
  const program = createCommand("rcwh", context)
    .description("Manage RingCentral webhook subscriptions.")
    .usage("<command> [flags]")
    .version(version, "-V, --version", "print the version")
    .addHelpText("after", footer);
  for (const option of globalOptions) program.addOption(option);

  for (const entry of named ? [named] : commands) {
    const command: CommandUnknownOpts =
      entry === named ? (await entry.load())(context) : createCommand(entry.name, context);
    command.summary(entry.summary).helpGroup(entry.group);
    if (entry.alias) command.alias(entry.alias);
    program.addCommand(command);
  }
  return program;
}
