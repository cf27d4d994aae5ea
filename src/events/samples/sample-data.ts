import { matchPath } from "../../filters/match.ts";
import { joinUri, queryPairs, splitUri } from "../../filters/uri.ts";
import type { EventBody, EventUser, Occasion } from "./event-context.ts";
import { colleagueOf, directNumberOf, type Member } from "./people.ts";
import { type Choices, createDraws, type Draws } from "./random-choices.ts";
import { createSeededRandom } from "./seeded-random.ts";

/** An occasion as seen through one filter, with every id that the filter leaves open made up. */
export interface Scene {
  /** The filter with ids in place of `~` and of placeholders, as the platform puts it into the event. */
  readonly filter: string;
  /** The filter's path in the catalogue, with its placeholders. */
  readonly template: string;
  readonly draws: Draws;
  /** The same ones in each event of a series. */
  readonly seriesDraws: Draws;
  /** Milliseconds since the series began. */
  readonly seriesAge: number;
  readonly sequence: number;
  /** Whom it happens to: the extension that the filter names, or else the subscriber's own. */
  readonly member: Member;
  /** Who subscribed. */
  readonly ownerId: string;
  /** What stands in the path in place of a placeholder, such as `batchId`. */
  id(placeholder: string): string;
  /** The query's value, or what was drawn in case that there is none. */
  given(parameter: string, drawn: string): string;
  asks(parameter: string): boolean;
  /** RFC 3339, so many milliseconds before now. */
  ago(milliseconds: number): string;
  /** One after the other, from event to event. */
  turn<Choice>(choices: Choices<Choice>): Choice;
}

/** By the filter's path in the catalogue. */
export type BodyGenerators = Readonly<Record<string, (scene: Scene) => EventBody>>;

/** Undefined for a filter that is not in the catalogue. */
export function setScene(filter: string, occasion: Occasion): Scene | undefined {
  const { path, query } = splitUri(filter);
  const entry = matchPath(path)[0];
  if (!entry) return undefined;

  const { user, now, sequence, series } = occasion;
  const subject = entry.filter.includes("{extensionId}") ? user : (occasion.subject ?? user);
  const template = splitUri(entry.filter).path;
  const draws = createDraws(occasion.random);
  const ids = idsOf(template, path, subject, draws);
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
    draws,
    seriesDraws: series ? createDraws(createSeededRandom(series.seed)) : draws,
    // The clock may have been set back meanwhile.
    seriesAge: Math.max(0, now - (series?.since ?? now)),
    sequence,
    member: memberOf(ids, subject),
    ownerId: String(user.extensionId),
    id: (placeholder) => ids.get(placeholder) ?? "",
    given: (parameter, drawn) => parameters.get(parameter) ?? drawn,
    asks: (parameter) => parameters.get(parameter) === "true",
    ago: (milliseconds) => new Date(now - milliseconds).toISOString(),
    turn: (choices) => choices[sequence % choices.length] ?? choices[0],
  };
}

/** A reminder's placeholders in the catalogue: three days, every twelve hours. */
const openParameters: Readonly<Record<string, string>> = {
  "{threshold}": "259200",
  "{interval}": "43200",
};

function idsOf(
  template: string,
  path: string,
  user: EventUser,
  draws: Draws,
): ReadonlyMap<string, string> {
  const segments = path.split("/");
  const ids = new Map([
    ["accountId", String(user.accountId)],
    ["extensionId", String(user.extensionId)],
  ]);
  for (const [index, expected] of template.split("/").entries()) {
    if (!expected.startsWith("{")) continue;
    const name = expected.slice(1, -1);
    const drawn = ids.get(name) ?? (name === "batchId" ? draws.uuid() : draws.id());
    const segment = segments[index] ?? "~";
    ids.set(name, /^[~{]/.test(segment) ? drawn : segment);
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
