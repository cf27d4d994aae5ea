import type { CommandContext } from "../context.ts";
import { CliError, ExitCode, UsageError } from "../errors.ts";
import { subscriptionLimit } from "../subscriptions/limits.ts";
import { allFilters } from "../subscriptions/renewal.ts";
import type { SubscriptionDefinition } from "../subscriptions/replacement-intent.ts";
import type { Inventory, OwnedSubscription } from "./inventory.ts";
import { type Replacement, type ReplacementPlan, replaceSubscription } from "./replacement.ts";

/** What every command that replaces is told. */
export interface ReplacementFlags {
  readonly requireToken?: true;
  readonly breakBeforeMake?: true;
  readonly dryRun?: true;
}

export const gapNote =
  "The old one is deleted first: what happens until the new one is made is not delivered.";

/** The recorded token. The platform never tells it, so for what rcwh did not make nobody knows. */
export function knownToken(
  { id }: OwnedSubscription,
  { requireToken }: ReplacementFlags,
  { records }: Inventory,
  { io }: CommandContext,
  remedy = "--verification-token-file gives it one",
): string | undefined {
  const record = records.get(id);
  if (record && !record.foreign) return record.verificationToken;
  const unknown = `rcwh did not make ${id}, so it cannot know whether its deliveries carry a verification token`;
  if (requireToken) {
    throw new UsageError(
      `${unknown}. Nothing was changed.`,
      "Give the token with --verification-token-file, or leave out --require-token.",
    );
  }
  io.warn(`${unknown}. The new one is made without; ${remedy}.`);
  return undefined;
}

/** Whether the old one has to go before the new one can come. Throws where that is so and nobody allowed it. */
export function breaksFirst(
  { id, api }: OwnedSubscription,
  { breakBeforeMake, dryRun }: ReplacementFlags,
  { subscriptions }: Inventory,
  { io }: CommandContext,
): boolean {
  const count = subscriptions.filter((each) => each.api === api).length;
  if (count < subscriptionLimit) {
    if (breakBeforeMake) {
      io.note(
        `--break-before-make is ignored: with ${count} of ${subscriptionLimit} subscriptions there is room to make the new one first.`,
      );
    }
    return false;
  }
  if (breakBeforeMake || dryRun) return breakBeforeMake === true;
  throw new CliError(
    `There are ${count} subscriptions, and RingCentral allows ${subscriptionLimit}: there is no room for the new one while ${id} exists.`,
    {
      exitCode: ExitCode.failure,
      code: "SUB-505",
      hint: "Make room with `rcwh delete <id>`, or add --break-before-make, which loses events in between.",
    },
  );
}

/**
 * Replaces; the old one goes first where `breaks` says so, and also where `--break-before-make` allows it
 * and the platform has no room after all, because its limit is lower than the one that is documented.
 */
export async function replaceWithRoom(
  context: CommandContext,
  inventory: Inventory,
  plan: Omit<ReplacementPlan, "previous">,
  { breaks, mayBreak }: { readonly breaks: boolean; readonly mayBreak: boolean },
): Promise<Replacement & { readonly broke: boolean }> {
  const replace = async (broke: boolean) => {
    const previous = broke ? previousOf(plan.old, plan.wish.expiresIn, inventory) : undefined;
    return { ...(await replaceSubscription(context, inventory, { ...plan, previous })), broke };
  };
  try {
    return await replace(breaks);
  } catch (error) {
    const isFull = error instanceof CliError && error.code === "SUB-505";
    if (breaks || !mayBreak || !isFull) throw error;
    context.io.note(`RingCentral has no room for the new one after all. ${gapNote}`);
    return replace(true);
  }
}

/** What to make again if the new one is refused. Its life is no shorter than before. */
function previousOf(
  old: OwnedSubscription,
  expiresIn: number,
  { records, own }: Inventory,
): SubscriptionDefinition {
  const record = records.get(old.id);
  return {
    eventFilters: allFilters(old, own),
    address: old.deliveryMode.address ?? "",
    expiresIn: Math.max(1, old.expiresIn ?? record?.expiresIn ?? expiresIn),
    ...(record?.verificationToken !== undefined && { verificationToken: record.verificationToken }),
  };
}
