import type { CommandContext } from "../context.ts";
import { createChangeLimit } from "../lifecycle/change-limit.ts";
import {
  carryOutRecovery,
  planRecovery,
  type RecoveryPlan,
  type RecoveryRequest,
} from "../lifecycle/renewal/recover-account.ts";
import { isRecoverable } from "../lifecycle/renewal/recovery.ts";
import { describeGap } from "../lifecycle/replacement/gap.ts";
import type { ReplacementFlags } from "../lifecycle/replacement/replacement-plan.ts";
import type { Result } from "../lifecycle/results.ts";
import { type AccountFlags, isMany } from "../operations/accounts/accounts.ts";
import { confirm } from "../operations/confirm.ts";
import type { PickList } from "../operations/guide/pick.ts";
import { openAccount } from "../operations/open-account.ts";
import type { RunReportFlags } from "../operations/reporting/reporter.ts";
import { oneRunAtATime } from "../operations/reporting/run-lock.ts";
import { type RunReport, reportRun } from "../operations/reporting/run-report.ts";
import {
  readVerificationToken,
  type VerificationTokenFlags,
} from "../operations/verification-token.ts";
import { unattendedDeadline } from "../subscriptions/limits.ts";
import { isOfListener } from "../subscriptions/marker.ts";
import { nameOf } from "../subscriptions/name.ts";
import { isSelective } from "../subscriptions/select.ts";
import { addAccountFlags } from "./flags/account-flags.ts";
import { createCommand, type Manual } from "./flags/command.ts";
import { authFailure, tryLaterOrLocked } from "./flags/exit-codes.ts";
import { addRunReportFlags } from "./flags/run-report-flags.ts";
import { addSelectorFlags, createSelector, type SelectorFlags } from "./flags/selector-flags.ts";
import { addVerificationTokenFlags } from "./flags/verification-token-flags.ts";
import { preview } from "./output/preview.ts";
import { createRunOutput, type RunOutput } from "./output/run-output.ts";
import { subscriptionColumns } from "./output/subscription-columns.ts";

export interface RecoverOptions
  extends SelectorFlags,
    AccountFlags,
    RunReportFlags,
    ReplacementFlags,
    VerificationTokenFlags {
  readonly all?: true;
  readonly retryFailed?: true;
  readonly maxChanges?: string;
}

const manual: Manual = {
  commonFlags: ["--max-changes", "--dry-run", "--url", "--filter", "--all-profiles"],
  examples: {
    "rcwh recover": "everything that is blacklisted, after a confirmation",
    "rcwh recover 3f2a --yes": "one subscription, unattended",
    "rcwh recover --url 'https://example.com/*' --yes":
      "everything that delivers to a host that works again",
    "rcwh recover 3f2a --verification-token-file token.txt": "one that rcwh did not create",
    "rcwh recover --all-profiles --dry-run": "what would be recovered, for every profile",
    "rcwh recover -q --yes --on-failure '/usr/local/bin/page-me'": "from cron, with a hook",
  },
  json: '{ "schemaVersion": 1, "results": [ { "id", "profile",\n  "outcome": "recovered|skipped|refused|try-later|gone|not-tried|interrupted|malformed|\n    would-recover",\n  "subscription", "newId", "gap": { "from", "to" }, "error" } ] }\nEvents in the gap are lost. For several accounts also "failures": [ { "profile", "error" } ].',
  exitCodes: {
    1: "RingCentral refused the new subscription",
    3: "no such subscription, or no such profile",
    4: authFailure,
    5: tryLaterOrLocked,
    6: "the endpoint still fails RingCentral's handshake; nothing was changed",
    7: "some could not be recovered, or all failed for different reasons",
    8: "some need attention: recovered without a filter, or a duplicate exists",
    9: "declined, or nobody could confirm (see --yes); nothing was changed",
  },
};

/** Milliseconds to wait for a renewal that is under way. */
const longestWait = 30_000;

export function createRecoverCommand(context: CommandContext, run = recoverSubscriptions) {
  const command = createCommand("recover", context, manual)
    .description(
      "Recover blacklisted subscriptions: all of them, or the selected ones. Each is replaced by a new one with the same filters, lifetime and verification token. If the endpoint fails RingCentral's handshake, nothing changes. Events that occurred in between are lost.",
    )
    .argument("[selector...]", "ids, unique prefixes of ids, or URLs")
    .optionsGroup("Recovery:")
    .option("-i, --interactive", "pick the subscriptions from a list of the blacklisted ones");
  const recovery = addVerificationTokenFlags(command)
    .option("--require-token", "refuse if rcwh does not know the token in use")
    .option("--break-before-make", "at the subscription limit, delete the old one first")
    .option("--max-changes <n>", "change nothing if there are more to recover than this")
    .option("--dry-run", "print what would be recovered without doing it");
  const selective = addSelectorFlags(recovery).option("--all", "everything that is blacklisted");
  const withRetry = addAccountFlags(selective).option(
    "--retry-failed",
    "also try accounts that are skipped after permanent failures",
  );
  return addRunReportFlags(withRetry).action((selectors, { interactive, ...options }) =>
    interactive ? pickAndRecover(selectors, options, context) : run(selectors, options, context),
  );
}

