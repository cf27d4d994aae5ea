import { ApiError } from "../api/errors.ts";
import type { CommandContext } from "../context.ts";
import { asSentence, CliError, ExitCode } from "../errors.ts";
import { isOfListener } from "../subscriptions/marker.ts";
import { isSelective, type Selector, selectSubscriptions } from "../subscriptions/select.ts";
import { type BulkOutcome, inBulk } from "./bulk.ts";
import { afterwards, type Inventory, type OwnedSubscription, takeInventory } from "./inventory.ts";
import type { ChangeLimit } from "./limit-changes.ts";
import { isRecoverable, recoverSubscription } from "./recovery.ts";
import { knownToken, type ReplacementFlags } from "./replacement-plan.ts";
import type { Result } from "./results.ts";
import {
  type FinishedInventory,
  finishReplacements,
  warnOfUnfinished,
} from "./unfinished-replacements.ts";

/** What one run of `recover` is to do with each account. */
export interface RecoverWishes {
  readonly selector: Selector;
  readonly changes: ChangeLimit;
  /** The verification token that was given, if any. */
  readonly token: string | undefined;
  readonly flags: ReplacementFlags;
  /** Milliseconds, as in `CommandContext.api`. */
  readonly deadline: number;
}

/** What one account has that is to be recovered. */
export interface RecoveryPlan {
  readonly inventory: FinishedInventory;
  /** The selected ones; those that are not blacklisted among them are left alone. */
  readonly chosen: readonly OwnedSubscription[];
  readonly recoverable: readonly OwnedSubscription[];
  /** By subscription id; of those that have none the value is undefined. */
  readonly tokens: ReadonlyMap<string, string | undefined>;
}

/** Looks what is to be done, and does nothing yet. Throws UsageError for more than `--max-changes`, and for a token that nobody knows where `--require-token` is given. */
export async function planRecovery(
  context: CommandContext,
  { selector, changes, token, flags, deadline }: RecoverWishes,
): Promise<RecoveryPlan> {
  const present = await takeInventory(context, deadline);
  const inventory = await finishReplacements(context, present, flags);
  warnOfUnfinished(inventory, context.io);
  const { subscriptions, own } = inventory;
  const now = context.clock.now();
  const selected = isSelective(selector)
    ? selectSubscriptions(subscriptions, selector, { now, own })
    : subscriptions.filter(isRecoverable);
  // A listener makes another one itself.
  const isNamed = selector.ids.length > 0;
  const chosen = selected.filter((each) => isNamed || !isOfListener(each));
  const recoverable = chosen.filter(isRecoverable);
  changes.reserve(recoverable.length);
  const tokens = new Map(
    recoverable.map((each) => [each.id, token ?? knownToken(each, flags, inventory, context)]),
  );
  return { inventory, chosen, recoverable, tokens };
}

/** Replaces what is blacklisted by new ones, one after another; with `--dry-run` nothing. */
export function carryOutRecovery(
  context: CommandContext,
  { inventory, chosen, tokens }: RecoveryPlan,
  { flags }: RecoverWishes,
): Promise<BulkOutcome> {
  let current: Inventory = inventory;
  const recover = async (subscription: OwnedSubscription): Promise<Result> => {
    const { id, profile } = subscription;
    if (!isRecoverable(subscription)) return { id, profile, outcome: "skipped", subscription };
    if (flags.dryRun) return { id, profile, outcome: "would-recover", subscription };
    const verificationToken = tokens.get(id);
    try {
      const recovered = await recoverSubscription(context, current, subscription, {
        verificationToken,
        flags,
      });
      current = afterwards(current, recovered);
      return recovered;
    } catch (error) {
      throw error instanceof ApiError && error.exitCode === ExitCode.endpoint
        ? untouched(subscription, error)
        : error;
    }
  };
  const { io } = context;
  return inBulk(chosen, recover, { io, doing: "Recovering", takesTime: isRecoverable });
}

/** The platform has refused the endpoint. */
function untouched({ id }: OwnedSubscription, refusal: ApiError): CliError {
  const { message, exitCode, code, hint } = refusal;
  const cause = refusal;
  return new CliError(`${asSentence(message)} ${id} stays as it was.`, {
    exitCode,
    code,
    hint,
    cause,
  });
}
