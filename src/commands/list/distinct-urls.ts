import type { Look } from "./screen-look.ts";

/** Columns that leave something between two ellipses. */
const leastWindow = 8;

/**
 * What to show of each URL in a column of this width. Where two would look the same, it leaves out the host and the
 * directories that all have, and if that is not enough, shows the part in which each differs from those that look like it.
 */
export function distinctUrls(
  urls: Iterable<string>,
  width: number,
  { cut }: Pick<Look, "cut">,
): ReadonlyMap<string, string> {
  const unique = [...new Set(urls)];
  const shown = new Map(unique.map((url) => [url, cut(url, width)]));
  if (width < leastWindow || lookAlike(shown).length === 0) return shown;
  const begin = sharedDirectory(unique.filter((url) => url.includes("/")));
  for (const url of unique) {
    const isLong = begin !== "" && url.startsWith(begin);
    shown.set(url, cut(isLong ? `…${url.slice(begin.length)}` : url, width));
  }
  for (const group of lookAlike(shown)) {
    for (const { url, chars, shared, differs } of compare(group)) {
      shown.set(url, windowOf(chars, shared, differs, width));
    }
  }
  // The same difference behind different beginnings.
  const head = Math.floor(width / 3);
  const differences = new Map(compare(unique).map(({ url, differs }) => [url, differs]));
  for (const group of lookAlike(shown)) {
    for (const { url, chars, shared } of compare(group)) {
      const differs = differences.get(url) ?? shared;
      const both = [
        windowOf(chars, shared, shared, head),
        windowOf(chars, differs, differs, width - head),
      ];
      shown.set(url, both.join("").replace("……", "…"));
    }
  }
  return shown;
}

/** The URLs whose text another one has, too. */
function lookAlike(shown: ReadonlyMap<string, string>): readonly (readonly string[])[] {
  const groups = new Map<string, string[]>();
  for (const [url, text] of shown) groups.set(text, [...(groups.get(text) ?? []), url]);
  return [...groups.values()].filter(({ length }) => length > 1);
}

interface Compared {
  readonly url: string;
  readonly chars: readonly string[];
  /** Characters at the beginning that all have. */
  readonly shared: number;
  /** Characters behind which it differs from each of the others. */
  readonly differs: number;
}

function compare(urls: readonly string[]): readonly Compared[] {
  // Sorted, the most similar ones are neighbors.
  const sorted = urls.toSorted().map((url) => ({ url, chars: [...url] }));
  const withNext = sorted.map(({ chars }, at) => sharedLength(chars, sorted[at + 1]?.chars ?? []));
  const shared = Math.min(...withNext.slice(0, -1));
  return sorted.map((each, at) => ({
    ...each,
    shared,
    differs: Math.max(withNext[at] ?? 0, withNext[at - 1] ?? 0),
  }));
}

function sharedLength(one: readonly string[], other: readonly string[]): number {
  const end = one.findIndex((char, at) => char !== other[at]);
  return end < 0 ? one.length : end;
}

/** The beginning, up to a `/`, that all have; empty without one. */
function sharedDirectory(urls: readonly string[]): string {
  const [first] = compare(urls);
  if (!first) return "";
  const begin = first.chars.slice(0, first.shared).join("");
  return begin.slice(0, Math.max(0, begin.lastIndexOf("/")));
}

/** `width` characters in which the one at `differs` is: from the first difference on, if it is near enough. */
function windowOf(
  chars: readonly string[],
  shared: number,
  differs: number,
  width: number,
): string {
  const room = width - 2;
  let start = startFor(chars, shared, room);
  // Of what follows, too, as numbers may begin alike.
  if (differs + 2 > start + room) start = startFor(chars, differs, room);
  // The end needs no ellipsis.
  if (start + room + 1 >= chars.length) start = Math.max(0, chars.length - room - 1);
  const isEnd = start + room + 1 >= chars.length;
  const end = isEnd ? chars.length : start + room;
  return `${start > 0 ? "…" : ""}${chars.slice(start, end).join("")}${isEnd ? "" : "…"}`;
}

/** With what leads there, from a separator on if one is near. */
function startFor(chars: readonly string[], at: number, room: number): number {
  const earliest = Math.max(0, at - Math.floor(room / 3));
  const separator = chars.slice(earliest, at).findIndex((char) => "/?&=._-".includes(char));
  return earliest + Math.max(0, separator);
}
