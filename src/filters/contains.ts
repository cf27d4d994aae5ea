import { canonicalFilter, type OwnIds } from "./compare.ts";
import { matchPath } from "./match.ts";
import { queryPairs, splitUri } from "./uri.ts";

/** Parameters that let only some events through: without one, all come. The guide says "only on call(s) with …" of each. */
const narrowing: ReadonlySet<string> = new Set([
  ...["direction", "type", "from", "to", "batchId"],
  ...["missedCall", "phoneNumber", "statusCode", "withRecordings"],
  ...["hostUserId", "webinarId"],
]);

/** Parameters that add to an event's body. */
const detail: ReadonlySet<string> = new Set(["detailedTelephonyState", "sipData"]);

/**
 * Whether `outer` delivers every event that `inner` does, in no less detail, so that both deliver it twice. Filters that
 * mean the same contain each other. What the catalogue does not know contains nothing but itself.
 */
export function containsFilter(outer: string, inner: string, own?: OwnIds): boolean {
  const [whole, part] = [canonicalFilter(outer, own), canonicalFilter(inner, own)];
  if (whole === part) return true;
  const [wide, narrow] = [splitUri(whole), splitUri(part)];
  if (matchPath(wide.path).length === 0 || matchPath(narrow.path).length === 0) return false;
  if (wide.path !== narrow.path && wide.path !== accountWidePath(narrow.path)) return false;
  const asked = valuesOf(wide.query);
  const given = valuesOf(narrow.query);
  if (!asked || !given) return false;
  return [...new Set([...asked.keys(), ...given.keys()])].every((name) => {
    const [ours, theirs] = [asked.get(name), given.get(name)];
    if (ours === theirs) return true;
    if (narrowing.has(name)) return ours === undefined;
    return detail.has(name) && ours === "true";
  });
}

/** The account-wide filter that reports the same of every extension. Undefined where there is none. */
function accountWidePath(path: string): string | undefined {
  const [, account, rest] =
    /^(\/restapi\/v1\.0\/account\/[^/]+)\/extension\/[^/]+(\/presence|\/telephony\/sessions)$/.exec(
      path,
    ) ?? [];
  return account === undefined ? undefined : `${account}${rest}`;
}

/** Undefined for a query that has a parameter twice, whose meaning nobody has published. */
function valuesOf(query: string | undefined): ReadonlyMap<string, string> | undefined {
  const pairs = queryPairs(query);
  const values = new Map(pairs.map(({ name, value }) => [name, value]));
  return values.size === pairs.length ? values : undefined;
}
