import type { Settings } from "../config/settings.ts";
import type { CommandContext } from "../context.ts";
import { CliError, ExitCode } from "../errors.ts";
import type { IO } from "../io/io.ts";

/** What it takes to ask somebody. */
export interface Asking extends Pick<CommandContext, "prompter"> {
  readonly io: Pick<IO, "interactive">;
  readonly settings: Pick<Settings, "yes">;
}

/**
 * Lets the user decide before something is deleted or replaced. Returns only with a yes.
 * Throws exit 9 for a no, and where nobody can be asked.
 *
 * @param question a question that names what will happen, such as “Delete these 2 subscriptions?”
 * @param unchanged what is true after a no, such as “Nothing was deleted.”
 */
export async function confirm(
  { io, settings, prompter }: Asking,
  question: string,
  unchanged: string,
): Promise<void> {
  if (settings.yes) return;
  if (!io.interactive) {
    throw new CliError(`${question} Nobody can answer here. ${unchanged}`, {
      exitCode: ExitCode.declined,
      code: "CONFIRMATION_NEEDED",
      hint: "Add --yes to confirm.",
    });
  }
  if (await (await prompter()).confirm(question)) return;
  throw new CliError(unchanged, { exitCode: ExitCode.declined, code: "DECLINED" });
}
