import type { IO } from "../../io/io.ts";
import { drawsUnicode } from "../../io/marks.ts";
import { type Measure, truncateMiddle, wrapLine } from "../../io/text.ts";
import type { Environment } from "../../machine/environment.ts";
import { oneLine } from "../../one-line.ts";
import { ticksOf, tickWidth } from "./forecast-axis.ts";
import type { ForecastRow } from "./forecast-rows.ts";

/** What a chart shows, and how much room it has. */
export interface ChartOptions {
  /** Milliseconds since the epoch: the left and the right end. */
  readonly from: number;
  readonly until: number;
  readonly width: number;
  /** Lines for rows; rows that do not fit stand beside each other. Infinite where the text may scroll. */
  readonly height: number;
  readonly marks: Marks;
  readonly style: IO["style"];
  readonly measure: Measure;
  /** Takes secrets out of a text before it is cut. */
  readonly redact: (text: string) => string;
}

/** Everything about a chart but its room and its time. */
export type ChartLook = Pick<ChartOptions, "marks" | "style" | "measure" | "redact">;

/** One character for each state of a subscription. */
export interface Marks {
  /** It lives, also if no run works from now on. */
  readonly certain: string;
  /** It lives if the runs work. */
  readonly kept: string;
  readonly renewal: string;
  readonly stop: string;
  readonly gap: string;
  readonly unknown: string;
  readonly tick: string;
  /** Between two times. */
  readonly to: string;
  /** The keys that move. */
  readonly sideways: string;
  readonly upAndDown: string;
}

const unicodeMarks: Marks = {
  ...{ to: "–", sideways: "←→", upAndDown: "↑↓" },
  ...{ certain: "━", kept: "─", renewal: "●", stop: "×", gap: "·", unknown: "?", tick: "│" },
};
const asciiMarks: Marks = {
  ...{ to: "-", sideways: "left/right", upAndDown: "up/down" },
  ...{ certain: "=", kept: "-", renewal: "R", stop: "X", gap: ".", unknown: "?", tick: "|" },
};

export function marksFor(env: Environment): Marks {
  return drawsUnicode(env) ? unicodeMarks : asciiMarks;
}

const gap = "  ";
const narrowestPanel = 24;
const narrowestBar = 4;
/** Columns of a profile or URL that are worth showing. */
const shortestRest = 10;

/** How many rows stand beside each other: as few as the height allows, and none is hidden. */
export function panelsFor(rows: number, { width, height }: Pick<ChartOptions, "width" | "height">) {
  const most = Math.max(1, Math.floor((width + gap.length) / (narrowestPanel + gap.length)));
  return Math.min(most, Math.max(1, Math.ceil(rows / Math.max(1, height))));
}

/** The axis, then a line for each row, or for several. */
export function drawChart(rows: readonly ForecastRow[], options: ChartOptions): readonly string[] {
  const { width, measure, redact } = options;
  const panels = panelsFor(rows.length, options);
  const panelWidth = Math.floor((width - gap.length * (panels - 1)) / panels);
  const names = namesOf(rows).map(redact);
  const nameWidth = nameWidthFor(rows, names, panelWidth, measure);
  const barWidth = Math.max(narrowestBar, panelWidth - nameWidth - 1);
  const lines = Math.ceil(rows.length / panels);

  const axis = `${" ".repeat(nameWidth + 1)}${drawAxis(barWidth, options)}`;
  const drawn = rows.map((row, index) => {
    const name = fitName(row, names[index] ?? "", nameWidth, measure);
    const space = " ".repeat(Math.max(0, nameWidth - measure(name)) + 1);
    return `${name}${space}${drawBar(row, barWidth, options)}`;
  });
  return [
    options.style.dim(Array<string>(panels).fill(axis).join(gap).trimEnd()),
    ...Array.from({ length: lines }, (_, line) =>
      Array.from({ length: panels }, (_, panel) => drawn[panel * lines + line])
        .filter((each) => each !== undefined)
        .join(gap),
    ),
  ];
}

