import type { DeliveryOutcome } from "../endpoint/delivery.ts";
import { summarizeEvent } from "../events/summary.ts";
import { isJson } from "../io/format.ts";
import { escapeControls } from "../io/formats.ts";
import type { IO, Style } from "../io/io.ts";
import { loadMeasure } from "../io/table.ts";
import type { Measure } from "../io/text.ts";
import { membersOf } from "../machine/json.ts";
import { oneLine } from "../one-line.ts";
import { toGapLine, toRecordingLine } from "./recording.ts";
import type { Gap, ReceivedEvent } from "./source.ts";

/** Prints events to stdout, one line each. */
export interface Printer {
  print(event: ReceivedEvent, forward?: DeliveryOutcome): void;
  /** Prints a gap if programs read the output; people get a message instead. */
  printGap(gap: Gap): void;
  /** Lines that were not printed because the reader of stdout is too slow. */
  readonly unprinted: number;
  /** Prints the lines that are waiting. */
  flush(): void;
}

/** Lines that may wait for a slow reader. */
const maximumWaiting = 10_000;

type Render = (event: ReceivedEvent, forward: DeliveryOutcome | undefined) => string;

export interface PrinterOptions {
  /** Whether to show the answers of a forward target. */
  readonly forwards: boolean;
  /** Whether people see whole payloads. */
  readonly verbose: boolean;
  /** The filters subscribed to, which decide how wide columns start. */
  readonly eventFilters: readonly string[];
}

export async function createPrinter(io: IO, options: PrinterOptions): Promise<Printer> {
  const render = await rendererFor(io, options);
  let lines: string[] = [];
  let unprinted = 0;
  let isStuck = false;
  let isScheduled = false;

  function flush(): void {
    isScheduled = false;
    if (lines.length === 0 || isStuck) return;
    const text = lines.join("\n");
    lines = [];
    io.data(text);
    if (!isFull(io.stdout)) return;
    isStuck = true;
    io.stdout.once("drain", () => {
      isStuck = false;
      flush();
    });
  }

  function add(line: string): void {
    lines.push(line);
    if (isScheduled || isStuck) return;
    isScheduled = true;
    // Lines that arrive together are written with one system call.
    setImmediate(flush);
  }

  return {
    get unprinted() {
      return unprinted;
    },
    print(event, forward) {
      if (lines.length < maximumWaiting) add(render(event, forward));
      else unprinted += 1;
    },
    printGap(gap) {
      if (isJson(io.format)) add(escapeControls(toGapLine(gap)));
    },
    flush,
  };
}

interface Full {
  once(event: "drain", listener: () => void): unknown;
}

function isFull(stream: object): stream is Full {
  return "writableNeedDrain" in stream && stream.writableNeedDrain === true && "once" in stream;
}

async function rendererFor(io: IO, options: PrinterOptions): Promise<Render> {
  if (isJson(io.format)) return (event, forward) => escapeControls(toRecordingLine(event, forward));
  return io.format === "tsv" ? toRow : createLineRenderer(io, options, await loadMeasure());
}

/** What the columns of TSV hold; the last three are about the answer of a forward target. */
export const rowColumns = [
  "time",
  "event",
  "user",
  "filter",
  "summary",
  "forward status",
  "milliseconds",
  "problem",
] as const;

function toRow({ receivedAt, event }: ReceivedEvent, forward: DeliveryOutcome | undefined): string {
  const { alias, owner, what } = summarizeEvent(event);
  const { status = "", milliseconds = "", problem = "" } = forward ?? {};
  return [
    new Date(receivedAt).toISOString(),
    alias,
    owner,
    filterOf(event),
    what,
    status,
    milliseconds,
    problem,
  ]
    .map((cell) => oneLine(String(cell)))
    .join("\t");
}

function filterOf(event: unknown): string {
  const { event: filter } = membersOf(event);
  return typeof filter === "string" ? filter : "";
}

/** The widest that a column may grow. */
const maximumColumn = 24;

