import { canMoveCursor, type Environment, isSwitchedOn } from "../machine/environment.ts";
import type { Redactor } from "../machine/redact.ts";
import { joinLines, type Lines, oneLine, printable } from "../one-line.ts";
import { type Format, isForPrograms, isJson } from "./format.ts";
import { countColumns, truncateMiddle, wrapLine } from "./text.ts";

/** The part of `process.stdout` that rcwh uses. */
export interface StreamOut {
  /** Calls back when the text has left this process, or never will. */
  write(text: string, done?: () => void): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  /** Whether the stream can no longer be written to. */
  readonly destroyed?: boolean | undefined;
  /** What waits for the reader. */
  readonly writableLength?: number | undefined;
}

/** Resolves when a stream's reader has taken all that was written, or is gone. */
export function written(stream: StreamOut): Promise<void> {
  return new Promise((resolve) => {
    if (!stream.writableLength || stream.destroyed) resolve();
    else stream.write("", () => resolve());
  });
}

/** The part of `process.stdin` that rcwh uses. */
export interface StreamIn extends AsyncIterable<string | Uint8Array> {
  readonly isTTY?: boolean | undefined;
}

/** Something that stays on the terminal's screen, and that only its owner can draw. */
export interface View {
  /** Leaves the screen to the shell, before this process stops (Ctrl-Z). */
  stop?(): unknown;
  /** Draws everything again, after `fg` and where the terminal was resized. */
  redraw(): unknown;
}

/** What the terminal tells those who draw on it. */
export interface TerminalEvents {
  /** Tells the view of every stop and resize, until the function that it returns is called. */
  attach(view: View): () => void;
  /** Stops this process, as Ctrl-Z does: for input in which Ctrl-Z is a key and not a signal. Returns after `fg`. */
  suspend(): void;
  /** Leaves Ctrl-C to a program that has the terminal now, until the function that it returns is called. */
  lend?(): () => void;
}

export interface Streams {
  readonly stdin: StreamIn;
  readonly stdout: StreamOut;
  readonly stderr: StreamOut;
  /** Absent where nothing can be drawn. */
  readonly terminal?: TerminalEvents | undefined;
}

type Paint = (text: string) => string;

export interface Style {
  readonly bold: Paint;
  readonly dim: Paint;
  readonly red: Paint;
  readonly green: Paint;
  readonly yellow: Paint;
  readonly cyan: Paint;
}

/** The streams of a run. The functions do not use `this`. */
export interface IO extends Streams {
  /** Whether rcwh may prompt: all three streams are terminals, and no flag or variable forbids it. */
  readonly interactive: boolean;
  /** Whether progress may be drawn on stderr: it is a terminal that can erase it. */
  readonly watched: boolean;
  readonly format: Format;
  /** Columns for tables. Changes when the terminal is resized. */
  readonly width: number;
  /** Columns for text on stdout; unlimited in a pipe. */
  readonly textWidth: number;
  /** What keeps secrets out of all that is written here; what cuts a text asks it first. */
  readonly redactor: Pick<Redactor, "message" | "data">;
  /** Adds to the commands that a message suggests what names this run's account. Not for JSON. */
  completeHints(text: string): string;
  /** For stdout. */
  readonly style: Style;
  /** For stderr. */
  readonly errorStyle: Style;
  /** Prints data on stdout, with a line feed. Does not fail if the reader is gone. */
  data(text: string): void;
  /** Writes what moves the cursor, on stdout, and a line feed unless `end` says otherwise. What it quotes must be safe already. */
  draw(text: string, end?: string): void;
  /** Prints a message on stderr, unless `--quiet`. Like `detail` and `warn`, it may quote anybody. */
  note(text: Lines): void;
  /** Prints a message on stderr with `--verbose`. */
  detail(text: Lines): void;
  /** Prints `warning: …` on stderr, also with `--quiet`. With JSON it is kept for `takeWarnings`, so that stderr stays one object. */
  warn(text: Lines): void;
  /** Returns the warnings kept so far, and forgets them. */
  takeWarnings(): readonly string[];
  /** Prints lines that are safe already on stderr, also with `--quiet`, wrapped at the terminal's width. */
  say(text: string): void;
  /**
   * Sends all messages to `show`, for a screen that fills the terminal, until the returned function is called.
   * A stderr that is not a terminal keeps them.
   */
  divert(show: (text: string) => void): () => void;
  /** Calls `listener` with all that is written on the terminal from now on. */
  followWrites(listener: (text: string) => void): void;
  /** Shows one line of progress below everything else, until the next call or `endProgress`. Only on a terminal. */
  progress(text: string): void;
  endProgress(): void;
}

