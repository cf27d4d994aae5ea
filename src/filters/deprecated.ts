import { matchEntry } from "./match.ts";
import { fillOwnPlaceholders, joinUri, queryPairs, splitUri } from "./uri.ts";

/** Whether a filter is written in a way that has a modern spelling. */
export function isDeprecated(filter: string): boolean {
  return matchEntry(filter)?.replacedBy !== undefined;
}

/** The modern spelling of a deprecated filter; undefined for any other. */
export function modernFilter(filter: string): string | undefined {
  const replacedBy = matchEntry(filter)?.replacedBy;
  if (replacedBy === undefined) return undefined;
  const { path, query } = splitUri(filter);
  const account = /\/account\/(\d+)(?=\/)/.exec(path)?.[1];
  const modern = replacedBy.replace("{accountId}", () => account ?? "~");
  return joinUri(
    fillOwnPlaceholders(modern),
    queryPairs(query).map(({ raw }) => raw),
  );
}
