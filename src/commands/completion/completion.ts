import type { CommandContext } from "../../context.ts";
import { CliError, UsageError } from "../../errors.ts";
import { oneLine } from "../../one-line.ts";
import { createCommand, type Manual } from "../flags/command.ts";
import { readGlobalFlags } from "../flags/global-flags.ts";
import { keepFlagsApart } from "../flags/subcommands.ts";
import type { ProgramDescription } from "./description.ts";
import { type Shell, scripts } from "./scripts.ts";
import type { Sources } from "./suggest.ts";
import type { Suggestion } from "./values.ts";

const shells = Object.keys(scripts);

const manual: Manual = {
  examples: {
    "rcwh completion --install": "for the shell that you use: says what it changed",
    'eval "$(rcwh completion bash)"': "bash, in this shell only",
    'eval "$(rcwh completion zsh)"': "zsh, in this shell only",
    "rcwh completion fish | source": "fish, in this shell only",
    "rcwh completion powershell | Out-String | Invoke-Expression": "PowerShell; add it to $PROFILE",
  },
  exitCodes: {
    1: "--install: a file cannot be written",
  },
};

/** @param describe reads the descriptions of all commands */
export function createCompletionCommand(
  context: CommandContext,
  describe: () => Promise<ProgramDescription>,
) {
  const command = createCommand("completion", context, manual)
    .usage("[shell] [flags]")
    .description(
      "Complete commands, flags, values, event filters, profiles and the ids of subscriptions with the Tab key, in bash, zsh, fish and PowerShell. Prints the script for a shell, or installs it.",
    )
    .argument("[shell]", `${shells.join(", ")} (default: the one that SHELL names)`)
    .option("--install", "install it for this user, and say what was changed")
    .action((shell, options) => printOrInstall(shell, options, context));
  command.addCommand(createSuggestCommand(context, describe));
  command.addCommand(createRefreshCommand(context));
  keepFlagsApart(command);
  return command;
}

function createSuggestCommand(
  context: CommandContext,
  describe: () => Promise<ProgramDescription>,
) {
  return createCommand("suggest", context, {
    examples: {
      "rcwh completion suggest -- li": "commands that begin with li",
      "rcwh completion suggest -- create --filter vo": "event filters",
      "rcwh completion suggest -- show ''": "ids of subscriptions",
    },
    exitCodes: {},
  })
    .summary("print what completes a command line")
    .description(
      "Print what completes a command line: a line each, with a tab and a description. A line with a colon says what the shell completes itself: :files, :commands, or :open for a value that goes on. The scripts call this.",
    )
    .argument("<word...>", "the words after rcwh; the last one is being typed, and may be empty")
    .action((words) => printSuggestions(words, describe, context));
}

function createRefreshCommand(context: CommandContext) {
  return createCommand("refresh", context, {
    examples: {
      "rcwh completion refresh": "of the profile in use",
      "rcwh completion refresh --profile acme": "of another one",
      "rcwh completion suggest -- show ''": "print what is remembered",
    },
    exitCodes: { 5: "RingCentral does not answer" },
  })
    .summary("list the subscriptions for the Tab key")
    .description(
      "Remember the ids and URLs of your subscriptions for a minute. The Tab key starts this in the background where it needs them. It never signs in.",
    )
    .action(async () => {
      const { refreshKnownSubscriptions } = await import("./known-subscriptions.ts");
      await refreshKnownSubscriptions(context);
    });
}

async function printOrInstall(
  named: string | undefined,
  { install }: { readonly install?: true },
  context: CommandContext,
): Promise<void> {
  const shell = shellOf(named, context);
  if (!install) return context.io.data(scripts[shell].trimEnd());
  const { installScript } = await import("./install.ts");
  for (const line of await installScript(shell, scripts[shell], context)) context.io.note(line);
}

