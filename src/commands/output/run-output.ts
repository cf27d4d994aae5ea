import type { CommandContext } from "../../context.ts";
import type { Inventory } from "../../lifecycle/inventory.ts";
import type { Result } from "../../lifecycle/results.ts";
import type { AccountFailure } from "../../operations/accounts/many-accounts.ts";
import { toFailureObjects } from "./conclude-accounts.ts";
import { createResultSummary, type ResultSummary } from "./conclude-results.ts";
import { printResults } from "./print-results.ts";

/** The output of a run over the subscriptions of one account or many. */
export interface RunOutput
  extends Pick<ResultSummary, "total" | "completeAccount" | "summarize" | "conclude"> {
  /** Whether nothing is printed before `end`. */
  readonly printsLater: boolean;
  /** Adds the results of one account, and prints them at once where the format allows it. */
  add(
    results: readonly Result[],
    inventory: Pick<Inventory, "profile" | "own" | "serverNow">,
  ): Promise<void>;
  /** Prints the rest. */
  end(failures: readonly AccountFailure[]): Promise<void>;
}

/** Outcomes of subscriptions that needed nothing. */
const nothingToDo = new Set(["not-due", "skipped"]);
/** Outcomes shown also with `--quiet`: the id has changed, and events are lost. */
const important = new Set(["recovered", "recreated"]);

/**
 * Prints the results of one account at once, so that reporters learn of output that could not be written.
 * Of many accounts, TSV and NDJSON are printed account by account and not kept, so that memory does not
 * grow. A table has to wait for its column widths, but holds only what is news; JSON, YAML and CSV are one
 * document, and hold everything until the end. `showWebhook` is for a run about webhooks of a file.
 */
export function createRunOutput(
  context: CommandContext,
  isMany: boolean,
  showWebhook = false,
): RunOutput {
  const { io, settings } = context;
  const summary = createResultSummary(isMany);
  const { completeAccount, summarize, conclude } = summary;
  const isComplete = io.format !== "table" && io.format !== "tsv";
  const streams = !isMany || io.format === "tsv" || io.format === "ndjson";
  const kept: Result[] = [];
  const views = new Map<string, Pick<Inventory, "own" | "serverNow">>();
  const isShown = ({ outcome, error }: Result) =>
    isComplete ||
    settings.verbose ||
    error !== undefined ||
    important.has(outcome) ||
    (!settings.quiet && !nothingToDo.has(outcome));

  return {
    completeAccount,
    summarize,
    conclude,
    get total() {
      return summary.total;
    },
    printsLater: !streams,
    async add(results, { profile, own, serverNow }) {
      summary.add(results);
      const shown = results.filter(isShown);
      if (streams) {
        const view = { own, serverNow };
        return printResults(context, shown, view, {}, false, true, showWebhook);
      }
      if (shown.length === 0) return;
      for (const result of shown) kept.push(result);
      views.set(profile, { own, serverNow });
    },
    async end(failures) {
      summary.addFailures(failures);
      if (streams) return;
      const extra = { failures: toFailureObjects(failures) };
      const viewOf = ({ profile }: Result) => views.get(profile) ?? { own: {} };
      await printResults(context, kept, viewOf, extra, true, true, showWebhook);
    },
  };
}
