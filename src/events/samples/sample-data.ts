import { matchPath } from "../../filters/match.ts";
import { joinUri, queryPairs, splitUri } from "../../filters/uri.ts";
import type { EventBody, EventContext, EventUser } from "./event-context.ts";
import { colleagueOf, directNumberOf, type Member } from "./people.ts";
import { createRandomChoices, type NonEmpty, type RandomChoices } from "./random-choices.ts";
import { createSeededRandom } from "./seeded-random.ts";

/** What a body is made of: the context of an event, seen through one filter, with ids for its placeholders. */
export interface SampleData {
  /** The filter with ids in place of `~` and of placeholders, as the platform puts it into the event. */
  readonly filter: string;
  /** The filter's path in the catalogue, with its placeholders. */
  readonly template: string;
  readonly random: RandomChoices;
  /** Gives the same values for each event of a series. */
  readonly seriesRandom: RandomChoices;
  /** Milliseconds since the series began. */
  readonly seriesAge: number;
  readonly sequence: number;
  /** The user it happens to: the extension that the filter names, or else the event's subject. */
  readonly member: Member;
  /** The subscriber's extension id. */
  readonly ownerId: string;
  /** The id in the path at a placeholder such as `batchId`. */
  id(placeholder: string): string;
  /** The value of a parameter in the filter's query, or else the given default. */
  queryValue(name: string, fallback: string): string;
  /** Whether the filter's query has `<parameter>=true`. */
  asksFor(parameter: string): boolean;
  /** RFC 3339, the given milliseconds before now. */
  ago(milliseconds: number): string;
  /** The next choice with each event. */
  cycle<Choice>(choices: NonEmpty<Choice>): Choice;
}

/** Functions that make a body, by the filter's path in the catalogue. */
export type BodyGenerators = Readonly<Record<string, (data: SampleData) => EventBody>>;

/** Returns undefined for a filter that is not in the catalogue. */
export function createSampleData(filter: string, context: EventContext): SampleData | undefined {
  const { path, query } = splitUri(filter);
  const entry = matchPath(path)[0];
  if (!entry) return undefined;

  const { user, now, sequence, series } = context;
  const subject = entry.filter.includes("{extensionId}") ? user : (context.subject ?? user);
  const template = splitUri(entry.filter).path;
  const random = createRandomChoices(context.random);
  const ids = idsOf(template, path, subject, random);
  const pairs = queryPairs(query).map(({ name, value, raw }) => {
    const open = openParameters[value];
    return { name, value: open ?? value, raw: open === undefined ? raw : `${name}=${open}` };
  });
  const parameters = new Map(pairs.map(({ name, value }) => [name, value]));

  return {
    filter: joinUri(
      template.replaceAll(/\{(\w+)\}/g, (_, name: string) => ids.get(name) ?? ""),
      pairs.map(({ raw }) => raw),
    ),
    template,
    random,
    seriesRandom: series ? createRandomChoices(createSeededRandom(series.seed)) : random,
    // The clock may have been set back.
    seriesAge: Math.max(0, now - (series?.since ?? now)),
    sequence,
    member: memberOf(ids, subject),
    ownerId: String(user.extensionId),
    id: (placeholder) => ids.get(placeholder) ?? "",
    queryValue: (name, fallback) => parameters.get(name) ?? fallback,
    asksFor: (parameter) => parameters.get(parameter) === "true",
    ago: (milliseconds) => new Date(now - milliseconds).toISOString(),
    cycle: (choices) => choices[sequence % choices.length] ?? choices[0],
  };
}

/** Values for the reminder's placeholders: three days before the end, every twelve hours. */
const openParameters: Readonly<Record<string, string>> = {
  "{threshold}": "259200",
  "{interval}": "43200",
};

function idsOf(
  template: string,
  path: string,
  user: EventUser,
  random: RandomChoices,
): ReadonlyMap<string, string> {
  const segments = path.split("/");
  const ids = new Map([
    ["accountId", String(user.accountId)],
    ["extensionId", String(user.extensionId)],
  ]);
  for (const [index, expected] of template.split("/").entries()) {
    if (!expected.startsWith("{")) continue;
    const name = expected.slice(1, -1);
    const ownId = ids.get(name) ?? (name === "batchId" ? random.uuid() : random.id());
    const segment = segments[index] ?? "~";
    ids.set(name, /^[~{]/.test(segment) ? ownId : segment);
  }
  return ids;
}

function memberOf(ids: ReadonlyMap<string, string>, user: EventUser): Member {
  const accountId = ids.get("accountId") ?? "";
  const extensionId = ids.get("extensionId") ?? "";
  const isUser = extensionId === String(user.extensionId);
  const { name, extensionNumber } = isUser
    ? user
    : colleagueOf(accountId, Number(extensionId.slice(-1)));
  return {
    accountId,
    extensionId,
    extensionNumber,
    name,
    phoneNumber: directNumberOf(extensionId),
    location: "Washington, DC",
  };
}
