import type { CommandContext } from "../../context.ts";
import { openFullScreen } from "../../io/full-screen.ts";
import { truncateMiddle } from "../../io/text.ts";
import { localTime } from "./forecast-axis.ts";
import { type ChartLook, drawChart, drawLegend, panelsFor } from "./forecast-chart.ts";
import type { ForecastPlan } from "./forecast-rows.ts";

/** Columns of a bar on 80 columns, for the time that the first screen shows. */
const usualBar = 30;
/** Milliseconds: nothing shorter can be looked at. */
const shortestSpan = 3_600_000;

/** Shows a part of the time, with every row, until the user leaves: keys move through the time, and change its scale. */
export async function scrollForecast(
  { rows, from, until, every }: ForecastPlan,
  look: ChartLook,
  context: CommandContext,
): Promise<void> {
  const { io } = context;
  const whole = until - from;
  // A run for each column.
  let span = Math.min(whole, Math.max(shortestSpan, every * usualBar));
  let start = from;
  let firstRow = 0;
  let pageSize = rows.length;

  const screen = openFullScreen(io, async (height) => {
    const legend = drawLegend({ ...look, width: io.width });
    const room = Math.max(1, height - 2 - legend.length);
    const panels = panelsFor(rows.length, { width: io.width, height: room });
    pageSize = panels * room;
    firstRow = Math.max(0, Math.min(firstRow, rows.length - pageSize));
    const chart = { ...look, from: start, until: start + span, width: io.width, height: room };
    const times = `${localTime(start, from)} ${look.marks.to} ${localTime(start + span, from)}`;
    const header = drawHeader(times, rows.length > pageSize, look, io.width);
    const shown = rows.slice(firstRow, firstRow + pageSize);
    return [header, ...drawChart(shown, chart), ...legend];
  });
  const move = (to: number) => {
    start = Math.max(from, Math.min(to, until - span));
  };
  const zoom = (factor: number) => {
    const middle = start + span / 2;
    span = Math.min(whole, Math.max(Math.min(whole, shortestSpan), span * factor));
    // The beginning stays where it is seen.
    move(start === from ? from : middle - span / 2);
  };
  const actions: Readonly<Record<string, () => void>> = {
    right: () => move(start + span / 2),
    left: () => move(start - span / 2),
    pagedown: () => move(start + span),
    pageup: () => move(start - span),
    home: () => move(from),
    end: () => move(until),
    "+": () => zoom(1 / 2),
    "=": () => zoom(1 / 2),
    "-": () => zoom(2),
    down: () => {
      firstRow += 1;
    },
    up: () => {
      firstRow = Math.max(0, firstRow - 1);
    },
  };
  const prompter = await context.prompter();
  try {
    await screen.draw();
    await prompter.keys(async (key) => {
      if (key === "q" || key === "escape") return false;
      actions[key]?.();
      await screen.draw();
      return true;
    });
  } finally {
    screen.close();
  }
}

/** The times, and as much about the keys as fits beside them. */
function drawHeader(
  times: string,
  hasMoreRows: boolean,
  { marks, style, measure }: ChartLook,
  width: number,
): string {
  const { sideways, upAndDown } = marks;
  const keys = [
    `${sideways} time  +- scale${hasMoreRows ? `  ${upAndDown} rows` : ""}  q quit`,
    `${sideways} +-${hasMoreRows ? ` ${upAndDown}` : ""} q`,
    "q quit",
  ].find((each) => measure(times) + 2 + measure(each) <= width);
  return keys === undefined
    ? truncateMiddle(times, width, measure)
    : `${times}  ${style.dim(keys)}`;
}
