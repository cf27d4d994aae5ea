import { Transform, Writable } from "node:stream";
import { Interruption } from "../errors.ts";
import type { IO, StreamIn } from "./io.ts";
import { countColumns } from "./text.ts";

/** Node's stream of a terminal; other streams have no raw mode. */
interface Keys extends NodeJS.ReadableStream {
  setRawMode?(raw: boolean): unknown;
}

export function isReadable(stream: StreamIn): stream is StreamIn & Keys {
  return "on" in stream && "read" in stream;
}

/**
 * A prompt's own input: the terminal's keys without Ctrl-Z, from which Node's readline does not come back, and without
 * Escape where that has a meaning.
 */
export function openKeyboard(
  stdin: Keys,
  { suspend, goBack }: { readonly suspend: () => void; readonly goBack?: () => void },
) {
  let pending: NodeJS.Timeout | undefined;
  const setRawMode = (raw: boolean) => {
    // Node would change nothing if the shell had: it remembers what it set last.
    if (raw) stdin.setRawMode?.(false);
    stdin.setRawMode?.(raw);
  };
  const input = new Transform({
    transform(chunk, _, done) {
      const typed = `${pending === undefined ? "" : "\u001b"}${String(chunk)}`;
      clearTimeout(pending);
      pending = undefined;
      if (goBack && typed === "\u001b") {
        // Alone it is a key. A slow connection may send the rest of an arrow's sequence a moment later.
        pending = setTimeout(goBack, escapeDelay);
        return done();
      }
      const [first = "", ...others] = typed.split("\u001a");
      if (first !== "") this.push(first);
      for (const keys of others) {
        suspend();
        if (keys !== "") this.push(keys);
      }
      done();
    },
  });
  stdin.setEncoding("utf8");
  stdin.pipe(input);
  return {
    input: Object.assign(input, { isTTY: true, setRawMode }),
    setRawMode,
    close() {
      clearTimeout(pending);
      setRawMode(false);
      stdin.unpipe(input);
      stdin.pause();
    },
  };
}

/**
 * What a prompt draws on: a new stream each time, because Inquirer ends the stream that it wrote to. It never hides the
 * cursor, which would stay hidden if the process were killed.
 */
export function createScreen({ stderr }: Pick<IO, "stderr">) {
  let frame = "";
  let below = 0;
  let isErased = false;
  let hasLeft = false;
  /** Rows of the prompt above the cursor, now that the terminal has broken its lines anew. */
  const rowsAbove = () => {
    const lines = frame.split("\n");
    const rows = lines
      .slice(0, Math.max(1, lines.length - below))
      .map((line) => Math.max(1, Math.ceil(countColumns(line) / (stderr.columns || 80))));
    return rows.reduce((sum, each) => sum + each, 0) - 1;
  };
  const output = new Writable({
    write(chunk, _, done) {
      const text = String(chunk).replaceAll(hideCursor, "");
      // Every drawing begins by erasing the one before it; what comes between two only moves the cursor.
      const erased = erasing.exec(text)?.[0];
      frame = erased === undefined ? frame + text : text.slice(erased.length);
      below = Number(returning.exec(text)?.[1] ?? (erased === undefined ? below : 0));
      // What was erased already may have other lines since.
      stderr.write(isErased && erased !== undefined ? frame : text);
      isErased = false;
      done();
    },
  });
  return {
    output: Object.defineProperty(output, "columns", { get: () => stderr.columns }),
    /** Moves below the prompt, which stays on the screen. */
    leave() {
      hasLeft = true;
      stderr.write(`${below > 0 ? `\u001b[${below}B` : ""}\r\n`);
    },
    /** Erases the prompt and draws it again: with `draw`, if the prompt can, for the size that the terminal has now. */
    redraw(draw?: () => void) {
      // Whoever waits for keys alone has drawn nothing, and what is there is somebody else's.
      if (frame === "") return;
      const up = rowsAbove();
      const erasure = up > 0 ? `\u001b[${up}A\u001b[J` : "\u001b[J";
      stderr.write(`\r${hasLeft ? "" : erasure}`);
      hasLeft = false;
      isErased = true;
      if (draw) draw();
      else stderr.write(frame);
      isErased = false;
    },
    /** Takes the prompt, which has ended, off the screen. */
    erase() {
      stderr.write(`\r\u001b[${frame.split("\n").length - 1}A\u001b[J`);
    },
  };
}

/** Milliseconds; longer than between two parts of an arrow's escape sequence. */
const escapeDelay = 50;

const hideCursor = "\u001b[?25l";
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
const erasing = /^(?:\u001b\[\d+B)?(?:\u001b\[2K(?:\u001b\[1A)?)+\u001b\[G/;
/** From below the prompt to where the cursor belongs. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
const returning = /\u001b\[(\d+)A\u001b\[\d+G$/;

/**
 * Ctrl-D, or a terminal that closes, ends the readline under a prompt. Inquirer does not notice, so Node would
 * have nothing to wait for and exit with 0.
 */
export function watchInputEnd(input: NodeJS.ReadableStream) {
  const ended = new AbortController();
  const leave = () => ended.abort(new Interruption());
  // An answered prompt also pauses its input, but is over by the next turn of the event loop.
  const paused = () => setImmediate(() => input.isPaused() && leave());
  input.on("pause", paused).on("end", leave);
  return {
    signal: ended.signal,
    stop: () => void input.off("pause", paused).off("end", leave),
  };
}
