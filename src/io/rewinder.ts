import type { IO, StreamOut } from "./io.ts";
import { countColumns } from "./text.ts";

/** Erases what was written since a call of `mark`; false where it cannot, because the lines may stand elsewhere now. */
export type Rewind = () => boolean;

/** Takes lines back that are on a terminal already. */
export interface Rewinder {
  mark(): Rewind;
  /** Tells that the terminal was left to the shell, which writes too. */
  forget(): void;
}

export function createRewinder(io: Pick<IO, "stderr" | "followWrites" | "endProgress">): Rewinder {
  const { stderr } = io;
  let follows = false;
  let cursor: Cursor = { row: 0, column: 0, wraps: true };
  let stops = 0;
  return {
    mark() {
      if (!follows) {
        follows = true;
        io.followWrites((text) => {
          cursor = moved(cursor, text, widthOf(stderr));
        });
      }
      const from = { row: cursor.row, width: widthOf(stderr), stops };
      return () => {
        // A terminal of another width may have broken the lines anew.
        if (from.width !== widthOf(stderr) || from.stops !== stops) return false;
        io.endProgress();
        // The cursor stops at the top of the screen: what has left it stays.
        const up = cursor.row - from.row;
        stderr.write(`\r${up > 0 ? `\u001b[${up}A` : ""}\u001b[J`);
        return true;
      };
    },
    forget() {
      stops += 1;
    },
  };
}

function widthOf({ columns }: StreamOut): number {
  return columns || 80;
}

interface Cursor {
  /** Counted from where it was at first. */
  readonly row: number;
  readonly column: number;
  /** Whether a line goes on in the next row where it is longer than the terminal is wide. */
  readonly wraps: boolean;
}

/** Where the cursor is after a text with the escape sequences that prompts, lists and progress lines use. */
function moved(from: Cursor, text: string, width: number): Cursor {
  let { row, column, wraps } = from;
  for (const [part, count = "", final] of text.matchAll(parts)) {
    const steps = Number(count) || 1;
    if (part === "\n") row += 1;
    if (part === "\n" || part === "\r") column = 0;
    else if (final === "A") row -= steps;
    else if (final === "B") row += steps;
    else if (final === "G") column = steps - 1;
    else if (final === "h" || final === "l") wraps = final === "h";
    else if (!part.startsWith("\u001b")) {
      const end = column + countColumns(part);
      const rows = wraps ? Math.max(0, Math.ceil(end / width) - 1) : 0;
      row += rows;
      column = wraps ? end - rows * width : Math.min(end, width);
    }
  }
  return { row, column, wraps };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
const parts = /\x1b\[\??([\d;]*)([A-Za-z])|\x1b\][^\x07\x1b]*\x07|\n|\r|[^\x1b\r\n]+|\x1b/g;
