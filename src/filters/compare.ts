import { decoded } from "../machine/parse-url.ts";
import { catalogue } from "./catalogue/catalogue.ts";
import { fillOwnPlaceholders, joinUri, queryPairs, splitUri } from "./uri.ts";

/** The ids that the server puts in place of `~`, as far as they are known. */
export interface OwnIds {
  readonly accountId?: string | undefined;
  readonly extensionId?: string | undefined;
}

export interface FilterDifference {
  /** Wanted but not granted, as written. */
  readonly missing: readonly string[];
  /** Granted but not wanted, as written. */
  readonly extra: readonly string[];
}

/**
 * One spelling for all that mean the same, for comparing: own ids as `~`, the modern path, sorted and percent-encoded
 * parameters.
 */
export function canonicalFilter(uri: string, own: OwnIds = {}): string {
  const { path, query } = splitUri(fillOwnPlaceholders(uri.trim()));
  const parameters = queryPairs(query)
    .map(({ name, value }) => `${encoded(name)}=${encoded(value)}`)
    .toSorted();
  const modern = modernPath(ownPath(decoded(path), own));
  // What would be read as something else the next time.
  return joinUri(
    modern.replace(/[%?{}\s]+/g, (text) => encodeURIComponent(text)),
    parameters,
  );
}

function encoded(text: string): string {
  // Most need nothing, and there may be thousands of them.
  if (/^[\w.~-]*$/.test(text)) return text;
  // Half a surrogate pair cannot be encoded.
  return encodeURIComponent(text.replace(/\p{Cs}/gu, "\ufffd"));
}

/** The filter with own ids as `~`, otherwise unchanged. */
export function withTildes(uri: string, own: OwnIds): string {
  const { path, query } = splitUri(uri);
  const shown = ownPath(path, own);
  return query === undefined ? shown : `${shown}?${query}`;
}

/**
 * Whether two filters mean the same. If the own ids are unknown, `~` equals any id in its place; two different ids are
 * never equal.
 */
export function sameFilter(a: string, b: string, own?: OwnIds): boolean {
  return sameFilters([a], [b], own);
}

/** Whether two sets of filters mean the same, whatever their order. */
export function sameFilters(a: readonly string[], b: readonly string[], own?: OwnIds): boolean {
  const { missing, extra } = filterDifference(a, b, own);
  return missing.length === 0 && extra.length === 0;
}

/**
 * The filters on one side only. Unknown own ids are guessed as those that make the most filters equal, the same ids in
 * every filter.
 */
export function filterDifference(
  wanted: readonly string[],
  granted: readonly string[],
  own: OwnIds = {},
): FilterDifference {
  const sides = { wanted: distinct(wanted, own), granted: distinct(granted, own) };
  const known = withoutCommon(sides);
  const accountIds = own.accountId ? [] : likeliestAccounts(known);
  const [first, ...others] = [undefined, ...accountIds].map((accountId) => {
    const rest = withoutCommon(under(known, { accountId }));
    const extensionId = own.extensionId ? undefined : likeliestExtension(rest);
    return withoutCommon(under(rest, { extensionId }));
  });
  const best = others.reduce(
    (least, one) => (one.wanted.length < least.wanted.length ? one : least),
    first ?? known,
  );
  return {
    missing: best.wanted.map(({ written }) => written),
    extra: best.granted.map(({ written }) => written),
  };
}

interface Filter {
  readonly written: string;
  readonly canonical: string;
}

interface Sides {
  readonly wanted: readonly Filter[];
  readonly granted: readonly Filter[];
}

function distinct(filters: readonly string[], own: OwnIds): readonly Filter[] {
  const byCanonical = new Map<string, Filter>();
  for (const written of filters) {
    const canonical = canonicalFilter(written, own);
    if (!byCanonical.has(canonical)) byCanonical.set(canonical, { written, canonical });
  }
  return [...byCanonical.values()];
}

/**
 * Removes the filters on both sides, one for one. Two filters that become equal under a guess still count as two, so
 * that one cannot hide that the other is missing.
 */
function withoutCommon({ wanted, granted }: Sides): Sides {
  return { wanted: subtract(wanted, granted), granted: subtract(granted, wanted) };
}

function subtract(filters: readonly Filter[], others: readonly Filter[]): readonly Filter[] {
  const partners = new Map<string, number>();
  for (const { canonical } of others) partners.set(canonical, (partners.get(canonical) ?? 0) + 1);
  return filters.filter(({ canonical }) => {
    const count = partners.get(canonical) ?? 0;
    partners.set(canonical, count - 1);
    return count <= 0;
  });
}

function under({ wanted, granted }: Sides, guess: OwnIds): Sides {
  const apply = ({ written, canonical }: Filter) => ({
    written,
    canonical: canonicalFilter(canonical, guess),
  });
  return { wanted: wanted.map(apply), granted: granted.map(apply) };
}

/** The extension id that turns most filters of one side into `~` filters of the other. */
function likeliestExtension({ wanted, granted }: Sides): string | undefined {
  const scores = new Map<string, number>();
  for (const [side, other] of [
    [wanted, granted],
    [granted, wanted],
  ] as const) {
    const counterparts = new Set(other.map(({ canonical }) => canonical));
    for (const { canonical } of side) {
      const extensionId = idBehind("extension", canonical);
      if (extensionId && counterparts.has(canonicalFilter(canonical, { extensionId }))) {
        scores.set(extensionId, (scores.get(extensionId) ?? 0) + 1);
      }
    }
  }
  return [...scores].toSorted(([, a], [, b]) => b - a)[0]?.[0];
}

/** A user has one account: more of them than this in one subscription are nobody's own. */
const mostAccounts = 8;

/** The account ids that occur most often. */
function likeliestAccounts({ wanted, granted }: Sides): readonly string[] {
  const counts = new Map<string, number>();
  for (const { canonical } of [...wanted, ...granted]) {
    const id = idBehind("account", canonical);
    if (id !== undefined) counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return [...counts]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, mostAccounts)
    .map(([id]) => id);
}

/** The first id after `account/` or `extension/` in a canonical filter. */
export function idBehind(word: "account" | "extension", canonical: string): string | undefined {
  return idPatterns[word].exec(canonical)?.[1];
}

const idPatterns = {
  account: /\/accounts?\/(\d+)(?=[/?]|$)/,
  extension: /\/extensions?\/(\d+)(?=[/?]|$)/,
};

function ownPath(path: string, { accountId, extensionId }: OwnIds): string {
  if (accountId === undefined && extensionId === undefined) return path;
  const segments = path.split("/");
  return segments
    .map((segment, index) => {
      const before = segments[index - 1];
      const ownId =
        before === "account" || before === "accounts"
          ? accountId
          : before === "extension" || before === "extensions"
            ? extensionId
            : undefined;
      return ownId === segment ? "~" : segment;
    })
    .join("/");
}

function modernPath(path: string): string {
  const account = /^\/restapi\/v1\.0\/account\/([^/]+)\//.exec(path)?.[1] ?? "~";
  const template = path.replace(`/account/${account}/`, "/account/{accountId}/");
  return modernPaths.get(template)?.replace("{accountId}", () => account) ?? path;
}

/** RingCentral calls the same event both groups and chats; the others are deprecated spellings. */
const modernPaths: ReadonlyMap<string, string> = new Map([
  ["/team-messaging/v1/groups", "/team-messaging/v1/chats"],
  ...catalogue.flatMap(({ filter, replacedBy }) =>
    replacedBy ? [[filter, replacedBy] as const] : [],
  ),
]);
