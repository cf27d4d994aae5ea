import type { CommandContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { parseEventFilter } from "../filters/parse.ts";
import { isTooDeep } from "../machine/json.ts";
import { readText } from "../operations/text-input.ts";
import type { TargetFlags } from "./delivery-target.ts";
import { refuseInexactNumbers } from "./exact-numbers.ts";
import { createSampleEvents } from "./sample-events.ts";
import { parseValueEdit, withEdits } from "./value-edits.ts";

export interface TriggerOptions extends TargetFlags {
  readonly set?: readonly string[];
  readonly body?: string;
  readonly seed?: string;
  readonly count?: string;
  readonly rate?: string;
  readonly maxRate?: string;
  readonly handshake?: true;
  readonly dryRun?: true;
}

/** An envelope in which `--set` may have changed anything. */
export type Envelope = Readonly<Record<string, unknown>>;

export interface TriggerPlan {
  readonly eventFilter: string;
  readonly count: number;
  /** Whether the user gave the data, or a part of them. */
  readonly hasOwnBody: boolean;
  /** The members of the envelope that `--set` changes. */
  readonly changedMembers: readonly string[];
  next(): Envelope;
}

/** Throws UsageError. */
export async function planEvents(
  filter: string,
  { set = [], body: bodyText, seed, count = "1" }: TriggerOptions,
  context: CommandContext,
): Promise<TriggerPlan> {
  const edits = set.map(parseValueEdit);
  const body = bodyText === undefined ? undefined : { value: await readBody(bodyText, context) };
  const eventFilter = parseTriggered(filter, body !== undefined);
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

/** The full filter of the events. An unknown filter needs a body. Throws UsageError. */
export function parseTriggered(filter: string, hasBody: boolean): string {
  return parseEventFilter(filter, {
    allowUnknown: hasBody,
    allowUndocumented: true,
    wayOut: "or give the event data with --body <json>",
  }).eventFilter;
}

async function readBody(text: string, context: CommandContext): Promise<unknown> {
  const json = text.startsWith("@") ? await readText(text.slice(1), "--body", context) : text;
  const hint =
    'Give the event data, such as --body \'{"subject":"Hi"}\', or a file with --body @event.json.';
  if (isTooDeep(json)) throw new UsageError("The --body value is nested too deeply.", hint);
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new UsageError(
      `The --body value is not JSON: ${cause instanceof Error ? cause.message : cause}.`,
      hint,
      { cause },
    );
  }
  refuseInexactNumbers(json, "--body");
  return value;
}

function parseCount(text: string): number {
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
  throw new UsageError(
    `Invalid --count value ${JSON.stringify(text)}: must be a whole number from 1 to 9999999.`,
    "Use a number such as --count 10.",
  );
}
