import { joinUri, type QueryPair, queryPairs, splitUri } from "../../filters/uri.ts";
import { generateBody } from "../body.ts";
import {
  type EventBody,
  type EventContext,
  type EventSeries,
  type EventUser,
  seriesLength,
} from "./event-context.ts";
import { createSeededRandom } from "./seeded-random.ts";

/**
 * One event for any number of subscribers. Within an account, or within an extension where the filter names one, all
 * of them see the same people, ids and times, each in as much detail as their own filter asks for.
 */
export interface SharedEvent {
  /** The event's series, to pass on to the next event. */
  readonly series: EventSeries;
  /**
   * Completes each event with query parameters that its subscribers' filters ask for, such as `direction=Inbound`.
   * Where filters contradict each other, one of them wins at random. Returns the completed events by their original URI.
   */
  complete(matches: readonly FilterMatch[]): ReadonlyMap<string, string>;
  /** The body of a completed event for one subscriber, as their filter shows it. */
  bodyFor(subscriber: EventUser, filter: string, completed: string): EventBody;
}

/** A subscribed filter, and the event that it matches, with ids in its path. */
interface FilterMatch {
  readonly filter: string;
  readonly event: string;
}

/**
 * Starts the next event. Takes one number from `random`, however many subscribers there are.
 *
 * @param options.series the series of the event before this one
 */
export function createSharedEvent({
  random,
  now,
  sequence,
  series: previous,
}: Pick<EventContext, "random" | "now" | "sequence" | "series">): SharedEvent {
  const seed = Math.floor(random() * 2 ** 32);
  const continues = previous !== undefined && sequence % seriesLength !== 0;
  const series = continues ? previous : { seed: String(seed), since: now };
  const subjects = new Map<number, EventUser>();
  return {
    series,

    complete(matches) {
      const filtersByEvent = new Map<string, string[]>();
      for (const { filter, event } of matches) {
        const filters = filtersByEvent.get(event);
        if (filters) filters.push(filter);
        else filtersByEvent.set(event, [filter]);
      }
      return new Map(
        [...filtersByEvent].map(([event, filters]) => {
          const first = Math.floor(createSeededRandom(`${seed} ${event}`)() * filters.length);
          const byPriority = [...filters.slice(first), ...filters.slice(0, first)];
          return [event, byPriority.reduce(addParameters, addImplied(event))];
        }),
      );
    },

    bodyFor(subscriber, filter, completed) {
      const { accountId } = subscriber;
      const subject = subjects.get(accountId) ?? subscriber;
      subjects.set(accountId, subject);
      const place = /\/extensions?\/(\d+)/.exec(filter)?.[1] ?? accountId;
      const context = {
        random: createSeededRandom(`${seed} ${place}`),
        now,
        sequence,
        user: subscriber,
        subject,
        series: { ...series, seed: `series ${series.seed} ${place}` },
      };
      return generateBody(withParameters(filter, completed), context) ?? {};
    },
  };
}

/** The event with the filter's parameters added; unchanged where the two contradict each other. */
function addParameters(event: string, filter: string): string {
  const known = queryPairs(splitUri(event).query);
  const contradicts = eventParameters(filter).some((wanted) =>
    known.some(({ name, value }) => name === wanted.name && value !== wanted.value),
  );
  return contradicts ? event : addImplied(withParameters(event, filter));
}

/** Adds what follows from the event's parameters: a missed call is inbound and over. */
function addImplied(event: string): string {
  const { path, query } = splitUri(event);
  if (!path.endsWith("/telephony/sessions")) return event;
  const known = new Map(queryPairs(query).map(({ name, value }) => [name, value]));
  if (known.get("missedCall") === "true") {
    return withParameters(event, `${path}?direction=Inbound&statusCode=Disconnected`);
  }
  const { direction, statusCode = "Disconnected" } = Object.fromEntries(known);
  const cannotBeMissed = direction === "Outbound" || statusCode !== "Disconnected";
  return cannotBeMissed ? withParameters(event, `${path}?missedCall=false`) : event;
}

/** `filter` with the parameters of `other` that it does not have itself. */
function withParameters(filter: string, other: string): string {
  const { path, query } = splitUri(filter);
  const own = queryPairs(query);
  const added = eventParameters(other).filter(
    ({ name }) => !own.some((pair) => pair.name === name),
  );
  return joinUri(
    path,
    [...own, ...added].map(({ raw }) => raw),
  );
}

/** The parameters that say what happened. */
function eventParameters(filter: string): readonly QueryPair[] {
  return queryPairs(splitUri(filter).query).filter(({ name }) => !detailParameters.has(name));
}

/** Parameters that say how much a subscriber wants to see. */
const detailParameters: ReadonlySet<string> = new Set([
  "detailedTelephonyState",
  "sipData",
  "totalActiveCalls",
  "aggregated",
  "badge",
  "withRecordings",
  "threshold",
  "interval",
]);
