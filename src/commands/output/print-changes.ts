import type { CommandContext } from "../../context.ts";
import { shortFilter } from "../../filters/search.ts";
import { printRecords } from "../../io/formats.ts";
import type { IO } from "../../io/io.ts";
import type { Column } from "../../io/table.ts";
import { wrapLine } from "../../io/text.ts";
import { type Result, toResultError } from "../../lifecycle/results.ts";
import { redactAddress } from "../../machine/redact.ts";
import {
  type Action,
  type Change,
  type Definition,
  isPending,
  type Plan,
} from "../../manifest/change.ts";
import { oneLine } from "../../one-line.ts";
import { isHealthy } from "../../subscriptions/health.ts";
import { formatDuration } from "../../subscriptions/lifetime.ts";

/** A change and its outcome. */
export interface ChangeRow {
  readonly change: Change;
  readonly result?: Result | undefined;
}

const signs: Readonly<Record<Action, string>> = {
  create: "+",
  update: "~",
  replace: "±",
  delete: "-",
  adopt: "=",
  unchanged: " ",
};

function colorOf({ style }: Pick<IO, "style">, action: Action): (text: string) => string {
  const { green, yellow, red, dim } = style;
  const colors = { create: green, update: yellow, replace: yellow, delete: red };
  return action === "adopt" || action === "unchanged" ? dim : colors[action];
}

/**
 * Prints changes. Programs get action, webhook, id, reasons, address, eventFilters and profile, and of applied ones also
 * outcome, newId and the error's message: new columns only at the end.
 */
export async function printChanges(
  context: Pick<CommandContext, "io" | "settings">,
  rows: readonly ChangeRow[],
  extra: Readonly<Record<string, unknown>>,
  isApplied = false,
): Promise<void> {
  const { io, settings } = context;
  if (io.format === "table" && settings.verbose) {
    if (rows.length > 0) io.data(rows.map((row) => describeWhole(row, context)).join("\n"));
    return;
  }
  await printRecords(io, {
    key: "changes",
    records: rows,
    toDocument: (row) => toDocument(row, isApplied),
    columns: columnsOf(context, isApplied),
    extra,
  });
}

/** The table of changes as text, to be shown before a question. */
export async function renderChanges(
  context: Pick<CommandContext, "io" | "settings">,
  { changes }: Plan,
): Promise<string> {
  const rows = changes.filter(({ action }) => action !== "unchanged").map((change) => ({ change }));
  if (context.settings.verbose) return rows.map((row) => describeWhole(row, context)).join("\n");
  const { renderTable } = await import("../../io/table.ts");
  return renderTable(context.io, columnsOf(context, false), rows);
}

function columnsOf(
  { io, settings }: Pick<CommandContext, "io" | "settings">,
  isApplied: boolean,
): readonly Column<ChangeRow>[] {
  const shown = ({ change: { after, before } }: ChangeRow) => after ?? before;
  const columns: Column<ChangeRow>[] = [
    {
      title: "action",
      value: ({ change }) => change.action,
      show: ({ change }) => `${signs[change.action]} ${change.action}`,
      style: (text, { change }) => colorOf(io, change.action)(text),
    },
    { title: "webhook", value: ({ change }) => nameOf(change) },
    {
      title: "id",
      value: ({ change, result }) => change.subscription?.id ?? result?.subscription?.id ?? "",
      reader: "programs",
    },
    {
      title: "why",
      key: "reasons",
      value: ({ change }) => change.reasons.map(({ text }) => text).join("; "),
      show: ({ change }) => describeWhy(change, false),
      shrink: "wrap",
    },
    {
      title: "url",
      key: "address",
      value: (row) => redactAddress(shown(row)?.address ?? "", settings.showSecrets),
      reader: "programs",
    },
    {
      title: "filters",
      key: "eventFilters",
      value: (row) => shown(row)?.eventFilters.join(",") ?? "",
      reader: "programs",
    },
    { title: "profile", value: ({ change }) => change.profile, reader: "programs" },
  ];
  if (!isApplied) return columns;
  return [
    ...columns,
    { title: "outcome", value: ({ result }) => result?.outcome ?? "unchanged" },
    {
      title: "new id",
      key: "newId",
      value: ({ result }) => result?.newId ?? "",
      reader: "programs",
    },
    { title: "error", value: ({ result }) => result?.error?.message ?? "", reader: "programs" },
  ];
}

function nameOf({ name, part }: Change): string {
  return part === undefined ? name : `${name} ${part}`;
}

function describeWhy({ reasons, action, renewAt, subscription }: Change, isWhole: boolean): string {
  const texts = reasons.map(({ cause, text }) => (cause === "drift" ? `drift: ${text}` : text));
  const renewal =
    action === "unchanged" && renewAt !== undefined && !isWhole
      ? [`renewal due from ${renewAt}`]
      : [];
  const both =
    action === "replace" && subscription && isHealthy(subscription)
      ? ["until the new one works, both deliver"]
      : [];
  return [...texts, ...both, ...renewal].join("; ");
}

