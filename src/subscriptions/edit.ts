import { UsageError } from "../errors.ts";
import type { Api } from "../filters/api.ts";
import { type OwnIds, sameFilter, sameFilters } from "../filters/compare.ts";
import { checkFilterSet, type ParsedFilter } from "../filters/parse.ts";
import { checkReminder, reminderOf } from "../filters/reminder.ts";
import { shortFilter } from "../filters/search.ts";
import { formatDuration, lifetimeTolerance, remainingSeconds } from "./lifetime.ts";
import { allFilters, wantedLifetime } from "./renewal.ts";
import type { Subscription, UpdateSubscriptionRequest } from "./subscription.ts";

/** What shall be different about a subscription. */
export interface Edit {
  /** The whole set of filters, in place of the ones that are there. */
  readonly whole: readonly string[] | undefined;
  readonly added: readonly string[];
  readonly removed: readonly ParsedFilter[];
  /** `--expires-in`, seconds. */
  readonly expiresIn: number | undefined;
  /** Whether its life may become shorter. */
  readonly allowShorter: boolean;
}

export interface EditOptions {
  /** The lifetime that rcwh recorded, seconds. */
  readonly recorded: number | undefined;
  /** Milliseconds since the epoch; only counts where the server does not say what remains. */
  readonly now: number;
  readonly own: OwnIds;
}

export interface EditedSubscription {
  /** Filters and lifetime as they shall be, whether they are so already or not. */
  readonly request: UpdateSubscriptionRequest;
  /** Everything that was asked for is so already. */
  readonly isInPlace: boolean;
  /** Sentences for people. */
  readonly notes: readonly string[];
}

/** What a subscription becomes by an edit. Throws UsageError for what cannot be or was not meant. */
export function editSubscription(
  subscription: Subscription & { readonly api: Api },
  edit: Edit,
  { recorded, now, own }: EditOptions,
): EditedSubscription {
  const current = allFilters(subscription, own);
  const absent = edit.removed.filter(({ eventFilter }) => !includes(current, eventFilter, own));
  refuseUnknown(absent, current, subscription, own);
  const eventFilters = editFilters(current, edit, own);
  requireSameApi(eventFilters, subscription);

  const remaining = remainingSeconds(subscription, now);
  const { expiresIn: asked, allowShorter } = edit;
  const reminder = reminderOf(eventFilters);
  const threshold = reminder?.threshold;
  const wishes = { asked, recorded, remaining, reminderThreshold: threshold, allowShorter };
  const expiresIn = wantedLifetime(wishes);
  if (!allowShorter) refuseShorter(subscription, asked ?? expiresIn, remaining);
  const objection = reminder && checkReminder(reminder, asked ?? expiresIn);
  if (objection) throw new UsageError(objection, "Remind later, or ask for a longer --expires-in.");

  const disabled = (subscription.disabledFilters ?? []).map(({ filter }) => filter);
  const named = [...(edit.whole ?? []), ...edit.added];
  const keepsFilters =
    sameFilters(current, eventFilters, own) &&
    // To ask again for a disabled one is what turns it on, once the permission is there.
    !named.some((filter) => includes(disabled, filter, own));
  const keepsLife = asked === undefined || Math.abs(expiresIn - remaining) <= lifetimeTolerance;
  return {
    request: { eventFilters, expiresIn },
    isInPlace: keepsFilters && keepsLife,
    notes: [
      ...absent.map(({ eventFilter }) => `It has no filter ${shortFilter(eventFilter, own)}.`),
      ...reminderNote(expiresIn, threshold, asked ?? recorded ?? remaining),
    ],
  };
}

/** What is to go need not be in the catalogue, but then it has to be there. */
function refuseUnknown(
  absent: readonly ParsedFilter[],
  current: readonly string[],
  { id }: Subscription,
  own: OwnIds,
): void {
  const unknown = absent.find(({ entry }) => entry === undefined);
  if (!unknown) return;
  throw new UsageError(
    `${id} has no filter ${shortFilter(unknown.eventFilter, own)}, and neither has the catalogue.`,
    `Name one that it has: ${current.map((each) => shortFilter(each, own)).join(", ")}.`,
  );
}

function editFilters(
  current: readonly string[],
  { whole, added, removed }: Edit,
  own: OwnIds,
): readonly string[] {
  const gone = removed.map(({ eventFilter }) => eventFilter);
  const both = added.find((filter) => includes(gone, filter, own));
  if (both !== undefined) {
    throw new UsageError(
      `${shortFilter(both, own)} is to be added and removed.`,
      "Leave it out of --add-filter or out of --remove-filter.",
    );
  }
  const result: string[] = [];
  // A subscription has one reminder: a new one takes the place of the old one.
  const kept = reminderOf(added) ? current.filter((filter) => !reminderOf([filter])) : current;
  for (const filter of [...(whole ?? kept), ...added]) {
    if (!includes(gone, filter, own) && !includes(result, filter, own)) result.push(filter);
  }
  return result;
}

function requireSameApi(
  eventFilters: readonly string[],
  { id, api }: Subscription & { readonly api: Api },
): void {
  if (eventFilters.length === 0) {
    throw new UsageError(
      `${id} would be left without a filter.`,
      `Delete it with \`rcwh delete ${id}\`, or name another filter with --add-filter.`,
    );
  }
  const needed = checkFilterSet(eventFilters);
  if (needed === api) return;
  throw new UsageError(
    `${id} belongs to the ${api} API, and its new filters to the ${needed} API.`,
    "Make a subscription of its own for them with `rcwh create`.",
  );
}

function refuseShorter({ id }: Subscription, wanted: number, remaining: number): void {
  if (!(wanted < remaining - lifetimeTolerance)) return;
  throw new UsageError(
    `${id} has ${formatDuration(remaining)} left, and would have ${formatDuration(wanted)}.`,
    "Add --allow-shorter to shorten its life.",
  );
}

function reminderNote(
  expiresIn: number,
  threshold: number | undefined,
  otherwise: number,
): readonly string[] {
  if (threshold === undefined || expiresIn !== 2 * threshold || otherwise >= expiresIn) return [];
  return [`Its life becomes ${formatDuration(expiresIn)}: a reminder needs twice its threshold.`];
}

function includes(filters: readonly string[], filter: string, own: OwnIds): boolean {
  return filters.some((each) => sameFilter(each, filter, own));
}
