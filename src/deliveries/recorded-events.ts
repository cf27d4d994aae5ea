import type { CommandContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { valueAt } from "../events/payload.ts";
import { parseEventFilter } from "../filters/parse.ts";
import { splitFilterList } from "../filters/split-list.ts";
import { queryPairs, splitUri } from "../filters/uri.ts";
import { readRecording } from "../listener/recording.ts";
import type { ReceivedEvent } from "../listener/source.ts";
import { isFileError, reasonOf } from "../machine/file-error.ts";
import { abortable, openInput } from "../machine/read-input.ts";
import { readLines } from "../operations/text-input.ts";
import { filterMatcher } from "../subscriptions/globs.ts";
import { parseDuration, parseInstant } from "../subscriptions/lifetime.ts";

/** Which events of a recording to send. */
export interface RecordingFlags {
  readonly filter?: readonly string[];
  readonly since?: string;
  readonly until?: string;
  readonly skipBadLines?: true;
}

interface Reader extends Pick<CommandContext, "clock" | "signal"> {
  readonly io: Pick<CommandContext["io"], "stdin" | "warn">;
}

/** Bytes; RingCentral's events are far smaller. */
const longestLine = 8 * 1024 * 1024;

/**
 * The selected events of a recording, in order, read as they are needed. Throws UsageError at once for an invalid
 * flag, and while reading for a file or line that cannot be read.
 */
export function selectRecorded(
  path: string,
  flags: RecordingFlags,
  context: Reader,
): AsyncGenerator<ReceivedEvent> {
  const isWanted = readSelection(flags, context);
  const name = path === "-" ? "standard input" : path;
  const { io, signal } = context;
  const chunks = path === "-" ? abortable(io.stdin, signal) : readFileInPieces(path, signal);
  const onBadLine = flags.skipBadLines
    ? ({ message }: UsageError) => io.warn(`${message} Skipped.`)
    : undefined;
  return (async function* () {
    for await (const event of readRecording(textLines(chunks, name), name, onBadLine)) {
      signal.throwIfAborted();
      if (isWanted(event)) yield event;
    }
  })();
}

function readSelection(
  { filter, since, until }: RecordingFlags,
  { clock }: Reader,
): (event: ReceivedEvent) => boolean {
  const from = since === undefined ? Number.NEGATIVE_INFINITY : parseTime(since, "--since", clock);
  const to = until === undefined ? Number.POSITIVE_INFINITY : parseTime(until, "--until", clock);
  const patterns = filter?.flatMap(splitFilterList).map(parsePattern);
  return ({ receivedAt, event }) =>
    receivedAt >= from &&
    receivedAt <= to &&
    (patterns === undefined || patterns.some((matches) => matches(event)));
}

/** A date and time, or a duration before now. */
function parseTime(text: string, flag: string, { now }: CommandContext["clock"]): number {
  const instant = parseInstant(text);
  if (instant !== undefined) return instant;
  if (/^\d+[a-z]?$/.test(text)) return now() - parseDuration(text, flag);
  throw new UsageError(
    `Invalid ${flag} value ${JSON.stringify(text)}: must be a date and time, or a duration before now.`,
    `Use one such as ${flag} 2027-01-31T00:00:00Z or ${flag} 15m.`,
  );
}

/** Matches events by a glob, or by a filter, whatever other query parameters the event's own filter has. */
function parsePattern(text: string): (event: unknown) => boolean {
  const isGlob = text.includes("*");
  const wanted = isGlob ? text : parseEventFilter(text, { allowUnknown: true }).eventFilter;
  const { path, query } = splitUri(wanted);
  const parameters = queryPairs(query);
  const matches = filterMatcher(isGlob ? wanted : path);
  return (event) => {
    const filter = valueAt(event, "event");
    if (typeof filter !== "string") return false;
    if (isGlob) return matches(filter);
    const own = splitUri(filter);
    const pairs = queryPairs(own.query);
    return (
      matches(own.path) &&
      parameters.every(({ name, value }) =>
        pairs.some((pair) => pair.name === name && pair.value === value),
      )
    );
  };
}

async function* readFileInPieces(path: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    yield* abortable(await openInput(path), signal);
  } catch (error) {
    if (!isFileError(error)) throw error;
    throw new UsageError(
      `Cannot read ${path}: ${reasonOf(error)}.`,
      "Name a recording, or use - for standard input.",
      { cause: error },
    );
  }
}

async function* textLines(
  chunks: AsyncIterable<string | Uint8Array>,
  name: string,
): AsyncGenerator<string> {
  for await (const { number, text } of readLines(chunks, longestLine)) {
    if (text === undefined) {
      throw new UsageError(
        `Cannot read line ${number} of ${name}: it is longer than 8 MB.`,
        "Use a file that `rcwh listen --record events.ndjson` wrote: one JSON object per line.",
      );
    }
    yield text;
  }
}
