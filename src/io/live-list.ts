import { oneLine } from "../one-line.ts";
import type { IO } from "./io.ts";
import { statusColors, statusMarks } from "./marks.ts";

type LiveState = "waiting" | "running" | "pass" | "warn" | "fail" | "skip";

/** Lines on a terminal that are updated in place, one per title. */
export interface LiveList {
  /** Updates the line with this title, if any. */
  update(title: string, state: LiveState, text?: string): void;
  /** Erases all lines until the next update. */
  hide(): void;
  /** Erases all lines permanently. */
  erase(): void;
}

interface Line {
  readonly title: string;
  state: LiveState;
  text: string;
}

const marks: Readonly<Record<LiveState, string>> = { waiting: "·", running: "…", ...statusMarks };

/** Until the list is erased, nothing else may write to the terminal. Draws nothing unless `io.watched`. */
export function createLiveList(
  io: Pick<IO, "stderr" | "errorStyle" | "watched" | "terminal" | "redactor">,
  titles: readonly string[],
): LiveList {
  const { stderr, errorStyle, watched, terminal, redactor } = io;
  const lines: Line[] = titles.map((title) => ({ title, state: "waiting", text: "" }));
  const titleWidth = Math.max(...titles.map(({ length }) => length));
  /** Of the lines on the screen. */
  let widths: readonly number[] = [];
  let ended = !watched;

  function render({ title, state, text }: Line, room: number) {
    const { dim } = errorStyle;
    const paints = { waiting: dim, running: dim, ...statusColors(errorStyle) };
    const rest = [...oneLine(redactor.message(` ${title.padEnd(titleWidth)}  ${text}`.trimEnd()))];
    const shown = rest.slice(0, Math.max(0, room - 1)).join("");
    const painted = `${paints[state](marks[state])}${state === "waiting" ? dim(shown) : shown}`;
    return { painted, width: shown.length + 1 };
  }

  /** Moves to the start of the first line, and erases everything below. */
  function clear(): string {
    const columns = stderr.columns || 80;
    // A terminal that became narrower has wrapped long lines.
    const taken = widths.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columns)), 0);
    const up = Math.min(taken, roomFor());
    return `\r${up > 0 ? `\u001b[${up}A` : ""}\u001b[J`;
  }

  /** Leaves one line free besides the cursor's: some terminals save a fully cleared screen to the scrollback. */
  function roomFor(): number {
    return Math.max(1, (stderr.rows || 24) - 2);
  }

  function draw(): void {
    // The last column may wrap.
    const room = (stderr.columns || 80) - 1;
    const shown = visible(lines, roomFor()).map((line) => render(line, room));
    const text = shown.map((line) => `${line.painted}\n`).join("");
    stderr.write(`${clear()}\u001b[?7l${text}\u001b[?7h`);
    widths = shown.map(({ width }) => width);
  }

  /** Whether the lines are on the screen, and not hidden. */
  let shown = false;
  const erase = () => {
    stderr.write(clear());
    widths = [];
  };
  const drawAll = () => {
    shown = true;
    draw();
  };
  const detach = ended
    ? undefined
    : terminal?.attach({
        stop: () => shown && erase(),
        redraw: () => shown && draw(),
      });
  if (!ended) drawAll();
  return {
    update(title, state, text = "") {
      const line = lines.find((each) => each.title === title);
      if (ended || !line) return;
      line.state = state;
      line.text = text;
      drawAll();
    },
    hide() {
      if (ended) return;
      shown = false;
      erase();
    },
    erase() {
      if (ended) return;
      ended = true;
      detach?.();
      erase();
    },
  };
}

/** Lines that a short terminal does without, first to last. What is running, failed or wants attention stays. */
const dispensable: readonly (readonly [LiveState, "first" | "last"])[] = [
  ["skip", "first"],
  ["waiting", "last"],
  ["pass", "first"],
  ["running", "last"],
  ["warn", "first"],
];

/** The lines that fit, in their order. */
function visible(lines: readonly Line[], room: number): readonly Line[] {
  const shown = [...lines];
  for (const [state, end] of dispensable) {
    while (shown.length > room) {
      const has = (line: Line) => line.state === state;
      const index = end === "first" ? shown.findIndex(has) : shown.findLastIndex(has);
      if (index < 0) break;
      shown.splice(index, 1);
    }
  }
  return shown.slice(-Math.max(1, room));
}
