import { readAlias } from "./aliases.ts";
import { catalogue } from "./catalogue/catalogue.ts";
import type { CatalogueEntry } from "./catalogue/entry.ts";
import { type OwnIds, withTildes } from "./compare.ts";
import { difference } from "./edit-distance.ts";
import { everydayWords } from "./everyday-words.ts";
import { matchEntry } from "./match.ts";
import { fillOwnPlaceholders, platformRoot, splitUri, startsAtRoot, wholePath } from "./uri.ts";

/** The entries that match every word of the query, best first; the whole catalogue for an empty query. */
export function searchFilters(query: string): readonly CatalogueEntry[] {
  const words = new Set(query.toLowerCase().split(/\s+/).filter(Boolean).map(pathWord));
  if (words.size === 0) return catalogue;
  return catalogue
    .map((entry) => ({ entry, scores: scoresOf(entry, words) }))
    .filter(({ scores }) => scores.length > 0)
    .map(({ entry, scores }) => ({ entry, score: sum(scores) - (isCurrent(entry) ? 0 : 1) }))
    .toSorted((a, b) => b.score - a.score)
    .map(({ entry }) => entry);
}

/** Finds an entry by alias, short path, whole URI (with ids, too) or name. */
export function findCatalogueEntry(text: string): CatalogueEntry | undefined {
  const wanted = fillOwnPlaceholders(text.trim());
  const alias = readAlias(wanted);
  if (alias) return alias.entry;
  const name = wanted.toLowerCase();
  return (
    (wanted.includes("/") ? matchEntry(wholePath(wanted)) : undefined) ??
    catalogue.find((entry) => entry.name.toLowerCase() === name)
  );
}

/**
 * The short spelling of a filter, for people: own ids as `~`, and without the prefix `/restapi/v1.0/` where
 * `parseEventFilter` would add it again.
 */
export function shortFilter(uri: string, own: OwnIds = {}): string {
  const whole = withTildes(uri, own);
  if (!whole.startsWith(platformRoot)) return whole;
  const rest = whole.slice(platformRoot.length);
  return /^[a-z][a-z-]*\//.test(rest) && !startsAtRoot(rest) ? rest : whole;
}

/**
 * Up to `count` spellings that may be meant, nearest first: for an everyday word what people mean by it, for another
 * word aliases before paths, for a path paths.
 */
export function nearestFilters(text: string, count: number): readonly string[] {
  const wanted = pathWord(splitUri(text).path.trim().toLowerCase());
  const meant = everydayWords.get(wanted);
  if (meant) return meant.slice(0, count);
  const nearness = wanted.includes("/") ? pathNearness : wordNearness;
  const byDistance = catalogue
    .filter(({ confidence }) => confidence !== "third-party")
    .map((entry) => nearness(entry, wanted))
    .toSorted((a, b) => a.distance - b.distance);
  const farthest = Math.min(0.45, (byDistance[0]?.distance ?? 0) + 0.2);
  const near = byDistance.filter(({ distance }) => distance <= farthest);
  const spellings = [...new Set(near.map(({ spelling }) => spelling))];
  if (spellings.length === 0) {
    const ofParts = wanted.split(/[-_\s]/).flatMap((part) => everydayWords.get(part) ?? []);
    return [...new Set(ofParts)].slice(0, count);
  }
  const isPath = (spelling: string) => Number(spelling.includes("/"));
  return spellings.toSorted((a, b) => isPath(a) - isPath(b)).slice(0, count);
}

function pathNearness(entry: CatalogueEntry, wanted: string) {
  const { path } = splitUri(tildes(entry.filter));
  const short = shortFilter(path);
  const tail = `/${short.replace(/^\//, "")}`.endsWith(`/${wanted.replace(/^\//, "")}`);
  return {
    spelling: shortFilter(fillOwnPlaceholders(splitUri(entry.filter).path)),
    distance: tail ? 0.1 : difference(wanted, short),
  };
}

function wordNearness(entry: CatalogueEntry, wanted: string) {
  const candidates = entry.aliases.map((alias) => ({
    spelling: alias,
    distance: Math.min(
      difference(wanted, alias),
      wanted.length > 2 && alias.includes(wanted) ? 0.3 : 1,
      wanted.includes(singular(alias)) ? 0.4 : 1,
    ),
  }));
  const lastSegment = splitUri(tildes(entry.filter)).path.split("/").at(-1) ?? "";
  const spelling = entry.aliases[0] ?? shortFilter(fillOwnPlaceholders(entry.filter));
  candidates.push({ spelling, distance: difference(wanted, lastSegment) + 0.05 });
  return candidates.reduce((best, one) => (one.distance < best.distance ? one : best));
}

/** A word that may be a part of a longer one, as `post` of `new-post`. */
function singular(alias: string): string {
  return alias.length > 3 ? alias.replace(/s$/, "") : alias;
}

/** How well each word matches an entry; empty if one does not. */
function scoresOf(entry: CatalogueEntry, words: ReadonlySet<string>): readonly number[] {
  const scores: number[] = [];
  for (const word of words) {
    const score = relevance(entry, word);
    if (score === 0) return [];
    scores.push(score);
  }
  return scores;
}

/** How well a word matches an entry; 0 if it does not. */
function relevance(entry: CatalogueEntry, word: string): number {
  const path = tildes(entry.filter).toLowerCase();
  const permissions = [entry.permission, entry.userPermission, ...(entry.permissionDisputed ?? [])];
  return Math.max(
    ...entry.aliases.map((alias) => placed(alias, word, 100, 50, 40)),
    placed(entry.name.toLowerCase(), word, 90, 30, 25),
    path.split(/[/?&=]/).includes(word) ? 45 : placed(shortFilter(path), word, 95, 35, 30),
    placed(entry.category, word, 20, 20, 20),
    ...permissions.map((permission) => placed(permission?.toLowerCase() ?? "", word, 18, 15, 12)),
    placed(entry.summary.toLowerCase(), word, 10, 10, 10),
  );
}

function placed(text: string, word: string, same: number, start: number, inside: number): number {
  if (text === word) return same;
  if (text.startsWith(word)) return start;
  return text.includes(word) ? inside : 0;
}

/** A path as it is compared with the catalogue: short, with `~` for ids. */
function pathWord(word: string): string {
  return word.includes("/") ? shortFilter(tildes(word)) : word;
}

function tildes(filter: string): string {
  return filter.replaceAll(/\{[^{}]*\}/g, "~").replaceAll(/(?<=\/)\d+(?=\/|\?|$)/g, "~");
}

function isCurrent({ deprecated, confidence }: CatalogueEntry): boolean {
  return !deprecated && confidence === "documented";
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
