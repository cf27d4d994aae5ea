import { Interruption, UsageError } from "../../errors.ts";
import type { Prompts } from "../../io/prompts.ts";
import type { Rewind } from "../../io/rewinder.ts";
import { WentBack } from "../../io/went-back.ts";

/**
 * One question, or a few that belong together. Resolves to what is known now, or to undefined where nothing had to be
 * asked. It gets its own former answers too, as defaults, when somebody comes back to it.
 */
export type Step<Answers> = (answers: Answers) => Promise<Partial<Answers> | undefined>;

/**
 * Asks step by step, with the prompts of `Prompter.withBack`. Escape goes back to the last step that asked something, and
 * so does a UsageError, whose reason is shown; the first step is asked again, after a word about how to leave. Answers that
 * were taken back are erased. A UsageError before the first question is thrown: it is about the command line. Call it only
 * while `io.interactive`.
 *
 * @param unchanged said after Ctrl-C, such as "Nothing was created."
 */
export async function runSteps<Answers extends object>(
  steps: readonly Step<Answers>[],
  start: Answers,
  { say, mark }: { readonly say: (text: string) => void } & Pick<Prompts, "mark">,
  unchanged: string,
): Promise<Answers> {
  const asked: { readonly at: number; readonly rewind: Rewind }[] = [];
  let answers = start;
  let isFirstKnown = false;
  for (let at = 0; at < steps.length; ) {
    const rewind = mark();
    try {
      const learned = await steps[at]?.(answers);
      if (learned) {
        asked.push({ at, rewind });
        answers = { ...answers, ...learned };
      }
      at += 1;
    } catch (error) {
      if (error instanceof Interruption) say(unchanged);
      const isMistake = error instanceof UsageError && asked.length > 0;
      if (!isMistake && !(error instanceof WentBack)) throw error;
      const isFirst = asked.length === 0;
      const last = asked.pop() ?? { at, rewind };
      const isErased = last.rewind();
      if (isMistake) say([error.message, error.hint].filter(Boolean).join("\n"));
      else if (!isFirst && !isErased) say("(back)");
      else if (isFirst && !isFirstKnown) say("This is the first question. Press Ctrl-C to leave.");
      isFirstKnown ||= isFirst;
      at = last.at;
    }
  }
  return answers;
}

/** A question whose answer leads to others: Escape in those erases them, and leads back to it. */
export async function askWithin<First, Answer>(
  { mark }: Pick<Prompts, "mark">,
  first: () => Promise<First>,
  others: (answer: First) => Promise<Answer>,
): Promise<Answer> {
  for (;;) {
    const rewind = mark();
    const answer = await first();
    try {
      return await others(answer);
    } catch (error) {
      if (!(error instanceof WentBack)) throw error;
      rewind();
    }
  }
}
