import type { CommandContext } from "../context.ts";
import type { Choice } from "../io/prompts.ts";
import { redactAddress } from "../machine/redact.ts";
import { endpointChoices } from "../operations/guide/endpoint-choices.ts";
import { askWithin } from "../operations/guide/run-steps.ts";
import { verdict } from "../operations/guide/verdict.ts";
import { emulatorOf, parseTarget } from "./delivery-target.ts";

/** Asks where events go, and resolves to the value of `--to`. Escape rejects with `WentBack`. */
export async function askTarget(
  places: { readonly takesEmulator: boolean },
  context: CommandContext,
): Promise<string> {
  const choices = await placesOf(places, context);
  const { withBack } = await context.prompter();
  return askWithin(
    withBack,
    () => withBack.search("Send to which endpoint?", choices),
    async (chosen) => {
      if (chosen !== undefined) return chosen;
      const answer = await withBack.input("URL of the endpoint", {
        validate: (text) => verdict(() => parseTarget(text.trim(), context)),
      });
      return answer.trim();
    },
  );
}

/** What `--to` takes, with undefined for a URL that is typed. */
async function placesOf(
  { takesEmulator }: { readonly takesEmulator: boolean },
  context: CommandContext,
): Promise<readonly Choice<string | undefined>[]> {
  const { runningListeners } = await import("../listener/lease-owners.ts");
  const listeners = await runningListeners(context);
  const isOnly = listeners.length === 1;
  const listening = listeners.map(({ url }) => ({
    value: isOnly ? "listen" : url,
    name: `The running \`rcwh listen\` at ${redactAddress(url, context.settings.showSecrets)}`,
  }));
  const emulator = takesEmulator
    ? [
        {
          value: "emulator",
          name: "The emulator",
          description: "It delivers the event to its subscriptions that have the filter.",
        },
      ]
    : [];
  const isEmulated = takesEmulator && (await emulatorOf(context)) !== undefined;
  return [
    ...listening,
    ...(isEmulated ? emulator : []),
    { value: undefined, name: "Type a URL" },
    ...(isEmulated ? [] : emulator),
    ...(await endpointChoices(context)),
  ];
}
