import { isOfListener } from "../../subscriptions/marker.ts";
import { isSelective, type Selector, selectSubscriptions } from "../../subscriptions/select.ts";
import type { Account } from "../account.ts";
import { type BulkOutcome, inBulk } from "../bulk.ts";
import type { ChangeLimit } from "../change-limit.ts";
import { afterwards, type Inventory, type OwnedSubscription, takeInventory } from "../inventory.ts";
import { malformedOutsiders, malformedResults } from "../malformed.ts";
import { findMissing, missingOutsiders } from "../missing.ts";
import { knownToken, type ReplacementFlags } from "../replacement/replacement-plan.ts";
import { withUnchanged } from "../replacement/replacement-steps.ts";
import {
  type FinishedInventory,
  finishReplacements,
  warnOfUnfinished,
} from "../replacement/unfinished-replacements.ts";
import type { Result } from "../results.ts";
import { serverNow } from "../server-clock.ts";
import { isRecoverable, recoverSubscription } from "./recovery.ts";

/** What to recover, and how. */
export interface RecoveryRequest {
  readonly selector: Selector;
  readonly changes: ChangeLimit;
  /** The verification token for the new ones; undefined for the recorded one of each. */
  readonly token: string | undefined;
  readonly flags: ReplacementFlags;
}

/** What a recovery would touch. */
export interface RecoveryPlan {
  readonly inventory: FinishedInventory;
  /** The selected ones. Those that are healthy will be skipped. */
  readonly chosen: readonly OwnedSubscription[];
  readonly recoverable: readonly OwnedSubscription[];
  /** Verification tokens by subscription id, undefined for those without one. */
  readonly tokens: ReadonlyMap<string, string | undefined>;
}

/**
 * Finds what to recover, and changes nothing yet.
 *
 * @throws UsageError for more than the limit, and for an unknown token with `requireToken`
 */
export async function planRecovery(
  account: Account,
  { selector, changes, token, flags }: RecoveryRequest,
): Promise<RecoveryPlan> {
  const inventory = await finishReplacements(account, await takeInventory(account), flags);
  warnOfUnfinished(inventory, account);
  const { subscriptions, own } = inventory;
  const now = serverNow(account);
  const gone = missingOutsiders(await findMissing(account, inventory), inventory.profile);
  const outsiders = [...malformedOutsiders(inventory), ...gone];
  const selected = isSelective(selector)
    ? selectSubscriptions(subscriptions, selector, { now, own, outsiders })
    : subscriptions.filter(isRecoverable);
  // A listener replaces its own.
  const isNamed = selector.ids.length > 0;
  const chosen = selected.filter((each) => isNamed || !isOfListener(each));
  const recoverable = chosen.filter(isRecoverable);
  changes.reserve(recoverable.length);
  const tokens = new Map(
    recoverable.map((each) => [each.id, token ?? knownToken(each, flags, inventory, account)]),
  );
  return { inventory, chosen, recoverable, tokens };
}

/** Recovers what a plan names, one after another, and reports what is malformed. A dry run only reports. */
export async function carryOutRecovery(
  account: Account,
  { inventory, chosen, tokens }: RecoveryPlan,
  { flags }: RecoveryRequest,
): Promise<BulkOutcome> {
  let current: Inventory = inventory;
  const recover = async (subscription: OwnedSubscription): Promise<Result> => {
    const { id, profile } = subscription;
    if (!isRecoverable(subscription)) return { id, profile, outcome: "skipped", subscription };
    if (flags.dryRun) return { id, profile, outcome: "would-recover", subscription };
    const verificationToken = tokens.get(id);
    try {
      const recovered = await recoverSubscription(account, current, subscription, {
        verificationToken,
        flags,
      });
      current = afterwards(current, recovered);
      return recovered;
    } catch (error) {
      throw withUnchanged(subscription, error);
    }
  };
  const { results, stoppedBy } = await inBulk(account, chosen, recover, {
    activity: "Recovering",
    takesTime: isRecoverable,
  });
  return { results: [...results, ...malformedResults(inventory)], stoppedBy };
}
