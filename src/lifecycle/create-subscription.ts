import { CliError, ExitCode, Interruption, reworded } from "../errors.ts";
import type { OwnIds } from "../filters/compare.ts";
import { comparedWithAsked, type Difference, isSameWebhook } from "../subscriptions/compare.ts";
import { nameOf } from "../subscriptions/name.ts";
import type { ManagedAs } from "../subscriptions/record.ts";
import type { CreateSubscriptionRequest } from "../subscriptions/subscription.ts";
import type { Account } from "./account.ts";
import { createRecorded } from "./create-recorded.ts";
import { findOwnIds, listOwned, type OwnedSubscription } from "./inventory.ts";
import { type NewSubscription, settleLifetime } from "./new-subscription.ts";
import { whileReplacing } from "./replacement/replacement.ts";
import { isRefusal } from "./replacement/replacement-steps.ts";
import { finishJournal, warnOfUnfinished } from "./replacement/unfinished-replacements.ts";
import { serverNow } from "./server-clock.ts";

/** What to do where a subscription with the same URL and filters exists: a second one delivers every event twice. */
export type IfExists = "error" | "reuse" | "new";

export interface CreateOptions {
  readonly ifExists: IfExists;
  /** Which webhook of a manifest it is, for its record. */
  readonly managedAs?: ManagedAs | undefined;
  /** Called before the request, where something is created. Resolves to what takes it back where nothing was. */
  readonly prepare?: () => Promise<() => Promise<void>>;
}

export interface CreateOutcome {
  readonly outcome: "created" | "exists";
  readonly subscription: OwnedSubscription;
  /** What was asked for, with the lifetime in seconds. */
  readonly request: CreateSubscriptionRequest;
  readonly own: OwnIds;
  /** From what was asked for: of one that existed already, only the filters. */
  readonly differences: readonly Difference[];
}

/**
 * Creates a subscription, unless there is one with the same URL and filters. No other process creates or replaces for the
 * same user meanwhile, and it finishes what an earlier one left. Throws `DUPLICATE`, and the server's refusal.
 */
export async function createSubscription(
  account: Account,
  wanted: NewSubscription,
  { ifExists, prepare, managedAs }: CreateOptions,
): Promise<CreateOutcome> {
  const { client, notify } = account;
  const finished = await finishJournal(account);
  if (finished) warnOfUnfinished(finished, account);
  return whileReplacing(account, async () => {
    const existing = await listOwned(account, wanted.api);
    const warn = (text: string) => notify({ kind: "warning", text });
    const { api, request } = settleLifetime(wanted, serverNow(account), warn);
    const own = await findOwnIds(client, existing);
    const duplicate = findDuplicate(existing, request, own);
    if (duplicate && ifExists === "error") refuseDuplicate(duplicate);
    if (duplicate && ifExists === "reuse") {
      const { eventFilters } = request;
      const now = serverNow(account);
      const differences = comparedWithAsked({ eventFilters }, duplicate, { now, own });
      return { outcome: "exists", subscription: duplicate, request, own, differences };
    }
    const takeBack = await prepare?.();
    const subscription = await createRecorded(account, { api, request, managedAs }, existing).catch(
      async (error: unknown) => {
        if (isRefusal(error)) await takeBack?.();
        throw asUnknown(error);
      },
    );
    const ownNow = await findOwnIds(client, [subscription, ...existing]);
    const compared = { now: serverNow(account), own: ownNow };
    const differences = comparedWithAsked(request, subscription, compared);
    return { outcome: "created", subscription, request, own: ownNow, differences };
  });
}

/** A subscription with the same URL and filters, preferably one that delivers. */
export function findDuplicate(
  existing: readonly OwnedSubscription[],
  { deliveryMode, eventFilters }: CreateSubscriptionRequest,
  own: OwnIds,
): OwnedSubscription | undefined {
  const alike = existing.filter((each) =>
    isSameWebhook(each, deliveryMode.address, eventFilters, own),
  );
  return alike.find(({ status }) => status === "Active") ?? alike[0];
}

function refuseDuplicate(existing: OwnedSubscription): never {
  const { id, status } = existing;
  throw new CliError(
    `A subscription with the same URL and filters already exists: ${nameOf(existing)}, ${status}. A second one would deliver every event twice.`,
    {
      exitCode: ExitCode.failure,
      code: "DUPLICATE",
      hint: `Extend it with \`rcwh renew ${id}\`, keep it with --if-exists reuse, or add --if-exists new.`,
    },
  );
}

function asUnknown(error: unknown): unknown {
  if (!(error instanceof Interruption) || error.exitCode === ExitCode.ok) return error;
  const message = "Interrupted while creating the subscription: it may exist.";
  return reworded(error, message, "Run `rcwh renew`, which finds and records it.");
}