/** A change with a line for each difference. */
function describeWhole(
  { change, result }: ChangeRow,
  { io, settings }: Pick<CommandContext, "io" | "settings">,
): string {
  const { action, before, after, subscription, renewAt, remarks } = change;
  const { green, red, dim } = io.style;
  const outcome = result ? `  ${result.outcome}` : "";
  const ids = [subscription?.id, result?.newId].filter(Boolean).join(" → ");
  const heading = `${signs[action]} ${action}  ${nameOf(change)}${ids && `  ${ids}`}${outcome}`;
  const olds = before && action !== "create" ? linesOf(before, settings.showSecrets) : [];
  const news = after ? linesOf(after, settings.showSecrets) : [];
  const why = describeWhy(change, true);
  const lines = (text: string, style: (text: string) => string, indent: string) =>
    wrapLine(oneLine(text), io.textWidth, { indent }).map(style);
  return [
    ...lines(heading, colorOf(io, action), "    "),
    ...(why === "" ? [] : lines(`    ${why}`, dim, "    ")),
    ...olds.flatMap((line) =>
      news.includes(line)
        ? lines(`    ${line}`, dim, valueIndent)
        : lines(`  - ${line}`, red, valueIndent),
    ),
    ...news
      .filter((line) => !olds.includes(line))
      .flatMap((line) => lines(`  + ${line}`, green, valueIndent)),
    ...(renewAt === undefined ? [] : lines(`    renewal due from ${renewAt}`, dim, "    ")),
    ...remarks.flatMap((remark) => lines(`  ! ${remark}`, (text) => text, "    ")),
  ].join("\n");
}

/** Below the values of `linesOf`. */
const valueIndent = " ".repeat(12);

function linesOf(definition: Definition, showSecrets: boolean): readonly string[] {
  const { address, eventFilters, expiresIn, verificationToken } = definition;
  return [
    `url     ${redactAddress(address, showSecrets)}`,
    ...eventFilters.map((filter) => `filter  ${shortFilter(filter)}`),
    `expires ${expiresIn === undefined ? "as RingCentral sets" : formatDuration(expiresIn)}`,
    `token   ${verificationToken}`,
  ];
}

/** What JSON has of a change: no secret, and of its subscription only the id. */
export interface ChangeDocument
  extends Pick<Change, "name" | "part" | "profile" | "action" | "reasons" | "before" | "after">,
    Pick<Change, "renewAt">,
    Partial<Pick<Change, "remarks">>,
    Pick<Result, "newId" | "gap" | "error"> {
  readonly id?: string;
  /** Only of `apply`. */
  readonly outcome?: Result["outcome"];
}

function toDocument({ change, result }: ChangeRow, isApplied: boolean): ChangeDocument {
  const { name, part, profile, action, reasons, before, after, renewAt, remarks } = change;
  const id = change.subscription?.id ?? (result?.outcome === "created" ? result.id : undefined);
  return {
    name,
    ...(part !== undefined && { part }),
    profile,
    action,
    reasons,
    ...(id !== undefined && { id }),
    ...(before && { before }),
    ...(after && { after }),
    ...(renewAt !== undefined && { renewAt }),
    // What is said of one that was replaced is over.
    ...(remarks.length > 0 && !result?.gap && { remarks }),
    ...(isApplied && { outcome: result?.outcome ?? "unchanged" }),
    ...(result?.newId !== undefined && { newId: result.newId }),
    ...(result?.gap && { gap: result.gap }),
    ...(result?.error && { error: result.error }),
  };
}

/** What a document has beside the changes. */
export function extraOf({ notManaged, held }: Plan): Readonly<Record<string, unknown>> {
  const problems = held.map(({ name, error }) => ({ name, error: toResultError(error) }));
  return { notManaged, ...(held.length > 0 && { heldBack: problems }) };
}

/** `1 to create, 2 to update; 3 unchanged, 30 not managed.` */
export function summarizePlan({ changes, notManaged, held }: Plan): string {
  const count = (action: Action) => changes.filter((change) => change.action === action).length;
  const pending = (["create", "update", "replace", "delete"] as const).flatMap((action) =>
    count(action) > 0 ? `${count(action)} to ${action}` : [],
  );
  const renamed = changes.filter((change) => change.action === "adopt" && isPending(change)).length;
  const found = count("adopt") - renamed;
  return `${[
    ...(pending.length + renamed === 0 ? ["no changes"] : pending),
    ...(renamed > 0 ? [`${renamed} to rename`] : []),
  ].join(", ")}; ${[
    ...(found > 0 ? [`${found} found as the file says`] : []),
    `${count("unchanged")} unchanged`,
    ...(held.length > 0 ? [`${held.length} held back`] : []),
    `${notManaged} not managed`,
  ].join(", ")}.`.replace(/^n/, "N");
}
