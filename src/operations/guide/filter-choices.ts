import { UsageError } from "../../errors.ts";
import { catalogue } from "../../filters/catalogue/catalogue.ts";
import { byCategory, categoryNames } from "../../filters/catalogue/categories.ts";
import type { CatalogueEntry } from "../../filters/catalogue/entry.ts";
import { parseEventFilter } from "../../filters/parse.ts";
import { searchFilters, shortFilter } from "../../filters/search.ts";
import { fillOwnPlaceholders } from "../../filters/uri.ts";
import type { Choice, Find } from "../../io/prompts.ts";

/** Filters of the catalogue to choose from, by what `--filter` calls them, and how to find them by name, path or scope. */
export interface FilterChoices {
  readonly choices: readonly Choice<string>[];
  readonly find: Find<string>;
}

/** The filters that need nothing filled in and are wanted. */
export function filterChoices(
  isWanted: (entry: CatalogueEntry, eventFilter: string) => boolean,
  { allowUndocumented = false } = {},
): FilterChoices {
  const byEntry = new Map<CatalogueEntry, Choice<string>>();
  for (const entry of byCategory(catalogue)) {
    const value = entry.aliases[0] ?? shortFilter(fillOwnPlaceholders(entry.filter));
    const eventFilter = parsed(value, allowUndocumented);
    if (eventFilter === undefined || !isWanted(entry, eventFilter)) continue;
    const { category, summary, permission } = entry;
    byEntry.set(entry, {
      value,
      name: value,
      description: `${summary}. Needs the scope ${permission}.`,
      group: categoryNames[category],
    });
  }
  const widest = [...byEntry.values()].reduce((most, { value }) => Math.max(most, value.length), 0);
  for (const [entry, choice] of byEntry) {
    const name = `${choice.value.padEnd(Math.min(widest, widestName))}  ${entry.summary}`;
    byEntry.set(entry, { ...choice, name, short: choice.value });
  }
  return {
    choices: [...byEntry.values()],
    find: (term) => byCategory(searchFilters(term)).flatMap((entry) => byEntry.get(entry) ?? []),
  };
}

/** Columns of a filter's name; a longer one moves its summary. */
const widestName = 24;

/** The whole filter; undefined for what `--filter` refuses as it is. */
function parsed(text: string, allowUndocumented: boolean): string | undefined {
  try {
    return parseEventFilter(text, { allowUnknown: false, allowUndocumented }).eventFilter;
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}
