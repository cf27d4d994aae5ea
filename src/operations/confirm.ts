import type { Settings } from "../config/settings.ts";
import type { CommandContext } from "../context.ts";
import { CliError, ExitCode, Interruption } from "../errors.ts";
import type { IO } from "../io/io.ts";
import { type Nameable, nameOf } from "../subscriptions/name.ts";

/** What asking for confirmation needs. */
export interface ConfirmContext extends Pick<CommandContext, "prompter"> {
  readonly io: Pick<IO, "interactive" | "say">;
  readonly settings: Pick<Settings, "yes">;
}

/**
 * Asks before something is deleted or replaced, and returns only after a yes. Throws exit 9 after a no, and
 * where rcwh cannot ask. Whatever else ends the question, Ctrl-C or the end of the input, is told that nothing changed too.
 *
 * @param question names what will happen, such as "Delete these 2 subscriptions?"
 * @param unchanged what is true after a no, such as "Nothing was deleted."
 * @param touched what the question is about, if it only counts it: named where nobody saw a table of it
 */
export async function confirm(
  { io, settings, prompter }: ConfirmContext,
  question: string,
  unchanged: string,
  touched: readonly (Nameable | string)[] = [],
): Promise<void> {
  if (settings.yes) return;
  if (!io.interactive) {
    const refusal = `${question} Cannot prompt for confirmation here. ${unchanged}`;
    throw new CliError(touched.length > 1 ? [refusal, ...listNames(touched)] : refusal, {
      exitCode: ExitCode.declined,
      code: "CONFIRMATION_NEEDED",
      hint: "Add --yes to confirm.",
    });
  }
  if (await isConfirmed({ io, prompter }, question, unchanged)) return;
  throw new CliError(unchanged, { exitCode: ExitCode.declined, code: "DECLINED" });
}

/** Names are few enough to read. */
const mostNames = 20;

function listNames(touched: readonly (Nameable | string)[]): readonly string[] {
  const names = touched
    .slice(0, mostNames)
    .map((each) => `  ${typeof each === "string" ? each : nameOf(each)}`);
  const rest = touched.length - names.length;
  return rest > 0 ? [...names, `  and ${rest} more`] : names;
}

/** Asks even with `--yes`. An interruption is thrown with a note that nothing changed. */
export async function isConfirmed(
  { io, prompter }: Pick<ConfirmContext, "prompter"> & { readonly io: Pick<IO, "say"> },
  question: string,
  unchanged: string,
): Promise<boolean> {
  try {
    return await (await prompter()).confirm(question);
  } catch (error) {
    if (error instanceof Interruption) io.say(unchanged);
    throw error;
  }
}
