import type { CommandContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { createChangeLimit } from "../lifecycle/limit-changes.ts";
import { describeGap } from "../lifecycle/recovery.ts";
import { isAboutAll, type RenewWishes, renewAccount } from "../lifecycle/renew-account.ts";
import { type AccountFlags, isMany } from "../operations/accounts/accounts.ts";
import type { AccountFailure } from "../operations/accounts/many-accounts.ts";
import type { RunReportFlags } from "../operations/reporting/reporter.ts";
import { oneRunAtATime } from "../operations/reporting/run-lock.ts";
import { type RunReport, reportRun } from "../operations/reporting/run-report.ts";
import { parseDuration, parseLifetime } from "../subscriptions/lifetime.ts";
import { unattendedDeadline } from "../subscriptions/limits.ts";
import { isSelective } from "../subscriptions/select.ts";
import { roundedSpan } from "../subscriptions/time.ts";
import { addAccountFlags } from "./flags/account-flags.ts";
import { collect, createCommand, renderManual } from "./flags/command.ts";
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
}

const manual = renderManual({
  examples: [
    ["rcwh renew", "what is due"],
    ["rcwh renew -q --recover --jitter 5m", "from cron: silent while all is well"],
    ["rcwh renew 3f2a", "this one, due or not"],
    ["rcwh renew --all --expires-in max", "every one, for as long as RingCentral allows"],
    ["rcwh renew --dry-run --within 3d", "what would be renewed of what expires within three days"],
    ["rcwh renew -q --all-profiles --on-failure 'mail -s rcwh me'", "every profile, with a hook"],
  ],
  json: '{ "schemaVersion": 1, "results": [ { "id", "profile",\n  "outcome": "renewed|not-due|unchanged|degraded|disabled-filters|blacklisted|skipped|\n    shortened|refused|gone|try-later|not-tried|recovered|recreated|unfinished|\n    would-renew|would-recover|would-recreate",\n  "subscription", "newId", "gap": { "from", "to" }, "error" } ] }\nrefused is for good, try-later passes. Of many accounts also\n"failures": [ { "profile", "error" } ]; -o ndjson keeps none of them in memory.',
  exitCodes: [0, 1, 2, 3, 4, 5, 6, 7, 8],
});

export function createRenewCommand(context: CommandContext, run = renewSubscriptions) {
  const command = createCommand("renew", context)
    .description(
      "Extend the subscriptions that are due, or the selected ones. Due is what has less left than a third of its recorded lifetime, or than 48 hours where none is recorded. A life is never shortened, and disabled filters are kept. One run at a time per profile: a second one ends at once with exit 5.",
    )
    .argument("[selector...]", "ids, unique prefixes of ids, or URLs")
    .optionsGroup("Renewal:")
    .option("--within <duration>", "due is what expires within this time")
    .option("--expires-in <duration>", "for how long from now (default: as recorded, else 7d)")
    .option("--recover", "replace what is blacklisted, each URL once in 24 hours")
    .option("--recreate", "make anew what has expired, as it is on record")
    .option("--ignore <selector>", "leave this one's troubles be, unsaid; may be repeated", collect)
    .option(
      "--max-changes <n>",
      "do nothing if there are more to touch than this, not counting replacements to finish",
    )
    .option("--dry-run", "print what would be done, and do nothing")
    .option("--jitter <duration>", "begin after a random pause of up to this long")
    .option("--wait", "wait for another run to end, in place of exit 5");
  const selective = addSelectorFlags(command).option("--all", "every subscription, due or not");
  return addRunReportFlags(addAccountFlags(selective))
    .addHelpText("after", manual)
    .action((selectors, options) => run(selectors, options, context));
}

export async function renewSubscriptions(
  selectors: readonly string[],
  options: RenewOptions,
  context: CommandContext,
): Promise<void> {
  const pause = choosePause(options, context);
  const wishes = readWishes(selectors, options, unattendedDeadline + pause, context);
  const many = isMany(context, options);
  await reportRun(context, "renew", options, async (run) => {
    await begin(pause, context);
    const output = createRunOutput(context, many);
    const renew = (account: CommandContext) => renewInTurn(account, wishes, options, run, output);
    const failures = await run
      .forEachAccount(options, renew, wishes.deadline)
      .catch(async (error: unknown) => {
        // What was done until then is worth knowing.
        if (output.total > 0) await finish(output, [], wishes, context);
        throw error;
      });
    await finish(output, failures, wishes, context);
    output.conclude("renewed");
  });
}

/** Milliseconds. The run's deadline does not count a pause, unless the user set one for the whole. */
function choosePause({ jitter, dryRun }: RenewOptions, { settings }: CommandContext): number {
  if (jitter === undefined) return 0;
  const longest = parseDuration(jitter, "--jitter");
  if (settings.deadline !== undefined && longest >= settings.deadline) {
    throw new UsageError(
      `--jitter ${jitter} may take as long as the whole run is allowed to by --deadline.`,
      "Raise --deadline, or choose a shorter pause.",
    );
  }
  return dryRun ? 0 : Math.floor(Math.random() * longest);
}

function readWishes(
  selectors: readonly string[],
  options: RenewOptions,
  deadline: number,
  { clock }: CommandContext,
): RenewWishes {
  const { within, expiresIn, ignore = [], maxChanges } = options;
  return {
    selector: createSelector(selectors, options),
    within: within === undefined ? undefined : parseDuration(within, "--within"),
    asked: expiresIn === undefined ? undefined : parseLifetime(expiresIn, clock.now()),
    ignore,
    changes: createChangeLimit(maxChanges),
    dryRun: options.dryRun ?? false,
    recover: options.recover ?? false,
    recreate: options.recreate ?? false,
    deadline,
  };
}

async function begin(pause: number, { io, clock, signal }: CommandContext): Promise<void> {
  if (pause === 0) return;
  io.progress(`Beginning in ${roundedSpan(pause)}`);
  await clock.sleep(pause, signal);
  io.endProgress();
}

async function renewInTurn(
  account: CommandContext,
  wishes: RenewWishes,
  { wait, dryRun }: RenewOptions,
  run: RunReport,
  output: RunOutput,
): Promise<void> {
  const scope = {
    isComplete: !dryRun && isAboutAll(wishes.selector),
    printsLater: output.printsLater,
  };
  const renew = () =>
    run.account(account, scope, async (report) => {
      const renewed = await renewAccount(account, wishes, (all) => report.list(all));
      const { results, inventory, stoppedBy } = renewed;
      report.add(results);
      for (const result of results) if (result.gap) account.io.warn(describeGap(result));
      await output.add(results, inventory);
      if (stoppedBy) throw stoppedBy;
      output.completeAccount();
    });
  // One that changes nothing keeps nobody from working.
  if (dryRun) return renew();
  const patience = wait ? account.deadlineAt(wishes.deadline) - account.clock.now() : 0;
  return oneRunAtATime(account, patience, renew);
}

async function finish(
  output: RunOutput,
  failures: readonly AccountFailure[],
  { selector }: RenewWishes,
  { io }: CommandContext,
): Promise<void> {
  await output.end(failures);
  if (output.total > 0) io.note(output.summarize());
  else io.note(isSelective(selector) ? "No subscription matches." : "No subscriptions.");
}
