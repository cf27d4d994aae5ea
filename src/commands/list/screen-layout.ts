import type { Frame, Size } from "../../io/alternate-screen.ts";
import { wrap } from "../../io/text.ts";
import { pluralize } from "../../phrases.ts";
import { detailsOf, drawDetails } from "./screen-details.ts";
import { allHelp, endHelp, helpFor, type KeyHelp } from "./screen-keys.ts";
import { drawList } from "./screen-list.ts";
import type { Look } from "./screen-look.ts";
import {
  allRows,
  isOnlyDue,
  itemsOf,
  rowsIn,
  type ScreenState,
  selectedRow,
  topFor,
} from "./screen-state.ts";

/** What is seen besides the state. */
export interface Scene {
  readonly now: number;
  /** The time of the latest listing, or what is going on. */
  readonly activity: string;
  /** What was said last. */
  readonly notice: string | undefined;
  /** Why the rows are old, if so. */
  readonly outage: string | undefined;
  /** What stands in place of an empty list. */
  readonly none: string;
  readonly look: Look;
  /** As in `RowOptions`. */
  readonly safe: (text: string) => string;
}

export interface Layout extends Frame {
  /** The first line of the list, and of the page of keys. */
  readonly top: number;
  readonly help: number | undefined;
  /** Lines that a page has. */
  readonly page: number;
}

/** From here on the details stand beside the list. */
const widthForBoth = 120;

/** Everything as lines of the terminal's size. */
export function layOut(state: ScreenState, scene: Scene, { columns, rows }: Size): Layout {
  const { look } = scene;
  const title = drawTitle(state, scene, columns);
  const messages = messagesOf(scene, columns, Math.floor(rows / 4));
  const keys = state.isTyping ? [] : keyLines(state, columns, rows >= 20 ? 2 : 1, look);
  const above = rows > 2 ? [title] : [];
  const below = state.isTyping
    ? [...messages, look.cut(look.plain(`/${state.query}`), Math.max(1, columns - 1))]
    : [...messages, ...keys];
  const fitting = below.slice(Math.max(0, below.length - Math.max(0, rows - above.length - 1)));
  const height = Math.max(1, rows - above.length - fitting.length);
  const middle =
    state.help === undefined
      ? drawMiddle(state, scene, { columns, rows: height })
      : { ...drawHelp(state.help, { columns, rows: height }, look), top: state.top };
  const lines = [...above, ...middle.lines, ...fitting].slice(0, rows);
  const last = lines.at(-1) ?? "";
  const typed = state.isTyping ? look.measure(plainText(last)) : columns - 1;
  return {
    lines,
    cursor: {
      row: Math.max(0, lines.length - 1),
      column: Math.max(0, Math.min(columns - 1, typed)),
    },
    top: middle.top,
    help: middle.help,
    page: middle.page,
  };
}

