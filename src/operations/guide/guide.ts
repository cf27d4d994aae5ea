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
  for (;;) {
    answers = await tellingUnchanged(() => ask(answers), unchanged, context);
    if (answers === undefined) return;
    try {
      return await act(answers, goingBack);
    } catch (error) {
      if (!(error instanceof WentBack)) throw error;
    }
  }
}

/**
 * Asks for one thing, unless it is given, and then for another. Escape in the second question goes back to the first one,
 * or asks again where that was not asked. `before` is the first answer of somebody who comes back to the second question.
 */
export async function askBoth<First, Second>(
  given: First | undefined,
  askFirst: () => Promise<First>,
  askSecond: (first: First) => Promise<Second>,
  before: First | undefined,
): Promise<readonly [First, Second]> {
  for (let first = before ?? given; ; first = given) {
    first ??= await askFirst();
    try {
      return [first, await askSecond(first)];
    } catch (error) {
      if (!(error instanceof WentBack)) throw error;
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