/** Columns for names: for all of each, or for the ids alone where little more would fit. */
function nameWidthFor(
  rows: readonly ForecastRow[],
  names: readonly string[],
  panelWidth: number,
  measure: Measure,
): number {
  const most = Math.floor(panelWidth * 0.4);
  const widest = (texts: readonly string[]) =>
    texts.reduce((most, text) => Math.max(most, measure(text)), 0);
  const ids = widest(rows.map(({ shortId }) => shortId));
  const whole = widest(names);
  if (whole <= most) return whole;
  return most - ids > shortestRest ? most : ids;
}

/** The id stays whole. */
function fitName({ shortId }: ForecastRow, name: string, width: number, measure: Measure): string {
  const rest = name.startsWith(`${shortId} `) ? name.slice(shortId.length + 1) : "";
  if (rest === "") return truncateMiddle(name, width, measure);
  const room = width - measure(shortId) - 1;
  return room < 1 ? shortId : `${shortId} ${truncateMiddle(rest, room, measure)}`;
}

/** What the marks mean, in lines. */
export function drawLegend({
  marks,
  width,
  style,
}: Pick<ChartOptions, "marks" | "width" | "style">): readonly string[] {
  const { certain, kept, renewal, stop, gap: none } = marks;
  const legend = `${certain} certain  ${kept} if runs work  ${renewal} renewal  ${stop} events stop  ${none} no events`;
  return wrapLine(legend, width).map(style.dim);
}

/** Short ids with what tells rows apart: the profile where there are several, and the URL. */
export function namesOf(rows: readonly ForecastRow[]): readonly string[] {
  const isMany = new Set(rows.map(({ profile }) => profile)).size > 1;
  return rows.map(({ shortId, profile, url }) =>
    [shortId, isMany ? profile : "", url.replace(/^https?:\/\//, "")]
      .map(oneLine)
      .filter((part) => part !== "")
      .join(" "),
  );
}

function drawAxis(width: number, { from, until, marks }: ChartOptions): string {
  let line = "";
  for (const { at, label } of ticksOf(from, until, Math.floor(width / tickWidth))) {
    const column = Math.floor(((at - from) / (until - from)) * width);
    const text = `${marks.tick}${label}`;
    if (column < line.length || column + text.length > width) continue;
    line = line.padEnd(column) + text;
    line += " ";
  }
  return line.slice(0, width).padEnd(width);
}

function drawBar(row: ForecastRow, width: number, options: ChartOptions): string {
  const { from, until, style } = options;
  const span = (until - from) / width;
  const paint: Readonly<Partial<Record<keyof Marks, (text: string) => string>>> = {
    certain: style.green,
    renewal: style.green,
    stop: style.red,
    gap: style.dim,
    unknown: style.yellow,
  };
  let line = "";
  let run: { readonly mark: keyof Marks; length: number } | undefined;
  const end = () => {
    if (!run) return;
    const text = options.marks[run.mark].repeat(run.length);
    line += paint[run.mark]?.(text) ?? text;
  };
  for (let cell = 0; cell < width; cell++) {
    const mark = markAt(row, from + cell * span, from + (cell + 1) * span);
    if (run?.mark === mark) run.length += 1;
    else {
      end();
      run = { mark, length: 1 };
    }
  }
  end();
  return line;
}

/** What happens to a subscription in this time; what ends matters most. */
function markAt(
  { expiresAt, renewals, gapFrom, isUnknown }: ForecastRow,
  from: number,
  until: number,
): keyof Marks {
  if (isUnknown) return "unknown";
  if (gapFrom !== undefined && gapFrom < from) return "gap";
  if (gapFrom !== undefined && gapFrom < until) return "stop";
  if (renewals.some((at) => at >= from && at < until)) return "renewal";
  return until <= expiresAt ? "certain" : "kept";
}
