import { oneLine } from "../one-line.ts";
import type { IO } from "./io.ts";
import { type Measure, truncateMiddle, wrap } from "./text.ts";

export interface Column<Row> {
  readonly title: string;
  /** The heading in CSV, if it is not the title. */
  readonly key?: string;
  /** For programs: full precision, no styling, stable across releases. */
  readonly value: (row: Row) => string;
  /** For people, if different; an array has one item per line. */
  readonly show?: (row: Row) => string | readonly string[];
  /** Colors a line of the cell, after it was cut to the column's width. */
  readonly style?: (text: string, row: Row) => string;
  /** How to fit a narrow terminal. Without it the column stays whole, as ids must. */
  readonly shrink?: "wrap" | "elide";
  /** Says what it is where it stands below its row, apart from its heading. */
  readonly labelled?: true;
  /** People see tables, programs read TSV and CSV; both by default. */
  readonly reader?: "people" | "programs";
}

/** Narrower columns would be useless. */
const minimumWidth = { wrap: 20, elide: 16 };
const gap = "  ";

const linesAtOnce = 100;

interface Cell {
  readonly lines: readonly string[];
  readonly style: (text: string) => string;
}

interface Layout {
  readonly title: string;
  readonly shrink: "wrap" | "elide" | undefined;
  readonly labelled: boolean;
  readonly cells: readonly Cell[];
}

/** The heading of a row's group. Rows of one group follow each other. */
export type GroupOf<Row> = (row: Row) => string;

/**
 * Aligns columns under a heading, within `io.width`. If they do not fit, the columns that can shrink move below
 * their row, a line each. If the others do not fit either, each row becomes a card. With `groupOf`, each group has a
 * heading of its own.
 */
export async function renderTable<Row>(
  io: Pick<IO, "width" | "style" | "redactor">,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  groupOf?: GroupOf<Row>,
): Promise<string> {
  const { heading, texts } = await renderRows(io, columns, rows, groupOf);
  return [...(heading === undefined ? [] : [heading]), ...texts].join("\n");
}

/** A table in parts. Cards have no heading, and a blank line between them. */
interface RenderedRows {
  readonly heading?: string;
  /** One for each row, of one or more lines. */
  readonly texts: readonly string[];
}

/** What `renderTable` prints, row by row. */
export async function renderRows<Row>(
  io: Pick<IO, "width" | "style" | "redactor">,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  groupOf?: GroupOf<Row>,
): Promise<RenderedRows> {
  const above = groupHeadings(io, rows, groupOf);
  const measure = await loadMeasure();
  const layouts = layOut(columns, rows, io);
  const widths = fitColumns(layouts, io.width, measure);
  if (widths) {
    const [heading = "", ...drawn] = await drawRows(io, layouts, widths, rows.length, measure);
    return inParts(
      heading,
      drawn.map((text, row) => (above[row] ?? "") + text),
    );
  }
  const fixed = layouts.filter(({ shrink }) => shrink === undefined);
  const below = layouts.filter(({ shrink }) => shrink !== undefined);
  const labelWidth = widestLabel(
    below.filter(({ labelled }) => labelled),
    measure,
  );
  const fixedWidths = fitColumns(fixed, io.width, measure);
  if (!fixedWidths || fixed.length === 0) {
    const cards = drawCards(io, layouts, rows.length, measure, above);
    return { texts: cards.map((card, row) => (row === 0 ? card : `\n${card}`)) };
  }

  const [heading = "", ...drawn] = await drawRows(io, fixed, fixedWidths, rows.length, measure);
  const texts = drawn.map((line, row) =>
    [
      (above[row] ?? "") + line,
      ...below.flatMap((layout) => linesBelow(io, layout, row, labelWidth, measure)),
    ].join("\n"),
  );
  return inParts(heading, texts);
}

/** What a cell has below its row, with its title before it if it needs one. */
function linesBelow(
  { width, style }: Pick<IO, "width" | "style">,
  layout: Layout,
  row: number,
  labelWidth: number,
  measure: Measure,
): readonly string[] {
  const indent = gap.length + (layout.labelled ? labelWidth : 0);
  const label = layout.labelled ? `${layout.title}:` : "";
  return cellLines(layout, row, Math.max(1, width - indent), measure)
    .filter((each) => each !== "")
    .map((each, line) => {
      const shown = line === 0 ? label : "";
      const space = " ".repeat(indent - gap.length - measure(shown));
      return gap + (shown && style.bold(shown)) + space + each;
    });
}

/** Columns of the longest title with what stands between it and a value. */
function widestLabel(layouts: readonly Layout[], measure: Measure): number {
  return Math.max(0, ...layouts.map(({ title }) => measure(title))) + ": ".length;
}

function inParts(heading: string, texts: readonly string[]): RenderedRows {
  return { heading: withoutTrailingSpaces(heading), texts: texts.map(withoutTrailingSpaces) };
}

/** What stands above each row: the heading of its group above the first one. */
function groupHeadings<Row>(
  { style }: Pick<IO, "style">,
  rows: readonly Row[],
  groupOf: GroupOf<Row> | undefined,
): readonly string[] {
  const groups = groupOf ? rows.map(groupOf) : [];
  return groups.map((group, row) =>
    group === groups[row - 1] ? "" : `\n${style.bold(oneLine(group))}\n`,
  );
}

