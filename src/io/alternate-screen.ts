import type { IO } from "./io.ts";

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** What the whole terminal shows. */
export interface Frame {
  /** At most one for each row; each is safe, and no wider than the terminal. */
  readonly lines: readonly string[];
  /** Where the cursor stands, which is never hidden. Counted from 0. */
  readonly cursor: { readonly row: number; readonly column: number };
}

/** A screen of its own beside the shell's, which is back as it was when this one is left. */
export interface AlternateScreen {
  /** Shows it, and draws everything. */
  enter(): void;
  /** Draws what has changed; nothing while the screen is left. */
  draw(): void;
  /** Draws everything again, also what somebody else has written over. */
  repaint(): void;
  /** Gives the terminal back to the shell's screen. */
  leave(): void;
  /** Leaves for good. */
  close(): void;
}

/** 2004: what is pasted comes between two marks, so that no character of it is taken for a key. */
const enterScreen = "\u001b[?1049h\u001b[?2004h";
const leaveScreen = "\u001b[?2004l\u001b[?1049l";

/**
 * Opens the terminal's alternate screen. Ctrl-Z, a signal and a bug leave it. A process that is killed cannot: its last frame
 * stays, with a cursor, and the shell's next line comes behind it.
 */
export function openAlternateScreen(
  { stdout, terminal, ...io }: Pick<IO, "stdout" | "draw" | "terminal">,
  compose: (size: Size) => Frame,
): AlternateScreen {
  /** Whether we want to be there; the process may be stopped all the same. */
  let isEntered = false;
  let isShown = false;
  let drawn: Frame | undefined;
  let drawnSize: Size | undefined;

  const write = (text: string) => {
    if (text !== "") io.draw(text, "");
  };
  const show = () => {
    if (!isShown) write(enterScreen);
    isShown = true;
  };
  const hide = () => {
    if (isShown) write(leaveScreen);
    isShown = false;
  };

  function draw(): void {
    if (!isShown) return;
    const size = { columns: stdout.columns || 80, rows: stdout.rows || 24 };
    const isResized = drawnSize?.columns !== size.columns || drawnSize.rows !== size.rows;
    const before = isResized ? undefined : drawn;
    const frame = compose(size);
    const { row, column } = frame.cursor;
    const changed = Array.from({ length: size.rows }, (_, index) => {
      const line = frame.lines[index] ?? "";
      // Erased before its text, because the cursor stays on a full line's last character.
      return line === (before ? (before.lines[index] ?? "") : "")
        ? ""
        : `\u001b[${index + 1};1H\u001b[2K${line}`;
    }).join("");
    const isMoved = before?.cursor.row !== row || before.cursor.column !== column;
    drawn = frame;
    drawnSize = size;
    if (changed === "" && !isMoved) return;
    // `?7l` turns wrapping off: terminals disagree about how wide some characters are.
    write(
      `${before ? "" : "\u001b[2J"}\u001b[?7l${changed}\u001b[?7h\u001b[${row + 1};${column + 1}H`,
    );
  }

  function repaint(): void {
    drawn = undefined;
    drawnSize = undefined;
    draw();
  }

  const detach = terminal?.attach({
    stop: hide,
    redraw() {
      if (!isEntered) return;
      show();
      repaint();
    },
  });
  const leave = () => {
    isEntered = false;
    hide();
  };
  return {
    enter() {
      isEntered = true;
      show();
      repaint();
    },
    draw,
    repaint,
    leave,
    close() {
      leave();
      detach?.();
    },
  };
}
