import type { DeliveryOutcome } from "../endpoint/sender.ts";
import { UsageError } from "../errors.ts";
import type { ReceivedEvent } from "./received-event.ts";

/** One event as a line of NDJSON, without its line feed: what `--record` writes and `listen --json` prints. */
export function toRecordingLine(event: ReceivedEvent, forward?: DeliveryOutcome): string {
  const { receivedAt, transport, headers, text } = event;
  const head = JSON.stringify({
    receivedAt: new Date(receivedAt).toISOString(),
    transport,
    headers,
  });
  // As it came: parsed and printed again, a number beyond 2^53 would be another. A line has no line feeds.
  const envelope = /[\r\n]/.test(text) ? JSON.stringify(event.event) : text;
  const tail = forward === undefined ? "" : `,"forward":${JSON.stringify(asForward(forward))}`;
  return `${head.slice(0, -1)},"event":${envelope}${tail}}`;
}

/**
 * The events of a recording, in its order. A line may also be a bare envelope, as a log of one's own has
 * it. Throws UsageError that names the line which is neither; `name` is the recording's, for messages.
 */
export async function* readRecording(
  lines: AsyncIterable<string>,
  name: string,
): AsyncGenerator<ReceivedEvent> {
  let number = 0;
  for await (const line of lines) {
    number += 1;
    if (line.trim() === "") continue;
    yield parseLine(number === 1 ? line.replace(/^\uFEFF/, "") : line, `line ${number} of ${name}`);
  }
}

function asForward({ status, milliseconds, problem }: DeliveryOutcome): object {
  return { status, milliseconds: Math.round(milliseconds), problem };
}

function parseLine(line: string, place: string): ReceivedEvent {
  const value = parseObject(line, place);
  const { receivedAt, transport, headers, event } = value;
  if (event !== null && typeof event === "object" && typeof receivedAt === "string") {
    return {
      receivedAt: parseInstant(receivedAt, place),
      transport: transport === "WebSocket" ? "WebSocket" : "WebHook",
      headers: textsOf(headers),
      text: JSON.stringify(event),
      event,
    };
  }
  // RingCentral's envelope: the event's filter, and when it happened.
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
  throw unreadable(place, "it is no recorded event");
}

function parseObject(line: string, place: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw unreadable(place, "it is not JSON", error);
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  throw unreadable(place, "it is no JSON object");
}

function parseInstant(text: string, place: string): number {
  const instant = Date.parse(text);
  if (Number.isNaN(instant)) throw unreadable(place, "its receivedAt is no instant");
  return instant;
}

function textsOf(headers: unknown): Readonly<Record<string, string>> {
  if (typeof headers !== "object" || headers === null) return {};
  return Object.fromEntries(
    Object.entries(headers).filter(
      (entry): entry is [string, string] => typeof entry[1] === "string",
    ),
  );
}

function unreadable(place: string, why: string, cause?: unknown): UsageError {
  return new UsageError(
    `Cannot read ${place}: ${why}.`,
    "Give what `rcwh listen --record <file>` wrote: one JSON object on each line.",
    { cause },
  );
}
