import { UsageError } from "../errors.ts";
import { redactAddress } from "../machine/redact.ts";
import { allOf, oneOf } from "../phrases.ts";
import { expandAlias, openPlaceholders, readAlias } from "./aliases.ts";
import type { Api } from "./api.ts";
import { accountWide } from "./catalogue/catalogue.ts";
import type { CatalogueEntry } from "./catalogue/entry.ts";
import { canonicalFilter } from "./compare.ts";
import { matchEntry, matchPath } from "./match.ts";
import { queryProblem, tokenProblem } from "./query.ts";
import { parseReminder, reminderPath } from "./reminder.ts";
import { nearestFilters, shortFilter } from "./search.ts";
import { splitFilterList } from "./split-list.ts";
import { knownTrap } from "./traps.ts";
import { fillOwnPlaceholders, queryPairs, splitUri, wholePath } from "./uri.ts";

export interface ParseOptions {
  /** Accepts paths and parameters that are not in the catalogue. */
  readonly allowUnknown: boolean;
  /** Accepts filters that RingCentral never documented. */
  readonly allowUndocumented?: boolean;
  /** The end of a hint about an unknown filter. Default: offers `--allow-unknown-filter`. */
  readonly wayOut?: string;
}

export interface ParsedFilter {
  /** The filter to send. */
  readonly eventFilter: string;
  /** Undefined for a filter that is not in the catalogue. */
  readonly entry: CatalogueEntry | undefined;
  /** Sentences for stderr about an accepted filter. */
  readonly notes: readonly string[];
}

export interface ParsedFilters {
  readonly eventFilters: readonly string[];
  /** One for each of `eventFilters`. */
  readonly entries: readonly (CatalogueEntry | undefined)[];
  readonly api: Api;
  readonly notes: readonly string[];
}

/**
 * Parses the filters of one subscription. Each input is one filter, or several separated by commas. Throws UsageError
 * for anything that RingCentral would refuse or misunderstand.
 */
export function parseEventFilters(inputs: readonly string[], options: ParseOptions): ParsedFilters {
  const parsed = new Map<string, ParsedFilter>();
  const notes: string[] = [];
  for (const text of inputs.flatMap(splitFilterList)) {
    const filter = parseEventFilter(text, options);
    const canonical = canonicalFilter(filter.eventFilter);
    const earlier = parsed.get(canonical);
    if (!earlier) parsed.set(canonical, filter);
    notes.push(
      ...(earlier ? [duplicateNote(filter.eventFilter, earlier.eventFilter)] : filter.notes),
    );
  }
  const filters = [...parsed.values()];
  const eventFilters = filters.map(({ eventFilter }) => eventFilter);
  return {
    eventFilters,
    entries: filters.map(({ entry }) => entry),
    api: checkFilterSet(eventFilters),
    notes: [...new Set(notes)],
  };
}

/** Parses one filter: an alias, a short path or a whole URI. Throws UsageError. */
export function parseEventFilter(text: string, options: ParseOptions): ParsedFilter {
  const trimmed = text.trim();
  checkText(trimmed);
  const eventFilter = spelledOut(trimmed);
  checkPlaceholders(trimmed, eventFilter);

  const entry = matchEntry(eventFilter);
  if (!options.allowUnknown) checkKnown(eventFilter, entry, options);
  if (splitUri(eventFilter).path === reminderPath) checkReminderNumbers(eventFilter);
  const copiedSpace = /\s$/.test(text) && trimmed.includes("/");
  const space = copiedSpace ? [`Ignored the space after ${trimmed}.`] : [];
  return { eventFilter, entry, notes: [...space, ...notesOf(entry, eventFilter)] };
}

/**
 * Checks a subscription's filters together: at least one, all of the same API, and not only a reminder. Returns the API.
 * Throws UsageError.
 */
export function checkFilterSet(eventFilters: readonly string[]): Api {
  const [webinar] = eventFilters.filter((filter) => apiOf(filter) === "webinar");
  const [platform] = eventFilters.filter((filter) => apiOf(filter) === "platform");
  if (webinar && platform) {
    throw new UsageError(
      `One subscription cannot combine ${shortFilter(webinar)} (webinar API) and ${shortFilter(platform)} (platform API).`,
      "Create two subscriptions, one for the webinar filters and one for the others.",
    );
  }
  if (eventFilters.length === 0) {
    throw new UsageError("No event filters given.", "Choose one from `rcwh filters`.");
  }
  if (eventFilters.every((filter) => splitUri(filter).path === reminderPath)) {
    throw new UsageError(
      "A renewal reminder cannot be a subscription's only filter (SUB-515).",
      "Add the filter whose events you want, such as --filter sms",
    );
  }
  return webinar ? "webinar" : "platform";
}

/** The API that a filter belongs to, by its path. */
export function apiOf(eventFilter: string): Api {
  return eventFilter.startsWith("/webinar/") ? "webinar" : "platform";
}

