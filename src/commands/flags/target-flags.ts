import type { Command, OptionValues } from "@commander-js/extra-typings";
import { defaultMaxRate } from "../../deliveries/delivery-guard.ts";
import { addVerificationTokenFlags } from "./verification-token-flags.ts";

/** Flags of `trigger` and `replay`: the target, its token, and the maximum rate. */
export function addTargetFlags<Arguments extends unknown[], Options extends OptionValues>(
  command: Command<Arguments, Options>,
  places: string,
) {
  const where = command.optionsGroup("Where:").option("--to <place>", places);
  return addVerificationTokenFlags(where).option(
    "--max-rate <rate>",
    `highest rate allowed (default: ${defaultMaxRate} to other machines)`,
  );
}
