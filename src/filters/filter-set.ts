import { canonicalFilter, idBehind, type OwnIds } from "./compare.ts";

type Word = "account" | "extension";

/**
 * Filters among which others are looked up by what they mean, each pair compared as `sameFilter` does: where the
 * user's own ids are unknown, `~` equals any id in its place. A lookup takes constant time.
 */
export class FilterSet {
  readonly #own: OwnIds;
  readonly #canonical = new Set<string>();
  /** The same filters with `~` for the ids of the named kinds, built when a lookup first needs them. */
  readonly #masked = new Map<string, Set<string>>();

  constructor(filters: Iterable<string>, own: OwnIds = {}) {
    this.#own = own;
    for (const filter of filters) this.add(filter);
  }

  add(filter: string): void {
    const canonical = canonicalFilter(filter, this.#own);
    this.#canonical.add(canonical);
    for (const [words, masked] of this.#masked) masked.add(withMasks(canonical, words));
  }

  has(filter: string): boolean {
    const canonical = canonicalFilter(filter, this.#own);
    if (this.#canonical.has(canonical)) return true;
    const unknown = [
      ...(this.#own.accountId ? [] : (["account"] as const)),
      ...(this.#own.extensionId ? [] : (["extension"] as const)),
    ];
    // A `~` of this filter equals any id, and an id of this filter equals a `~`.
    const open = unknown.filter((word) => tildes[word].test(canonical));
    const given = unknown.filter((word) => idBehind(word, canonical) !== undefined);
    const found = this.#with(open.join(" "));
    return subsetsOf(given).some((words) => found.has(withMasks(canonical, words)));
  }

  #with(words: string): Set<string> {
    if (words === "") return this.#canonical;
    const known = this.#masked.get(words);
    if (known) return known;
    const masked = new Set([...this.#canonical].map((each) => withMasks(each, words)));
    this.#masked.set(words, masked);
    return masked;
  }
}

const tildes = { account: /\/accounts?\/~(?=[/?]|$)/, extension: /\/extensions?\/~(?=[/?]|$)/ };

/** The words of every subset, joined by spaces. */
function subsetsOf(words: readonly Word[]): readonly string[] {
  const subsets = [""];
  for (const word of words) subsets.push(...subsets.map((each) => `${each} ${word}`.trim()));
  return subsets;
}

function withMasks(canonical: string, words: string): string {
  let masked = canonical;
  for (const [word, ownId] of ownIdNames) {
    if (!words.includes(word)) continue;
    const id = idBehind(word, masked);
    if (id !== undefined) masked = canonicalFilter(masked, { [ownId]: id });
  }
  return masked;
}

const ownIdNames = [
  ["account", "accountId"],
  ["extension", "extensionId"],
] as const;
