import type { Environment } from "../machine/environment.ts";
import { type Format, isJson } from "./format.ts";
import { oneLine, stripControls, wrapLine } from "./text.ts";

/** As much of a stream as rcwh writes to; `process.stdout` fits. */
export interface StreamOut {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  /** Set once nothing can be written any more. */
  readonly destroyed?: boolean | undefined;
}

/** Standard input: its chunks, for secrets that are piped in; `process.stdin` fits. */
export interface StreamIn extends AsyncIterable<string | Uint8Array> {
  readonly isTTY?: boolean | undefined;
}

export interface Streams {
  readonly stdin: StreamIn;
  readonly stdout: StreamOut;
  readonly stderr: StreamOut;
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

/** Everything a run reads and writes. Its functions may be handed on by themselves. */
export interface IO extends Streams {
  /** Whether prompts may be shown: all three streams are terminals and nothing forbids it. */
  readonly interactive: boolean;
  /** Whether what is erased again may be drawn on stderr: a terminal that somebody watches. */
  readonly watched: boolean;
  readonly format: Format;
  /** Columns that data may take. Follows the terminal when it is resized. */
  readonly width: number;
  /** Columns that a line of text on stdout may take; no limit in a pipe. */
  readonly textWidth: number;
  /** For stdout. */
  readonly style: Style;
  /** For stderr, which may be a terminal where stdout is not. */
  readonly errorStyle: Style;
  /** Data, on stdout, with a line feed. A reader that has gone away is no error. */
  data(text: string): void;
  /** Talk, on stderr; not with `--quiet`. */
  note(text: string): void;
  /** Talk that only `--verbose` asks for. */
  detail(text: string): void;
  /** `warning: …` on stderr, also with `--quiet`. With JSON it waits for `takeWarnings`, so that stderr stays one object. */
  warn(text: string): void;
  /** The warnings that wait, which then wait no more. */
  takeWarnings(): readonly string[];
  /** Errors and traces, on stderr, also with `--quiet`. Like all talk it is wrapped at a terminal's width. */
  say(text: string): void;
  /** Shows what is going on in one line below everything else, until the next call or `endProgress`. Only on a terminal. */
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
}

const defaultWidth = 80;

export async function createIO(streams: Streams, options: IOOptions): Promise<IO> {
  const { stdout, stderr } = streams;
  const { env, format, quiet, verbose, noInput } = options;
  const automated = isSet(env["CI"]);
  const terminal = isTerminal(stderr) && canMoveCursor(options);
  const watched = terminal && !quiet && !automated;
  const statusLine = createStatusLine(stderr, watched);

  // An object of JSON stays one line.
  const wraps = isTerminal(stderr) && !isJson(format);

  function talk(text: string): void {
    const width = wraps ? widthOf(stderr, env) : Number.POSITIVE_INFINITY;
    const lines = text.split("\n").flatMap((line) => wrapLine(line, width));
    statusLine.hide();
    write(stderr, `${lines.join("\n")}\n`);
    statusLine.draw();
  }

  const waiting: string[] = [];
  const errorStyle = await createStyle(stderr, options);
  return {
    // Opening standard input takes Node a while, and most runs do not need it.
    get stdin() {
      return streams.stdin;
    },
    stdout,
    stderr,
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
    style: await createStyle(stdout, options),
    errorStyle,
    data(text) {
      if (isTerminal(stdout)) statusLine.hide();
      write(stdout, `${text}\n`);
      if (isTerminal(stdout)) statusLine.draw();
    },
    // What is said about subscriptions may quote the server.
    note(text) {
      if (!quiet) talk(stripControls(text));
    },
    detail(text) {
      if (verbose && !quiet) talk(stripControls(text));
    },
    warn(text) {
      if (isJson(format)) waiting.push(text);
      else talk(`${errorStyle.yellow("warning:")} ${stripControls(text)}`);
    },
    takeWarnings: () => waiting.splice(0),
    say: talk,
    progress: statusLine.show,
    endProgress: statusLine.end,
  };
}

/** CI systems and people switch a variable off with `false` as well as by leaving it empty. */
function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== "" && value !== "false";
}

function isTerminal(stream: StreamIn | StreamOut): boolean {
  return stream.isTTY === true;
}

/** Windows has no TERM, and understands escape sequences; elsewhere a terminal without one, or a dumb one, may not. */
function canMoveCursor({ env, platform }: IOOptions): boolean {
  const term = env["TERM"];
  return term ? term !== "dumb" : platform === "win32";
}

function widthOf({ columns }: StreamOut, env: Environment): number {
  const chosen = env["COLUMNS"] ?? "";
  return /^[1-9]\d{0,3}$/.test(chosen) ? Number(chosen) : columns || defaultWidth;
}

/** A closed pipe shows as an `error` event, which the runtime handles, or is thrown, or the stream is already gone. */
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

function createStatusLine(stderr: StreamOut, enabled: boolean): StatusLine {
  let status: string | undefined;
  const hide = () => {
    if (status !== undefined) write(stderr, "\r\u001b[K");
  };
  const draw = () => {
    if (status === undefined) return;
    const room = (stderr.columns || defaultWidth) - 1;
    const line = [...status].slice(0, room).join("");
    // Without line wrapping (`?7l`) even wide characters cannot make it two lines, of which one would stay.
    write(stderr, `\u001b[?7l${line}\u001b[?7h`);
  };
  return {
    hide,
    draw,
    show(text) {
      if (!enabled) return;
      hide();
      status = oneLine(text);
      draw();
    },
    end() {
      hide();
      status = undefined;
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

/** Loads chalk only where there is something to colour. */
async function createStyle(stream: StreamOut, options: IOOptions): Promise<Style> {
  if (!wantsColor(stream, options)) return plain;
  const { Chalk } = await import("chalk");
  const { bold, dim, red, green, yellow, cyan } = new Chalk({ level: 1 });
  // Chalk would print further arguments too, and whoever calls a style back may hand it some.
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

/** `--no-color`, then FORCE_COLOR before NO_COLOR as Node itself has it, then whether anybody sees colours. */
function wantsColor(stream: StreamOut, options: IOOptions): boolean {
  if (options.noColor) return false;
  const { FORCE_COLOR: force, NO_COLOR: no } = options.env;
  if (force) return force !== "0" && force !== "false";
  return !no && isTerminal(stream) && canMoveCursor(options);
}
