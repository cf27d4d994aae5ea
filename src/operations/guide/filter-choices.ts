import { scopesOf } from "../../api/describe-user.ts";
import type { CachedToken } from "../../config/credentials.ts";
import { UsageError } from "../../errors.ts";
import { openPlaceholders } from "../../filters/aliases.ts";
import { catalogue } from "../../filters/catalogue/catalogue.ts";
import { byCategory, categoryNames } from "../../filters/catalogue/categories.ts";
import type { CatalogueEntry } from "../../filters/catalogue/entry.ts";
import { parseEventFilter } from "../../filters/parse.ts";
import {
  findCatalogueEntry,
  nearestFilters,
  searchFilters,
  shortFilter,
} from "../../filters/search.ts";
import { fillOwnPlaceholders } from "../../filters/uri.ts";
import type { Choice, Find } from "../../io/prompts.ts";

/** Filters to choose from, by what `--filter` calls them, and how to find them by name, path or scope. */
export interface FilterChoices {
  readonly choices: readonly Choice<string>[];
  readonly find: Find<string>;
  /** What a choice leaves open, such as `batchId`. */
  placeholderOf(spelling: string): string | undefined;
}

export interface FilterChoiceOptions {
  /** Filters whose scope it lacks are marked. */
  readonly session?: CachedToken | undefined;
  /** Columns of the terminal. */
  readonly width: number;
}

/** The value of the last choice: a filter that is typed. */
export const typedFilter = "";

/**
 * The filters of the catalogue that are offered, by category, and last of all one that is typed.
 *
 * @param isOffered gets the whole filter too, which is undefined where an id is still to be asked
 */
export function filterChoices(
  isOffered: (entry: CatalogueEntry, eventFilter: string | undefined) => boolean,
  { session, width }: FilterChoiceOptions,
): FilterChoices {
  const lacks = lackingScopes(session);
  // Leaves room for the summaries: as wide as most aliases, the longest alias, or the longest path.
  const column = width < 80 ? 22 : width < 120 ? 27 : 42;
  const open = new Map<string, string>();
  const byEntry = new Map<CatalogueEntry, readonly Choice<string>[]>();
  for (const entry of byCategory(catalogue)) {
    const [placeholder] = openPlaceholders(fillOwnPlaceholders(entry.filter));
    const spellings = spellingsOf(entry).filter((each) =>
      isOffered(entry, placeholder === undefined ? wholeFilter(each) : undefined),
    );
    if (placeholder !== undefined) {
      for (const each of spellings) open.set(each, placeholder.slice(1, -1));
    }
    const choices = spellings.map((each) => choiceOf(each, entry, lacks(entry), column));
    byEntry.set(entry, choices);
  }
  return {
    choices: [...[...byEntry.values()].flat(), typedChoice],
    find(term) {
      const found = searchFilters(term);
      const entries = found.length > 0 ? found : nearestEntries(term);
      return [...byCategory(entries).flatMap((entry) => byEntry.get(entry) ?? []), typedChoice];
    },
    placeholderOf: (spelling) => open.get(spelling),
  };
}

/** Whether a new subscription should still use it. Reminders are left out: `--remind` adds one. */
export function isCurrent({ deprecated, confidence, category }: CatalogueEntry): boolean {
  return !deprecated && confidence !== "third-party" && category !== "subscription";
}

/** What may be meant by a word or path with a typing mistake. A query is edited, as none of the choices has it. */
function nearestEntries(term: string): readonly CatalogueEntry[] {
  if (term.includes("?")) return [];
  const spellings = nearestFilters(term, 3);
  return spellings.map(findCatalogueEntry).filter((entry) => entry !== undefined);
}

const typedChoice: Choice<string> = {
  name: "Another filter, by its path",
  value: typedFilter,
  short: "another one",
  group: "Others",
  description:
    "Such as account/~/extension/~/message-store?type=SMS, or one with the ID of another user.",
};

function choiceOf(
  spelling: string,
  entry: CatalogueEntry,
  lacksScope: boolean,
  column: number,
): Choice<string> {
  const { category, permission, permissionDisputed = [], presets } = entry;
  const preset = presets?.[spelling];
  const summary = `${entry.summary}${preset ? ` (only ${preset})` : ""}`;
  const scopes = [permission, ...permissionDisputed].join(" or ");
  const lacking = lacksScope ? ", which your app's token does not have" : "";
  return {
    name: `${spelling.padEnd(column)} ${lacksScope ? "! " : ""}${summary}`,
    value: spelling,
    short: spelling,
    group: categoryNames[category],
    description: `${summary}. Needs the scope ${scopes}${lacking}.`,
  };
}

/** The preferred alias, and one for each preset, without the names of other programs. */
function spellingsOf({ aliases, presets = {}, filter }: CatalogueEntry): readonly string[] {
  const [first = shortFilter(fillOwnPlaceholders(filter)), ...others] = aliases;
  return [first, ...others.filter((alias) => alias in presets && alias.includes("-"))];
}

function wholeFilter(spelling: string): string | undefined {
  try {
    const options = { allowUnknown: true, allowUndocumented: true };
    return parseEventFilter(spelling, options).eventFilter;
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}

/**
 * Whether the token certainly lacks what a filter needs. How scopes are spelled in a token is not documented: one in which
 * none is known says nothing.
 */
function lackingScopes(session: CachedToken | undefined) {
  const named = session ? scopesOf(session) : new Set<string>();
  const has = (scope: string) => named.has(scope.toLowerCase());
  const isReadable = catalogue.some(({ permission }) => has(permission));
  return ({ permission, permissionDisputed = [] }: CatalogueEntry): boolean =>
    isReadable && ![permission, ...permissionDisputed].some(has);
}
