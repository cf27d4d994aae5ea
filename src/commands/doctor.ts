import { resolve } from "node:path";
import type { Check } from "../check/check.ts";
import type { CommandContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { type AccountFlags, forEachAccount } from "../operations/accounts/accounts.ts";
import { checkAccount, ofCredentials } from "../operations/doctor/account-checks.ts";
import { checkMachine } from "../operations/doctor/machine-checks.ts";
import { ofCron, rehearseCron } from "../operations/schedule/cron-rehearsal.ts";
import { addAccountFlags } from "./flags/account-flags.ts";
import { createCommand, type Manual } from "./flags/command.ts";
import { authFailure } from "./flags/exit-codes.ts";
import { checksShape, concludeChecks, printRankedChecks } from "./output/print-checks.ts";
import { planRenewals } from "./renew-flags.ts";

export interface DoctorOptions extends AccountFlags {
  readonly cron?: true;
}

const manual: Manual = {
  examples: {
    "rcwh doctor": "check everything that a run needs",
    "rcwh doctor --cron": "also try the line of `rcwh cron print` as cron would run it",
    "rcwh doctor --cron -- --recover": "with flags for `rcwh renew`",
    "rcwh doctor --all-profiles": "every account",
    "rcwh doctor --json | jq -r '.checks[] | select(.status != \"pass\") | .rule'": "for a script",
  },
  json: checksShape,
  exitCodes: {
    0: "everything passed",
    1: "a check failed for a reason not listed below",
    3: "profile not found",
    4: authFailure,
    5: "RingCentral cannot be reached, is overloaded, or its quota is used up",
    7: "several checks failed, for different reasons",
    8: "nothing failed, but there are warnings",
  },
};

export function createDoctorCommand(context: CommandContext, run = runDoctor) {
  const command = createCommand("doctor", context, manual)
    .description(
      "Check the configuration, credentials, server, clock, quota and subscriptions. Signs in if necessary, and changes nothing else. A failure exits with the code that other commands would exit with, a warning with 8.",
    )
    .usage("[flags] [-- <flag of renew...>]")
    .argument("[flags...]", "with --cron, after --: flags for the runs of `rcwh renew`")
    .optionsGroup("Checks:")
    .option("--cron", "dry-run the line of `rcwh cron print` in cron's environment");
  return addAccountFlags(command).action((flags, options) => run(flags, options, context));
}

export async function runDoctor(
  given: readonly string[],
  options: DoctorOptions,
  context: CommandContext,
): Promise<void> {
  const { io } = context;
  if (!options.cron && given.length > 0) {
    throw new UsageError(
      `Unexpected argument ${JSON.stringify(given[0])}: only \`doctor --cron\` takes flags for \`rcwh renew\`.`,
      "Add --cron, or see `rcwh doctor --help`.",
    );
  }
  if (options.cron && options.profilesFrom === "-") {
    throw new UsageError(
      "--profiles-from - cannot be used with --cron: a scheduler has no standard input.",
      "Use a file for --profiles-from.",
    );
  }
  io.progress("Checking this machine");
  const checks = [...(await checkMachine(context))];
  // Opening an invalid configuration would fail, or move it aside.
  if (checks.every(({ status }) => status !== "fail")) {
    io.progress("Checking the server");
    for (const check of await checkAccounts(options, context)) checks.push(check);
    if (options.cron) {
      io.progress("Running the line of rcwh cron print as cron would");
      const plan = () => planRenewals(flagsForRuns(options, given), {}, context);
      checks.push(...(await rehearseCron(plan, context)));
    }
  } else {
    const skipped = options.cron ? [ofCredentials, ofCron] : [ofCredentials];
    checks.push(...skipped.map(({ skip }) => skip("skipped: fix the failure above first")));
  }
  io.endProgress();
  await printRankedChecks(context, checks);
  concludeChecks(checks);
}

async function checkAccounts(
  flags: AccountFlags,
  context: CommandContext,
): Promise<readonly Check[]> {
  const checks: Check[] = [];
  const failures = await forEachAccount(context, flags, async (account) => {
    // In one call, so that the rows of an account stay together.
    checks.push(...(await checkAccount(account)));
  });
  const failed = failures.map(({ profile, error }) => ({
    ...ofCredentials.failWith(error),
    profile,
  }));
  // Accounts finish in any order.
  return [...checks, ...failed].sort(({ profile: one = "" }, { profile: other = "" }) =>
    one < other ? -1 : Number(one > other),
  );
}

/** The flags for the scheduled runs: those that name accounts here, with absolute paths, and those after `--`. */
function flagsForRuns(
  { allProfiles, profilesFrom, concurrency, shard }: DoctorOptions,
  given: readonly string[],
): readonly string[] {
  const flag = (name: string, value: string | undefined) =>
    value === undefined ? [] : [name, value];
  const isCommand = profilesFrom?.startsWith("!");
  return [
    ...(allProfiles ? ["--all-profiles"] : []),
    ...flag("--profiles-from", isCommand ? profilesFrom : profilesFrom && resolve(profilesFrom)),
    ...flag("--concurrency", concurrency),
    ...flag("--shard", shard),
    ...given,
  ];
}
