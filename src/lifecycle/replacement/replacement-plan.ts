import { CliError, ExitCode, UsageError } from "../../errors.ts";
import { subscriptionLimit } from "../../subscriptions/limits.ts";
import { nameOf } from "../../subscriptions/name.ts";
import type { SubscriptionDefinition } from "../../subscriptions/replacement-intent.ts";
import { allFilters } from "../../subscriptions/subscription-filters.ts";
import type { Account } from "../account.ts";
import { countOf, type Inventory, type OwnedSubscription } from "../inventory.ts";
import { type ReplacementPlan, replaceSubscription } from "./replacement.ts";
import { makeRoomHint, type Replacement } from "./replacement-steps.ts";

/** The flags of every command that replaces. */
export interface ReplacementFlags {
  readonly requireToken?: true;
  readonly breakBeforeMake?: true;
  readonly dryRun?: true;
}

export const gapNote =
  "The old one is deleted first: events are lost until the new one is created.";

/**
 * The recorded verification token. RingCentral never tells it, so that of a subscription that rcwh did not
 * create is unknown: a warning, or a UsageError with `--require-token`.
 *
 * @param remedy how to give the new one a token, to end the warning
 */
export function knownToken(
  old: OwnedSubscription,
  { requireToken }: ReplacementFlags,
  { records }: Pick<Inventory, "records">,
  { notify }: Pick<Account, "notify">,
  remedy = "set one with --verification-token-file",
): string | undefined {
  const record = records.get(old.id);
  if (record && !record.foreign) return record.verificationToken;
  const unknown = `rcwh did not create ${nameOf(old)}, so it cannot know whether it has a verification token`;
  if (requireToken) {
    throw new UsageError(
      `${unknown}. Nothing was changed.`,
      "Give the token with --verification-token-file, or leave out --require-token.",
    );
  }
  notify({ kind: "warning", text: `${unknown}. The new one gets none; ${remedy}.` });
  return undefined;
}

/** Whether the old one must be deleted first. Throws if so, without --break-before-make. */
export function mustBreakFirst(
  old: OwnedSubscription,
  { breakBeforeMake, dryRun }: ReplacementFlags,
  inventory: Pick<Inventory, "subscriptions" | "malformed">,
  { notify }: Pick<Account, "notify">,
): boolean {
  const count = countOf(inventory, old.api);
  if (count < subscriptionLimit) {
    if (breakBeforeMake) {
      notify({
        kind: "note",
        text: `--break-before-make is ignored: with ${count} of ${subscriptionLimit} subscriptions there is room to create the new one first.`,
      });
    }
    return false;
  }
  if (breakBeforeMake || dryRun) return breakBeforeMake === true;
  throw new CliError(
    `There are ${count} subscriptions, and RingCentral allows ${subscriptionLimit}: the new one does not fit while ${nameOf(old)} exists.`,
    { exitCode: ExitCode.failure, code: "SUB-505", hint: makeRoomHint },
  );
}

export interface Room {
  /** Delete the old one first. */
  readonly breaks: boolean;
  /** Delete it first where the server has no room after all: its limit may be lower than the documented one. */
  readonly mayBreak: boolean;
}

/** Replaces a subscription. `broke` says whether the old one was deleted first. */
export async function replaceWithRoom(
  account: Account,
  inventory: Inventory,
  plan: Omit<ReplacementPlan, "previous">,
  { breaks, mayBreak }: Room,
): Promise<Replacement & { readonly broke: boolean }> {
  const replace = async (broke: boolean) => {
    const previous = broke ? definitionOf(plan, inventory) : undefined;
    return { ...(await replaceSubscription(account, inventory, { ...plan, previous })), broke };
  };
  try {
    return await replace(breaks);
  } catch (error) {
    const isFull = error instanceof CliError && error.code === "SUB-505";
    if (breaks || !mayBreak || !isFull) throw error;
    account.notify({ kind: "note", text: `RingCentral has no room for the new one. ${gapNote}` });
    return replace(true);
  }
}

/** What to create again if the new one is refused: the old one, with the life that it has left. */
function definitionOf(
  { old, definition }: Omit<ReplacementPlan, "previous">,
  { records, own }: Inventory,
): SubscriptionDefinition {
  const record = records.get(old.id);
  return {
    eventFilters: allFilters(old, own),
    address: old.deliveryMode.address ?? "",
    expiresIn: Math.max(1, old.expiresIn ?? record?.expiresIn ?? definition.expiresIn),
    ...(record?.verificationToken !== undefined && { verificationToken: record.verificationToken }),
  };
}
