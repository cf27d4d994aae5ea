import { distinctUrls } from "./distinct-urls.ts";
import { barCells, type Look, paintFor } from "./screen-look.ts";
import { expiryOf, type ScreenRow, shareLeft } from "./screen-rows.ts";
import type { Group, Item } from "./screen-state.ts";

/** Columns of each cell; 0 for one that does not fit. */
interface Widths {
  readonly status: number;
  readonly bar: number;
  readonly expiry: number;
  readonly id: number;
  readonly url: number;
  readonly filters: number;
  readonly isWholeId: boolean;
  /** Whether it says of what is over that it has `expired`, or was `noticed`. */
  readonly isExpiryWhole: boolean;
}

const gap = "  ";
/** The cursor and the mark, each with a space. */
const before = 4;
/** `in 9 y 48 d`, `13 h 43 min ago`: no number is cut. */
const mostExpiry = 17;
const leastUrl = 12;
const leastFilters = 20;
/** Where only the filters tell rows of one URL apart: `posts`, `sms, voicemail`. */
const fewestFilters = 9;

/** What fits into `width`: the id, then the expiry and its bar, the URL, the status, the filters; whole ids last. */
function widthsFor(rows: readonly ScreenRow[], width: number, now: number, look: Look): Widths {
  const widest = (least: number, most: number, text: (row: ScreenRow) => string) =>
    rows.reduce((wide, row) => Math.min(most, Math.max(wide, look.measure(text(row)))), least);
  const isExpiryWhole = rows.every((row) => look.measure(expiryOf(row, now)) <= mostExpiry);
  const id = widest(2, 36, ({ shortId }) => shortId);
  let left = width - before - id;
  /** Takes the columns if `spare` ones are left then. */
  const take = (columns: number, spare: number) => {
    if (left - columns - gap.length < spare) return 0;
    left -= columns + gap.length;
    return columns;
  };
  const expiryOfRow = (row: ScreenRow) => expiryIn(row, now, isExpiryWhole);
  const expiry = take(widest("EXPIRES".length, mostExpiry, expiryOfRow), 0);
  const narrow = take(8, leastUrl + gap.length);
  const status = take(
    widest("STATUS".length, 14, (row) => row.status),
    24 + gap.length,
  );
  const isWide = narrow > 0 && left >= 60;
  if (isWide) left -= 8;
  const bar = isWide ? 16 : narrow;
  const wholeId = widest(2, 40, (row) => row.id);
  const isWholeId = left - (wholeId - id) >= 84;
  if (isWholeId) left -= wholeId - id;
  const found = { status, expiry, bar, isWholeId, isExpiryWhole, id: isWholeId ? wholeId : id };
  const room = left - gap.length;
  if (room < leastUrl) return { ...found, url: 0, filters: 0 };
  const wanted = widest("URL".length, 60, shortUrl);
  const isShared = isUrlShared(rows);
  const textOf = (row: ScreenRow) => row.shortFilters.join(", ");
  const enough = widest("FILTERS".length, leastFilters, textOf);
  const least = isShared ? fewestFilters : enough;
  const filters = widest(least, room, textOf);
  const share = isShared ? room - gap.length - filters : Math.floor(room * 0.6);
  const spread = Math.min(wanted, Math.max(leastUrl, share));
  const url = room - wanted - gap.length >= enough ? wanted : spread;
  const rest = room - url - gap.length;
  if (rest < least) return { ...found, url: room, filters: 0 };
  return { ...found, url, filters: rest };
}

/** Whether there are rows of one URL with different filters. */
function isUrlShared(rows: readonly ScreenRow[]): boolean {
  const seen = new Map<string, string>();
  return rows.some(({ url, shortFilters }) => {
    const filters = shortFilters.join();
    const before = seen.get(url) ?? filters;
    seen.set(url, before);
    return before !== filters;
  });
}

