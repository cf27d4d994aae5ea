import type { CommandContext } from "../context.ts";
import { createChangeLimit } from "../lifecycle/change-limit.ts";
import { deleteAll } from "../lifecycle/delete-all.ts";
import { type OwnedSubscription, takeInventory } from "../lifecycle/inventory.ts";
import { malformedOutsiders, malformedResults } from "../lifecycle/malformed.ts";
import {
  describeForgetting,
  findMissing,
  type MissingCandidate,
  missingCandidates,
} from "../lifecycle/missing.ts";
import { findUnderWay } from "../lifecycle/replacement/under-way.ts";
import {
  finishReplacements,
  warnOfUnfinished,
} from "../lifecycle/replacement/unfinished-replacements.ts";
import type { Result } from "../lifecycle/results.ts";
import { serverNow } from "../lifecycle/server-clock.ts";
import { confirm } from "../operations/confirm.ts";
import { forgetRecords } from "../operations/forget-records.ts";
import type { PickList } from "../operations/guide/pick.ts";
import { noSubscriptions } from "../operations/no-subscriptions.ts";
import { openAccount } from "../operations/open-account.ts";
import { nameOf } from "../subscriptions/name.ts";
import { selectSubscriptions } from "../subscriptions/select.ts";
import { createCommand, type Manual } from "./flags/command.ts";
import { authFailure, tryLater } from "./flags/exit-codes.ts";
import {
  addSelectorFlags,
  asksForSelection,
  createSelector,
  type SelectorFlags,
} from "./flags/selector-flags.ts";
import { concludeResults } from "./output/conclude-results.ts";
import { preview } from "./output/preview.ts";
import { printResults } from "./output/print-results.ts";
import { recordedRow } from "./output/recorded-row.ts";
import { subscriptionColumns } from "./output/subscription-columns.ts";

export interface DeleteOptions extends SelectorFlags {
  readonly all?: true;
  readonly maxChanges?: string;
  readonly dryRun?: true;
}

const manual: Manual = {
  commonFlags: ["--url", "--status", "--all", "--max-changes", "--dry-run"],
  examples: {
    "rcwh delete 3f2a": "one, after a confirmation",
    "rcwh delete 3f2a 91bc --yes": "two, unattended",
    "rcwh delete --url 'https://old.example.com/*'": "everything that delivers to an old host",
    "rcwh delete --status Blacklisted --max-changes 5": "but nothing if there are more than five",
    "rcwh delete --all --dry-run": "what would be deleted",
  },
  json: '{ "schemaVersion": 1, "results": [ { "id", "profile",\n  "outcome": "deleted|gone|forgotten|refused|try-later|not-tried|interrupted|\n    would-delete|would-forget",\n  "subscription", "error" } ] }',
  exitCodes: {
    1: "RingCentral refused to delete",
    3: "a subscription that you named does not exist, or no such profile",
    4: authFailure,
    5: tryLater,
    7: "some could not be deleted, or all failed for different reasons",
    8: "a record in the list cannot be read; it was left alone",
    9: "declined, or nobody could confirm (see --yes); nothing was deleted",
  },
};

export function createDeleteCommand(context: CommandContext, run = deleteSubscriptions) {
  const command = createCommand("delete", context, manual)
    .description(
      "Delete subscriptions, after a confirmation. RingCentral keeps no copy. On a terminal, it asks for what is missing.",
    )
    .argument("[selector...]", "ids, unique prefixes of ids, or URLs");
  return addSelectorFlags(command)
    .option("--all", "every subscription")
    .optionsGroup("Other:")
    .option("--max-changes <n>", "delete nothing if there are more than this")
    .option("--dry-run", "print what would be deleted without deleting it")
    .action((selectors, options) =>
      asksForSelection(selectors, options, context)
        ? pickAndDelete(options, context)
        : run(selectors, options, context),
    );
}