function plainText(line: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colors begin with one
  return line.replace(/\u001b\[\d*m/g, "");
}

/** How many there are, what of them is shown, and how fresh they are. */
function drawTitle(state: ScreenState, { activity, look }: Scene, width: number): string {
  const { style, measure, marks, plain, cut, cutWords } = look;
  const all = allRows(state);
  const seen = rowsIn(state).length;
  const failing = all.filter(({ health }) => health === "bad").length;
  const due = all.filter(isOnlyDue).length;
  const partial = all.filter((row) => row.health === "warn" && !row.isDue).length;
  const parts = [
    seen === all.length ? pluralize(all.length, "subscription") : `${seen} of ${all.length}`,
    ...(state.only === undefined ? [] : [`only ${state.only}`]),
    ...(state.query.trim() === "" || state.isTyping ? [] : [`"${state.query.trim()}"`]),
    ...(failing > 0 ? [`${failing} failing`] : []),
    ...(due > 0 ? [`${due} due`] : []),
    ...(partial > 0 ? [`${partial} with disabled filters`] : []),
    ...(state.sort === "expiry" ? [] : [`by ${state.sort}`]),
  ];
  const left = cut(plain(parts.join(` ${marks.dot} `)), width);
  const right = cutWords(plain(activity), width - measure(left) - 2);
  const space = width - measure(left) - measure(right);
  return right === ""
    ? style.bold(left)
    : `${style.bold(left)}${" ".repeat(space)}${style.dim(right)}`;
}

/** The outage and the latest notice, in a few lines. */
function messagesOf(
  { outage, notice, look }: Scene,
  width: number,
  most: number,
): readonly string[] {
  const { style, measure, plain, cut } = look;
  const lines = (text: string) => wrap(plain(text), width, measure).map((line) => cut(line, width));
  return [
    ...(outage === undefined ? [] : lines(outage).map(style.yellow)),
    ...(notice === undefined ? [] : lines(notice).map(style.cyan)),
  ].slice(0, Math.max(1, most));
}

/** As many keys as pad; what shows all of them, and what quits, comes last. */
function keyLines(
  state: ScreenState,
  width: number,
  most: number,
  { style, measure, plain, marks }: Look,
): readonly string[] {
  const drawn = (keys: readonly KeyHelp[]) =>
    keys.map(({ key, label }) => `${style.bold(plain(key))} ${style.dim(label)}`).join("  ");
  const widthOf = (keys: readonly KeyHelp[]) =>
    keys.reduce((sum, { key, label }) => sum + measure(key) + label.length + 3, -2);
  const isHelp = state.help !== undefined;
  const last = isHelp ? [{ key: "Esc", label: "back", meaning: "" }] : endHelp;
  const wanted = isHelp
    ? [{ key: marks.upAndDown, label: "move", meaning: "" }]
    : helpFor(selectedRow(state));
  if (widthOf(last) > width) return [style.dim("?".slice(0, width))];
  const fits = (keys: readonly KeyHelp[], isLast: boolean) =>
    widthOf(isLast ? [...keys, ...last] : keys) <= width;
  const lines: KeyHelp[][] = [[]];
  for (const each of wanted) {
    const line = lines.at(-1) ?? [];
    if (fits([...line, each], lines.length === most)) line.push(each);
    else if (lines.length < most) {
      lines.push(fits([each], lines.length + 1 === most) ? [each] : []);
    }
  }
  if (!fits(lines.at(-1) ?? [], true)) lines.push([]);
  lines.at(-1)?.push(...last);
  return lines.map(drawn);
}

interface Middle {
  readonly lines: readonly string[];
  readonly top: number;
  readonly page: number;
  readonly help?: number;
}

/** The list, with the details beside it or below it. */
function drawMiddle(state: ScreenState, scene: Scene, { columns, rows }: Size): Middle {
  const { look, now, safe } = scene;
  const { style, marks, measure } = look;
  const row = selectedRow(state);
  const details = row ? detailsOf(row, now, safe) : [];
  const isBeside = columns >= widthForBoth;
  const sideWidth = Math.max(44, Math.min(76, Math.floor(columns * 0.38)));
  const width = isBeside ? columns - sideWidth - 3 : columns;
  const hasHeading = rows >= 7 && columns >= 40;
  const items = itemsOf(state);
  // Below a short list there is more room.
  const unused = rows - items.length - (hasHeading ? 1 : 0);
  const most = Math.max(Math.min(Math.floor(rows * 0.45), 11), Math.min(unused, 16));
  const room = { width: columns, height: most - 1 };
  const below =
    isBeside || rows < 9
      ? []
      : [style.dim(marks.rule.repeat(columns)), ...drawDetails(details, room, look)];
  const height = Math.max(1, rows - below.length - (hasHeading ? 1 : 0));
  const top = topFor(items, state, height);
  const seen = items.slice(top, top + height);
  const list = drawList(seen, allRows(state), state.selected, { width, now }, look);
  const empty = seen.length > 0 ? [] : emptyLines(state, scene, width);
  const lines = [...(hasHeading ? [list.heading] : []), ...list.lines, ...empty];
  const filled = [
    ...lines,
    ...Array<string>(Math.max(0, rows - below.length - lines.length)).fill(""),
  ];
  if (!isBeside) return { lines: [...filled, ...below], top, page: height };
  const side = drawDetails(details, { width: sideWidth, height: rows }, look);
  const beside = filled.map((line, index) => {
    const space = " ".repeat(Math.max(0, width - measure(plainText(line))));
    return `${line}${space} ${style.dim(marks.beside)} ${side[index] ?? ""}`;
  });
  return { lines: beside, top, page: height };
}

function emptyLines(
  state: ScreenState,
  { none, look: { plain, measure, cut } }: Scene,
  width: number,
): readonly string[] {
  const text = allRows(state).length === 0 ? none : "Nothing matches. Escape shows everything.";
  return wrap(plain(text), width, measure).map((line) => cut(line, width));
}

/** The page of all keys, in as many columns as it takes. */
function drawHelp(from: number, { columns, rows }: Size, look: Look) {
  const keys = allHelp(look.marks.upAndDown);
  const keyWidth = Math.max(...keys.map(({ key }) => look.measure(key)));
  const meaningWidth = Math.max(...keys.map(({ meaning }) => meaning.length));
  const room = keyWidth + 2 + meaningWidth + 3;
  const panels = Math.max(
    1,
    Math.min(Math.ceil(keys.length / rows), Math.floor((columns + 3) / room)),
  );
  const perPanel = Math.ceil(keys.length / panels);
  const width = panels === 1 ? columns : room;
  const drawn = keys.map(({ key, meaning }) => {
    const text = `${look.pad(look.plain(key), keyWidth)}  ${meaning}`;
    return look.pad(text, width);
  });
  const all = Array.from({ length: perPanel }, (_, line) =>
    Array.from({ length: panels }, (_, panel) => drawn[panel * perPanel + line] ?? "")
      .join("")
      .trimEnd(),
  );
  const help = Math.max(0, Math.min(from, all.length - rows));
  const shown = all.slice(help, help + rows);
  return {
    lines: [...shown, ...Array<string>(Math.max(0, rows - shown.length)).fill("")],
    help,
    page: rows,
  };
}
