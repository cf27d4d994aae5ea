import { canonicalFilter } from "../../filters/compare.ts";
import { reminderOf } from "../../filters/reminder.ts";
import { splitUri } from "../../filters/uri.ts";
import type { Inventory, OwnedSubscription } from "../../lifecycle/inventory.ts";
import { normalizedAddress } from "../../subscriptions/address.ts";
import { knownFilters } from "../match-webhooks.ts";
import { idsOf } from "../members.ts";

/** Subscriptions that are one webhook with `extensions`. */
export interface ExportedParts {
  /** By their numbers, from 1. */
  readonly parts: readonly { readonly part: number; readonly subscription: OwnedSubscription }[];
  /** One's own filters, which each extension has, and the reminder. */
  readonly templates: readonly string[];
  /** All filters as they are. */
  readonly eventFilters: readonly string[];
  readonly extensionIds: readonly string[];
  /** As many filters as the largest part has. */
  readonly most: number;
}

type Found = Pick<Inventory, "records" | "own">;

/**
 * Finds the parts of each webhook with `extensions` that a file of this name has. Together they have every filter of each
 * extension once, with one URL and lifetime; otherwise a file with `extensions` would change them. A subscription that
 * no file manages keeps its single filters in the file, because its extensions may not be found.
 */
export function findParts(
  subscriptions: readonly OwnedSubscription[],
  manifest: string,
  { records, own }: Found,
): readonly ExportedParts[] {
  const groups = new Map<string, OwnedSubscription[]>();
  for (const each of subscriptions) {
    const { managedAs } = records.get(each.id) ?? {};
    if (managedAs?.manifest !== manifest || managedAs.part === undefined) continue;
    const { webhook } = managedAs;
    groups.set(webhook, [...(groups.get(webhook) ?? []), each]);
  }
  return [...groups.values()].flatMap((group) => toParts(group, { records, own }) ?? []);
}

function toParts(
  group: readonly OwnedSubscription[],
  { records, own }: Found,
): ExportedParts | undefined {
  const places = group.map(({ id, api, deliveryMode: { address = "" } }) =>
    JSON.stringify([api, normalizedAddress(address), records.get(id)?.expiresIn ?? null]),
  );
  if (new Set(places).size > 1) return undefined;
  const known = group.map((each) => knownFilters(each, records.get(each.id), own));
  const isReminder = (filter: string) => reminderOf([filter]) !== undefined;
  const [reminders = [], ...others] = known.map((filters) => filters.filter(isReminder));
  if (others.some((each) => `${each}` !== `${reminders}`)) return undefined;
  const eventFilters = known.flat().filter((filter) => !isReminder(filter));
  const templates = new Map(
    eventFilters.map((filter) => [canonicalFilter(templateOf(filter)), templateOf(filter)]),
  );
  const extensionIds = idsOf(eventFilters, own).toSorted((a, b) => Number(a) - Number(b));
  const distinct = new Set(eventFilters.map((filter) => canonicalFilter(filter, own)));
  const isWhole =
    distinct.size === eventFilters.length &&
    eventFilters.every((filter) => idsOf([filter], own).length === 1) &&
    eventFilters.length === templates.size * extensionIds.length;
  if (!isWhole) return undefined;
  return {
    parts: group.map((subscription) => ({
      part: records.get(subscription.id)?.managedAs?.part ?? 1,
      subscription,
    })),
    templates: [...templates.values(), ...reminders],
    eventFilters: [...eventFilters, ...reminders],
    extensionIds,
    most: Math.max(...known.map(({ length }) => length)),
  };
}

/** The filter for one's own extension. */
function templateOf(filter: string): string {
  const { path } = splitUri(filter);
  const own = path.replace(/(?<=\/(?:accounts?|extensions?)\/)\d+(?=\/|$)/g, "~");
  return own + filter.slice(path.length);
}
