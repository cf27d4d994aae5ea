import { joinUri, queryPairs, splitUri } from "../filters/uri.ts";
import { generateBody } from "./body.ts";
import type { EventBody, EventUser, Occasion } from "./occasion.ts";
import { createSeededRandom } from "./seeded-random.ts";

/** The body that one subscriber gets, told through the filter that they subscribed to. */
export type Telling = (subscribed: string, user: EventUser) => EventBody;

/**
 * One thing that happens, for any number of subscribers. It is the same for all who heard of it through the same
 * account, or the same extension where the filter names one: the same people, ids and times, in as much detail
 * as each one's filter asks for. Takes one number from `random`, however many are told.
 */
export function createHappening(
  filter: string,
  { random, now, sequence }: Pick<Occasion, "random" | "now" | "sequence">,
): Telling {
  const seed = Math.floor(random() * 2 ** 32);
  const subjects = new Map<number, EventUser>();
  return (subscribed, user) => {
    const subject = subjects.get(user.accountId) ?? user;
    subjects.set(user.accountId, subject);
    const place = /\/extensions?\/(\d+)/.exec(subscribed)?.[1] ?? user.accountId;
    const own = createSeededRandom(`${seed} ${place}`);
    const occasion = { random: own, now, sequence, user, subject };
    return generateBody(withFacts(subscribed, filter), occasion) ?? {};
  };
}

/** The subscribed filter, with what the other one knows of the event as well. */
function withFacts(subscribed: string, happened: string): string {
  const { path, query } = splitUri(subscribed);
  const asked = queryPairs(query);
  const facts = queryPairs(splitUri(happened).query).filter(
    ({ name }) => !details.has(name) && !asked.some((pair) => pair.name === name),
  );
  return joinUri(
    path,
    [...asked, ...facts].map(({ raw }) => raw),
  );
}

/** Parameters that say how much is told, not what happened: each subscriber's own count. */
const details: ReadonlySet<string> = new Set(["detailedTelephonyState", "sipData", "badge"]);
