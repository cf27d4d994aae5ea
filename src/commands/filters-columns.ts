import type { CatalogueEntry } from "../filters/catalogue/entry.ts";
import { searchFilters, shortFilter } from "../filters/search.ts";
import { fillOwnPlaceholders } from "../filters/uri.ts";
import { toTsv } from "../io/formats.ts";
import type { Style } from "../io/io.ts";
import type { Column } from "../io/table.ts";

/** For programs: filter, name, category, permission, api, aliases, status, summary. */
export function listColumns({ cyan, dim }: Pick<Style, "cyan" | "dim">): Column<CatalogueEntry>[] {
  return [
    {
      title: "alias",
      value: ({ aliases }) => aliases[0] ?? "-",
      style: cyan,
      reader: "people",
    },
    {
      title: "filter",
      value: ({ filter }) => filter,
      show: ({ filter }) => shortFilter(fillOwnPlaceholders(filter)),
      shrink: "wrap",
    },
    { title: "name", value: ({ name }) => name, reader: "programs" },
    { title: "category", value: ({ category }) => category, reader: "programs" },
    { title: "scope", key: "permission", value: ({ permission }) => permission },
    { title: "api", value: ({ api }) => api, reader: "programs" },
    { title: "aliases", value: ({ aliases }) => aliases.join(","), reader: "programs" },
    { title: "status", value: statusOf, reader: "programs" },
    {
      title: "summary",
      value: ({ summary }) => summary,
      show: (entry) =>
        statusOf(entry) === "documented" ? entry.summary : `${entry.summary} (${statusOf(entry)})`,
      style: (text, entry) => (statusOf(entry) === "documented" ? text : dim(text)),
      shrink: "wrap",
    },
  ];
}

export function statusOf({ deprecated, confidence }: CatalogueEntry): string {
  return deprecated ? "deprecated" : confidence;
}

/** What `rcwh filters` prints in a pipe; empty if no filter matches. */
export function filtersAsTsv(words: readonly string[]): string {
  const plain = (text: string) => text;
  return toTsv(listColumns({ cyan: plain, dim: plain }), searchFilters(words.join(" ")));
}