/** The heading of the columns, and a line for each item; `selected` is a row's key. */
export function drawList(
  items: readonly Item[],
  all: readonly ScreenRow[],
  selected: string | undefined,
  { width, now }: { readonly width: number; readonly now: number },
  look: Look,
): { readonly heading: string; readonly lines: readonly string[] } {
  const widths = widthsFor(all, width, now, look);
  const { style, pad, cut } = look;
  const urls = distinctUrls(all.map(shortUrl), widths.url, look);
  const urlOf = (row: ScreenRow) => urls.get(shortUrl(row)) ?? "";
  const heading = cells(
    widths,
    {
      ...{ status: "STATUS", bar: "", expiry: "EXPIRES", id: "ID", url: "URL", filters: "FILTERS" },
    },
    look,
  );
  return {
    heading: style.dim(cut(`${" ".repeat(before)}${heading}`, width)),
    lines: items.map(({ row, heading: group }) =>
      row
        ? drawRow(row, row.key === selected, widths, { width, now, urlOf }, look)
        : style.bold(pad(titleOf(group, look), width)),
    ),
  };
}

/** A profile's name, how many rows it has, and why they are old, if so. */
function titleOf({ profile, rows, problem }: Group, { plain }: Look): string {
  const count = problem !== undefined && rows.length === 0 ? "" : ` (${rows.length})`;
  return plain(`${profile}${count}${problem === undefined ? "" : `: ${problem}`}`);
}

type Cells = Readonly<Record<"status" | "bar" | "expiry" | "id" | "url" | "filters", string>>;

/** One of the texts may be colored already, and as wide as its column. */
function cells(widths: Widths, texts: Cells, { pad }: Pick<Look, "pad">, bar?: string): string {
  const { status, expiry, id, url, filters } = widths;
  return [
    ...(status > 0 ? [pad(texts.status, status)] : []),
    ...(widths.bar > 0 ? [bar ?? " ".repeat(widths.bar)] : []),
    ...(expiry > 0 ? [pad(texts.expiry, expiry)] : []),
    pad(texts.id, id),
    ...(url > 0 ? [pad(texts.url, url)] : []),
    ...(filters > 0 ? [pad(texts.filters, filters)] : []),
  ].join(gap);
}

/** The status tells the rest, and so does its mark. */
function expiryIn(row: ScreenRow, now: number, isWhole: boolean): string {
  const text = expiryOf(row, now);
  return isWhole ? text : text.replace(/^(?:expired|noticed) /, "");
}

/** Nearly all begin alike. */
function shortUrl({ url }: ScreenRow): string {
  return url.replace(/^https:\/\//, "");
}

interface RowScene {
  readonly width: number;
  readonly now: number;
  readonly urlOf: (row: ScreenRow) => string;
}

function drawRow(
  row: ScreenRow,
  isSelected: boolean,
  widths: Widths,
  { width, now, urlOf }: RowScene,
  look: Look,
): string {
  const { marks, style, plain, cut } = look;
  const paint = paintFor(look, row.health);
  const cursor = isSelected ? marks.cursor : " ";
  const mark = marks.health[row.health];
  const texts = {
    ...{
      status: plain(row.status),
      bar: "",
      expiry: plain(expiryIn(row, now, widths.isExpiryWhole)),
    },
    id: plain(widths.isWholeId ? row.id : row.shortId),
    ...{ url: plain(urlOf(row)), filters: plain(row.shortFilters.join(", ")) },
  };
  // Without colors where the row itself has to be cut.
  if (width < before + widths.id) return cut(`${cursor} ${mark} ${texts.id}`, width);
  const emphasis = isSelected ? style.bold : row.kind === "recorded" ? style.dim : undefined;
  const filled = barCells(shareLeft(row, now), widths.bar);
  const bar = paint(marks.left.repeat(filled)) + style.dim(marks.spent.repeat(widths.bar - filled));
  const [head = "", tail = ""] = cells(widths, texts, look, "\n").split("\n");
  const styled = (text: string) => (text === "" ? "" : (emphasis?.(text) ?? text));
  const line = widths.bar > 0 ? `${styled(head)}${bar}${styled(tail)}` : styled(head + tail);
  return `${isSelected ? style.cyan(cursor) : cursor} ${paint(mark)} ${line}`;
}
