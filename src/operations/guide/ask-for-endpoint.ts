import type { CommandContext } from "../../context.ts";
import type { Prompts } from "../../io/prompts.ts";
import { endpointChoices } from "./endpoint-choices.ts";
import { askWithin } from "./run-steps.ts";
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
  const askForUrl = async ({ input }: Prompts) => {
    const validate = (text: string) => verdict(() => check(text.trim()));
    return (await input("URL of the endpoint", { validate })).trim();
  };
  const endpoints = await endpointChoices(context);
  if (endpoints.length === 0) return askForUrl(prompter);
  const choices = [...endpoints, { value: undefined, name: "Type a URL", group: "Another" }];
  return askWithin(
    prompter,
    () => prompter.search<string | undefined>("Check which endpoint?", choices),
    async (chosen) => chosen ?? askForUrl(prompter.withBack),
  );
}