export interface IOOptions {
  readonly env: Environment;
  readonly platform: NodeJS.Platform;
  readonly format: Format;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly noColor: boolean;
  readonly noInput: boolean;
  readonly redactor: Pick<Redactor, "message" | "data">;
  /** As `IO.completeHints`. */
  readonly completeHints?: ((text: string) => string) | undefined;
}

const defaultWidth = 80;

export async function createIO(streams: Streams, options: IOOptions): Promise<IO> {
  const followers: ((text: string) => void)[] = [];
  const stdout = followed(streams.stdout, followers);
  const stderr = followed(streams.stderr, followers);
  const { env, format, quiet, verbose, noInput, completeHints = (text: string) => text } = options;
  const { message, data } = options.redactor;
  // Programs need whole addresses.
  const redactor = { message, data: isForPrograms(format) ? data : message };
  const automated = isSwitchedOn(env["CI"]);
  const terminal = isTerminal(stderr) && canMoveCursor(options);
  const watched = terminal && !quiet && !automated;
  const statusLine = createStatusLine({ stderr, terminal: streams.terminal }, watched, redactor);

  // JSON objects stay on one line.
  const wraps = isTerminal(stderr) && !isJson(format);

  let diversion: ((text: string) => void) | undefined;

  function say(text: string): void {
    const shown = isJson(format)
      ? redactJson(text, redactor.message)
      : redactor.message(completeHints(text));
    if (diversion) {
      diversion(shown);
      return;
    }
    const width = wraps ? widthOf(stderr, env) : Number.POSITIVE_INFINITY;
    const lines = printable(shown)
      .split("\n")
      .flatMap((line) => wrapLine(line, width).map(asContinuation));
    statusLine.hide();
    write(stderr, `${lines.join("\n")}\n`);
    statusLine.draw();
  }

  function draw(text: string, end = "\n"): void {
    if (isTerminal(stdout)) statusLine.hide();
    write(stdout, redactor.data(text) + end);
    if (isTerminal(stdout)) statusLine.draw();
  }

  const waiting: string[] = [];
  const errorStyle = await createStyle(stderr, options);
  return {
    // A getter, because opening standard input is slow and most runs do not need it.
    get stdin() {
      return streams.stdin;
    },
    stdout,
    stderr,
    terminal: streams.terminal,
    get interactive() {
      return (
        isTerminal(stdout) &&
        isTerminal(stderr) &&
        !noInput &&
        format !== "json" &&
        !automated &&
        isTerminal(streams.stdin)
      );
    },
    watched,
    format,
    get width() {
      return widthOf(stdout, env);
    },
    get textWidth() {
      return isTerminal(stdout) ? widthOf(stdout, env) : Number.POSITIVE_INFINITY;
    },
    redactor,
    completeHints,
    style: await createStyle(stdout, options),
    errorStyle,
    data: (text) => draw(printable(text)),
    draw,
    note(text) {
      if (!quiet) say(joinLines(text));
    },
    detail(text) {
      if (verbose && !quiet) say(joinLines(text));
    },
    warn(text) {
      if (isJson(format)) waiting.push(completeHints(joinLines(text)));
      else say(`${errorStyle.yellow("warning:")} ${joinLines(text)}`);
    },
    takeWarnings: () => waiting.splice(0),
    say,
    divert(show) {
      if (isTerminal(stderr)) diversion = show;
      return () => {
        diversion = undefined;
      };
    },
    followWrites: (listener) => void followers.push(listener),
    progress: statusLine.show,
    endProgress: statusLine.end,
  };
}

