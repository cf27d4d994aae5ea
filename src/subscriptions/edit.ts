import { UsageError } from "../errors.ts";
import type { Api } from "../filters/api.ts";
import { type OwnIds, sameFilters } from "../filters/compare.ts";
import { isDeprecated } from "../filters/deprecated.ts";
import { FilterSet } from "../filters/filter-set.ts";
import { checkFilterSet, type ParsedFilter } from "../filters/parse.ts";
import { checkReminder, reminderOf } from "../filters/reminder.ts";
import { shortFilter } from "../filters/search.ts";
import {
  formatDuration,
  formatRemaining,
  lifetimeTolerance,
  remainingSeconds,
} from "./lifetime.ts";
import { nameOf } from "./name.ts";
import { wantedLifetime } from "./renewal-plan.ts";
import type { Subscription, UpdateSubscriptionRequest } from "./subscription.ts";
import { allFilters } from "./subscription-filters.ts";

/** The requested changes to a subscription. */
export interface Edit {
  /** All filters, replacing the current ones. */
  readonly whole: readonly string[] | undefined;
  readonly added: readonly string[];
  readonly removed: readonly ParsedFilter[];
  /** `--expires-in`, seconds. */
  readonly expiresIn: number | undefined;
  /** Whether the lifetime may become shorter. */
  readonly allowShorter: boolean;
}

export interface EditOptions {
  /** The recorded lifetime, in seconds. */
  readonly recorded: number | undefined;
  /** Milliseconds since the epoch. Used if the server does not report the remaining seconds. */
  readonly now: number;
  readonly own: OwnIds;
}

export interface EditedSubscription {
  /** The filters and lifetime wanted, even if they are already in place. */
  readonly request: UpdateSubscriptionRequest;
  /** Whether nothing would change. */
  readonly isInPlace: boolean;
  /** Sentences for people. */
  readonly notes: readonly string[];
}

/** Applies an edit to a subscription. Throws UsageError if the result would be invalid or a surprise. */
export function editSubscription(
  subscription: Subscription & { readonly api: Api },
  edit: Edit,
  { recorded, now, own }: EditOptions,
): EditedSubscription {
  const current = allFilters(subscription, own);
  const present = new FilterSet(current, own);
  const absent = edit.removed.filter(({ eventFilter }) => !present.has(eventFilter));
  refuseUnknown(absent, current, subscription, own);
  const eventFilters = editFilters(current, edit, own);
  requireSameApi(eventFilters, subscription);

  const remaining = remainingSeconds(subscription, now);
  const { expiresIn: asked, allowShorter } = edit;
  const reminder = reminderOf(eventFilters);
  const threshold = reminder?.threshold;
  const expiresIn = wantedLifetime({
    asked,
    recorded,
    remaining,
    reminderThreshold: threshold,
    allowShorter,
  });
  if (!allowShorter) refuseShorter(subscription, asked ?? expiresIn, remaining);
  const problem = reminder && checkReminder(reminder, asked ?? expiresIn);
  if (problem)
    throw new UsageError(problem, "Use a shorter reminder threshold or a longer --expires-in.");

  const disabled = new FilterSet(
    (subscription.disabledFilters ?? []).map(({ filter }) => filter),
    own,
  );
  const named = [...(edit.whole ?? []), ...edit.added];
  const keepsFilters =
    sameFilters(current, eventFilters, own) &&
    !respells(current, edit, own) &&
    // Asking again for a disabled filter enables it, once the permission is there.
    !named.some((filter) => disabled.has(filter));
  const keepsLife = asked === undefined || Math.abs(expiresIn - remaining) <= lifetimeTolerance;
  return {
    request: { eventFilters, expiresIn },
    isInPlace: keepsFilters && keepsLife,
    notes: [
      ...absent.map(
        ({ eventFilter }) =>
          `Skipped ${shortFilter(eventFilter, own)}: the subscription does not have it.`,
      ),
      ...reminderNote(expiresIn, threshold, asked ?? recorded ?? remaining),
    ],
  };
}

/** A filter to remove must be in the catalogue or in the subscription. */
function refuseUnknown(
  absent: readonly ParsedFilter[],
  current: readonly string[],
  subscription: Subscription,
  own: OwnIds,
): void {
  const unknown = absent.find(({ entry }) => entry === undefined);
  if (!unknown) return;
  throw new UsageError(
    `Unknown event filter "${shortFilter(unknown.eventFilter, own)}": neither ${nameOf(subscription)} nor the catalogue has it.`,
    `Remove one that it has: ${current.map((each) => shortFilter(each, own)).join(", ")}.`,
  );
}

function editFilters(
  current: readonly string[],
  { whole, added, removed }: Edit,
  own: OwnIds,
): readonly string[] {
  const gone = new FilterSet(
    removed.map(({ eventFilter }) => eventFilter),
    own,
  );
  const unmoved = new FilterSet(
    removed.map(({ eventFilter }) => eventFilter).filter((each) => !isDeprecated(each)),
    own,
  );
  const both = added.find(
    (filter) => unmoved.has(filter) || (isDeprecated(filter) && gone.has(filter)),
  );
  if (both !== undefined) {
    throw new UsageError(
      `${shortFilter(both, own)} is in both --add-filter and --remove-filter.`,
      "Remove it from one of them.",
    );
  }
  const result: string[] = [];
  const included = new FilterSet([], own);
  // A subscription has one reminder: a new one replaces the old one.
  const kept = reminderOf(added) ? current.filter((filter) => !reminderOf([filter])) : current;
  for (const filter of [...(whole ?? kept).filter((each) => !gone.has(each)), ...added]) {
    if (included.has(filter)) continue;
    result.push(filter);
    included.add(filter);
  }
  return result;
}

/** Whether a deprecated spelling makes way for the modern one, which means the same. */
function respells(current: readonly string[], { added, removed }: Edit, own: OwnIds): boolean {
  const gone = new FilterSet(
    removed.map(({ eventFilter }) => eventFilter),
    own,
  );
  const modern = new FilterSet(added, own);
  return current.some((each) => isDeprecated(each) && gone.has(each) && modern.has(each));
}

function requireSameApi(
  eventFilters: readonly string[],
  subscription: Subscription & { readonly api: Api },
): void {
  const { id, api } = subscription;
  if (eventFilters.length === 0) {
    throw new UsageError(
      `${nameOf(subscription)} would have no filters left.`,
      `Delete it with \`rcwh delete ${id}\`, or add another filter with --add-filter.`,
    );
  }
  const needed = checkFilterSet(eventFilters);
  if (needed === api) return;
  throw new UsageError(
    `${nameOf(subscription)} belongs to the ${api} API, but the new filters belong to the ${needed} API.`,
    "Create a separate subscription for them with `rcwh create`.",
  );
}

function refuseShorter(subscription: Subscription, wanted: number, remaining: number): void {
  if (!(wanted < remaining - lifetimeTolerance)) return;
  throw new UsageError(
    `This would shorten the lifetime of ${nameOf(subscription)} from ${formatRemaining(remaining)} to ${formatDuration(wanted)}.`,
    "Add --allow-shorter to shorten it anyway.",
  );
}

function reminderNote(
  expiresIn: number,
  threshold: number | undefined,
  otherwise: number,
): readonly string[] {
  if (threshold === undefined || expiresIn !== 2 * threshold || otherwise >= expiresIn) return [];
  return [
    `The lifetime becomes ${formatDuration(expiresIn)}: a reminder needs a lifetime of twice its threshold.`,
  ];
}
