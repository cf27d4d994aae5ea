import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import type { CommandContext } from "../../context.ts";
import { exitCodesOf, type OwnExitCodes } from "./exit-codes.ts";
import { formatHelp, widestHelp, wrapHelp } from "./format-help.ts";
import { refuse } from "./subcommands.ts";

/** A command, also for subcommands, whose help and errors go through the context. */
export function createCommand(name: string, { io }: Pick<CommandContext, "io">, manual?: Manual) {
  const command = new Command(name);
  if (manual) {
    command.addHelpText("after", renderManual(manual));
    manuals.set(command, manual);
  }
  return command
    .exitOverride((error) => refuse(error, command))
    .helpCommand(false)
    .helpOption("-h, --help", "show this help")
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: true, minWidthToWrap: 20, formatHelp })
    .configureOutput({
      writeOut: (text) => io.stdout.write(wrapHelp(text, io)),
      // The message travels in the error, and `main` prints it.
      writeErr: () => {},
      getOutHelpWidth: () => Math.min(io.width, widestHelp),
      getOutHasColors: () => false,
    });
}

/** What `--help` says below the flags. */
export interface Manual {
  /** Complete command lines, each with its purpose. */
  readonly examples: Readonly<Record<string, string>>;
  /** The shape of `--json`, abridged. */
  readonly json?: string;
  readonly exitCodes: OwnExitCodes;
}

const manuals = new WeakMap<CommandUnknownOpts, Manual>();

/** What `--help` says below the flags of a command; undefined for the program itself. */
export function manualOf(command: CommandUnknownOpts): Manual | undefined {
  return manuals.get(command);
}

function renderManual({ examples, json, exitCodes }: Manual): string {
  const shown = Object.entries(examples).map(
    ([command, purpose]) => `  # ${purpose}\n  ${command}`,
  );
  const sections = [
    ["Examples:", ...shown],
    ...(json === undefined ? [] : [["JSON:", ...json.split("\n").map((line) => `  ${line}`)]]),
    ["Exit codes:", ...exitCodesOf(exitCodes).map(([code, text]) => `  ${code}  ${text}`)],
  ];
  return sections.map((lines) => `\n${lines.join("\n")}`).join("\n");
}

/** Collects the values of a flag that may be given several times. */
export function collect(value: string, previous: readonly string[] = []): string[] {
  return [...previous, value];
}
