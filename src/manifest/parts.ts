import { UsageError } from "../errors.ts";
import { canonicalFilter, type OwnIds } from "../filters/compare.ts";
import { reminderPath } from "../filters/reminder.ts";
import { shortFilter } from "../filters/search.ts";
import { splitUri } from "../filters/uri.ts";
import { pluralize } from "../phrases.ts";

/** One of the subscriptions that share the filters of several extensions. */
export interface Part {
  /** From 1. */
  readonly part: number;
  readonly eventFilters: readonly string[];
}

/** Filters for one's own extension, grouped by their effect for several extensions. */
export interface Templates {
  /** With `~` in place of an extension: each extension gets one. */
  readonly perExtension: readonly string[];
  /** Reminders, which every subscription needs for itself. */
  readonly everywhere: readonly string[];
}

/** As many filters as a subscription of several extensions gets, unless somebody wants another number. */
export const usualFiltersPerSubscription = 100;

/**
 * What several extensions make of filters. Throws UsageError for a filter that is about no extension, such as
 * `team-messaging/v1/posts` or all calls of the account: it would not become another one for each of them.
 */
export function toTemplates(eventFilters: readonly string[]): Templates {
  const everywhere = eventFilters.filter((filter) => splitUri(filter).path === reminderPath);
  const perExtension = eventFilters.filter((filter) => !everywhere.includes(filter));
  for (const filter of perExtension) {
    if (ownExtension.test(splitUri(filter).path)) continue;
    const short = shortFilter(filter);
    if (/\/extensions?\/\d/.test(filter)) {
      throw new UsageError(
        `${short} is about one extension already, so it cannot be repeated for several extensions.`,
        "Write ~ in place of the extension's id.",
      );
    }
    const reason = /\/accounts?\//.test(filter)
      ? "is about the whole account: one subscription without extensions receives all events"
      : "is about no extension: it only delivers what the signed-in user sees";
    throw new UsageError(
      `${short} ${reason}.`,
      "Give it a subscription of its own, without extensions.",
    );
  }
  return { perExtension, everywhere };
}

const ownExtension = /\/extensions?\/~(?=\/|$)/;

/** Whether a filter is what one of several extensions, or every part, has of templates. */
export function isOfTemplates(
  filter: string,
  { perExtension, everywhere }: Templates,
  own?: OwnIds,
): boolean {
  const anyExtension = (each: string) =>
    keyOf(each, own).replace(/(?<=\/extensions?\/)\d+(?=[/?]|$)/, "~");
  const key = anyExtension(filter);
  return [...perExtension, ...everywhere].some((each) => anyExtension(each) === key);
}

/** Each extension's filters, in the order of the ids. */
export function filtersOf(
  { perExtension }: Templates,
  extensionIds: readonly string[],
): readonly string[] {
  return extensionIds.flatMap((id) =>
    perExtension.map((filter) => {
      const { path } = splitUri(filter);
      const filled = path.replace(ownExtension, (own) => own.replace("~", id));
      return filled + filter.slice(path.length);
    }),
  );
}

export interface SplitOptions {
  /** As many filters as one subscription gets at most, reminders included. */
  readonly limit: number;
  readonly own?: OwnIds | undefined;
}

/**
 * Splits filters over as few subscriptions as possible, so that as few of those that exist as possible change. A filter
 * stays where it is; what nobody wants any more goes; a new one goes to a part that changes anyway, else to the one with
 * most room, else to a new part. Nothing moves from one part that exists to another, so that making new parts first and then
 * changing the others leaves no filter without a subscription. A part that has nothing left is not among the result.
 *
 * @param wanted one's filter for each extension
 * @param everywhere in every part
 * @param current what the parts have now; a filter that several have stays in the first
 * @throws UsageError for a limit that leaves no room beside `everywhere`
 */
export function splitOverParts(
  wanted: readonly string[],
  everywhere: readonly string[],
  current: readonly Part[],
  { limit, own }: SplitOptions,
): readonly Part[] {
  const room = limit - everywhere.length;
  if (room < 1) {
    throw new UsageError(
      `A subscription of ${pluralize(limit, "filter")} has no room for an extension next to its reminder.`,
      "Allow more filters for each subscription, or leave out the reminder.",
    );
  }
  const missing = new Map(wanted.map((filter) => [keyOf(filter, own), filter]));
  const take = (key: string) => {
    const filter = missing.get(key);
    missing.delete(key);
    return filter === undefined ? [] : [filter];
  };
  const parts = [...current]
    .sort((one, other) => one.part - other.part)
    .map(({ part, eventFilters }) => {
      const keys = [...new Set(eventFilters.map((filter) => keyOf(filter, own)))];
      const kept: string[] = [];
      const tooMany: string[] = [];
      for (const key of keys) {
        const found = take(key);
        (kept.length < room ? kept : tooMany).push(...found);
      }
      const common = everywhere.filter((each) => keys.includes(keyOf(each, own))).length;
      return { part, kept, tooMany, changes: kept.length + common < keys.length };
    });
  const joining = [...missing.values()];
  const byWillingness = [...parts].sort(
    (one, other) =>
      Number(other.changes) - Number(one.changes) ||
      Number(other.kept.length > 0) - Number(one.kept.length > 0) ||
      (one.changes ? 0 : one.kept.length - other.kept.length) ||
      one.part - other.part,
  );
  for (const { kept } of byWillingness) kept.push(...joining.splice(0, room - kept.length));
  // What a lower limit drives out goes to new parts only: they are made before the others change.
  const homeless = [...parts.flatMap(({ tooMany }) => tooMany), ...joining];
  const taken = new Set(parts.map(({ part }) => part));
  for (let part = 1; homeless.length > 0; part++) {
    if (taken.has(part)) continue;
    parts.push({ part, kept: homeless.splice(0, room), tooMany: [], changes: true });
  }
  return parts
    .filter(({ kept }) => kept.length > 0)
    .map(({ part, kept }) => ({ part, eventFilters: [...kept, ...everywhere] }))
    .sort((one, other) => one.part - other.part);
}

/** One spelling for all that mean the same. Only the own account's extensions can be subscribed to, so its id says nothing. */
function keyOf(filter: string, own: OwnIds | undefined): string {
  return canonicalFilter(filter, own).replace(/(?<=\/accounts?\/)\d+(?=\/)/, "~");
}
