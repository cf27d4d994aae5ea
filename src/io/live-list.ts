import type { IO } from "./io.ts";
import { statusColors, statusMarks } from "./marks.ts";
import { oneLine } from "./text.ts";

type LiveState = "waiting" | "begun" | "pass" | "warn" | "fail" | "skip";

/** Lines on a terminal that turn where they stand, one for each title. */
export interface LiveList {
  /** Turns the line of this title, if there is one. */
  turn(title: string, state: LiveState, text?: string): void;
  /** Takes all lines away, for whoever writes something else. The next turn draws them again. */
  hide(): void;
  /** Takes all lines away. Nothing is drawn after that. */
  erase(): void;
}

interface Line {
  readonly title: string;
  state: LiveState;
  text: string;
}

const marks: Readonly<Record<LiveState, string>> = { waiting: "·", begun: "…", ...statusMarks };

/** Nothing else may write to the terminal until the list is erased. Draws nothing where nobody watches. */
export function createLiveList(
  io: Pick<IO, "stderr" | "errorStyle" | "watched">,
  titles: readonly string[],
): LiveList {
  const { stderr, errorStyle, watched } = io;
  const lines: Line[] = titles.map((title) => ({ title, state: "waiting", text: "" }));
  const titleWidth = Math.max(...titles.map(({ length }) => length));
  /** Of the lines that stand there. */
  let widths: readonly number[] = [];
  let ended = !watched;

  function render({ title, state, text }: Line, room: number) {
    const { dim } = errorStyle;
    const paints = { waiting: dim, begun: dim, ...statusColors(errorStyle) };
    const rest = [...oneLine(` ${title.padEnd(titleWidth)}  ${text}`.trimEnd())];
    const shown = rest.slice(0, Math.max(0, room - 1)).join("");
    const painted = `${paints[state](marks[state])}${state === "waiting" ? dim(shown) : shown}`;
    return { painted, width: shown.length + 1 };
  }

  /** Back to the beginning of the first line, and all that follows taken away. */
  function clear(): string {
    const columns = stderr.columns || 80;
    // A terminal that has become narrower has broken long lines in two.
    const taken = widths.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columns)), 0);
    const up = Math.min(taken, roomFor());
    return `\r${up > 0 ? `\u001b[${up}A` : ""}\u001b[J`;
  }

  /** Beside the cursor's line one stays free: what clears a whole screen is kept by some terminals for scrolling. */
  function roomFor(): number {
    return Math.max(1, (stderr.rows || 24) - 2);
  }

  function draw(): void {
    // The last column may wrap, and what has scrolled away cannot be erased.
    const room = (stderr.columns || 80) - 1;
    const shown = visible(lines, roomFor()).map((line) => render(line, room));
    const text = shown.map((line) => `${line.painted}\n`).join("");
    stderr.write(`${clear()}\u001b[?7l${text}\u001b[?7h`);
    widths = shown.map(({ width }) => width);
  }

  if (!ended) draw();
  return {
    turn(title, state, text = "") {
      const line = lines.find((each) => each.title === title);
      if (ended || !line) return;
      line.state = state;
      line.text = text;
      draw();
    },
    hide() {
      if (ended) return;
      stderr.write(clear());
      widths = [];
    },
    erase() {
      if (ended) return;
      ended = true;
      stderr.write(clear());
    },
  };
}

/** As many lines as there is room for, the last one that has turned among them. */
function visible(lines: readonly Line[], room: number): readonly Line[] {
  const latest = lines.findLastIndex(({ state }) => state !== "waiting");
  const start = Math.max(0, Math.min(latest + 1 - room, lines.length - room));
  return lines.slice(start, start + Math.max(1, room));
}
