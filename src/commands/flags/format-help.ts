import type { CommandUnknownOpts, Help } from "@commander-js/extra-typings";
import type { IO } from "../../io/io.ts";
import { wrapLine } from "../../io/text.ts";

/** The maximum width of help, columns. */
export const widestHelp = 80;

type Item = readonly [term: string, text: string];

/**
 * The layout of every `--help`: usage, description, commands or arguments, flags by group, and the names of the
 * global flags.
 */
export function formatHelp(command: CommandUnknownOpts, help: Help): string {
  const width = help.helpWidth ?? 80;
  const termWidth = help.padWidth(command, help);
  const sections = [
    `Usage: ${usageOf(command, help)}`,
    help.boxWrap(help.commandDescription(command), width),
  ];
  const addList = (heading: string, items: readonly Item[]) => {
    const lines = items.map(([term, text]) => help.formatItem(term, termWidth, text, help));
    sections.push([heading, ...lines].join("\n"));
  };
  const commands = help.visibleCommands(command);
  for (const [heading, group] of groupBy(commands, (each) => each.helpGroup() || "Commands:")) {
    addList(
      heading,
      group.map((each) => [
        help.subcommandTerm(each).replace(" [options]", ""),
        help.subcommandDescription(each),
      ]),
    );
  }
  const parameters = help.visibleArguments(command);
  if (parameters.length > 0) {
    addList(
      "Arguments:",
      parameters.map((each) => [help.argumentTerm(each), help.argumentDescription(each)]),
    );
  }
  const ownFlags = help.visibleOptions(command).filter(({ long }) => long !== "--help");
  for (const [heading, group] of groupBy(ownFlags, (flag) => flag.helpGroupHeading ?? "Flags:")) {
    addList(
      heading,
      group.map((flag) => [help.optionTerm(flag), help.optionDescription(flag)]),
    );
  }
  const { options } = rootOf(command);
  const globalFlags = help
    .visibleGlobalOptions(command)
    .filter((flag) => options.includes(flag) && flag.long !== "--version")
    .map(({ short, long }) => short ?? long);
  if (globalFlags.length > 0) {
    const names = help.boxWrap(["-h", ...globalFlags].join(", "), width - 2);
    sections.push(`Global flags (see \`rcwh --help\`):\n${names.replace(/^/gm, "  ")}`);
  }
  return `${sections.join("\n\n")}\n`;
}

/** Its line of usage, with the commands that it is attached to. */
export function usageOf(command: CommandUnknownOpts, help = command.createHelp()): string {
  return help.commandUsage(command).replace("[options]", "[flags]");
}

/** Wraps help for a terminal. Examples can still be pasted. */
export function wrapHelp(text: string, { textWidth }: Pick<IO, "textWidth">): string {
  if (textWidth === Number.POSITIVE_INFINITY) return text;
  const room = Math.min(textWidth, widestHelp);
  const isComment = (line: string | undefined) => line?.startsWith("  # ") ?? false;
  return text
    .split("\n")
    .flatMap((line, index, lines) => {
      if (isComment(line)) return wrapLine(line, room, { indent: "  # " });
      if (isComment(lines[index - 1]))
        return wrapLine(line, room, { indent: "    ", isCommand: true });
      return line.startsWith("  {")
        ? wrapLine(line, room, { indent: "    " })
        : wrapLine(line, room);
    })
    .join("\n");
}

function rootOf(command: CommandUnknownOpts): CommandUnknownOpts {
  return command.parent ? rootOf(command.parent) : command;
}

function groupBy<Value>(
  values: readonly Value[],
  headingOf: (value: Value) => string,
): ReadonlyMap<string, readonly Value[]> {
  const groups = new Map<string, Value[]>();
  for (const value of values) {
    const heading = headingOf(value);
    groups.set(heading, [...(groups.get(heading) ?? []), value]);
  }
  return groups;
}
