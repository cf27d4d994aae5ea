import type { Command, OptionValues } from "@commander-js/extra-typings";
import { allowOneOf, refuseBeside, requireBeside } from "./flag-rules.ts";

const sources = ["--verification-token-file", "--verification-token"];
const useOne = { hint: "Use one of them to give the verification token." };
const isForGenerated = "--verification-token-out is for a token that rcwh generates.";

/** Adds the flags of `VerificationTokenFlags` to the current group of options. */
export function addVerificationTokenFlags<
  Arguments extends unknown[],
  Options extends OptionValues,
>(command: Command<Arguments, Options>) {
  allowOneOf(command, sources, useOne);
  return command
    .option("--verification-token-file <path>", "read the token from a file, or - (stdin)")
    .option("--verification-token <token>", "the token itself; `ps` shows it to everybody");
}

/**
 * Adds the flags of `NewTokenFlags` to the current group of options. `generatesUnlessGiven` is for a command that makes a
 * token without being told.
 */
export function addNewTokenFlags<Arguments extends unknown[], Options extends OptionValues>(
  command: Command<Arguments, Options>,
  { generatesUnlessGiven = false } = {},
) {
  refuseBeside(command, "--generate-verification-token", sources, useOne);
  if (generatesUnlessGiven) {
    const hint = "Leave it out, or the token.";
    refuseBeside(command, "--verification-token-out", sources, { message: isForGenerated, hint });
  } else {
    const refusal = { message: isForGenerated, hint: "Add --generate-verification-token." };
    requireBeside(command, "--verification-token-out", ["--generate-verification-token"], refusal);
  }
  return addVerificationTokenFlags(
    command
      .option("--generate-verification-token", "generate a token, and print it once")
      .option("--verification-token-out <file>", "write it to this new file (0600) instead"),
  );
}
