import type { DeliveryOutcome } from "../endpoint/delivery.ts";
import { UsageError } from "../errors.ts";
import {
  endOfString,
  isObject,
  isTooDeep,
  membersOf,
  parseJson,
  textMembersOf,
} from "../machine/json.ts";
import { refuseNewer } from "../machine/refuse-newer.ts";
import type { Gap, ReceivedEvent } from "./source.ts";

/** One event as a line of NDJSON, without its line feed: what `--record` writes and `listen --json` prints. */
export function toRecordingLine(event: ReceivedEvent, forward?: DeliveryOutcome): string {
  const { receivedAt, transport, headers, text } = event;
  const head = JSON.stringify({
    receivedAt: new Date(receivedAt).toISOString(),
    transport,
    headers,
  });
  // The original text, because parsing would change numbers beyond 2^53. Strings of JSON contain no line feeds.
  const envelope = text.replaceAll(/[\r\n]+/g, " ");
  const tail = forward === undefined ? "" : `,"forward":${JSON.stringify(asForward(forward))}`;
  return `${head.slice(0, -1)},"event":${envelope}${tail}}`;
}

/** A time in which events may have been lost, as a line between those of events. */
export function toGapLine({ since, until, reason }: Gap): string {
  return JSON.stringify({
    gap: { since: new Date(since).toISOString(), until: new Date(until).toISOString(), reason },
  });
}

/**
 * The events of a recording, in order, without its gaps. A line may also be a bare envelope, as other logs have it. Passes a UsageError
 * that names the line to `onBadLine` for any other line, then continues; by default it is thrown. Messages call the
 * recording `name`.
 */
export async function* readRecording(
  lines: AsyncIterable<string>,
  name: string,
  onBadLine: (error: UsageError) => void = fail,
): AsyncGenerator<ReceivedEvent> {
  let number = 0;
  for await (const line of lines) {
    number += 1;
    if (line.trim() === "") continue;
    try {
      const event = parseLine(
        number === 1 ? line.replace(/^\uFEFF/, "") : line,
        `line ${number} of ${name}`,
      );
      if (event) yield event;
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      onBadLine(error);
    }
  }
}

function fail(error: Error): never {
  throw error;
}

function asForward({ status, milliseconds, problem }: DeliveryOutcome): object {
  return { status, milliseconds: Math.round(milliseconds), problem };
}

/** Undefined for a gap. */
function parseLine(line: string, place: string): ReceivedEvent | undefined {
  const value = parseObject(line, place);
  const { receivedAt, transport, headers, event, gap } = value;
  // Other people's logs may have versions of their own.
  if ("receivedAt" in value || "gap" in value) {
    refuseNewer(value, place, "record the events again with this version");
  }
  if (event === undefined && isObject(gap)) return undefined;
  if (typeof receivedAt === "string" && isEvent(event)) {
    return {
      receivedAt: parseInstant(receivedAt, place),
      transport: transport === "WebSocket" ? "WebSocket" : "WebHook",
      headers: textMembersOf(headers),
      text: rawMember(line, "event"),
      event,
    };
  }
  // A bare envelope: its `event` is the filter.
  if (typeof event === "string") {
    const { timestamp } = value;
    const instant = typeof timestamp === "string" ? Date.parse(timestamp) : Number.NaN;
    return {
      receivedAt: Number.isNaN(instant) ? 0 : instant,
      transport: "WebHook",
      headers: {},
      text: line.trim(),
      event: value,
    };
  }
  throw unreadable(place, "it is not a recorded event");
}

function isEvent(value: unknown): boolean {
  return typeof membersOf(value)["event"] === "string";
}

/** The text of a member of a valid JSON object. Parsing it would change numbers beyond 2^53. */
function rawMember(json: string, name: string): string {
  let depth = 0;
  let key: unknown;
  let from = 0;
  let raw = "";
  const tokens = /["{}[\],:]/g;
  for (let found = tokens.exec(json); found; found = tokens.exec(json)) {
    const { 0: token, index } = found;
    if (token === '"') tokens.lastIndex = endOfString(json, index);
    if (depth === 1) {
      if (token === "," || token === "}") {
        if (key === name) raw = json.slice(from, index).trim();
        key = undefined;
      } else if (token === ":") from = index + 1;
      else if (key === undefined) key = JSON.parse(json.slice(index, tokens.lastIndex));
    }
    if (token === "{" || token === "[") depth += 1;
    else if (token === "}" || token === "]") depth -= 1;
  }
  return raw;
}

function parseObject(line: string, place: string): Readonly<Record<string, unknown>> {
  const value = parseJson(line);
  if (value === undefined) {
    throw unreadable(place, isTooDeep(line) ? "it is nested too deeply" : "it is not JSON");
  }
  if (!isObject(value)) throw unreadable(place, "it is not a JSON object");
  return value;
}

function parseInstant(text: string, place: string): number {
  const instant = Date.parse(text);
  if (Number.isNaN(instant)) throw unreadable(place, "its receivedAt is not a date and time");
  return instant;
}

function unreadable(place: string, why: string): UsageError {
  return new UsageError(
    `Cannot read ${place}: ${why}.`,
    "Use a file that `rcwh listen --record events.ndjson` wrote, or skip such lines with `rcwh replay --skip-bad-lines`.",
  );
}
