import type { CommandContext } from "../context.ts";
import { commandLine, type FlagValues, showCommandLine } from "../operations/guide/command-line.ts";
import { askAndAct } from "../operations/guide/guide.ts";
import { askWithin } from "../operations/guide/run-steps.ts";
import { askTarget } from "./ask-target.ts";

interface Delivery {
  /** The command's name. */
  readonly name: string;
  /** Its argument, if the command line has it. */
  readonly given: string | undefined;
  readonly flags: FlagValues;
  readonly takesEmulator: boolean;
}

interface Answers {
  readonly what: string;
  /** Absent where the command line has it, or nothing is sent. */
  readonly to?: string;
}

/** Asks what to send, and where to, unless the command line says so, then sends it. */
export async function guideDelivery(
  { name, given, flags, takesEmulator }: Delivery,
  askWhat: () => Promise<string>,
  run: (what: string, to: { readonly to?: string }, context: CommandContext) => Promise<void>,
  context: CommandContext,
): Promise<void> {
  const { to: givenTo, dryRun } = flags;
  // A dry run needs no target.
  const askWhere = async () =>
    givenTo === undefined && !dryRun ? { to: await askTarget({ takesEmulator }, context) } : {};
  const ask = async (before: Answers | undefined): Promise<Answers> => {
    // Going back from the confirmation leads to the target.
    let former = before?.what;
    return askWithin(
      await context.prompter(),
      async () => {
        const what = former ?? given ?? (await askWhat());
        former = undefined;
        return what;
      },
      async (what) => ({ what, ...(await askWhere()) }),
    );
  };
  await askAndAct(
    ask,
    async ({ what, ...to }, back) => {
      const words = { name, operands: [what], flags: { ...flags, ...to } };
      showCommandLine(commandLine(words, context.settings), context.io);
      await run(what, to, back);
    },
    "Nothing was sent.",
    context,
  );
}
