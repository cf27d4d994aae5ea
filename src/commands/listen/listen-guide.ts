import type { CommandContext } from "../../context.ts";
import { parseEventFilters } from "../../filters/parse.ts";
import { refuseForWebSocket } from "../../listener/websocket-refusals.ts";
import { askForFilters } from "../../operations/guide/ask-for-filters.ts";
import {
  commandLine,
  type FlagValues,
  showCommandLine,
} from "../../operations/guide/command-line.ts";
import { filterChoices, isCurrent } from "../../operations/guide/filter-choices.ts";
import { runSteps } from "../../operations/guide/run-steps.ts";

/** Asks which events to receive, and shows the command line that says so. `given` are the other flags. Call it only while `io.interactive`. */
export async function askListenFilters(
  given: FlagValues,
  context: CommandContext,
): Promise<readonly string[]> {
  const { io, settings } = context;
  const session = await (await context.api()).session();
  const { withBack: prompts } = await context.prompter();
  const allowUnknown = given["allowUnknownFilter"] === true;
  const isWebhook = given["url"] !== undefined;
  const filters = filterChoices(
    (entry) => isCurrent(entry) && (isWebhook || entry.api === "platform"),
    { session, width: io.stderr.columns || 80 },
  );
  let chosen: readonly string[] = [];
  const step = async () => {
    const filter = await askForFilters(prompts, {
      message: "Receive which events?",
      filters,
      former: chosen,
      check(texts) {
        const { eventFilters } = parseEventFilters(texts, { allowUnknown });
        if (!isWebhook) refuseForWebSocket(eventFilters);
      },
      keep(texts) {
        chosen = texts;
      },
    });
    return { filter };
  };
  const { filter } = await runSteps<{ readonly filter: readonly string[] }>(
    [step],
    { filter: [] },
    { say: io.say, mark: prompts.mark },
    "No subscription was created.",
  );
  // First what was asked for.
  const flags = { filter, ...given };
  showCommandLine(commandLine({ name: "listen", flags }, settings), io);
  return filter;
}
