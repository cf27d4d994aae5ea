import type { CommandContext } from "../../context.ts";
import type { OwnIds } from "../../filters/compare.ts";
import type { OwnedMalformed, OwnedSubscription } from "../../lifecycle/inventory.ts";
import { type Listing, takeListing } from "../../lifecycle/listing.ts";
import type { MissingCandidate } from "../../lifecycle/missing.ts";
import { findUnderWay, type UnderWay } from "../../lifecycle/replacement/under-way.ts";
import { type AccountFlags, forEachAccount } from "../../operations/accounts/accounts.ts";
import type { AccountFailure } from "../../operations/accounts/many-accounts.ts";
import { openAccount } from "../../operations/open-account.ts";
import { byExpiry } from "../../subscriptions/by-expiry.ts";
import { isDue, isKeptByOthers } from "../../subscriptions/due.ts";
import type { SubscriptionRecord } from "../../subscriptions/record.ts";
import { createSelector, type SelectorFlags } from "../flags/selector-flags.ts";
import type { SubscriptionRow } from "../output/subscription-columns.ts";

/** What the accounts of one listing have. */
export interface Listed {
  /** Soonest to expire first, over all accounts. */
  readonly subscriptions: readonly OwnedSubscription[];
  readonly malformed: readonly OwnedMalformed[];
  /** Those that `renew` would find due. */
  readonly due: ReadonlySet<OwnedSubscription>;
  /** What rcwh has on record and the server no longer has; the selected ones. */
  readonly recorded: readonly MissingCandidate[];
  readonly underWay: readonly UnderWay[];
  /** What time it is for the server of a row's account. */
  readonly nowOf: (row: { readonly profile: string }) => number;
  readonly ownOf: (row: Pick<SubscriptionRow, "profile">) => OwnIds;
  readonly recordOf: (
    row: Pick<SubscriptionRow, "profile" | "id">,
  ) => SubscriptionRecord | undefined;
  readonly failures: readonly AccountFailure[];
  /** Number of accounts that were listed. */
  readonly accounts: number;
  /** Those accounts. */
  readonly profiles: readonly string[];
}

/** `deadline` as in `CommandContext.api`. */
export async function listAccounts(
  options: SelectorFlags & AccountFlags,
  context: CommandContext,
  deadline?: number,
): Promise<Listed> {
  const subscriptions: OwnedSubscription[] = [];
  const malformed: OwnedMalformed[] = [];
  const due = new Set<OwnedSubscription>();
  const recorded: MissingCandidate[] = [];
  const underWay: UnderWay[] = [];
  const times = new Map<string, number>();
  const owns = new Map<string, OwnIds>();
  const records = new Map<string, Listing["records"]>();
  const list = async (account: CommandContext) => {
    const listed = await takeListed(options, account, deadline);
    for (const subscription of listed.subscriptions) {
      subscriptions.push(subscription);
      const timing = { recorded: listed.records.get(subscription.id), now: listed.now };
      if (!isKeptByOthers(subscription) && isDue(subscription, timing)) due.add(subscription);
    }
    for (const each of listed.malformed) malformed.push(each);
    for (const each of listed.recorded) recorded.push(each);
    for (const each of listed.underWay) underWay.push(each);
    times.set(listed.profile, listed.now);
    owns.set(listed.profile, listed.own);
    records.set(listed.profile, listed.records);
  };
  const failures = await forEachAccount(context, options, list, deadline);
  return {
    subscriptions: subscriptions.sort(byExpiry),
    malformed,
    due,
    recorded,
    underWay,
    nowOf: ({ profile }) => times.get(profile) ?? context.clock.now(),
    ownOf: ({ profile }) => owns.get(profile) ?? {},
    recordOf: ({ profile, id }) => records.get(profile)?.get(id),
    failures,
    accounts: owns.size,
    profiles: [...owns.keys()],
  };
}

/** `deadline` as in `CommandContext.api`. */
async function takeListed(
  options: SelectorFlags,
  context: CommandContext,
  deadline?: number,
): Promise<ListedAccount> {
  const account = await openAccount(context, deadline);
  const listing = await takeListing(account, createSelector([], options));
  return { ...listing, underWay: await findUnderWay(account) };
}

interface ListedAccount extends Listing {
  readonly underWay: readonly UnderWay[];
}
