import type { CommandContext } from "../../context.ts";
import { ExitCode, Interruption } from "../../errors.ts";
import {
  type CommandWords,
  commandLine,
  commandWords,
  showCommandLine,
} from "../../operations/guide/command-line.ts";
import type { RowAction } from "./screen-keys.ts";
import type { ScreenRow } from "./screen-rows.ts";

/** Those that are a command of rcwh; the others copy. */
export type CommandAction = Exclude<RowAction, "copyId" | "copyUrl">;

/** The command of an action on this row. */
export function commandFor(
  action: CommandAction,
  { target: { id, address, filters } }: ScreenRow,
): Pick<CommandWords, "name" | "operands" | "flags"> {
  switch (action) {
    case "rotate":
      return { name: "rotate-token", operands: [id], flags: {} };
    case "recreate":
      return { name: "renew", operands: [id], flags: { recreate: true } };
    case "check":
      return { name: "check", operands: [address], flags: {} };
    case "events":
      return { name: "listen", flags: { filter: filters, allowUnknownFilter: true } };
    default:
      return { name: action, operands: [id], flags: {} };
  }
}

/** The arguments of its run in this process: those of the command line, and how to show what it prints. */
function argumentsOf(command: CommandWords, { settings }: CommandContext): readonly string[] {
  const { store, storeByFlag, showSecrets, verbose } = settings;
  return [
    ...(showSecrets ? ["--show-secrets"] : []),
    ...(verbose ? ["--verbose"] : []),
    // A store's password must not be on the command line.
    ...(storeByFlag && store !== undefined ? ["--store", store] : []),
    ...commandWords(command, settings),
  ];
}

/** Runs a command on the shell's screen, with its own questions and output, and waits for a key. */
export async function runCommand(
  command: CommandWords,
  context: CommandContext,
  ended: () => void,
): Promise<void> {
  showCommandLine(commandLine(command, context.settings), context.io);
  // Whatever it failed with it has said itself.
  const code = await context.rerun(argumentsOf(command, context), context.env);
  context.signal.throwIfAborted();
  ended();
  // Ctrl-C in a question, which is not for the list.
  if (code === ExitCode.interrupted) return;
  const prompter = await context.prompter();
  context.io.say("");
  await prompter.pause("Press any key to return to the list.");
}

/** Shows events until a key is pressed; the listener then deletes its subscription. */
export async function watchEvents(
  command: CommandWords,
  url: string,
  context: CommandContext,
): Promise<void> {
  const { io, env, signal } = context;
  showCommandLine(commandLine(command, context.settings), io);
  io.say(
    io.errorStyle.dim(
      `New events of the same filters, over a WebSocket of their own: not the deliveries to ${url}. Press q or Ctrl-C to return to the list.`,
    ),
  );
  const stop = new AbortController();
  let isOver = false;
  const running = context
    .rerun(argumentsOf(command, context), env, AbortSignal.any([signal, stop.signal]))
    .then((code) => {
      isOver = true;
      if (!stop.signal.aborted && !signal.aborted) io.say("Press any key to return to the list.");
      return code;
    });
  const prompter = await context.prompter();
  try {
    await prompter.keys(async (key) => !isOver && key !== "q" && key !== "escape");
  } catch (error) {
    if (isOver || signal.aborted || !(error instanceof Interruption)) throw error;
  } finally {
    // What the listener still says must not be written over the list.
    if (!isOver && !signal.aborted) io.say(io.errorStyle.dim("Stopping…"));
    stop.abort(new Interruption());
    await running;
  }
  signal.throwIfAborted();
}
