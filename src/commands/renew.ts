import type { CommandContext } from "../context.ts";
import { createChangeLimit } from "../lifecycle/change-limit.ts";
import type { OwnedSubscription } from "../lifecycle/inventory.ts";
import { isRecreatable } from "../lifecycle/missing.ts";
import {
  isAboutAll,
  type RenewalRequest,
  renewAccount,
} from "../lifecycle/renewal/renew-account.ts";
import { describeGap } from "../lifecycle/replacement/gap.ts";
import { type AccountFlags, isMany } from "../operations/accounts/accounts.ts";
import type { AccountFailure } from "../operations/accounts/many-accounts.ts";
import type { PickList } from "../operations/guide/pick.ts";
import { openAccount } from "../operations/open-account.ts";
import { settleLastRun } from "../operations/reporting/last-run.ts";
import type { RunReportFlags } from "../operations/reporting/reporter.ts";
import { oneRunAtATime } from "../operations/reporting/run-lock.ts";
import { type RunReport, reportRun } from "../operations/reporting/run-report.ts";
import { choosePause, sleepFirst } from "../operations/reporting/start-pause.ts";
import { countIs } from "../phrases.ts";
import { isKeptByOthers } from "../subscriptions/due.ts";
import { parseDuration, parseLifetime } from "../subscriptions/lifetime.ts";
import { unattendedDeadline } from "../subscriptions/limits.ts";
import { nameOf } from "../subscriptions/name.ts";
import { isSelective } from "../subscriptions/select.ts";
import { addAccountFlags } from "./flags/account-flags.ts";
import { collect, createCommand, type Manual } from "./flags/command.ts";
import { authFailure, tryLaterOrLocked } from "./flags/exit-codes.ts";
import { addRunReportFlags } from "./flags/run-report-flags.ts";
import { addSelectorFlags, createSelector, type SelectorFlags } from "./flags/selector-flags.ts";
import { createRunOutput, type RunOutput } from "./output/run-output.ts";

export interface RenewOptions extends SelectorFlags, AccountFlags, RunReportFlags {
  readonly all?: true;
  readonly within?: string;
  readonly expiresIn?: string;
  readonly recover?: true;
  readonly recreate?: true;
  readonly ignore?: readonly string[];
  readonly maxChanges?: string;
  readonly dryRun?: true;
  readonly jitter?: string;
  readonly wait?: true;
  readonly retryFailed?: true;
}

const manual: Manual = {
  commonFlags: ["--within", "--expires-in", "--recover", "--dry-run", "--all"],
  examples: {
    "rcwh renew": "everything that is due",
    "rcwh renew -q --recover --jitter 5m": "from cron: silent while all is well",
    "rcwh renew 3f2a": "one subscription, due or not",
    "rcwh renew --all --expires-in max": "everything, for as long as RingCentral allows",
    "rcwh renew --dry-run --within 3d": "what would be renewed in the next three days",
    "rcwh renew -q --all-profiles --on-failure 'mail -s rcwh me'": "every profile, with a hook",
  },
  json: '{ "schemaVersion": 1, "results": [ { "id", "profile",\n  "outcome": "renewed|not-due|unchanged|degraded|disabled-filters|blacklisted|skipped|\n    shortened|refused|gone|try-later|not-tried|recovered|recreated|duplicate|\n    deleted|unfinished|malformed|interrupted|\n    would-renew|would-recover|would-recreate",\n  "subscription", "newId", "gap": { "from", "to" }, "error" } ] }\nrefused is permanent, try-later is temporary. For several accounts also\n"failures": [ { "profile", "error" } ]; -o ndjson streams the results.',
  exitCodes: {
    1: "RingCentral refused to renew, or shortened a lifetime",
    3: "no such subscription, or no such profile",
    4: authFailure,
    5: tryLaterOrLocked,
    6: "--recover, --recreate: an endpoint failed RingCentral's handshake",
    7: "some could not be renewed, or all failed for different reasons",
    8: "some need attention: blacklisted, gone, disabled filters or duplicates",
  },
};

export function createRenewCommand(context: CommandContext, run = renewSubscriptions) {
  const command = createCommand("renew", context, manual)
    .description(
      "Renew the subscriptions that are due, or the selected ones. A subscription is due in the last third of its recorded lifetime, or in its last 48 hours if that is the default or unknown. Renewing never shortens a lifetime and keeps disabled filters. Only one run per profile works at a time: a second one exits with 5.",
    )
    .argument("[selector...]", "ids, unique prefixes of ids, or URLs")
    .optionsGroup("Renewal:")
    .option("-i, --interactive", "pick the subscriptions from a list, due or not")
    .option("--within <duration>", "renew what expires within this time")
    .option("--expires-in <duration>", "new lifetime (default: as recorded, else 7d)")
    .option("--recover", "replace blacklisted subscriptions, each URL once in 24 hours")
    .option("--recreate", "re-create expired subscriptions from their records")
    .option(
      "--ignore <selector>",
      "do not report problems with this subscription; repeatable",
      collect,
    )
    .option("--max-changes <n>", "change nothing if more subscriptions than this would be touched")
    .option("--dry-run", "print what would be done without doing it")
    .option("--jitter <duration>", "start after a random pause of up to this long")
    .option("--wait", "wait for the other run instead of exiting with 5");
  const selective = addSelectorFlags(command).option("--all", "every subscription, due or not");
  const withRetry = addAccountFlags(selective).option(
    "--retry-failed",
    "also try accounts that are skipped after permanent failures",
  );
  return addRunReportFlags(withRetry).action((selectors, { interactive, ...options }) =>
    interactive ? pickAndRenew(selectors, options, context) : run(selectors, options, context),
  );
}

