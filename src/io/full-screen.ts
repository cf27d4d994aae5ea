import type { IO } from "./io.ts";

/** The whole terminal, drawn again whenever what it shows has changed. */
export interface FullScreen {
  /** Resolves once the current content is on the screen. */
  draw(): Promise<void>;
  /** Leaves what is on the screen there, with the cursor below it. */
  close(): void;
}

/**
 * Draws the lines that `compose` returns for a height. It never hides the cursor nor leaves the shell's screen, so a
 * process that is killed leaves nothing to repair.
 */
export function openFullScreen(
  { stdout, terminal, ...io }: Pick<IO, "stdout" | "draw" | "terminal">,
  compose: (height: number) => Promise<readonly string[]>,
): FullScreen {
  let isOpen = true;
  /** Whether somebody else's text is on the screen. */
  let isForeign = true;
  let isDue = false;
  let drawing: Promise<void> | undefined;

  const rows = () => stdout.rows || 24;
  // The cursor has the last line.
  const height = () => Math.max(1, rows() - 1);

  function write(lines: readonly string[]): void {
    // Into the scrollback: it is the user's.
    const aside = isForeign ? "\n".repeat(rows() - 1) : "";
    isForeign = false;
    // Erased line by line, because some terminals save a screen that is erased as a whole; and before its text, because
    // the cursor stays on a full line's last character. `?7l` turns wrapping off.
    const erased = lines.map(
      (line, index) => (index === lines.length - 1 ? "\u001b[J" : "\u001b[K") + line,
    );
    io.draw(`${aside}\u001b[H\u001b[?7l${erased.join("\n")}\u001b[?7h`);
  }

  async function drawUntilCurrent(): Promise<void> {
    while (isDue && isOpen) {
      isDue = false;
      const lines = await compose(height());
      // The terminal may have been left or resized in the meantime.
      if (isOpen && !isDue) write(lines.slice(0, height()));
    }
  }

  function draw(): Promise<void> {
    isDue = true;
    drawing ??= drawUntilCurrent().finally(() => {
      drawing = undefined;
    });
    return drawing;
  }

  const detach = terminal?.attach({
    stop() {
      isForeign = true;
    },
    redraw: draw,
  });
  return {
    draw,
    close() {
      isOpen = false;
      detach?.();
    },
  };
}
