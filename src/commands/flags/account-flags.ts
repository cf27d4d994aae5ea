import type { Command, OptionValues } from "@commander-js/extra-typings";

/** Adds the flags of `AccountFlags` (operations/accounts.ts), for commands that may work on many accounts. */
export function addAccountFlags<Arguments extends unknown[], Options extends OptionValues>(
  command: Command<Arguments, Options>,
) {
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