function createLineRenderer(
  io: IO,
  { forwards, verbose, eventFilters }: PrinterOptions,
  measure: Measure,
): Render {
  const { bold, dim, cyan } = io.style;
  const aliases = eventFilters.map((event) => oneLine(summarizeEvent({ event }).alias));
  const widest = Math.max(8, ...aliases.map((alias) => measure(alias)));
  // Columns only grow: later lines align, and no line waits for the next.
  const widths = { alias: Math.min(widest, maximumColumn), owner: 4 };
  const padded = (text: string, column: keyof typeof widths) => {
    const cut = shortened(oneLine(text), maximumColumn, measure);
    widths[column] = Math.max(widths[column], measure(cut));
    return padEnd(cut, widths[column], measure);
  };
  let isFirst = true;
  return ({ receivedAt, event, text }, forward) => {
    const { alias, owner, what } = summarizeEvent(event);
    const time = new Date(receivedAt).toTimeString().slice(0, 8);
    const head = `${dim(time)}  ${cyan(padded(alias, "alias"))}  ${dim(padded(owner, "owner"))}  `;
    const answer = forwards ? describeAnswer(forward) : "";
    const taken = time.length + widths.alias + widths.owner + 6 + (answer ? answer.length + 2 : 0);
    const room = Math.max(12, io.width - taken);
    const happened = shortened(oneLine(what), room, measure);
    const titles = ["TIME".padEnd(time.length), "EVENT".padEnd(widths.alias)];
    const last = answer ? [padEnd("SUMMARY", room, measure), "ANSWER"] : ["SUMMARY"];
    const heading = [...titles, "USER".padEnd(widths.owner), ...last].join("  ");
    const above = isFirst ? `${bold(heading)}\n` : "";
    isFirst = false;
    const line = answer
      ? `${head}${padEnd(happened, room, measure)}  ${paintAnswer(answer, forward, io)}`
      : `${head}${happened}`.trimEnd();
    return `${above}${line}${verbose ? `\n${paintJson(event, text, io.style)}` : ""}`;
  };
}

/** Always 12 characters, so that the columns before it stay in place. */
function describeAnswer(forward: DeliveryOutcome | undefined): string {
  if (!forward) return "not sent".padStart(12);
  const { status, milliseconds, problem } = forward;
  const word = status ?? (problem?.includes("timed out") ? "late" : "none");
  return `${word}${`${Math.round(milliseconds)} ms`.padStart(12 - String(word).length)}`;
}

function paintAnswer(answer: string, forward: DeliveryOutcome | undefined, { style }: IO): string {
  if (!forward) return style.yellow(answer);
  return forward.problem === undefined ? style.green(answer) : style.red(answer);
}

function shortened(text: string, width: number, measure: Measure): string {
  if (measure(text) <= width) return text;
  let cut = "";
  for (const character of text) {
    if (measure(cut + character) > width - 1) break;
    cut += character;
  }
  return `${cut}…`;
}

function padEnd(text: string, width: number, measure: Measure): string {
  return text + " ".repeat(Math.max(0, width - measure(text)));
}

/** Characters of a payload that is shown one member to a line: indented, a longer one may be hundreds of megabytes. */
const longestPayload = 32 * 1024;

/** A payload in colour, indented by two spaces and free of control characters. */
function paintJson(value: unknown, text: string, style: Style): string {
  if (text.length > longestPayload) return `  ${oneLine(text)}`;
  const indented = JSON.stringify(value, undefined, 2) ?? text;
  return indented
    .split("\n")
    .map((line) => `  ${paintLine(oneLine(line), style)}`)
    .join("\n");
}

/** Paints one line of indented JSON: it holds one member. */
function paintLine(line: string, { cyan, dim, green, yellow }: Style): string {
  const [, blanks = "", key = "", rest = ""] = /^( *)("(?:[^"\\]|\\.)*": )?(.*)$/s.exec(line) ?? [];
  const end = rest.endsWith(",") ? "," : "";
  const value = end === "" ? rest : rest.slice(0, -1);
  const name = key === "" ? "" : `${cyan(key.slice(0, -2))}: `;
  if (value.startsWith('"')) return `${blanks}${name}${green(value)}${end}`;
  if (/^[[\]{}]+$/.test(value)) return `${blanks}${name}${dim(value)}${end}`;
  return `${blanks}${name}${yellow(value)}${end}`;
}