/** Refuses text that cannot be a filter. Messages leave out queries, which may hold secrets. */
function checkText(text: string): void {
  if (text === "") {
    throw new UsageError("An event filter is empty.", "Choose one from `rcwh filters`.");
  }
  const shown = redactAddress(text);
  if (/[\s\p{Cc}]/u.test(text)) {
    throw new UsageError(
      `The event filter ${JSON.stringify(shown)} contains a space.`,
      "Separate filters with commas, and write a space in a query as %20",
    );
  }
  const address = /^https?:\/\/[^/?]*(.*)$/is.exec(text);
  if (address) {
    const [, uri = ""] = address;
    throw new UsageError(
      `The filter ${shown} is a URL, but a filter is a path.`,
      matchEntry(uri) ? `Give only the path: ${uri}` : "Choose a filter from `rcwh filters`.",
    );
  }
  const problem = tokenProblem(queryPairs(splitUri(text).query));
  if (problem) throw new UsageError(problem.message, problem.hint);
}

/** The whole URI that an alias or a short path stands for; a whole URI as it is. */
function spelledOut(text: string): string {
  const filled = fillOwnPlaceholders(text);
  const alias = readAlias(filled);
  if (alias) return expandAlias(alias);
  if (splitUri(filled).path.includes("/")) return wholePath(filled);
  throw unknownFilter(text, "or write out its whole URI");
}

function checkPlaceholders(text: string, eventFilter: string): void {
  const open = openPlaceholders(eventFilter);
  const [placeholder] = open;
  if (!placeholder) return;
  const { path } = splitUri(eventFilter);
  const alias = path.includes(placeholder) ? readAlias(text)?.name : undefined;
  const spelling = alias ? `${alias}:<${placeholder.slice(1, -1)}>` : undefined;
  throw new UsageError(
    `The filter ${splitUri(text).path} has no value for ${allOf(open)}.`,
    path === reminderPath
      ? "Write reminder:3d/12h"
      : spelling
        ? `Write ${spelling}`
        : `Replace ${allOf(open)} with a value.`,
  );
}

function checkKnown(
  eventFilter: string,
  entry: CatalogueEntry | undefined,
  {
    allowUndocumented = false,
    wayOut = "or send it unchecked with --allow-unknown-filter",
  }: ParseOptions,
): void {
  const { path, query } = splitUri(eventFilter);
  const short = shortFilter(path);
  if (!entry) {
    const trap = knownTrap(path);
    if (trap) throw new UsageError(trap.message, trap.hint);
    throw unknownFilter(path, wayOut);
  }
  if (entry.confidence === "third-party" && !allowUndocumented) {
    throw new UsageError(
      `RingCentral has never documented the filter ${short}.`,
      `Use ${entry.replacedBy}, or send it anyway with --allow-unknown-filter.`,
    );
  }
  if (query === "") {
    throw new UsageError(`The filter ${short} has an empty query.`, "Remove the ?.");
  }
  const problem = queryProblem(entry, queryPairs(query));
  if (problem) throw new UsageError(`${short}: ${problem.message}`, problem.hint);
}

/**
 * The error for a filter that is looked for, and that the catalogue does not have; undefined for one that it has, and
 * for a glob.
 */
export function unknownSought(text: string): UsageError | undefined {
  if (text.includes("*")) return undefined;
  const filled = fillOwnPlaceholders(text.trim());
  const alias = readAlias(filled);
  if (alias) return undefined;
  const { path } = splitUri(filled);
  if (path.includes("/") && matchPath(wholePath(path)).length > 0) return undefined;
  return unknownFilter(text, "or search with a glob such as '*presence*'");
}

function unknownFilter(text: string, otherwise: string): UsageError {
  const { path } = splitUri(text);
  const near = nearestFilters(path, 3);
  const start = near.length === 0 ? "Search" : `Try ${oneOf(near)}, search`;
  return new UsageError(
    `Unknown event filter "${shortFilter(path)}".`,
    `${start} with \`rcwh filters\`, ${otherwise}.`,
  );
}

function checkReminderNumbers(eventFilter: string): void {
  const pairs = queryPairs(splitUri(eventFilter).query);
  const number = (wanted: string) => pairs.find(({ name }) => name === wanted)?.value ?? "";
  parseReminder(`${number("threshold")}/${number("interval")}`);
}

const undocumented = {
  observed: "not documented, only used by RingCentral's own apps",
  preview: "an unpublished preview",
  legacy: "not documented",
  "third-party": "not documented",
};

function notesOf(entry: CatalogueEntry | undefined, eventFilter: string): readonly string[] {
  if (!entry) return [`${eventFilter} is not in the catalogue; it is sent unchecked.`];
  const short = shortFilter(eventFilter);
  const notes: string[] = [];
  if (entry.replacedBy) {
    const modern = fillOwnPlaceholders(entry.replacedBy);
    notes.push(`${short} is the deprecated spelling of ${modern}; it is sent as written.`);
  }
  if (entry.confidence !== "documented") {
    notes.push(`${short} is ${undocumented[entry.confidence]}: RingCentral may refuse it.`);
  }
  if (accountWide(entry)) {
    notes.push(`${short} covers every user of the account: expect many events.`);
  }
  return notes;
}

function duplicateNote(dropped: string, kept: string): string {
  return dropped === kept
    ? `${shortFilter(kept)} is given twice, and is sent once.`
    : `${shortFilter(dropped)} is ignored: ${shortFilter(kept)} is the same filter.`;
}
