import type { CommandContext } from "../../context.ts";
import type { OwnIds } from "../../filters/compare.ts";
import type { Inventory } from "../../lifecycle/inventory.ts";
import type { Result } from "../../lifecycle/results.ts";
import type { AccountFailure } from "../../operations/accounts/many-accounts.ts";
import { toFailureObjects } from "./conclude-accounts.ts";
import { createTally, type ResultTally } from "./conclude-results.ts";
import { printResults } from "./print-results.ts";

/** The output of a run over the subscriptions of one account or many. */
export interface RunOutput {
  readonly tally: ResultTally;
  /** Whether nothing is printed before `end`. */
  readonly printsLater: boolean;
  /** Prints what became of one account's, where the format allows it at once, and takes it down. */
  add(results: readonly Result[], inventory: Pick<Inventory, "profile" | "own">): Promise<void>;
  /** Prints the rest. */
  end(failures: readonly AccountFailure[]): Promise<void>;
}

/** Nothing was done, and nothing is wrong. */
const uneventful = new Set(["not-due", "skipped"]);
/** Worth a line also with `--quiet`: the id is another one, and events are lost. */
const eventful = new Set(["recovered", "recreated"]);

/**
 * What is of one account goes out at once, so that whoever hears of the run hears also of output that
 * could not be written. Of many, TSV and NDJSON go out account by account, and nothing of them is kept,
 * so that memory does not grow with the accounts; a table waits for its widths, but people are shown only what is news; JSON, YAML
 * and CSV are one document, and hold everything until the end.
 */
export function createRunOutput(context: CommandContext, isMany: boolean): RunOutput {
  const { io, settings } = context;
  const tally = createTally(isMany);
  const isComplete = io.format !== "table" && io.format !== "tsv";
  const streams = !isMany || io.format === "tsv" || io.format === "ndjson";
  const kept: Result[] = [];
  const owns = new Map<string, OwnIds>();
  const isShown = ({ outcome, error }: Result) =>
    isComplete ||
    settings.verbose ||
    error !== undefined ||
    eventful.has(outcome) ||
    (!settings.quiet && !uneventful.has(outcome));

  return {
    tally,
    printsLater: !streams,
    async add(results, { profile, own }) {
      tally.add(results);
      const shown = results.filter(isShown);
      if (streams) return printResults(context, shown, own);
      if (shown.length === 0) return;
      kept.push(...shown);
      owns.set(profile, own);
    },
    async end(failures) {
      tally.addFailures(failures);
      if (streams) return;
      const extra = { failures: toFailureObjects(failures) };
      const ownOf = ({ profile }: Result) => owns.get(profile) ?? {};
      await printResults(context, kept, ownOf, extra, true);
    },
  };
}
