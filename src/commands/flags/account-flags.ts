import type { Command, OptionValues } from "@commander-js/extra-typings";
import { severalNeeded } from "../../operations/accounts/accounts.ts";
import { allowOneOf, refuseBeside, requireBeside } from "./flag-rules.ts";

/** Of several accounts, beside a glob as the profile. */
const sources = ["--all-profiles", "--profiles-from"];
const nameOnce = { hint: "Use only one of them." };

/** Adds the flags of `AccountFlags` (operations/accounts.ts), for commands that may work on many accounts. */
export function addAccountFlags<Arguments extends unknown[], Options extends OptionValues>(
  command: Command<Arguments, Options>,
) {
  for (const flag of ["--profile", "--credentials-file", "--access-token-file"]) {
    refuseBeside(command, flag, sources, nameOnce);
  }
  allowOneOf(command, sources, nameOnce);
  requireBeside(command, "--shard", ["--profile", ...sources], severalNeeded);
  return command
    .optionsGroup("Several accounts (--profile also accepts a glob):")
    .option("--all-profiles", "use every profile that is signed in")
    .option(
      "--profiles-from <source>",
      "read accounts as NDJSON from a file, - (stdin) or '!command'",
    )
    .option("--concurrency <n>", "accounts to work on at a time (default: 16)")
    .option("--shard <i/n>", "work on one share of the accounts, such as 0/4 (RCWH_SHARDS)");
}
