import { UsageError } from "../errors.ts";
import type { OwnIds } from "../filters/compare.ts";
import { comparedWithAsked, type Difference } from "../subscriptions/compare.ts";
import { type Edit, type EditedSubscription, editSubscription } from "../subscriptions/edit.ts";
import { doubtAbout, type Lifetime } from "../subscriptions/lifetime.ts";
import { nameOf } from "../subscriptions/name.ts";
import type { ReplacementIntent } from "../subscriptions/replacement-intent.ts";
import { type Outsider, selectOne } from "../subscriptions/select.ts";
import { without } from "../subscriptions/subscription-filters.ts";
import type { Account } from "./account.ts";
import { findOwnIds, type OwnedSubscription, owned, takeInventory } from "./inventory.ts";
import { describeMalformed, malformedOutsiders } from "./malformed.ts";
import { findMissing, missingOutsiders } from "./missing.ts";
import { refuseUnderWay } from "./replacement/under-way.ts";
import {
  type FinishedInventory,
  type FinishOptions,
  finishReplacements,
  warnOfUnfinished,
} from "./replacement/unfinished-replacements.ts";
import type { ExistingResult } from "./results.ts";
import { serverNow } from "./server-clock.ts";

/** The subscription that is to be changed, among all of its account. */
export interface ChangeTarget {
  readonly subscription: OwnedSubscription;
  readonly address: string;
  readonly inventory: FinishedInventory;
}

/**
 * Finds one webhook subscription by its id, a unique prefix of it, or its URL, after finishing what an earlier run left. Of
 * one whose replacement was just finished, the new one. Throws for what cannot be changed, such as what is gone or being
 * replaced.
 */
export async function findTarget(
  account: Account,
  selector: string,
  options: FinishOptions = {},
): Promise<ChangeTarget> {
  const before = await takeInventory(account);
  const inventory = await finishReplacements(account, before, options);
  warnOfUnfinished(inventory, account);
  for (const each of inventory.malformed) {
    account.notify({ kind: "warning", text: describeMalformed(each).message });
  }
  const gone = missingOutsiders(await findMissing(account, inventory), inventory.profile);
  const intents = await account.journal.list();
  const subscription = find(selector, { inventory, before: before.subscriptions, gone, intents });
  const address = webhookAddress(subscription);
  await refuseUnderWay(account, subscription);
  return { subscription, address, inventory };
}

interface Candidates {
  readonly inventory: FinishedInventory;
  readonly before: readonly OwnedSubscription[];
  readonly gone: readonly Outsider[];
  readonly intents: readonly ReplacementIntent[];
}

/** The selected subscription. Of one whose replacement was just finished, the new one. */
function find(
  selector: string,
  { inventory, before, gone, intents }: Candidates,
): OwnedSubscription {
  const { subscriptions, replaced } = inventory;
  const outsiders: readonly Outsider[] = [
    ...malformedOutsiders(inventory),
    ...gone.filter(({ id }) => !replaced.has(id)),
  ];
  const select = (living: readonly OwnedSubscription[]) => {
    const chosen = selectOne([...living, ...outsiders], selector, intents);
    if ("refusal" in chosen) throw chosen.refusal;
    return chosen;
  };
  if (replaced.size === 0) return select(subscriptions);
  const newest = (each: OwnedSubscription) =>
    subscriptions.find(({ id }) => id === (replaced.get(each.id) ?? each.id)) ?? each;
  const known = new Map([...before, ...subscriptions].map((each) => [each.id, each]));
  return newest(select([...known.values()]));
}

function webhookAddress(subscription: OwnedSubscription): string {
  const { transportType, address } = subscription.deliveryMode;
  if (transportType === "WebHook" && address !== undefined) return address;
  throw new UsageError(
    `${nameOf(subscription)} is a ${transportType} subscription, and rcwh changes only webhooks.`,
    "Create a webhook with `rcwh create`.",
  );
}

/** Edits as requested: the lifetime until a given instant is unknown until the server's time is known. */
export interface WantedChange extends Omit<Edit, "expiresIn"> {
  readonly lifetime: Lifetime | undefined;
}

/** What a change comes to. */
export interface PlannedChange extends EditedSubscription {
  readonly edit: Edit;
}

/** Applies the wishes to a subscription, and sends nothing. Throws UsageError if the result would be invalid or a surprise. */
export function planChange(
  account: Account,
  { subscription, inventory: { records, own } }: ChangeTarget,
  { lifetime, ...wanted }: WantedChange,
): PlannedChange {
  const edit = { ...wanted, expiresIn: lifetimeOf(lifetime, account) };
  const recorded = records.get(subscription.id)?.expiresIn;
  const edited = editSubscription(subscription, edit, { recorded, now: serverNow(account), own });
  return { ...edited, edit };
}

/** Its seconds by the server's clock. */
function lifetimeOf(lifetime: Lifetime | undefined, account: Account): number | undefined {
  const seconds = lifetime?.from(serverNow(account));
  const doubt = doubtAbout(seconds);
  if (doubt !== undefined) account.notify({ kind: "warning", text: doubt });
  return seconds;
}

export interface ChangedInPlace {
  readonly result: ExistingResult;
  readonly own: OwnIds;
  /** From what was asked for. */
  readonly differences: readonly Difference[];
}

/** Changes filters and lifetime in place, unless they are as wanted already. A dry run of the latter only says so. */
export async function changeInPlace(
  account: Account,
  { subscription, address, inventory }: ChangeTarget,
  { request, isInPlace, edit }: PlannedChange,
  dryRun = false,
): Promise<ChangedInPlace> {
  const { client, records } = account;
  const { profile, subscriptions, own } = inventory;
  const { id, api } = subscription;
  const { whole, removed, expiresIn } = edit;
  const unwanted = removed.map(({ eventFilter }) => eventFilter);
  const save = async ({ expirationTime }: OwnedSubscription) =>
    records.edit(id, (current) => {
      const {
        droppedFilters = [],
        goneAt: _,
        reported: __,
        ...record
      } = current ?? { foreign: true };
      const stillDropped = whole ? [] : without(droppedFilters, unwanted, own);
      return {
        ...record,
        ...(stillDropped.length > 0 && { droppedFilters: stillDropped }),
        id,
        api,
        eventFilters: request.eventFilters,
        address,
        expirationTime,
        // Only a lifetime that was asked for is asked for again.
        ...(expiresIn !== undefined && { expiresIn }),
      };
    });
  if (isInPlace) {
    if (expiresIn !== undefined && !dryRun) await save(subscription);
    const result = { id, profile, outcome: "unchanged" as const, subscription };
    return { result, own, differences: [] };
  }
  const updated = owned(await client.update(api, id, request), profile, api);
  await save(updated);
  const ownNow = await findOwnIds(client, [updated, ...subscriptions]);
  const compared = { now: serverNow(account), own: ownNow };
  return {
    result: { id, profile, outcome: "updated", subscription: updated },
    own: ownNow,
    differences: comparedWithAsked(request, updated, compared),
  };
}
