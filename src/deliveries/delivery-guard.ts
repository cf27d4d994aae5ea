import type { CommandContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { confirm } from "../operations/confirm.ts";
import type { EndpointTarget } from "./delivery-target.ts";
import { parseRate } from "./pace.ts";

/** The limit for endpoints on other machines, which may be in production. */
export const defaultMaxRate = "10/s";

/**
 * Deliveries per second: `--rate`, else `--max-rate`; undefined on this machine, where nothing limits them. Throws
 * UsageError for a rate above the limit.
 */
export function readRate(
  { rate: rateText, maxRate }: { readonly rate?: string; readonly maxRate?: string },
  { isLocal, name }: EndpointTarget,
): number | undefined {
  const maxText = maxRate ?? (isLocal ? undefined : defaultMaxRate);
  const limit = maxText === undefined ? undefined : parseRate(maxText, "--max-rate");
  if (rateText === undefined) return limit;
  const rate = parseRate(rateText, "--rate");
  if (limit === undefined || rate <= limit) return rate;
  throw new UsageError(
    `--rate ${rateText} is above the limit of ${maxText} for ${name}.`,
    `Lower --rate, or raise the limit with --max-rate ${rateText}.`,
  );
}

/** Asks before events that nobody subscribed to go to another machine. */
export async function confirmDelivery(
  what: string,
  { isLocal, name }: EndpointTarget,
  context: CommandContext,
): Promise<void> {
  if (isLocal) return;
  const question = `Send ${what} to ${name}, which is not on this machine?`;
  await confirm(context, question, "Nothing was sent.");
}
