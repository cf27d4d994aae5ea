import type { CommandContext } from "../../context.ts";
import { Interruption } from "../../errors.ts";
import { WentBack } from "../../io/went-back.ts";

/**
 * Asks, then acts on the answers, in a context where Escape in a confirmation goes back: then it asks again, with the
 * answers so far. Ends where asking resolves to nothing. Call it only while `io.interactive`.
 *
 * @param unchanged said after Ctrl-C in a question, such as "Nothing was deleted."
 */
export async function askAndAct<Answers>(
  ask: (before: Answers | undefined) => Promise<Answers | undefined>,
  act: (answers: Answers, context: CommandContext) => Promise<void>,
  unchanged: string | undefined,
  context: CommandContext,
): Promise<void> {
  const goingBack = withBack(context);
  let answers: Answers | undefined;
  const { mark } = await context.prompter();
  for (;;) {
    const rewind = mark();
    answers = await tellingUnchanged(() => ask(answers), unchanged, context);
    if (answers === undefined) return;
    try {
      return await act(answers, goingBack);
    } catch (error) {
      if (!(error instanceof WentBack)) throw error;
      rewind();
    }
  }
}

/** The same run, in whose prompts Escape goes back. */
function withBack(context: CommandContext): CommandContext {
  return {
    ...context,
    async prompter() {
      const { withBack } = await context.prompter();
      return { ...withBack, withBack };
    },
  };
}

async function tellingUnchanged<Answer>(
  ask: () => Promise<Answer>,
  unchanged: string | undefined,
  { io }: CommandContext,
): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    if (unchanged !== undefined && error instanceof Interruption) io.say(unchanged);
    throw error;
  }
}