async function pickAndRenew(
  selectors: readonly string[],
  options: RenewOptions,
  context: CommandContext,
): Promise<void> {
  const { runOnPicked } = await import("./flags/interactive-flag.ts");
  const isRenewable = (each: OwnedSubscription) => !isKeptByOthers(each);
  const offer = {
    name: "renew",
    question: "Renew which subscriptions?",
    of: ({ subscriptions, recorded }: PickList) => [
      ...subscriptions.filter(isRenewable),
      ...(options.recreate ? recorded.filter(({ missing }) => isRecreatable(missing)) : []),
    ],
    none: "Nothing to renew. See your subscriptions with `rcwh list`.",
    unchanged: "Nothing was renewed.",
    deadline: unattendedDeadline,
  };
  await runOnPicked(offer, selectors, options, context, renewSubscriptions);
}

export async function renewSubscriptions(
  selectors: readonly string[],
  options: RenewOptions,
  context: CommandContext,
): Promise<void> {
  const pause = choosePause(options, context);
  const request = createRequest(selectors, options, context);
  const deadline = unattendedDeadline + pause;
  const many = isMany(context, options);
  await reportRun(context, "renew", options, async (run) => {
    await sleepFirst(pause, context);
    const output = createRunOutput(context, many);
    let unreported = 0;
    const onUnreported = (count: number) => {
      unreported += count;
    };
    const renew = (account: CommandContext) =>
      renewInTurn(account, request, deadline, options, run, output, onUnreported);
    const failures = await run
      .forEachAccount(options, renew, deadline)
      .catch(async (error: unknown) => {
        // What was done until then is worth knowing.
        if (output.total > 0) await finish(output, [], request, context);
        throw error;
      });
    await finish(output, failures, request, context);
    if (unreported > 0 && isAboutAll(request.selector)) {
      const are = countIs(unreported);
      context.io.note(`${are} only on record, as reported before: see \`rcwh list --recorded\`.`);
    }
    output.conclude("renewed");
  });
}

function createRequest(
  selectors: readonly string[],
  options: RenewOptions,
  { settings }: CommandContext,
): RenewalRequest {
  const { within, expiresIn, ignore = [], maxChanges } = options;
  return {
    selector: createSelector(selectors, options),
    within: within === undefined ? undefined : parseDuration(within, "--within", "h"),
    expiresIn: expiresIn === undefined ? undefined : parseLifetime(expiresIn),
    ignore,
    changes: createChangeLimit(maxChanges),
    dryRun: options.dryRun ?? false,
    recover: options.recover ?? false,
    recreate: options.recreate ?? false,
    showSecrets: settings.showSecrets,
  };
}

/** @param onUnreported called with the number of those that are gone, and were reported by an earlier run */
async function renewInTurn(
  context: CommandContext,
  request: RenewalRequest,
  deadline: number,
  { wait, dryRun }: RenewOptions,
  run: RunReport,
  output: RunOutput,
  onUnreported: (count: number) => void,
): Promise<void> {
  const scope = {
    isComplete: !dryRun && isAboutAll(request.selector),
    printsLater: output.printsLater,
  };
  const renew = () =>
    run.account(context, scope, async (report) => {
      const account = await openAccount(context, deadline);
      const renewed = await renewAccount(account, request, (all) => report.list(all));
      context.io.endProgress();
      const { results, inventory, gone, stoppedBy } = renewed;
      report.gone = gone;
      report.add(results);
      const ended = results.filter(({ newId }) => newId !== undefined);
      if (!isAboutAll(request.selector) && ended.length > 0) {
        await settleLastRun(
          context,
          ended.map(({ id }) => id),
        );
      }
      for (const result of results) {
        if (result.gap) context.io.warn(describeGap(result));
        if (result.outcome === "skipped" && request.selector.ids.length > 0) {
          context.io.note(
            `${nameOf({ ...result.subscription, id: result.id })} is a WebSocket subscription: RingCentral keeps it alive while its connection is open. Skipped.`,
          );
        }
      }
      await output.add(results, inventory);
      if (stoppedBy) throw stoppedBy;
      output.completeAccount();
      onUnreported(gone - results.filter(({ recorded, newId }) => recorded && !newId).length);
    });
  // A dry run changes nothing, so it needs no lock.
  if (dryRun) return renew();
  const longestWait = wait ? context.deadlineAt(deadline) - context.clock.now() : 0;
  return oneRunAtATime(context, longestWait, renew);
}

async function finish(
  output: RunOutput,
  failures: readonly AccountFailure[],
  { selector }: RenewalRequest,
  { io }: CommandContext,
): Promise<void> {
  await output.end(failures);
  if (output.total > 0) io.note(output.summarize());
  else io.note(isSelective(selector) ? "No subscription matches." : "No subscriptions.");
}
