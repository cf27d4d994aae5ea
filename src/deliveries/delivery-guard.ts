import type { CommandContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { confirm } from "../operations/confirm.ts";
import type { EndpointTarget } from "./delivery-target.ts";
import { parseRate } from "./pace.ts";

/** Deliveries to endpoints beyond this machine: somebody's production may be behind them. */
export const defaultMaxRate = "10/s";

/**
 * How many deliveries a second an endpoint gets at most: `--rate`, else `--max-rate`; undefined is as many as it can
 * take, on this machine. Throws UsageError for a rate above the most.
 */
export function readRate(
  { rate: rateText, maxRate }: { readonly rate?: string; readonly maxRate?: string },
  { isLocal, name }: EndpointTarget,
): number | undefined {
  const maxText = maxRate ?? (isLocal ? undefined : defaultMaxRate);
  const most = maxText === undefined ? undefined : parseRate(maxText, "--max-rate");
  if (rateText === undefined) return most;
  const rate = parseRate(rateText, "--rate");
  if (most === undefined || rate <= most) return rate;
  throw new UsageError(
    `--rate ${rateText} is more than ${name} may get, which is ${maxText}.`,
    `Lower it, or allow more with \`--max-rate ${rateText}\`.`,
  );
}

/** Lets the user decide before events that nobody subscribed to reach a machine which is not this one. */
export async function confirmDelivery(
  what: string,
  { isLocal, name }: EndpointTarget,
  context: CommandContext,
): Promise<void> {
  if (isLocal) return;
  const question = `Send ${what} to ${name}, which is not on this machine?`;
  await confirm(context, question, "Nothing was sent.");
}
