import type { Command, OptionValues } from "@commander-js/extra-typings";

/** Adds the flags of `VerificationTokenFlags` to the current group of options. */
export function addVerificationTokenFlags<
  Arguments extends unknown[],
  Options extends OptionValues,
>(command: Command<Arguments, Options>) {
  return command
    .option("--verification-token-file <path>", "read the token from a file, or - (stdin)")
    .option("--verification-token <token>", "the token itself; `ps` shows it to everybody");
}

/** Adds the flags of `NewTokenFlags` to the current group of options. */
export function addNewTokenFlags<Arguments extends unknown[], Options extends OptionValues>(
  command: Command<Arguments, Options>,
) {
  return addVerificationTokenFlags(
    command
      .option("--generate-verification-token", "generate a token, and print it once")
      .option("--verification-token-out <file>", "write it to this new file (0600) instead"),
  );
}
