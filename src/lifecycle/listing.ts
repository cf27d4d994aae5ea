import {
  isSelective,
  type SelectOptions,
  type Selector,
  selectSubscriptions,
} from "../subscriptions/select.ts";
import type { Account } from "./account.ts";
import { type Inventory, type OwnedSubscription, takeInventory } from "./inventory.ts";
import { findMissing, type MissingCandidate, missingCandidates } from "./missing.ts";
import { serverNow } from "./server-clock.ts";

/** What an account has, and what is only on record, by the selector. */
export interface Listing extends Inventory {
  readonly recorded: readonly MissingCandidate[];
  /** The server's time. */
  readonly now: number;
}

/** Lists an account without changing anything: one request for each API in use. */
export async function takeListing(account: Account, selector: Selector): Promise<Listing> {
  const inventory = await takeInventory(account);
  const { profile, subscriptions, own } = inventory;
  const now = serverNow(account);
  const missing = await findMissing(account, inventory);
  // Of one that was re-created, the new one is in the list.
  const gone = missing.filter(({ successor }) => !successor);
  const recorded = missingCandidates(gone, profile);
  if (!isSelective(selector)) return { ...inventory, recorded, now };
  return { ...inventory, ...select([...subscriptions, ...recorded], selector, { now, own }), now };
}

/** The selected ones of what exists and of what is on record. */
function select(
  all: readonly (OwnedSubscription | MissingCandidate)[],
  selector: Selector,
  options: SelectOptions,
) {
  const chosen = selectSubscriptions(all, selector, options);
  return {
    subscriptions: chosen.flatMap((each) => ("recorded" in each ? [] : each)),
    recorded: chosen.flatMap((each) => ("recorded" in each ? each : [])),
  };
}
