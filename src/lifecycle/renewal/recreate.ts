import { CliError, ExitCode, withHint } from "../../errors.ts";
import { isSameWebhook } from "../../subscriptions/compare.ts";
import { defaultLifetime } from "../../subscriptions/limits.ts";
import { type Nameable, nameOf } from "../../subscriptions/name.ts";
import type { ReplacementIntent } from "../../subscriptions/replacement-intent.ts";
import { without } from "../../subscriptions/subscription-filters.ts";
import type { Account } from "../account.ts";
import type { Inventory } from "../inventory.ts";
import type { Missing } from "../missing.ts";
import { carryOut, saveIntent, whileReplacing } from "../replacement/replacement.ts";
import type { Result } from "../results.ts";
import { serverInstant } from "../server-clock.ts";

/**
 * Creates a subscription that has expired once more, with its recorded filters, lifetime and token. The
 * intent is in the journal all the while, so that a crash creates it neither twice nor not at all. Throws
 * the server's refusal.
 */
export async function recreate(
  account: Account,
  { own }: Pick<Inventory, "own">,
  { record }: Missing,
): Promise<Result> {
  const { id, api, address, droppedFilters = [], verificationToken, managedAs } = record;
  const { subscription } = await whileReplacing(account, async () => {
    // Another process may have re-created it meanwhile.
    const present = await account.client.list(api);
    const intent: ReplacementIntent = {
      oldId: id,
      api,
      address,
      eventFilters: without(record.eventFilters, droppedFilters, own),
      expiresIn: record.expiresIn ?? defaultLifetime,
      ...(verificationToken !== undefined && { verificationToken }),
      ...(droppedFilters.length > 0 && { droppedFilters }),
      ...(managedAs && { managedAs }),
      knownIds: present.map((each) => each.id),
      askedAt: serverInstant(account),
    };
    const existing = present.find((each) => isSameWebhook(each, address, intent.eventFilters, own));
    if (existing) throw existsAlready(record, existing.id);
    await saveIntent(account, intent, record, "re-created");
    return carryOut(account, intent, {});
  }).catch((error: unknown) => {
    if (!(error instanceof CliError) || error.code !== "SUB-505") throw error;
    throw withHint(error, "Choose one to delete with `rcwh list`, then delete it.");
  });
  const { profile } = account;
  return { id, profile, outcome: "recreated", subscription, newId: subscription.id };
}

function existsAlready(record: Nameable, existing: string): CliError {
  return new CliError(
    `${nameOf(record)} was already re-created, as ${existing}. Nothing was created.`,
    {
      exitCode: ExitCode.notFound,
      code: "NOT_FOUND",
      hint: "See what exists with `rcwh list`.",
    },
  );
}
