import type { Command, OptionValues } from "@commander-js/extra-typings";

/** Adds the flags of `AccountFlags` (operations/accounts.ts), for commands that may work on many accounts. */
export function addAccountFlags<Arguments extends unknown[], Options extends OptionValues>(
  command: Command<Arguments, Options>,
) {
  return command
    .optionsGroup("Many accounts (--profile takes a glob, too):")
    .option("--all-profiles", "every profile that is signed in")
    .option("--profiles-from <source>", "accounts as NDJSON: a file, - for stdin, or '!command'")
    .option("--concurrency <n>", "work on so many accounts at a time (default: 16)")
    .option("--shard <i/n>", "this share of the accounts, from 0 (RCWH_SHARDS)");
}
