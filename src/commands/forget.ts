import type { CommandContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { createChangeLimit } from "../lifecycle/change-limit.ts";
import { type Inventory, takeInventory } from "../lifecycle/inventory.ts";
import { describeForgetting, findMissing, missingCandidates } from "../lifecycle/missing.ts";
import {
  finishReplacements,
  warnOfUnfinished,
} from "../lifecycle/replacement/unfinished-replacements.ts";
import type { Result } from "../lifecycle/results.ts";
import { serverNow } from "../lifecycle/server-clock.ts";
import { confirm } from "../operations/confirm.ts";
import { forgetRecords } from "../operations/forget-records.ts";
import type { PickList } from "../operations/guide/pick.ts";
import { openAccount } from "../operations/open-account.ts";
import { nameOf } from "../subscriptions/name.ts";
import { type Outsider, selectSubscriptions } from "../subscriptions/select.ts";
import { createCommand, type Manual } from "./flags/command.ts";
import { authFailure, tryLater } from "./flags/exit-codes.ts";
import {
  addSelectorFlags,
  asksForSelection,
  createSelector,
  type SelectorFlags,
} from "./flags/selector-flags.ts";
import { preview } from "./output/preview.ts";
import { printResults } from "./output/print-results.ts";
import { recordedRow } from "./output/recorded-row.ts";
import { subscriptionColumns } from "./output/subscription-columns.ts";

export interface ForgetOptions extends SelectorFlags {
  readonly all?: true;
  readonly maxChanges?: string;
  readonly dryRun?: true;
}

const manual: Manual = {
  commonFlags: ["--url", "--status", "--all", "--max-changes", "--dry-run"],
  examples: {
    "rcwh forget 3f2a": "one, after a confirmation",
    "rcwh forget --status Expired --yes": "everything that expired, unattended",
    "rcwh forget --all --dry-run": "what would be dropped",
  },
  json: '{ "schemaVersion": 1, "results": [ { "id", "profile", "outcome": "forgotten|would-forget",\n  "recorded": { "id", "status": "Expired|Gone", "expirationTime", … } } ] }',
  exitCodes: {
    3: "no record has this id or URL, or no such profile",
    4: authFailure,
    5: tryLater,
    9: "declined, or nobody could confirm (see --yes); nothing was dropped",
  },
};

export function createForgetCommand(context: CommandContext, run = forgetSubscriptions) {
  const command = createCommand("forget", context, manual)
    .description(
      "Drop rcwh's records of subscriptions that RingCentral no longer has, after a confirmation. A record holds the filters, the lifetime and the verification token that `rcwh renew --recreate` needs. Nothing is deleted at RingCentral. On a terminal, it asks for what is missing.",
    )
    .argument("[selector...]", "ids, unique prefixes of ids, or URLs");
  return addSelectorFlags(command)
    .option("--all", "everything that RingCentral no longer has")
    .optionsGroup("Other:")
    .option("--max-changes <n>", "drop nothing if there are more than this")
    .option("--dry-run", "print what would be dropped without dropping it")
    .action((selectors, options) =>
      asksForSelection(selectors, options, context)
        ? pickAndForget(options, context)
        : run(selectors, options, context),
    );
}

async function pickAndForget(options: ForgetOptions, context: CommandContext): Promise<void> {
  const { runOnMany } = await import("../operations/guide/pick.ts");
  const offer = {
    command: { name: "forget", flags: { ...options } },
    question: "Drop the records of which subscriptions?",
    of: ({ recorded }: PickList) => recorded,
    none: "Nothing is only on record. See what RingCentral has with `rcwh list`.",
    unchanged: "Nothing was dropped.",
  };
  await runOnMany(offer, context, (ids, back) => forgetSubscriptions(ids, options, back));
}

export async function forgetSubscriptions(
  selectors: readonly string[],
  options: ForgetOptions,
  context: CommandContext,
): Promise<void> {
  const { io } = context;
  const selector = createSelector(selectors, options);
  const limit = createChangeLimit(options.maxChanges);
  const account = await openAccount(context);
  const inventory = await finishReplacements(account, await takeInventory(account), options);
  warnOfUnfinished(inventory, account);
  const { own, profile } = inventory;
  const recorded = missingCandidates(await findMissing(account, inventory), profile);
  const chosen = selectSubscriptions(recorded, selector, {
    now: serverNow(account),
    own,
    outsiders: livingOutsiders(inventory),
    areRecords: true,
  });
  const toResult = (each: (typeof chosen)[number], outcome: Result["outcome"]): Result => {
    const { missing: _, ...record } = each;
    return { id: each.id, profile, outcome, recorded: record };
  };
  if (chosen.length === 0) {
    await printResults(context, [], inventory);
    return io.note("Nothing on record matches. Nothing was dropped.");
  }
  limit.reserve(chosen.length);
  if (options.dryRun) {
    await printResults(
      context,
      chosen.map((each) => toResult(each, "would-forget")),
      inventory,
    );
    return io.note("Nothing was dropped (--dry-run).");
  }
  const rows = chosen.map((each) => recordedRow(each, serverNow(account)));
  await preview(context, subscriptionColumns(context, rows, own), rows);
  await confirm(context, describeForgetting(chosen), "Nothing was dropped.", chosen);
  await forgetRecords(context, account, chosen);
  await printResults(
    context,
    chosen.map((each) => toResult(each, "forgotten")),
    inventory,
  );
}

/** What exists is deleted, not forgotten. */
function livingOutsiders({ subscriptions, malformed }: Inventory): readonly Outsider[] {
  return [
    ...subscriptions,
    ...malformed.map(({ id }) => ({
      id,
      deliveryMode: {} as Outsider["deliveryMode"],
      eventFilters: [],
    })),
  ]
    .filter(({ id }) => id !== "")
    .map(({ id, deliveryMode, eventFilters }) => ({
      ...{ id, deliveryMode, eventFilters },
      refusal: new UsageError(
        `${nameOf({ id, deliveryMode, eventFilters })} still exists, so rcwh keeps its record. Nothing was dropped.`,
        `Delete it with \`rcwh delete ${id}\`.`,
      ),
    }));
}
