import { type Measure, truncateMiddle } from "../../io/text.ts";
import { oneLine } from "../../one-line.ts";
import { pluralize } from "../../phrases.ts";
import { formatDuration } from "../../subscriptions/lifetime.ts";
import { instant } from "../../subscriptions/time.ts";
import { ticksOf } from "./forecast-axis.ts";
import { namesOf } from "./forecast-chart.ts";
import type { ForecastPlan, ForecastRow } from "./forecast-rows.ts";

const width = 960;
const margin = 16;
/** Where the names end, and the bars begin. */
const left = 276;
const right = width - margin;
const top = 78;
const rowHeight = 24;
/** Characters of a name, which the font makes 7.3 pixels wide at the most. */
const nameLength = 34;
/** Pixels from tick to tick. */
const tickDistance = 76;

const css = `
  svg { color-scheme: light dark; background: #ffffff; }
  text { font: 12px ui-monospace, Menlo, Consolas, monospace; fill: #1f2328; }
  .title { font: 600 15px system-ui, sans-serif; }
  .small { font: 12px system-ui, sans-serif; fill: #59636e; }
  .grid { stroke: #d1d9e0; }
  .certain { fill: #1a7f37; }
  .kept { stroke: #1a7f37; stroke-width: 2; }
  .renewal { fill: #ffffff; stroke: #1a7f37; stroke-width: 2; }
  .gap { stroke: #818b98; stroke-dasharray: 2 5; }
  .stop { stroke: #cf222e; stroke-width: 2.5; }
  @media (prefers-color-scheme: dark) {
    svg { background: #0d1117; }
    text { fill: #f0f6fc; }
    .small { fill: #9198a1; }
    .grid { stroke: #3d444d; }
    .certain { fill: #3fb950; }
    .kept { stroke: #3fb950; }
    .renewal { fill: #0d1117; stroke: #3fb950; }
    .gap { stroke: #656c76; }
    .stop { stroke: #f85149; }
  }
`;

/** The forecast as a picture that needs nothing else: times in UTC, light or dark as its viewer prefers, no script. */
export function drawSvg(
  plan: ForecastPlan,
  { measure, redact }: { readonly measure: Measure; readonly redact: (text: string) => string },
): string {
  const { rows, from, until, every } = plan;
  const bottom = top + rows.length * rowHeight;
  const height = bottom + 48;
  const names = namesOf(rows).map(redact);
  const count = pluralize(rows.length, "subscription");
  const title = `Forecast of ${count}`;
  const period = `${instant(from)} to ${instant(until)} (UTC), rcwh renew every ${formatDuration(every / 1000)}`;
  const x = (at: number) => round(left + ((at - from) / (until - from)) * (right - left));
  const descriptions = rows.map((row, index) => `${names[index]}: ${describe(row)}.`);

  const ticks = ticksOf(from, until, Math.floor((right - left) / tickDistance), true).map(
    ({ at, label }) =>
      `<line class="grid" x1="${x(at)}" y1="${top - 8}" x2="${x(at)}" y2="${bottom}"/>` +
      (x(at) < right - 40
        ? `<text class="small" x="${x(at) + 3}" y="${top - 12}">${escapeXml(label)}</text>`
        : ""),
  );
  const bars = rows.map((row, index) => {
    const middle = top + index * rowHeight + rowHeight / 2;
    const name = truncateMiddle(names[index] ?? "", nameLength, measure);
    return [
      `<g><title>${escapeXml(descriptions[index] ?? "")}</title>`,
      `<text x="${margin}" y="${middle + 4}">${escapeXml(name)}</text>`,
      ...drawBar(row, middle, plan, x),
      "</g>",
    ].join("");
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title desc">`,
    `<title id="title">${escapeXml(title)}</title>`,
    `<desc id="desc">${escapeXml([`${period}.`, ...descriptions].join("\n"))}</desc>`,
    `<style>${css}</style>`,
    `<text class="title" x="${margin}" y="28">${escapeXml(title)}</text>`,
    `<text class="small" x="${margin}" y="46">${escapeXml(period)}</text>`,
    ...ticks,
    ...bars,
    ...drawLegend(bottom + 28),
    "</svg>",
  ].join("\n");
}

function drawBar(
  { expiresAt, renewals, gapFrom, isUnknown }: ForecastRow,
  y: number,
  { from, until }: ForecastPlan,
  x: (at: number) => number,
): readonly string[] {
  if (isUnknown) return [`<text class="small" x="${left}" y="${y + 4}">?</text>`];
  const end = Math.min(gapFrom ?? until, until);
  const sure = Math.min(Math.max(expiresAt || from, from), end);
  return [
    ...(sure > from ? [certain(x(from), y, x(sure) - x(from))] : []),
    ...(end > sure ? [line("kept", x(sure), x(end), y)] : []),
    ...renewals.map((at) => circle(x(at), y)),
    ...(gapFrom === undefined
      ? []
      : [line("gap", x(end), right, y), cross(Math.min(x(end) + 4, right), y)]),
  ];
}

function drawLegend(y: number): readonly string[] {
  const entries: readonly (readonly [string, (at: number) => string])[] = [
    ["lives in any case", (at) => certain(at, y, 24)],
    ["lives if the runs work", (at) => line("kept", at, at + 24, y)],
    ["renewal", (at) => circle(at + 12, y)],
    ["events stop", (at) => cross(at + 12, y)],
    ["no events", (at) => line("gap", at, at + 24, y)],
  ];
  return entries.map(([text, draw], index) => {
    const at = margin + index * 180;
    return `${draw(at)}<text class="small" x="${at + 32}" y="${y + 4}">${text}</text>`;
  });
}

function certain(from: number, y: number, length: number): string {
  return `<rect class="certain" x="${from}" y="${y - 4}" width="${round(length)}" height="8" rx="2"/>`;
}

function line(name: string, from: number, to: number, y: number): string {
  return `<line class="${name}" x1="${from}" y1="${y}" x2="${to}" y2="${y}"/>`;
}

function circle(x: number, y: number): string {
  return `<circle class="renewal" cx="${x}" cy="${y}" r="4"/>`;
}

function cross(x: number, y: number): string {
  return `<path class="stop" d="M${x - 4} ${y - 4}l8 8m0 -8l-8 8"/>`;
}

function describe({ renewals, gapFrom, lost, expiresAt, isUnknown }: ForecastRow): string {
  if (isUnknown) return "cannot be read";
  if (lost !== undefined) return `${lost}, no events`;
  const times = renewals.length === 1 ? "once" : `${renewals.length} times`;
  const renewed = renewals.length === 0 ? "" : `, renewed ${times} if the runs work`;
  const end = gapFrom === undefined ? "" : `, events stop ${instant(gapFrom)} in any case`;
  return `lives until ${Number.isNaN(expiresAt) ? "an unknown time" : instant(expiresAt)}${renewed}${end}`;
}

function round(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}

/** Escapes foreign text for XML, and removes characters that XML does not allow. */
function escapeXml(text: string): string {
  return text
    .split("\n")
    .map(oneLine)
    .join("\n")
    .replace(/[\p{Cs}\ufffe\uffff]/gu, "\ufffd")
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