function shellOf(named: string | undefined, { env, platform }: CommandContext): Shell {
  const [, current = platform === "win32" ? "powershell" : ""] =
    /(?<![a-z])([a-z]+)(?:\.exe)?$/.exec(env["SHELL"] ?? "") ?? [];
  const name = named ?? current;
  const aliases: Readonly<Record<string, string>> = { pwsh: "powershell" };
  const shell = aliases[name] ?? name;
  if (isShell(shell)) return shell;
  const list = `${shells.slice(0, -1).join(", ")} or ${shells.at(-1)}`;
  if (named === undefined) {
    throw new UsageError(
      `Which shell? SHELL is ${JSON.stringify(env["SHELL"] ?? "")}.`,
      `Name one: ${list}, such as \`rcwh completion bash\`.`,
    );
  }
  throw new UsageError(`Invalid shell ${JSON.stringify(named)}: use ${list}.`);
}

function isShell(text: string): text is Shell {
  return Object.hasOwn(scripts, text);
}

async function printSuggestions(
  words: readonly string[],
  describe: () => Promise<ProgramDescription>,
  context: CommandContext,
): Promise<void> {
  const { settings, env } = context;
  const flags = accountFlags(words.slice(0, -1));
  if (flags.length > 0 && !settings.profileByFlag && settings.credentialsFile === undefined) {
    // The account that the words name, not the one in use.
    await context.rerun([...flags, "completion", "suggest", "--", ...words], env);
    return;
  }
  const { suggest } = await import("./suggest.ts");
  const program = await describe();
  const { list, also } = await suggest(program, words, sourcesOf(flags, program, context));
  // A value with a line break or a tab would become two.
  const lines = list.filter(({ value }) => value !== "" && oneLine(value) === value);
  for (const { value, description } of lines) {
    context.io.data(`${value}\t${oneLine(description)}`);
  }
  if (also) context.io.data(`:${also}`);
}

/** The global flags among some words that say which account they are about. */
function accountFlags(words: readonly string[]): readonly string[] {
  try {
    const { flags } = readGlobalFlags(words);
    return Object.entries({
      "--profile": flags.profile,
      "--credentials-file": flags.credentialsFile,
      "--store": flags.store,
    }).flatMap(([name, value]) => (value === undefined ? [] : [name, value]));
  } catch {
    // A line that is being typed need not make sense yet.
    return [];
  }
}

function sourcesOf(
  flags: readonly string[],
  { topics }: ProgramDescription,
  context: CommandContext,
): Sources {
  return {
    profiles: () => orNothing(profilesOf(context)),
    async subscriptions() {
      const { knownSubscriptions } = await import("./known-subscriptions.ts");
      const refresh = async () =>
        context.startAgain?.([...flags, "completion", "refresh", "--quiet"]);
      return orNothing(knownSubscriptions(context, refresh));
    },
    async codes() {
      const { explanations } = await import("../../explanations/find.ts");
      return explanations.map(({ code, meaning }) => ({ value: code, description: meaning }));
    },
    async settings() {
      const { defaultSettings } = await import("../../emulator/setting-table.ts");
      return Object.entries(defaultSettings).map(([name, value]) => ({
        value: `${name}=`,
        description: `default: ${JSON.stringify(value)}`,
      }));
    },
    async rules() {
      const { auditRules } = await import("../../operations/audit/audit.ts");
      return auditRules.map((value) => ({ value, description: "" }));
    },
    topics: () => topics,
  };
}

async function profilesOf({ config }: CommandContext): Promise<readonly Suggestion[]> {
  const opened = await config();
  const profiles = Object.entries(opened.profiles()).map(([value, { server }]) => ({
    value,
    description: value === opened.currentProfile ? `${server} (in use)` : server,
  }));
  return [...profiles, { value: "emulator", description: "the emulator inside rcwh" }];
}

/** Whoever presses the Tab key does not expect an error: the command itself tells it. */
async function orNothing(
  suggestions: Promise<readonly Suggestion[]>,
): Promise<readonly Suggestion[]> {
  try {
    return await suggestions;
  } catch (error) {
    if (error instanceof CliError) return [];
    throw error;
  }
}
