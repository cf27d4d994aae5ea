import type { ScalarTag } from "yaml";
import { oneLine } from "../one-line.ts";
import type { IO } from "./io.ts";
import type { Column, GroupOf } from "./table.ts";

/** Prints the collected warnings as one JSON object on stderr. */
export function sayWarnings(io: Pick<IO, "say" | "takeWarnings">): void {
  const warnings = io.takeWarnings();
  if (warnings.length > 0) io.say(toJson({ schemaVersion: 1, warnings }));
}

export interface Records<Row extends object> {
  /** The key of the records in JSON and YAML, such as `subscriptions`. */
  readonly key: string;
  readonly records: readonly Row[];
  /** A record as JSON, NDJSON and YAML have it, where that is not the row itself. */
  readonly toDocument?: (record: Row) => unknown;
  /** For tables, TSV and CSV. */
  readonly columns: readonly Column<Row>[];
  /** Further keys beside the records in JSON and YAML. */
  readonly extra?: Readonly<Record<string, unknown>>;
  /** For tables: the heading of a record's group. */
  readonly groupOf?: GroupOf<Row>;
  /** Prints a card per record instead of a table, to show one record in full. */
  readonly cards?: boolean;
}

/** Prints records on stdout in the chosen format. Without records, tables, TSV and NDJSON print nothing. */
export async function printRecords<Row extends object>(
  io: Pick<IO, "data" | "format" | "width" | "style" | "redactor">,
  {
    key,
    records,
    columns,
    extra,
    groupOf,
    cards = false,
    toDocument = (record) => record,
  }: Records<Row>,
): Promise<void> {
  const document = { schemaVersion: 1, [key]: records.map(toDocument), ...extra };
  switch (io.format) {
    case "json":
      return io.data(toJson(document, 2));
    case "yaml":
      return io.data((await toYaml(document)).trimEnd());
    case "csv":
      return io.data(toCsv(columns, records));
    case "ndjson":
      for (const record of records) io.data(toJson(toDocument(record)));
      return;
    case "tsv":
      if (records.length > 0) io.data(toTsv(columns, records));
      return;
    case "svg":
      throw new Error("Pictures are drawn by the command.");
    case "table": {
      if (records.length === 0) return;
      const { renderCards, renderTable } = await import("./table.ts");
      return io.data(
        await (cards
          ? renderCards(io, columns, records)
          : renderTable(io, columns, records, groupOf)),
      );
    }
  }
}

/** JSON in which characters that a terminal would act on are escaped. */
export function toJson(value: unknown, indent?: number): string {
  return escapeControls(JSON.stringify(value, undefined, indent) ?? "null");
}

/**
 * JSON or double-quoted YAML with the same meaning, on which no terminal acts. They have such characters only inside
 * strings, and none below U+0020 as it is.
 */
export function escapeControls(text: string): string {
  return text.replace(/[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    // By UTF-16 unit: characters beyond U+FFFF become surrogate pairs.
    Array.from(
      { length: character.length },
      (_, unit) => `\\u${character.charCodeAt(unit).toString(16).padStart(4, "0")}`,
    ).join(""),
  );
}

/** YAML that parsers of 1.1 and 1.2 read alike, with the same characters escaped as in JSON. */
export async function toYaml(document: unknown): Promise<string> {
  const { Document, Scalar, visit } = await import("yaml");
  const yaml = new Document(document, {
    aliasDuplicateObjects: false,
    compat: "yaml-1.1",
    customTags: (tags) => [exponential, ...tags],
  });
  visit(yaml, {
    Scalar(_, scalar) {
      if (
        typeof scalar.value === "string" &&
        // Readers of YAML 1.1 have their own ideas of `=` and `<<`.
        /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|^(?:=|<<)$/u.test(scalar.value)
      ) {
        scalar.type = Scalar.QUOTE_DOUBLE;
      }
    },
  });
  const text = yaml.toString({ lineWidth: 0, doubleQuotedAsJSON: true });
  // Readers of YAML do not join two escapes into one character, as those of JSON do.
  const whole = text.replace(/(?![\0-\uffff])\p{Cf}/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\U${code.toString(16).padStart(8, "0")}`;
  });
  return escapeControls(whole);
}

/** Numbers such as `1e+21`: readers of YAML 1.1 take one without a decimal point for text. */
const exponential: ScalarTag = {
  tag: "tag:yaml.org,2002:float",
  default: true,
  identify: (value) => typeof value === "number" && /^-?\de/.test(String(value)),
  test: /^-?\d\.0e[-+]\d+$/,
  resolve: Number,
  stringify: ({ value }) => String(value).replace("e", ".0e"),
};

export function toTsv<Row>(columns: readonly Column<Row>[], records: readonly Row[]): string {
  const readable = forPrograms(columns);
  return records
    .map((record) => readable.map(({ value }) => oneLine(value(record))).join("\t"))
    .join("\n");
}

/** RFC 4180, but with plain line feeds, because tools that read lines would keep carriage returns. */
function toCsv<Row>(columns: readonly Column<Row>[], records: readonly Row[]): string {
  const readable = forPrograms(columns);
  const heading = readable.map(({ key, title }) => quote(key ?? title));
  const rows = records.map((record) => readable.map(({ value }) => quote(disarm(value(record)))));
  return [heading, ...rows].map((cells) => cells.join(",")).join("\n");
}

function forPrograms<Row>(columns: readonly Column<Row>[]): Column<Row>[] {
  return columns.filter(({ reader }) => reader !== "people");
}

/**
 * Keeps spreadsheets from running a cell as a formula, as OWASP recommends under "CSV Injection". Some programs
 * also accept full-width characters and leading blanks.
 */
function disarm(text: string): string {
  const clean = oneLine(text);
  return /^[\t\r]/.test(text) || /^\s*[=+\-@＝＋－＠]/.test(clean) ? `'${clean}` : clean;
}

function quote(text: string): string {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
