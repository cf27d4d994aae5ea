import { Interruption, UsageError } from "../../errors.ts";
import type { IO } from "../../io/io.ts";
import { WentBack } from "../../io/went-back.ts";

/**
 * One question, or a few that belong together. Resolves to what is known now, or to undefined where nothing had to be
 * asked. It gets its own former answers too, as defaults, when somebody comes back to it.
 */
export type Step<Answers> = (answers: Answers) => Promise<Partial<Answers> | undefined>;

/**
 * Asks step by step, with the prompts of `Prompter.withBack`. Escape goes back to the last step that asked something, and
 * so does a UsageError, once its reason is on the screen; the first step is asked again. A UsageError before anything was
 * asked, for what the command line has, is thrown. Call it only while `io.interactive`.
 *
 * @param unchanged said after Ctrl-C, such as "Nothing was created."
 */
export async function runSteps<Answers extends object>(
  steps: readonly Step<Answers>[],
  start: Answers,
  io: Pick<IO, "say">,
  unchanged: string,
): Promise<Answers> {
  const asked: number[] = [];
  let answers = start;
  for (let at = 0; at < steps.length; ) {
    try {
      const learned = await steps[at]?.(answers);
      if (learned) {
        asked.push(at);
        answers = { ...answers, ...learned };
      }
      at += 1;
    } catch (error) {
      if (error instanceof Interruption) io.say(unchanged);
      const isMistake = error instanceof UsageError && asked.length > 0;
      if (!isMistake && !(error instanceof WentBack)) throw error;
      if (isMistake) io.say([error.message, error.hint].filter(Boolean).join("\n"));
      else if (asked.length > 0) io.say("(back)");
      at = asked.pop() ?? at;
    }
  }
  return answers;
}

/** A question whose answer leads to others: Escape in those leads back to it. */
export async function askWithin<First, Answer>(
  first: () => Promise<First>,
  others: (answer: First) => Promise<Answer>,
): Promise<Answer> {
  for (;;) {
    const answer = await first();
    try {
      return await others(answer);
    } catch (error) {
      if (!(error instanceof WentBack)) throw error;
    }
  }
}