/** The heading, and one text for each row. */
async function drawRows(
  { style }: Pick<IO, "style">,
  layouts: readonly Layout[],
  widths: readonly number[],
  count: number,
  measure: Measure,
): Promise<string[]> {
  const { default: Table } = await import("cli-table3");
  const draw = (lines: readonly string[][]): string[] => {
    const table = new Table({
      chars: borderless,
      style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
      colWidths: [...widths],
    });
    table.push(...lines);
    return table.toString().split("\n");
  };
  const lines: string[][] = [layouts.map(({ title }) => style.bold(title.toUpperCase()))];
  const heights: number[] = [];
  for (let row = 0; row < count; row++) {
    // Line by line, because cli-table3 carries colors over to the next line of a cell.
    const cells = layouts.map((layout, column) => cellLines(layout, row, widths[column], measure));
    const height = Math.max(1, ...cells.map((lines) => lines.length));
    for (let line = 0; line < height; line++) lines.push(cells.map((each) => each[line] ?? ""));
    heights.push(height);
  }
  // cli-table3 takes four times as long for twice as many lines.
  const drawn: string[] = [];
  for (let start = 0; start < lines.length; start += linesAtOnce) {
    for (const line of draw(lines.slice(start, start + linesAtOnce))) drawn.push(line);
  }
  let end = 1;
  return [
    drawn[0] ?? "",
    ...heights.map((height) => {
      end += height;
      return drawn.slice(end - height, end).join("\n");
    }),
  ];
}

/** Each row as `title: value` lines without empty values, with a blank line between rows. */
export async function renderCards<Row>(
  io: Pick<IO, "width" | "style" | "redactor">,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
): Promise<string> {
  return drawCards(io, layOut(columns, rows, io), rows.length, await loadMeasure()).join("\n\n");
}

/** Columns that the text takes on a terminal, counted as cli-table3 counts them. */
export async function loadMeasure(): Promise<Measure> {
  const { default: stringWidth } = await import("string-width");
  return (text) => (/^[ -~]*$/.test(text) ? text.length : stringWidth(text));
}

function layOut<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  { redactor }: Pick<IO, "redactor">,
): Layout[] {
  return columns
    .filter(({ reader }) => reader !== "programs")
    .map(({ title, shrink, labelled = false, value, show = value, style = unstyled }) => ({
      title,
      shrink,
      labelled,
      cells: rows.map((row) => {
        const shown = show(row);
        const lines = typeof shown === "string" ? [shown] : shown;
        // Before a secret is cut, or broken into lines.
        return {
          lines: lines.map((line) => oneLine(redactor.data(line))),
          style: (text: string) => style(text, row),
        };
      }),
    }));
}

function unstyled(text: string): string {
  return text;
}

/** The width of each column, or undefined if the columns cannot fit. */
function fitColumns(
  layouts: readonly Layout[],
  width: number,
  measure: Measure,
): number[] | undefined {
  const widths = layouts.map((layout) => Math.max(measure(layout.title), widest(layout, measure)));
  const minima = layouts.map(({ title, shrink }, column) =>
    shrink
      ? Math.min(widths[column] ?? 0, Math.max(measure(title), minimumWidth[shrink]))
      : (widths[column] ?? 0),
  );
  const room = width - gap.length * (layouts.length - 1);
  if (sum(minima) > room) return undefined;
  // Shrinks the widest column, until all fit.
  for (let excess = sum(widths) - room; excess > 0; excess--) {
    const widest = widths.reduce(
      (best, each, column) =>
        each > (minima[column] ?? each) && each > (widths[best] ?? 0) ? column : best,
      widths.findIndex((each, column) => each > (minima[column] ?? each)),
    );
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

/** Not `Math.max(...)`, which takes no more arguments than the stack has room for. */
function widest({ cells }: Pick<Layout, "cells">, measure: Measure): number {
  let most = 0;
  for (const { lines } of cells) for (const line of lines) most = Math.max(most, measure(line));
  return most;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

function cellLines(
  { shrink, cells }: Layout,
  row: number,
  width: number | undefined,
  measure: Measure,
): string[] {
  const cell = cells[row];
  if (!cell) return [];
  return cell.lines
    .flatMap((line) => {
      if (width === undefined || shrink === undefined) return [line];
      return shrink === "wrap"
        ? wrap(line, width, measure)
        : [truncateMiddle(line, width, measure)];
    })
    .map(cell.style);
}

const borderless = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: gap,
};

function drawCards(
  { width, style }: Pick<IO, "width" | "style">,
  layouts: readonly Layout[],
  count: number,
  measure: Measure,
  above: readonly string[] = [],
): string[] {
  const labelWidth = widestLabel(layouts, measure);
  const whole = layouts.filter(({ shrink }) => shrink === undefined);
  const needed = Math.max(0, ...whole.map((layout) => widest(layout, measure)));
  // If an id does not fit beside the label, values go below.
  const beside = labelWidth + needed <= width;
  const indent = beside ? labelWidth : gap.length;
  // Cards have room for whole addresses.
  const unfolded = layouts.map((layout) =>
    layout.shrink === "elide" ? { ...layout, shrink: "wrap" as const } : layout,
  );
  return Array.from({ length: count }, (_, row) => {
    const card = unfolded
      .flatMap((layout) => {
        const [first = "", ...others] = cellLines(
          layout,
          row,
          Math.max(width - indent, 1),
          measure,
        );
        if (first === "" && others.length === 0) return [];
        const label = style.bold(`${layout.title}:`);
        const padding = " ".repeat(indent);
        if (!beside) return [label, ...[first, ...others].map((line) => padding + line)];
        const space = " ".repeat(labelWidth - measure(`${layout.title}:`));
        return [`${label}${space}${first}`, ...others.map((line) => padding + line)];
      })
      .join("\n");
    return withoutTrailingSpaces((above[row] ?? "").trimStart() + card);
  });
}

function withoutTrailingSpaces(text: string): string {
  // A pattern for the end of a line would look for it from each of a thousand spaces.
  return text
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}
