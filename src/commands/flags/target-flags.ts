import type { Command, OptionValues } from "@commander-js/extra-typings";
import { defaultMaxRate } from "../../deliveries/delivery-guard.ts";
import { addVerificationTokenFlags } from "./verification-token-flags.ts";

/** The flags that say where `trigger` and `replay` send events, with which token, and how many at most. */
export function addTargetFlags<Arguments extends unknown[], Options extends OptionValues>(
  command: Command<Arguments, Options>,
  places: string,
) {
  const where = command.optionsGroup("Where:").option("--to <place>", places);
  return addVerificationTokenFlags(where).option(
    "--max-rate <rate>",
    `never more than this (default beyond this machine: ${defaultMaxRate})`,
  );
}