async function pickAndDelete(options: DeleteOptions, context: CommandContext): Promise<void> {
  const { runOnMany } = await import("../operations/guide/pick.ts");
  const offer = {
    command: { name: "delete", flags: { ...options } },
    question: "Delete which subscriptions?",
    of: ({ subscriptions, recorded }: PickList) => [...subscriptions, ...recorded],
    none: noSubscriptions(context.settings.profile, context.io.interactive),
    unchanged: "Nothing was deleted.",
  };
  await runOnMany(offer, context, (ids, back) => deleteSubscriptions(ids, options, back));
}

export async function deleteSubscriptions(
  selectors: readonly string[],
  options: DeleteOptions,
  context: CommandContext,
): Promise<void> {
  const { io } = context;
  const selector = createSelector(selectors, options);
  const limit = createChangeLimit(options.maxChanges);
  const account = await openAccount(context);
  const inventory = await finishReplacements(account, await takeInventory(account), options);
  warnOfUnfinished(inventory, account);
  const { own } = inventory;
  const outsiders = malformedOutsiders(inventory);
  // Only those that are named: flags are about what exists.
  const gone = missingCandidates(await findMissing(account, inventory), inventory.profile);
  const candidates = [...inventory.subscriptions, ...(selectors.length > 0 ? gone : [])];
  const malformed = malformedResults(inventory);
  const now = serverNow(account);
  const chosen = selectSubscriptions(candidates, selector, { now, own, outsiders });
  if (chosen.length === 0) {
    await printResults(context, [], inventory);
    io.note("No subscription matches. Nothing was deleted.");
    return concludeResults(malformed, "deleted");
  }
  limit.reserve(chosen.length);
  const ids = new Set(chosen.map(({ id }) => id));
  for (const { oldId, newId, text } of await findUnderWay(account)) {
    if (newId !== undefined && ids.has(oldId) && ids.has(newId)) io.note(text);
  }
  const unchanged = chosen.every(isRecorded) ? "Nothing was dropped" : "Nothing was deleted";
  if (options.dryRun) {
    await printResults(
      context,
      chosen.map((each) => ({
        ...toResult(each),
        outcome: isRecorded(each) ? "would-forget" : "would-delete",
      })),
      inventory,
      {},
      false,
      false,
    );
    io.note(`${unchanged} (--dry-run).`);
    return concludeResults(malformed, "deleted");
  }
  const rows = chosen.map((each) => (isRecorded(each) ? recordedRow(each, now) : each));
  await preview(context, subscriptionColumns(context, rows, own), rows);
  await confirm(context, describeQuestion(chosen), `${unchanged}.`, chosen);
  const forgotten = chosen.filter(isRecorded);
  await forgetRecords(context, account, forgotten);
  const living = chosen.flatMap((each) => (isRecorded(each) ? [] : each));
  const isNamed = selectors.length > 0;
  const { results: deleted, stoppedBy } = await deleteAll(account, inventory, living, isNamed);
  const dropped = forgotten.map((each) => ({ ...toResult(each), outcome: "forgotten" as const }));
  const results: readonly Result[] = [...deleted, ...dropped];
  io.endProgress();
  await printResults(context, results, inventory, {}, false, false);
  if (stoppedBy) throw stoppedBy;
  concludeResults([...results, ...malformed], "deleted");
}

type Deletable = OwnedSubscription | MissingCandidate;

/** Of what only rcwh's record is left, the record is dropped. */
function isRecorded(each: Deletable): each is MissingCandidate {
  return "missing" in each;
}

function describeQuestion(chosen: readonly Deletable[]): string {
  const [first] = chosen;
  const recorded = chosen.filter(isRecorded);
  if (first && recorded.length === chosen.length) return describeForgetting(recorded);
  const what =
    first && chosen.length === 1
      ? `subscription ${nameOf(first)}`
      : `these ${chosen.length} subscriptions`;
  const count = recorded.length;
  const records =
    count === 0 ? "" : `, ${count} of which ${count === 1 ? "is" : "are"} only on record`;
  return `Delete ${what}${records}?`;
}

function toResult(each: Deletable): Omit<Result, "outcome"> {
  const { id, profile } = each;
  if (!isRecorded(each)) return { id, profile, subscription: each };
  const { missing: _, ...recorded } = each;
  return { id, profile, recorded };
}