/** Redacts only values: a secret that equals a key must not remove the key. */
function redactJson(json: string, redact: (text: string) => string): string {
  if (!json.startsWith("{")) return redact(json);
  return json.replace(/"([^"\\]*(?:\\.[^"\\]*)*)"(:?)/g, (whole, value: string, colon) =>
    colon === "" ? `"${redact(value)}"` : whole,
  );
}

/** What somebody wrote must not look like a message of ours where it begins a line, after a break. */
function asContinuation(line: string, index: number): string {
  return index > 0 && /^(?:error|hint|warning|attention):/.test(line) ? `  ${line}` : line;
}

/** The same stream; those who follow get what is written on it, if it is a terminal. */
function followed(stream: StreamOut, followers: readonly ((text: string) => void)[]): StreamOut {
  if (!isTerminal(stream)) return stream;
  return {
    write(text, done) {
      for (const follow of followers) follow(text);
      return stream.write(text, done);
    },
    isTTY: true,
    get columns() {
      return stream.columns;
    },
    get rows() {
      return stream.rows;
    },
    get destroyed() {
      return stream.destroyed;
    },
    get writableLength() {
      return stream.writableLength;
    },
  };
}

function isTerminal(stream: StreamIn | StreamOut): boolean {
  return stream.isTTY === true;
}

function widthOf({ columns }: StreamOut, env: Environment): number {
  const chosen = env["COLUMNS"] ?? "";
  return /^[1-9]\d{0,3}$/.test(chosen) ? Number(chosen) : columns || defaultWidth;
}

/** Ignores a closed pipe. If it causes an `error` event, the runtime handles that. */
function write(stream: StreamOut, text: string): void {
  if (stream.destroyed) return;
  try {
    stream.write(text);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EPIPE")) throw error;
  }
}

interface StatusLine {
  readonly show: (text: string) => void;
  readonly end: () => void;
  readonly hide: () => void;
  readonly draw: () => void;
}

function createStatusLine(
  { stderr, terminal }: Pick<Streams, "stderr" | "terminal">,
  enabled: boolean,
  redactor: Pick<Redactor, "message">,
): StatusLine {
  let status: string | undefined;
  let detach: (() => void) | undefined;
  const hide = () => {
    if (status !== undefined) write(stderr, "\r\u001b[K");
  };
  const draw = () => {
    if (status === undefined) return;
    const room = (stderr.columns || defaultWidth) - 1;
    // The reason stands at the end.
    const line = truncateMiddle(status, room, countColumns);
    // `?7l` turns wrapping off: of two lines only one would be erased, and wide characters could make it two.
    write(stderr, `\u001b[?7l${line}\u001b[?7h`);
  };
  return {
    hide,
    draw,
    show(text) {
      if (!enabled) return;
      hide();
      status = oneLine(redactor.message(text));
      draw();
      detach ??= terminal?.attach({
        stop: hide,
        redraw() {
          hide();
          draw();
        },
      });
    },
    end() {
      hide();
      status = undefined;
      detach?.();
      detach = undefined;
    },
  };
}

const plain: Style = {
  bold: identity,
  dim: identity,
  red: identity,
  green: identity,
  yellow: identity,
  cyan: identity,
};

function identity(text: string): string {
  return text;
}

/** Loads chalk only if colors are used. */
async function createStyle(stream: StreamOut, options: IOOptions): Promise<Style> {
  if (!wantsColor(stream, options)) return plain;
  const { Chalk } = await import("chalk");
  const { bold, dim, red, green, yellow, cyan } = new Chalk({ level: 1 });
  // Chalk would print further arguments, such as the index that `map` passes.
  const only = (paint: Paint) => (text: string) => paint(text);
  return {
    bold: only(bold),
    dim: only(dim),
    red: only(red),
    green: only(green),
    yellow: only(yellow),
    cyan: only(cyan),
  };
}

/** By precedence: `--no-color`, FORCE_COLOR, NO_COLOR (as in Node), and whether the stream is a terminal. */
function wantsColor(stream: StreamOut, options: IOOptions): boolean {
  if (options.noColor) return false;
  const { FORCE_COLOR: force, NO_COLOR: no } = options.env;
  if (force) return force !== "0" && force !== "false";
  return !no && isTerminal(stream) && canMoveCursor(options);
}
