import type { Command, OptionValues } from "@commander-js/extra-typings";
import { defaultMaxRate } from "../../deliveries/delivery-guard.ts";

/** The flags that say where `trigger` and `replay` send events, with which token, and how many at most. */
export function addTargetFlags<Arguments extends unknown[], Options extends OptionValues>(
  command: Command<Arguments, Options>,
  places: string,
) {
  return command
    .optionsGroup("Where:")
    .option("--to <place>", places)
    .option("--verification-token-file <path>", "a token to send along, from a file or - (stdin)")
    .option("--verification-token <token>", "the token itself; `ps` shows it to everybody")
    .option(
      "--max-rate <rate>",
      `never more than this (default beyond this machine: ${defaultMaxRate})`,
    );
}
