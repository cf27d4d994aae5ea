import {
  Command,
  CommanderError,
  type CommandUnknownOpts,
  Option,
} from "@commander-js/extra-typings";
import type { CommandContext } from "../../context.ts";
import { UsageError } from "../../errors.ts";
import { exitCodesOf, type OwnExitCodes } from "./exit-codes.ts";
import { checkFlags } from "./flag-rules.ts";
import { type Common, formatHelp, widestHelp } from "./format-help.ts";
import { pathOf, refuse } from "./subcommands.ts";
import { wrapHelp } from "./wrap-help.ts";

/** Thrown for what a command line asks of the program itself: help, or the version. */
export class Answer extends CommanderError {
  readonly text: string;
  /** Whether it may be longer than a screen. */
  readonly isLong: boolean;

  constructor({ exitCode, code, message }: CommanderError, text: string, isLong: boolean) {
    super(exitCode, code, message);
    this.text = text;
    this.isLong = isLong;
  }
}

/** A command, also for subcommands. Its help is thrown, as an `Answer` for the context's output. */
export function createCommand(
  name: string,
  { io }: Pick<CommandContext, "io">,
  manual?: Manual | ProgramManual,
) {
  const command = new Command(name);
  const helpOption = new HelpOption("-h, --help", "show this help");
  let answer = "";
  command.hook("preAction", (_, acting) => {
    if (acting === command) checkFlags(command);
  });
  if (manual) {
    command.addHelpText("after", () =>
      helpOption.asksForLess ? renderBrief(manual, command) : renderManual(manual),
    );
    manuals.set(command, manual);
    if ("exitCodes" in manual && manual.json === undefined) {
      command.hook("preAction", (_, acting) => {
        if (acting === command) refuseFormat(command);
      });
    }
  }
  return command
    .exitOverride((error) => {
      if (error.exitCode !== 0) refuse(error, command);
      throw new Answer(error, wrapHelp(answer, io), !helpOption.asksForLess);
    })
    .helpCommand(false)
    .addHelpOption(helpOption)
    .showSuggestionAfterError()
    .configureHelp({
      showGlobalOptions: true,
      minWidthToWrap: 20,
      formatHelp: (each, help) =>
        formatHelp(each, help, helpOption.asksForLess ? commonOf(each) : undefined),
    })
    .configureOutput({
      writeOut(text) {
        answer += text;
      },
      // The message travels in the error, and `main` prints it.
      writeErr: () => {},
      getOutHelpWidth: () => widestHelp,
      getOutHasColors: () => false,
    });
}

/** For a command without data. RCWH_OUTPUT is ignored: it is set for other commands. */
function refuseFormat(command: CommandUnknownOpts): void {
  const { json, output }: { json?: true; output?: string } = command.optsWithGlobals();
  if (!json && (output === undefined || output === "" || output === "table")) return;
  throw new UsageError(
    `\`${pathOf(command)}\` has no ${json ? "JSON" : output} output.`,
    "Leave out the flag.",
  );
}

/** Remembers which of the two asked for help: `-h` asks for less than `--help`. */
class HelpOption extends Option<"-h, --help"> {
  asksForLess = false;

  /** Commander asks this for each word until one is the flag. */
  is(word: string): boolean {
    this.asksForLess = word === "-h";
    return word === "-h" || word === "--help";
  }
}

/**
 * Where rcwh may prompt, the action of a command gets undefined for a missing argument, and asks for it. Elsewhere that
 * stays an error, and for `--help` the argument stays required.
 */
export function asksForArgument<Asking extends CommandUnknownOpts>(
  command: Asking,
  { io }: Pick<CommandContext, "io">,
): Asking {
  const { missingArgument } = command as Asking & { missingArgument(name: string): void };
  return Object.assign(command, {
    missingArgument(name: string) {
      if (!io.interactive) missingArgument.call(command, name);
    },
  });
}

/** What help says besides the flags. */
export interface Manual {
  /** The flags that `-h` shows: long names in order, five at most. By default the command's first five. */
  readonly commonFlags?: readonly string[];
  /** Complete command lines, each with its purpose. `-h` shows the first three. */
  readonly examples: Readonly<Record<string, string>>;
  /** The shape of `--json`, abridged. A command without it refuses `--json` and other formats. */
  readonly json?: string;
  readonly exitCodes: OwnExitCodes;
}

/** The same for the program itself. */
export interface ProgramManual extends Pick<Manual, "examples"> {
  /** The commands that `-h` shows. */
  readonly commonCommands: readonly string[];
  /** What `--help` has below the flags. */
  readonly footer: string;
}

const manuals = new WeakMap<CommandUnknownOpts, Manual | ProgramManual>();

/** Undefined for the program itself. */
export function manualOf(command: CommandUnknownOpts): Manual | undefined {
  const manual = manuals.get(command);
  return manual && "exitCodes" in manual ? manual : undefined;
}

/** The names of the commands and flags that `-h` shows. */
function commonOf(command: CommandUnknownOpts): Common {
  const manual = manuals.get(command);
  if (manual && "commonCommands" in manual) return { commands: manual.commonCommands, flags: [] };
  return { flags: commonFlagsOf(command) };
}

/** The most flags that `-h` shows. */
const mostFlags = 5;

/** Their long names. */
function commonFlagsOf(command: CommandUnknownOpts): readonly string[] {
  const own = command.options.filter(({ hidden }) => !hidden).flatMap(({ long }) => long ?? []);
  return manualOf(command)?.commonFlags ?? own.slice(0, mostFlags);
}

function renderBrief(manual: Manual | ProgramManual, command: CommandUnknownOpts): string {
  const examples = examplesOf(manual).slice(0, 3).join("\n");
  const rest = "footer" in manual ? "commands, flags and topics" : "flags";
  return `\nExamples:\n${examples}\n\nSee all ${rest} with \`${pathOf(command)} --help\`.`;
}

function renderManual(manual: Manual | ProgramManual): string {
  if ("footer" in manual) return manual.footer;
  const { json, exitCodes } = manual;
  const sections = [
    ["Examples:", ...examplesOf(manual)],
    ...(json === undefined ? [] : [["JSON:", ...json.split("\n").map((line) => `  ${line}`)]]),
    ["Exit codes:", ...exitCodesOf(exitCodes).map(([code, text]) => `  ${code}  ${text}`)],
  ];
  return sections.map((lines) => `\n${lines.join("\n")}`).join("\n");
}

function examplesOf({ examples }: Pick<Manual, "examples">): readonly string[] {
  return Object.entries(examples).map(([command, purpose]) => `  # ${purpose}\n  ${command}`);
}

/** Collects the values of a flag that may be given several times. */
export function collect(value: string, previous: readonly string[] = []): string[] {
  return [...previous, value];
}
