import type { CommandContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { takeInventory } from "../lifecycle/inventory.ts";
import { findMissing, missingCandidates } from "../lifecycle/missing.ts";
import { nameOf } from "../subscriptions/name.ts";
import { selectOne } from "../subscriptions/select.ts";
import { openAccount } from "./open-account.ts";

/** Whether a text is the whole id of a subscription; the beginning of one could be a host's name. */
export function isSubscriptionId(text: string): boolean {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}

/**
 * The URL of a subscription that exists or is on record. Throws exit 3 where there is none, and UsageError for one that
 * has no URL.
 */
export async function addressOf(id: string, context: CommandContext): Promise<string> {
  const account = await openAccount(context);
  const inventory = await takeInventory(account);
  const recorded = missingCandidates(await findMissing(account, inventory), inventory.profile);
  const found = selectOne([...inventory.subscriptions, ...recorded], id);
  const { transportType, address } = found.deliveryMode;
  if (address && /^https?:/i.test(address)) {
    context.redactor.addAddress(address);
    return address;
  }
  throw new UsageError(
    `${nameOf(found)} is a ${transportType} subscription, which has no endpoint.`,
    "Use the id of a webhook, or a URL.",
  );
}
