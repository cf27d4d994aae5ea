import { CommanderError, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { UsageError } from "../../errors.ts";
import { closest } from "../../filters/edit-distance.ts";

/** An error of commander, with the command's path, such as `rcwh emulator log`. */
export class CommandLineError extends CommanderError {
  readonly path: string;

  constructor({ exitCode, code, message }: CommanderError, path: string) {
    super(exitCode, code, message);
    this.path = path;
  }
}

/** Throws commander's error with the path of `command`, or a UsageError for an unknown subcommand. */
export function refuse(error: CommanderError, command: CommandUnknownOpts): never {
  const path = pathOf(command);
  const [first] = command.args;
  const takesNoWords = command.commands.length > 0 && command.registeredArguments.length === 0;
  const isAboutWords = /^commander\.(?:excessArguments|unknownOption)$/.test(error.code);
  if (!isAboutWords || !takesNoWords || first === undefined || first.startsWith("-")) {
    throw new CommandLineError(error, path);
  }
  const names = command.commands.map((each) => each.name());
  const similar = closest(first, names);
  throw new UsageError(
    `Unknown command "${first}" of \`${path}\`.`,
    `${similar === undefined ? "" : `Did you mean ${similar}? `}Use ${names.join(", ")}; see \`${path} --help\`.`,
    { cause: error },
  );
}

/**
 * Refuses flags of `command` before a subcommand, unless the subcommand has the same flag and so gets its value.
 * `hintFor` says what to do instead.
 */
export function keepFlagsApart(
  command: CommandUnknownOpts,
  hintFor: (flag: string, value: unknown) => string | undefined = () => undefined,
): void {
  command.hook("preSubcommand", (_, subcommand) => {
    for (const flag of command.options) {
      const name = flag.attributeName();
      if (command.getOptionValueSource(name) !== "cli") continue;
      const value: unknown = command.getOptionValue(name);
      if (subcommand.options.some((own) => own.attributeName() === name)) {
        subcommand.setOptionValueWithSource(name, value, "cli");
        continue;
      }
      const help = `See \`${pathOf(subcommand)} --help\` for what it takes.`;
      throw new UsageError(
        `${flag.long ?? flag.short} is a flag of \`${pathOf(command)}\` itself, not of \`${pathOf(subcommand)}\`.`,
        hintFor(flag.long ?? "", value) ?? help,
      );
    }
  });
}

/** Such as `rcwh emulator log`. */
export function pathOf(command: CommandUnknownOpts): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
}
