import type { CommandContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { parseEventFilter } from "../filters/parse.ts";
import { readText } from "../operations/text-input.ts";
import { refuseInexactNumbers } from "./exact-numbers.ts";
import { createSampleEvents } from "./sample-events.ts";
import { parseValueEdit, withEdits } from "./value-edits.ts";

/** What flags say of the events that are made up. */
export interface EventFlags {
  readonly set?: readonly string[];
  readonly body?: string;
  readonly seed?: string;
  readonly count?: string;
}

/** An envelope in which anything may have been set. */
export type Envelope = Readonly<Record<string, unknown>>;

export interface TriggerPlan {
  readonly eventFilter: string;
  readonly count: number;
  /** Whether the data are as the user wants them, in part at least. */
  readonly hasOwnBody: boolean;
  /** Of the envelope's members, which ones are as the user wants them. */
  readonly changedMembers: readonly string[];
  next(): Envelope;
}

/** Throws UsageError. */
export async function planEvents(
  filter: string,
  { set = [], body: bodyText, seed, count = "1" }: EventFlags,
  context: CommandContext,
): Promise<TriggerPlan> {
  const edits = set.map(parseValueEdit);
  const body = bodyText === undefined ? undefined : { value: await readBody(bodyText, context) };
  const { eventFilter } = parseEventFilter(filter, {
    allowUnknown: body !== undefined,
    allowUndocumented: true,
    wayOut: "or give the data of its events with `--body <json>`",
  });
  const next = createSampleEvents({ eventFilter, seed, body }, context);
  const changedMembers = edits.map(({ path }) => String(path[0]));
  return {
    eventFilter,
    count: parseCount(count),
    hasOwnBody: body !== undefined || changedMembers.includes("body"),
    changedMembers,
    next: () => ({ ...Object(withEdits(next(), edits)) }),
  };
}

async function readBody(text: string, { io }: CommandContext): Promise<unknown> {
  const json = text.startsWith("@") ? await readText(text.slice(1), "--body", io) : text;
  try {
    JSON.parse(json);
  } catch (cause) {
    throw new UsageError(
      `--body holds no JSON: ${cause instanceof Error ? cause.message : cause}.`,
      'Give the event\'s own data, such as \'{"subject":"Hi"}\', or a file of it as @event.json.',
      { cause },
    );
  }
  refuseInexactNumbers(json, "--body");
  return JSON.parse(json);
}

function parseCount(text: string): number {
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
  throw new UsageError(
    `--count ${JSON.stringify(text)} is no number of events.`,
    "Give a whole number from 1 to 9999999.",
  );
}
