import { joinUri, type QueryPair, queryPairs, splitUri } from "../../filters/uri.ts";
import { generateBody } from "../body.ts";
import {
  type EventBody,
  type EventUser,
  type Occasion,
  type Series,
  seriesLength,
} from "./event-context.ts";
import { createSeededRandom } from "./seeded-random.ts";

export interface Happening {
  /** The series that it belongs to, for the one after it. */
  readonly series: Series;
  /**
   * What the events are in all of their parameters, by the event: somebody who asked for one has the say in what it
   * leaves open, then everybody else in what is open still.
   */
  settle(asked: readonly Asked[]): ReadonlyMap<string, string>;
  /** The body that one subscriber gets of a settled event, told through the filter that they subscribed to. */
  tell(subscribed: string, settled: string, user: EventUser): EventBody;
}

/** A filter that asks for an event, and the event with ids in its path. */
interface Asked {
  readonly subscribed: string;
  readonly event: string;
}

/**
 * One thing that happens, for any number of subscribers. It is the same for all who heard of it through the same
 * account, or the same extension where the filter names one: the same people, ids and times, in as much detail
 * as each one's filter asks for. Takes one number from `random`, however many are told. `series` is that of the
 * happening before.
 */
export function createHappening({
  random,
  now,
  sequence,
  series: before,
}: Pick<Occasion, "random" | "now" | "sequence" | "series">): Happening {
  const seed = Math.floor(random() * 2 ** 32);
  const begins = sequence % seriesLength === 0;
  const series = before && !begins ? before : { seed: String(seed), since: now };
  const subjects = new Map<number, EventUser>();
  return {
    series,

    settle(asked) {
      const filters = new Map<string, string[]>();
      for (const { subscribed, event } of asked) {
        const others = filters.get(event);
        if (others) others.push(subscribed);
        else filters.set(event, [subscribed]);
      }
      return new Map(
        [...filters].map(([event, subscribed]) => {
          const first = Math.floor(createSeededRandom(`${seed} ${event}`)() * subscribed.length);
          const inTurn = [...subscribed.slice(first), ...subscribed.slice(0, first)];
          return [event, inTurn.reduce(agreeOn, withConsequences(event))];
        }),
      );
    },

    tell(subscribed, settled, user) {
      const subject = subjects.get(user.accountId) ?? user;
      subjects.set(user.accountId, subject);
      const place = /\/extensions?\/(\d+)/.exec(subscribed)?.[1] ?? user.accountId;
      const occasion = {
        random: createSeededRandom(`${seed} ${place}`),
        now,
        sequence,
        user,
        subject,
        series: { ...series, seed: `series ${series.seed} ${place}` },
      };
      return generateBody(withFacts(subscribed, settled), occasion) ?? {};
    },
  };
}

/** The event with what the filter adds to it; as it was, where they contradict each other. */
function agreeOn(event: string, subscribed: string): string {
  const known = queryPairs(splitUri(event).query);
  const contradicts = factsOf(subscribed).some((fact) =>
    known.some(({ name, value }) => name === fact.name && value !== fact.value),
  );
  return contradicts ? event : withConsequences(withFacts(event, subscribed));
}

/** Who missed a call did not make it, and nobody is in it any more. */
function withConsequences(event: string): string {
  const { path, query } = splitUri(event);
  if (!path.endsWith("/telephony/sessions")) return event;
  const known = new Map(queryPairs(query).map(({ name, value }) => [name, value]));
  if (known.get("missedCall") === "true") {
    return withFacts(event, `${path}?direction=Inbound&statusCode=Disconnected`);
  }
  const { direction, statusCode = "Disconnected" } = Object.fromEntries(known);
  const cannotBeMissed = direction === "Outbound" || statusCode !== "Disconnected";
  return cannotBeMissed ? withFacts(event, `${path}?missedCall=false`) : event;
}

/** The filter, with what the other one knows of the event as well. */
function withFacts(filter: string, happened: string): string {
  const { path, query } = splitUri(filter);
  const asked = queryPairs(query);
  const facts = factsOf(happened).filter(({ name }) => !asked.some((pair) => pair.name === name));
  return joinUri(
    path,
    [...asked, ...facts].map(({ raw }) => raw),
  );
}

function factsOf(filter: string): readonly QueryPair[] {
  return queryPairs(splitUri(filter).query).filter(({ name }) => !details.has(name));
}

/** Parameters that say how much is told, not what happened: each subscriber's own count. */
const details: ReadonlySet<string> = new Set([
  "detailedTelephonyState",
  "sipData",
  "totalActiveCalls",
  "badge",
  "withRecordings",
  "threshold",
  "interval",
]);
