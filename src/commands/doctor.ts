import { resolve } from "node:path";
import type { Check } from "../check/check.ts";
import type { CommandContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { type AccountFlags, forEachAccount } from "../operations/accounts/accounts.ts";
import { checkAccount, ofCredentials } from "../operations/doctor/account-checks.ts";
import { checkMachine } from "../operations/doctor/machine-checks.ts";
import { rehearseCron } from "../operations/schedule/cron-rehearsal.ts";
import { addAccountFlags } from "./flags/account-flags.ts";
import { createCommand, type Manual } from "./flags/command.ts";
import { authFailure } from "./flags/exit-codes.ts";
import { checksShape, concludeChecks, printChecks } from "./output/print-checks.ts";

export interface DoctorOptions extends AccountFlags {
  readonly cron?: true;
}

const manual: Manual = {
  examples: {
    "rcwh doctor": "check everything that a run needs",
    "rcwh doctor --cron": "check it again as cron would run it",
    "rcwh doctor --all-profiles": "every account",
    "rcwh doctor --json | jq -r '.checks[] | select(.status != \"pass\") | .rule'": "for a script",
  },
  json: checksShape,
  exitCodes: {
    0: "everything passed",
    1: "a check failed for another reason than those below",
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
    .optionsGroup("Checks:")
    .option("--cron", "check again with only the variables that cron sets, and compare");
  return addAccountFlags(command).action((options) => run(options, context));
}

export async function runDoctor(options: DoctorOptions, context: CommandContext): Promise<void> {
  const { io } = context;
  if (options.cron && options.profilesFrom === "-") {
    throw new UsageError(
      "--profiles-from - cannot be used with --cron, which reads it twice.",
      "Use a file for --profiles-from.",
    );
  }
  io.progress("Checking this machine");
  const checks = [...(await checkMachine(context))];
  // Opening an invalid configuration would fail, or move it aside.
  if (checks.every(({ status }) => status !== "fail")) {
    io.progress("Checking the server");
    for (const check of await checkAccounts(options, context)) checks.push(check);
  } else {
    checks.push(ofCredentials.skip("skipped: fix the failure above first"));
  }
  if (options.cron) {
    io.progress("Checking again as cron would");
    const words = wordsFor(options, context);
    for (const check of await rehearseCron(words, checks, context)) checks.push(check);
  }
  io.endProgress();
  await printChecks(context, checks);
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

/** The arguments of this run, with absolute paths. */
function wordsFor(
  { allProfiles, profilesFrom, concurrency, shard }: DoctorOptions,
  { settings }: CommandContext,
): readonly string[] {
  const { profile, profileByFlag, envFile, accessTokenFile, api, tokenCache, timeout } = settings;
  const flag = (name: string, value: string | undefined) =>
    value === undefined ? [] : [name, value];
  const isCommand = profilesFrom?.startsWith("!");
  return [
    "doctor",
    "--json",
    ...flag("--profile", profileByFlag ? profile : undefined),
    ...flag("--env-file", envFile && resolve(envFile)),
    ...flag("--access-token-file", accessTokenFile && resolve(accessTokenFile)),
    ...flag("--api", api),
    ...(tokenCache ? [] : ["--no-token-cache"]),
    ...flag("--timeout", `${Math.ceil(timeout / 1000)}s`),
    ...(allProfiles ? ["--all-profiles"] : []),
    ...flag("--profiles-from", isCommand ? profilesFrom : profilesFrom && resolve(profilesFrom)),
    ...flag("--concurrency", concurrency),
    ...flag("--shard", shard),
  ];
}
