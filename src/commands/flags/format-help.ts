import type { CommandUnknownOpts, Help, Option } from "@commander-js/extra-typings";

/** The width that help is laid out for, columns. `wrapHelp` fits it into fewer; it never takes more. */
export const widestHelp = 80;

/** What a short help is restricted to, by name. */
export interface Common {
  /** By default all. */
  readonly commands?: readonly string[];
  readonly flags: readonly string[];
}

type Item = readonly [term: string, text: string];

/**
 * The layout of every `--help`: usage, description, commands or arguments, flags by group, and the names of the
 * global flags. With `common`, the layout of every `-h`: only those, and the first sentence of the description.
 */
export function formatHelp(command: CommandUnknownOpts, help: Help, common?: Common): string {
  const termWidth = help.padWidth(command, help);
  const description = help.commandDescription(command);
  const [purpose = ""] = /^.*?\.(?= |$)/s.exec(description) ?? [];
  const sections = [
    `Usage: ${usageOf(command, help)}`,
    help.boxWrap(common ? purpose : description, widestHelp),
  ];
  const addList = (heading: string, items: readonly Item[]) => {
    if (items.length === 0) return;
    const lines = items.map(([term, text]) => help.formatItem(term, termWidth, text, help));
    sections.push([heading, ...lines].join("\n"));
  };
  const addFlags = (heading: string, flags: readonly Option[]) =>
    addList(
      heading,
      flags.map((flag) => [help.optionTerm(flag), help.optionDescription(flag)]),
    );
  const all = help.visibleCommands(command);
  const commands = all.filter((each) => common?.commands?.includes(each.name()) ?? true);
  const headingOf = (each: CommandUnknownOpts) =>
    commands.length < all.length ? "Common commands:" : each.helpGroup() || "Commands:";
  for (const [heading, group] of groupBy(commands, headingOf)) {
    addList(
      heading,
      group.map((each) => [
        help.subcommandTerm(each).replace(" [options]", ""),
        help.subcommandDescription(each),
      ]),
    );
  }
  addList(
    "Arguments:",
    help
      .visibleArguments(command)
      .map((each) => [help.argumentTerm(each), help.argumentDescription(each)]),
  );
  const ownFlags = help.visibleOptions(command).filter(({ long }) => long !== "--help");
  const { options } = rootOf(command);
  const globalFlags = help
    .visibleGlobalOptions(command)
    .filter((flag) => options.includes(flag) && flag.long !== "--version");
  if (common) {
    const known = [...ownFlags, ...globalFlags];
    const flags = common.flags.flatMap((name) => known.find(({ long }) => long === name) ?? []);
    addFlags(flags.length < ownFlags.length ? "Common flags:" : "Flags:", flags);
    return `${sections.join("\n\n")}\n`;
  }
  for (const [heading, group] of groupBy(ownFlags, (flag) => flag.helpGroupHeading ?? "Flags:")) {
    addFlags(heading, group);
  }
  if (globalFlags.length > 0) {
    const names = ["-h", ...globalFlags.map(({ short, long }) => short ?? long)].join(", ");
    const lines = help.boxWrap(names, widestHelp - 2).replace(/^/gm, "  ");
    sections.push(`Global flags (see \`rcwh --help\`):\n${lines}`);
  }
  return `${sections.join("\n\n")}\n`;
}

/** Its line of usage, with the commands that it is attached to. */
export function usageOf(command: CommandUnknownOpts, help = command.createHelp()): string {
  return help.commandUsage(command).replace("[options]", "[flags]");
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
