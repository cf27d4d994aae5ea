import type { CommandContext } from "../context.ts";
import { CliError, ExitCode } from "../errors.ts";
import { byCategory, categoryNames } from "../filters/catalogue/categories.ts";
import type { CatalogueEntry } from "../filters/catalogue/entry.ts";
import {
  findCatalogueEntry,
  nearestFilters,
  searchFilters,
  shortFilter,
} from "../filters/search.ts";
import { fillOwnPlaceholders } from "../filters/uri.ts";
import { printRecords } from "../io/formats.ts";
import type { Column } from "../io/table.ts";
import { oneOf } from "../phrases.ts";
import { listColumns, statusOf } from "./filters-columns.ts";
import { createCommand, type Manual } from "./flags/command.ts";

const manual: Manual = {
  examples: {
    "rcwh filters": "the whole catalogue",
    "rcwh filters sms": "filters for text messages",
    "rcwh filters ReadPresence": "filters that need a scope",
    "rcwh filters show voicemail": "one filter, with a sample event",
    "rcwh filters presence --json | jq -r '.filters[].filter'": "print paths for a script",
  },
  json: '{ "schemaVersion": 1, "filters": [ { "filter", "name", "category", "summary", "permission", "query": [],\n  "api", "aliases": [], "confidence", … } ] }',
  exitCodes: {
    0: "shown, also when no filter matches",
  },
};

const showManual: Manual = {
  examples: {
    "rcwh filters show voicemail": "by its alias",
    "rcwh filters show account/~/presence": "by its path",
    "rcwh filters show sms --json | jq '.filters[0].sample'": "a sample event, for a script",
  },
  json: '{ "schemaVersion": 1, "filters": [ { "filter", "name", "category", "summary", "permission", "query": [],\n  "api", "aliases": [], "confidence", …, "sample" } ] }',
  exitCodes: {
    0: "shown",
    3: "no such filter",
  },
};

export function createFiltersCommand(context: CommandContext) {
  const command = createCommand("filters", context, manual)
    .description(
      "Search the catalogue of event filters by name, path, alias, scope or summary. Every word must match. Needs no account.",
    )
    .argument("[query...]", "words to look for")
    .action((words) => listFilters(words.join(" "), context));
  command.addCommand(createShowCommand(context));
  return command;
}

function createShowCommand(context: CommandContext) {
  return createCommand("show", context, showManual)
    .summary("show one filter")
    .description("Show an event filter in full, with a sample of the event it delivers.")
    .argument("<filter>", "an alias, a path or a name")
    .action((text) => showFilter(text, context));
}

async function listFilters(query: string, context: CommandContext): Promise<void> {
  const { io } = context;
  const filters = searchFilters(query);
  const { format, width, style, redactor } = io;
  // Startup in a pipe is fast, where nothing is paged.
  const isPaged = format === "table" && io.interactive && filters.length > 0;
  let page = "";
  const keep = (text: string) => {
    page = text;
  };
  const data = isPaged ? keep : io.data;
  await printRecords(
    { data, format, width, style, redactor },
    {
      key: "filters",
      records: io.format === "table" ? byCategory(filters) : filters,
      columns: listColumns(io.style),
      groupOf: ({ category }) => categoryNames[category],
    },
  );
  if (isPaged) {
    const { printPaged } = await import("../operations/pager.ts");
    return printPaged(page, context);
  }
  if (filters.length === 0) {
    const near = nearestFilters(query, 3);
    const question = near.length > 0 ? ` Did you mean ${oneOf(near)}?` : "";
    io.note(`No event filter matches "${query}".${question} See all with \`rcwh filters\`.`);
  }
}

async function showFilter(text: string, context: CommandContext): Promise<void> {
  const { io } = context;
  const entry = findCatalogueEntry(text);
  if (!entry) {
    const near = nearestFilters(text, 3);
    throw new CliError(`Unknown event filter "${text}".`, {
      exitCode: ExitCode.notFound,
      code: "NO_SUCH_FILTER",
      hint:
        near.length > 0
          ? `Did you mean ${oneOf(near)}? See \`rcwh filters show ${near[0]}\`.`
          : "See all with `rcwh filters`.",
    });
  }
  const { sampleBody } = await import("../events/samples/sample-body.ts");
  const sample = sampleBody(entry);
  await printRecords(io, {
    key: "filters",
    records: [{ ...entry, sample }],
    columns: io.format === "table" ? cardColumns() : listColumns(io.style),
    cards: true,
  });
  if (io.format !== "table") return;
  io.data(`\nSample body of an event:\n${JSON.stringify(sample, undefined, 2)}`);
  const spelling = entry.aliases[0] ?? `'${shortFilter(fillOwnPlaceholders(entry.filter))}'`;
  const isWhole = !fillOwnPlaceholders(entry.filter).includes("{");
  if (isWhole && !entry.deprecated) {
    io.note(["", `Subscribe with \`rcwh create --filter ${spelling} --url https://…\`.`]);
  }
}

function cardColumns(): Column<CatalogueEntry>[] {
  return [
    { title: "filter", value: ({ filter }) => filter, shrink: "wrap" },
    { title: "name", value: ({ name }) => name },
    { title: "summary", value: ({ summary }) => summary, shrink: "wrap" },
    { title: "aliases", value: ({ aliases }) => aliases.join(", "), shrink: "wrap" },
    { title: "scope", value: describeScopes, shrink: "wrap" },
    { title: "user permission", value: ({ userPermission }) => userPermission ?? "" },
    {
      title: "query",
      value: ({ query }) => query.map(({ name }) => name).join(","),
      show: ({ query }) => query.map(describeParameter),
      shrink: "wrap",
    },
    { title: "api", value: ({ api }) => api },
    {
      title: "status",
      value: (entry) => `${statusOf(entry)}${entry.replacedBy ? `: use ${entry.replacedBy}` : ""}`,
      shrink: "wrap",
    },
    { title: "since", value: ({ since }) => since ?? "" },
    {
      title: "notes",
      value: ({ notes }) => notes?.join(" ") ?? "",
      show: ({ notes }) => notes ?? [],
      shrink: "wrap",
    },
  ];
}

function describeScopes({ permission, permissionDisputed = [] }: CatalogueEntry): string {
  const others = permissionDisputed.join(" or ");
  return `${permission}${others ? ` (some sources say ${others})` : ""}, besides SubscriptionWebhook`;
}

function describeParameter({
  name,
  type,
  values,
  required,
  note,
}: CatalogueEntry["query"][number]): string {
  const value = type === "flag" ? "" : `=${values ? values.join("|") : type}`;
  return `${name}${value}${required ? ", required" : ""}${note ? `: ${note}` : ""}`;
}
