import { canonicalFilter, type OwnIds } from "../filters/compare.ts";
import { FilterSet } from "../filters/filter-set.ts";
import { globMatches } from "../filters/glob.ts";
import { platformRoot } from "../filters/uri.ts";
import { sameAddress } from "./address.ts";

/** Whether an address matches a glob. A glob without `*` is a URL, in whatever spelling. */
export function matchesUrl(glob: string, address: string | undefined): boolean {
  if (address === undefined) return glob === "*";
  if (!glob.includes("*")) return sameUrl(glob, address);
  return globMatches(lowerHost(glob), lowerHost(address));
}

/** Whether two spellings are one URL. One that ends in `?…`, as tables show it, stands for any query. */
export function sameUrl(a: string, b: string | undefined): boolean {
  if (b === undefined) return false;
  const [left, right] = /^[^?]*\?…$/.test(a) ? [a.slice(0, -2), b.replace(/\?.*$/s, "")] : [a, b];
  return sameAddress(left, right);
}

/**
 * Tells whether a filter matches a glob over whole URIs or short paths. Deprecated and modern spellings match alike.
 * `~` stands for the user's own ids, or for any id where those are not known.
 */
export function filterMatcher(glob: string, own: OwnIds = {}): (filter: string) => boolean {
  const globs = [glob, `/${glob}`, `${platformRoot}${glob}`];
  if (!glob.includes("*")) {
    const set = new FilterSet(globs, own);
    return (filter) => set.has(filter);
  }
  const tildes = { account: hasTilde(glob, "account"), extension: hasTilde(glob, "extension") };
  return (filter) =>
    spellingsOf(filter, tildes, own).some((spelling) =>
      globs.some((each) => globMatches(each, spelling)),
    );
}

/** Whether a glob writes `~` for each kind of id. */
type Tildes = Readonly<Record<"account" | "extension", boolean>>;

function hasTilde(glob: string, kind: keyof Tildes): boolean {
  return new RegExp(`(?:${kind}s?|\\*)/~`).test(glob);
}

function spellingsOf(filter: string, tildes: Tildes, own: OwnIds): readonly string[] {
  const canonical = canonicalFilter(filter, own);
  const query = filter.includes("?") ? filter.slice(filter.indexOf("?")) : "";
  // The canonical query is percent-encoded and sorted; a glob has it as the server writes it.
  const spellings = [filter, canonical, `${canonical.replace(/\?.*$/s, "")}${query}`];
  return spellings.map((spelling) => tildeForUnknownIds(spelling, tildes, own));
}

/** The filter with `~` for each id that the glob writes as `~` and that may be the user's own. */
function tildeForUnknownIds(
  filter: string,
  tildes: Tildes,
  { accountId, extensionId }: OwnIds,
): string {
  return filter.replace(
    /\/((account|extension)s?)\/\d+(?=[/?]|$)/g,
    (whole, word, kind: keyof Tildes) => {
      const known = kind === "account" ? accountId : extensionId;
      return known === undefined && tildes[kind] ? `/${word}/~` : whole;
    },
  );
}

/** Scheme and host mean the same in any case, a path does not. */
function lowerHost(url: string): string {
  return url.replace(/^[^/*]*:\/\/[^/?#]*/, (start) => start.toLowerCase());
}
