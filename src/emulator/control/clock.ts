import type { Backend } from "../backend.ts";
import { invalidParameter } from "../problems.ts";
import { isBoolean, isShape, rule } from "../rules.ts";
import type { IdleOptions } from "../server/running-emulator.ts";
import { isStep, toStops } from "../testing/rest.ts";
import { toTimeout } from "../testing/waits.ts";
import { instantOf, millisecondsOf } from "../time.ts";

interface ClockChange {
  /** A duration. */
  readonly advance?: string;
  /** RFC 3339. */
  readonly set?: string;
  readonly freeze?: boolean;
  /** As in `AdvanceOptions`, without a function. */
  readonly settle?: boolean | number | string;
  readonly step?: number | string;
}

export const clockShape = isShape({
  advance: rule(
    "a duration",
    (value) => typeof value === "string" && isReal(millisecondsOf(value)),
  ),
  set: rule("an instant", (value) => typeof value === "string" && isReal(instantOf(value))),
  freeze: isBoolean,
  settle: rule(
    "true, milliseconds or a duration",
    (value) => typeof value === "boolean" || toTimeout(value) !== undefined,
  ),
  step: isStep,
} satisfies Record<keyof ClockChange, unknown>);

const isReal = Number.isFinite;

export function readClock({ clock }: Backend) {
  return { now: new Date(clock.now()).toISOString(), frozen: clock.frozen };
}

/** Moves, stops or starts the clock. Throws the 400 Problem for an instant that it cannot show, and then does nothing. */
export async function changeClock(
  { advance, set, freeze, settle, step }: ClockChange,
  { clock }: Backend,
  idle: (options?: IdleOptions) => Promise<void>,
): Promise<void> {
  const isMoved = set !== undefined || advance !== undefined;
  if (set !== undefined && advance !== undefined) throw invalidParameter("advance");
  if (!isMoved && freeze === undefined) throw invalidParameter("advance");

  const stops = toStops({ settle, step }, idle);
  const wasFrozen = clock.frozen;
  // Stopped before it is moved, and started after: it shows the exact instant either way.
  if (freeze === true) clock.freeze();
  try {
    if (set !== undefined) await clock.set(instantOf(set), stops);
    if (advance !== undefined) await clock.advance(millisecondsOf(advance), stops);
  } catch (error) {
    if (freeze === true && !wasFrozen) clock.resume();
    if (!(error instanceof RangeError)) throw error;
    throw invalidParameter(set === undefined ? "advance" : "set");
  }
  if (freeze === false) clock.resume();
}
