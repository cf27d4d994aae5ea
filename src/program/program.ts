import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { createCommand, type ProgramManual } from "../commands/flags/command.ts";
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

const manual: ProgramManual = {
  commonCommands: ["create", "list", "renew", "delete", "filters", "check", "listen", "login"],
  examples: {
    "rcwh demo": "the whole life of a webhook in seconds, without an account",
    "rcwh login": "sign in, with the credentials of a REST API App",
    "rcwh create posts https://example.com/hook": "new posts, for 7 days",
  },
  footer,
};

/** The program with the named command; without one, with a line of help for each. */
export async function createProgram(
  context: CommandContext,
  named: CommandEntry | undefined,
  globalOptions: GlobalWords["options"],
) {
  const program = createCommand("rcwh", context, manual)
    .description("Manage RingCentral webhook subscriptions.")
    .usage("<command> [flags]")
    .version(version, "-V, --version", "print the version");
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
