import type { InspectedEvent } from "../inspector/protocol.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";

export interface Criteria {
  /** Looked for in bodies, summaries and filters, whatever its case. */
  readonly query: string;
  /** A short filter; empty for all. */
  readonly filter: string;
  readonly outcome: Outcome | "";
}

export const everything: Criteria = { query: "", filter: "", outcome: "" };

/** The texts to look in, which are the same for every key that is pressed. They go with their events. */
const texts = new WeakMap<InspectedEvent, string>();

function textOf(event: InspectedEvent): string {
  const known = texts.get(event);
  if (known !== undefined) return known;
  const { summary, filter = "", text } = event;
  const made = `${summary}\n${filter}\n${withCharacters(text)}`.toLowerCase();
  texts.set(event, made);
  return made;
}

/** What JSON may write as `\u00e9` is looked for as `é`. */
function withCharacters(text: string): string {
  if (!text.includes("\\u")) return text;
  return text.replace(/\\u([\da-f]{4})/gi, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}

export function matches(event: InspectedEvent, { query, filter, outcome }: Criteria): boolean {
  return (
    (filter === "" || event.filter === filter) &&
    (outcome === "" || outcomeOf(event) === outcome) &&
    (query.trim() === "" || textOf(event).includes(query.trim().toLowerCase()))
  );
}

/**
 * Selects events by criteria, and remembers what each came to: when events come, only they are searched, and when a query
 * grows, only what matched before.
 */
export function createSearch() {
  let last: Criteria = everything;
  let verdicts = new Map<InspectedEvent, boolean>();

  return (events: readonly InspectedEvent[], criteria: Criteria): readonly InspectedEvent[] => {
    if (isEverything(criteria)) return events;
    const before = verdicts;
    const isSame = isSameSearch(last, criteria);
    const isNarrower = isNarrowed(last, criteria);
    const now = new Map<InspectedEvent, boolean>();
    const found = events.filter((event) => {
      const known = before.get(event);
      const verdict =
        known !== undefined && (isSame || (isNarrower && !known))
          ? known
          : matches(event, criteria);
      now.set(event, verdict);
      return verdict;
    });
    verdicts = now;
    last = criteria;
    return found;
  };
}

function isEverything({ query, filter, outcome }: Criteria): boolean {
  return query.trim() === "" && filter === "" && outcome === "";
}

function isSameSearch(one: Criteria, other: Criteria): boolean {
  return one.query === other.query && one.filter === other.filter && one.outcome === other.outcome;
}

/** Whether whatever `before` left out is left out by `now`, too. */
function isNarrowed(before: Criteria, now: Criteria): boolean {
  return (
    before.filter === now.filter &&
    before.outcome === now.outcome &&
    now.query.trim().toLowerCase().includes(before.query.trim().toLowerCase())
  );
}

/** The filters that events have, each with how many, by name. */
export function countFilters(
  events: readonly InspectedEvent[],
): readonly (readonly [filter: string, count: number])[] {
  const counts = new Map<string, number>();
  for (const { filter } of events) {
    if (filter !== undefined) counts.set(filter, (counts.get(filter) ?? 0) + 1);
  }
  return [...counts].sort(([one], [other]) => (one < other ? -1 : 1));
}
