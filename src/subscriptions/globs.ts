import { canonicalFilter, type OwnIds, sameFilter } from "../filters/compare.ts";
import { sameAddress } from "./address.ts";

/*
 * `*` is any text, slashes included. `?` is itself: it begins a query, in URLs and filters alike.
 */

/** Whether the whole address fits. Without `*` the two must be the same URL. */
export function matchesUrl(glob: string, address: string | undefined): boolean {
  if (address === undefined) return glob === "*";
  if (!glob.includes("*")) return sameUrl(glob, address);
  return new RegExp(`^${toPattern(lowerHost(glob))}$`, "s").test(lowerHost(address));
}

/** Whether two spellings are one URL. One that ends in `?…`, as tables show it, stands for any query. */
export function sameUrl(a: string, b: string | undefined): boolean {
  if (b === undefined) return false;
  const [left, right] = a.endsWith("?…") ? [a.slice(0, -2), b.replace(/\?.*$/s, "")] : [a, b];
  return sameAddress(left, right);
}

/**
 * Whether a filter fits, as a whole URI or as a short path. Deprecated and modern spellings are one, and
 * `~` stands for the own ids, or for any where those are not known.
 */
export function matchesFilter(glob: string, filter: string, own: OwnIds = {}): boolean {
  if (!glob.includes("*")) {
    return [glob, `/${glob}`, `/restapi/v1.0/${glob}`].some((each) =>
      sameFilter(each, filter, own),
    );
  }
  const canonical = canonicalFilter(filter, own);
  const query = filter.includes("?") ? filter.slice(filter.indexOf("?")) : "";
  // A glob on a query means it as the server writes it, not percent-encoded and sorted.
  const spellings = [filter, canonical, `${canonical.replace(/\?.*$/s, "")}${query}`];
  const pattern = new RegExp(`^(?:/restapi/v1\\.0/|/)?${toPattern(glob, own)}$`, "s");
  return spellings.some((spelling) => pattern.test(spelling));
}

function toPattern(glob: string, { accountId, extensionId }: OwnIds = {}): string {
  return glob
    .replace(/\*+/g, "*")
    .split("/")
    .map((segment, index, segments) => {
      if (segment !== "~") return segment.split("*").map(escapeRegExp).join(".*");
      const known = /^account/.test(segments[index - 1] ?? "") ? accountId : extensionId;
      return known ? "~" : "(?:~|\\d+)";
    })
    .join("/");
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}

/** Scheme and host mean the same in any case, a path does not. */
function lowerHost(url: string): string {
  return url.replace(/^[^/*]*:\/\/[^/?#]*/, (start) => start.toLowerCase());
}