async function pickAndRecover(
  selectors: readonly string[],
  options: RecoverOptions,
  context: CommandContext,
): Promise<void> {
  const { runOnPicked } = await import("./flags/interactive-flag.ts");
  const offer = {
    name: "recover",
    question: "Recover which subscriptions?",
    of: ({ subscriptions }: PickList) =>
      subscriptions.filter((each) => isRecoverable(each) && !isOfListener(each)),
    none: "Nothing is blacklisted. See your subscriptions with `rcwh list`.",
    unchanged: "Nothing was changed.",
    deadline: unattendedDeadline,
  };
  await runOnPicked(offer, selectors, options, context, recoverSubscriptions);
}

export async function recoverSubscriptions(
  selectors: readonly string[],
  options: RecoverOptions,
  context: CommandContext,
): Promise<void> {
  const request: RecoveryRequest = {
    selector: createSelector(selectors, options),
    changes: createChangeLimit(options.maxChanges),
    token: (await readVerificationToken(options, context)).token,
    flags: options,
  };
  await reportRun(context, "recover", options, (run) => recoverAll(request, options, run, context));
}

async function recoverAll(
  request: RecoveryRequest,
  options: RecoverOptions,
  run: RunReport,
  context: CommandContext,
): Promise<void> {
  const many = isMany(context, options);
  if (many && !options.dryRun) {
    const question = "Replace every blacklisted subscription of these accounts?";
    await confirm(context, question, "Nothing was changed.");
  }
  const output = createRunOutput(context, many);
  const recover = (account: CommandContext) => recoverAccount(account, request, many, run, output);
  const failures = await run
    .forEachAccount(options, recover, unattendedDeadline)
    .catch(async (error: unknown) => {
      // What was done until then is worth knowing.
      if (output.total > 0) await output.end([]);
      throw error;
    });
  await output.end(failures);
  const { io } = context;
  if (output.total > 0) io.note(output.summarize());
  else
    io.note(isSelective(request.selector) ? "No subscription matches." : "Nothing is blacklisted.");
  output.conclude("recovered");
}

async function recoverAccount(
  context: CommandContext,
  request: RecoveryRequest,
  many: boolean,
  run: RunReport,
  output: RunOutput,
): Promise<void> {
  const account = await openAccount(context, unattendedDeadline);
  const plan = await planRecovery(account, request);
  if (!many && !request.flags.dryRun) await ask(plan, context);
  // It leaves healthy subscriptions alone, so it is not a run that `rcwh status` counts.
  const recover = () =>
    run.account(context, { isComplete: false, printsLater: output.printsLater }, async (report) => {
      report.list(plan.inventory);
      const { results, stoppedBy } = await carryOutRecovery(account, plan, request);
      report.add(results);
      context.io.endProgress();
      for (const result of results) tell(result, context);
      await output.add(results, plan.inventory);
      if (stoppedBy) throw stoppedBy;
      output.completeAccount();
    });
  const isIdle = request.flags.dryRun || plan.recoverable.length === 0;
  return isIdle ? recover() : oneRunAtATime(context, longestWait, recover);
}

function tell(result: Result, { io }: CommandContext): void {
  if (result.gap) io.note(describeGap(result));
  if (result.outcome === "skipped" && !result.error) {
    io.note(
      `${nameOf({ ...result.subscription, id: result.id })} is not blacklisted, so it was skipped.`,
    );
  }
}

/** Shows what would be replaced, and lets the user decide. */
async function ask(
  { recoverable, inventory }: RecoveryPlan,
  context: CommandContext,
): Promise<void> {
  const [first] = recoverable;
  if (!first) return;
  const columns = subscriptionColumns(context, recoverable, inventory.own);
  await preview(context, columns, recoverable);
  const question =
    recoverable.length === 1
      ? `Replace subscription ${nameOf(first)} with a new one?`
      : `Replace these ${recoverable.length} subscriptions with new ones?`;
  await confirm(context, question, "Nothing was changed.", recoverable);
}
