import type { CatalogueEntry } from "../filters/catalogue/entry.ts";
import { matchEntry } from "../filters/match.ts";
import { shortFilter } from "../filters/search.ts";
import { fillOwnPlaceholders, queryPairs, splitUri } from "../filters/uri.ts";
import { listAt, textAt, valueAt } from "./payload.ts";
import { callSummaries } from "./summaries/calls.ts";
import { messageSummaries } from "./summaries/messages.ts";
import { otherSummaries } from "./summaries/others.ts";
import type { BodySummaries } from "./wording.ts";

/** An event in one line, for people. */
export interface EventSummary {
  /** The filter's alias in the catalogue, or its short path if it has none. */
  readonly alias: string;
  /** The extension id of the subscription's owner, or else the one in the filter; empty if neither is known. */
  readonly owner: string;
  /** What happened, such as `Carol Smith: "Hello"` or `Incoming call +16505550100 → 101, Setup`. */
  readonly what: string;
}

/** Sums up a notification. Accepts anything that comes over the wire: never throws, and strips control characters. */
export function summarizeEvent(event: unknown): EventSummary {
  const filter = textOf(valueAt(event, "event"));
  const body = valueAt(event, "body");
  const entry = matchEntry(filter);
  const owner = textAt(event, "ownerId");
  const summary = entry && summaries[splitUri(entry.filter).path]?.(body, owner);
  const extension = /\/extensions?\/(\d+)/.exec(splitUri(filter).path)?.[1] ?? "";
  return {
    alias: entry ? nameOf(entry, filter) : textAt(pathOf(filter)),
    owner: owner || extension,
    what: summary || describeUnknown(body),
  };
}

const summaries: BodySummaries = { ...messageSummaries, ...callSummaries, ...otherSummaries };

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** The most specific alias: one with a query of its own, if the event has that query. */
function nameOf(
  { aliases, presets = {}, filter: template }: CatalogueEntry,
  filter: string,
): string {
  const pairs = new Set(queryPairs(splitUri(filter).query).map(({ raw }) => raw));
  const preset = aliases.find((alias) => {
    const query = presets[alias];
    return query !== undefined && queryPairs(query).every(({ raw }) => pairs.has(raw));
  });
  const [first] = aliases;
  return preset ?? first ?? shortFilter(fillOwnPlaceholders(splitUri(template).path));
}

/** The path with ids as `~`, without the query. */
function pathOf(filter: string): string {
  const path = splitUri(filter).path.replaceAll(/(?<=\/(?:account|extension)s?\/)\d+/g, "~");
  return shortFilter(path);
}

/** The first fields of a body of unknown shape. */
function describeUnknown(body: unknown): string {
  if (typeof body !== "object" || body === null) return textAt(body);
  const members: string[] = [];
  for (const key of Object.keys(body)) {
    const value = textAt(body, key);
    if (value !== "") members.push(`${textAt(key)}: ${value}`);
    if (members.length === 3) break;
  }
  return members.join(", ") || (listAt(body).length > 0 ? `${listAt(body).length} entries` : "");
}
