import { UsageError } from "../errors.ts";
import { catalogue } from "./catalogue/catalogue.ts";
import type { CatalogueEntry } from "./catalogue/entry.ts";
import { parseReminder, reminderFilter, reminderPath } from "./reminder.ts";
import { fillOwnPlaceholders, joinUri, type QueryPair, queryPairs, splitUri } from "./uri.ts";

/** An alias as given: `sms`, `telephony?missedCall=true`, `a2p-batch:<batchId>`, `reminder:3d/12h`. */
export interface AliasUse {
  readonly name: string;
  /** The text after the colon. */
  readonly argument: string | undefined;
  readonly query: string | undefined;
  readonly entry: CatalogueEntry;
}

export const entriesByAlias: ReadonlyMap<string, CatalogueEntry> = new Map(
  catalogue.flatMap((entry) => entry.aliases.map((alias) => [alias, entry] as const)),
);

export function readAlias(text: string): AliasUse | undefined {
  const { path, query } = splitUri(text);
  const colon = path.indexOf(":");
  const name = colon === -1 ? path : path.slice(0, colon);
  const entry = entriesByAlias.get(name);
  return (
    entry && { name, argument: colon === -1 ? undefined : path.slice(colon + 1), query, entry }
  );
}

/**
 * The filter that an alias stands for, with the user's own ids as `~`. A query after the alias is merged into the
 * filter's own and wins over it. Placeholders without an argument stay open. Throws UsageError for an argument that the
 * alias does not take.
 */
export function expandAlias({ name, argument, query, entry }: AliasUse): string {
  const { path, query: ownQuery } = splitUri(fillOwnPlaceholders(entry.filter));
  const own = [...queryPairs(ownQuery), ...queryPairs(entry.presets?.[name])];
  const parameters = mergeQueries(own, queryPairs(query));
  if (argument === undefined) return joinUri(path, parameters);
  if (path === reminderPath) return reminderFilter(parseReminder(argument));

  const placeholder = openPlaceholders(path)[0];
  if (!placeholder) throw uselessArgument(name, argument, entry);
  if (!/^[\w.-]+$/.test(argument)) {
    throw new UsageError(
      `Invalid ${placeholder.slice(1, -1)} "${argument}" for the alias ${name}.`,
      `Write ${name}:<${placeholder.slice(1, -1)}>`,
    );
  }
  return joinUri(path.replace(placeholder, argument), parameters);
}

/** The placeholders that a filter still has, such as `{batchId}`. */
export function openPlaceholders(text: string): readonly string[] {
  return text.match(/\{[^{}]*\}/g) ?? [];
}

/** The filter's own parameters except those given again, then the given ones. */
function mergeQueries(own: readonly QueryPair[], given: readonly QueryPair[]): readonly string[] {
  const kept = own.filter(({ name }) => !given.some((pair) => pair.name === name));
  return [...kept, ...given].map(({ raw }) => raw);
}

function uselessArgument(name: string, argument: string, { filter }: CatalogueEntry): UsageError {
  const message = `The alias ${name} takes no value after a colon, but has "${argument}".`;
  if (!/^\d+$/.test(argument) || !filter.includes("{extensionId}")) {
    return new UsageError(
      message,
      `Write ${name}, or see its parameters with \`rcwh filters show ${name}\`.`,
    );
  }
  const concrete = fillOwnPlaceholders(filter.replace("{extensionId}", argument));
  return new UsageError(message, `Write ${concrete} for that extension.`);
}

/** The aliases that stand for exactly this filter, which has `~` for own ids. */
export function aliasesFor(eventFilter: string): readonly string[] {
  return [...entriesByAlias.keys()].filter((alias) => {
    const use = readAlias(alias);
    return use !== undefined && expandAlias(use) === eventFilter;
  });
}
