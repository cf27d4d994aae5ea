import type { CommandContext } from "../../context.ts";
import { WentBack } from "../../io/went-back.ts";
import { endpointChoices } from "./endpoint-choices.ts";
import { verdict } from "./verdict.ts";

/**
 * Lets the user pick an endpoint of a subscription, or type a URL, which `check` accepts or throws UsageError. Resolves to
 * the URL, or to the id of the subscription.
 */
export async function askForEndpoint(
  check: (url: string) => unknown,
  context: CommandContext,
): Promise<string> {
  const prompter = await context.prompter();
  const options = { validate: (text: string) => verdict(() => check(text.trim())) };
  const question = "URL of the endpoint";
  const endpoints = await endpointChoices(context);
  if (endpoints.length === 0) return (await prompter.input(question, options)).trim();
  for (;;) {
    const chosen = await prompter.search<string | undefined>("Check which endpoint?", [
      ...endpoints,
      { value: undefined, name: "Type a URL", group: "Another" },
    ]);
    if (chosen !== undefined) return chosen;
    try {
      return (await prompter.withBack.input(question, options)).trim();
    } catch (error) {
      if (!(error instanceof WentBack)) throw error;
    }
  }
}
