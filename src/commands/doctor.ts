import { resolve } from "node:path";
import type { Check } from "../check/check.ts";
import type { CommandContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { type AccountFlags, forEachAccount } from "../operations/accounts/accounts.ts";
import { checkAccount, ofCredentials } from "../operations/doctor/account-checks.ts";
import { checkMachine } from "../operations/doctor/machine-checks.ts";
import { rehearseCron } from "../operations/schedule/cron-rehearsal.ts";
import { addAccountFlags } from "./flags/account-flags.ts";
import { createCommand, renderManual } from "./flags/command.ts";
import { checksShape, concludeChecks, printChecks } from "./output/print-checks.ts";

export interface DoctorOptions extends AccountFlags {
  readonly cron?: true;
}

const manual = renderManual({
  examples: [
    ["rcwh doctor", "everything that a run needs"],
    ["rcwh doctor --cron", "the same as cron would run it"],
    ["rcwh doctor --all-profiles", "every account"],
    [
      "rcwh doctor --json | jq -r '.checks[] | select(.status != \"pass\") | .rule'",
      "for a script",
    ],
  ],
  json: checksShape,
  exitCodes: [0, 1, 2, 3, 4, 5, 7, 8],
});

export function createDoctorCommand(context: CommandContext, run = runDoctor) {
  const command = createCommand("doctor", context)
    .description(
      "Check the configuration and the permissions of its files, the credentials and their scopes, the server, this machine's clock, the quota and the subscriptions. Signs in if it has to, and changes nothing else. A failure ends in the exit code that other commands would end in, a warning in 8.",
    )
    .optionsGroup("Checks:")
    .option("--cron", "run it again with nothing but what cron gives to its jobs, and compare");
  return addAccountFlags(command)
    .addHelpText("after", manual)
    .action((options) => run(options, context));
}

export async function runDoctor(options: DoctorOptions, context: CommandContext): Promise<void> {
  const { io } = context;
  if (options.cron && options.profilesFrom === "-") {
    throw new UsageError(
      "--profiles-from - can be read only once, and --cron reads it a second time.",
      "Give a file to --profiles-from.",
    );
  }
  io.progress("Looking at this machine");
  const checks: Check[] = [...(await checkMachine(context))];
  // Whatever opened a configuration that must not be used would end there, or move it aside.
  if (checks.every(({ status }) => status !== "fail")) {
    io.progress("Asking the server");
    checks.push(...(await checkAccounts(options, context)));
  } else {
    checks.push(ofCredentials.skip("skipped: fix the failure above first"));
  }
  if (options.cron) {
    io.progress("Trying it as cron would");
    checks.push(...(await rehearseCron(wordsFor(options, context), checks, context)));
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
    // All at once, so that the rows of an account stay together.
    checks.push(...(await checkAccount(account)));
  });
  const failed = failures.map(({ profile, error }) => ({
    ...ofCredentials.failWith(error),
    profile,
  }));
  // Whoever came first was merely faster.
  return [...checks, ...failed].sort(({ profile: one = "" }, { profile: other = "" }) =>
    one < other ? -1 : Number(one > other),
  );
}

/** This run's own command line, with paths that mean the same elsewhere. */
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
