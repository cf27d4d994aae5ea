import type { CommandContext } from "../../context.ts";
import { endpointDeadline } from "../../endpoint/limits.ts";
import type { Prompts } from "../../io/prompts.ts";
import { isLoopback } from "../../machine/loopback.ts";
import { noteRows } from "../../operations/endpoint-probe.ts";
import { askWithin } from "../../operations/guide/run-steps.ts";
import { verdict } from "../../operations/guide/verdict.ts";
import { watchChecks } from "../../operations/watched-check.ts";
import { parseAddress } from "../../subscriptions/address.ts";

/** Milliseconds for one handshake, connections included. */
const tryLimit = 20_000;

/**
 * Asks for the URL, and tries it from here at once unless `untried`: RingCentral creates nothing for an endpoint that fails
 * its handshake. Escape after the attempt leads back to the URL.
 */
export async function askUrl(
  prompts: Prompts,
  former: string | undefined,
  { server, untried }: { readonly server: string; readonly untried: boolean },
  context: CommandContext,
): Promise<string> {
  let url = former;
  const ask = async () => {
    const answer = await prompts.input("URL of your endpoint", {
      ...(url !== undefined && { default: url }),
      validate: (text) => verdict(() => parseAddress(text.trim(), server)),
    });
    url = answer.trim();
    return url;
  };
  return askWithin(prompts, ask, async (answer) => {
    while (!untried && !(await passes(answer, server, context))) {
      const next = await prompts.select<"again" | "change" | "on">(
        "It fails from here. What next?",
        [
          { name: "Try it again", value: "again" },
          { name: "Change the URL", value: "change" },
          {
            name: "Go on with it",
            value: "on",
            description: "RingCentral tries it from outside, and creates nothing if that fails.",
          },
        ],
      );
      if (next === "change") return askUrl(prompts, url, { server, untried }, context);
      if (next === "on") break;
    }
    return answer;
  });
}

/** Shakes hands with the endpoint as RingCentral does, and shows what was found. */
async function passes(url: string, server: string, context: CommandContext): Promise<boolean> {
  const { settings, env, io } = context;
  const { checks, ending } = await watchChecks(
    url,
    {
      once: true,
      timeout: Math.min(endpointDeadline, settings.timeout),
      ownServer: isLoopback(new URL(server).hostname),
      showSecrets: settings.showSecrets,
      env,
    },
    { limit: tryLimit },
    context,
  );
  context.signal.throwIfAborted();
  noteRows(checks, io);
  const isFine = ending === undefined && checks.every(({ status }) => status !== "fail");
  if (isFine) io.note("  It passes RingCentral's handshake from here.");
  return isFine;
}
