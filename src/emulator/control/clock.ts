import type { Backend } from "../backend.ts";
import type { EmulatorClock } from "../clock.ts";
import { invalidParameter } from "../problems.ts";
import { refuseStrangers } from "../requests.ts";
import { instantOf, millisecondsOf } from "../time.ts";

export function readClock({ clock }: Backend) {
  return { now: new Date(clock.now()).toISOString(), frozen: clock.frozen };
}

/** Moves, stops or starts the clock. Throws the 400 Problem for what makes no sense, and then does nothing. */
export async function changeClock(
  body: Readonly<Record<string, unknown>>,
  { clock }: Backend,
): Promise<void> {
  const { freeze } = body;
  refuseStrangers(body, ["advance", "set", "freeze"]);
  if (freeze !== undefined && typeof freeze !== "boolean") throw invalidParameter("freeze");
  const move = readMove(body, clock);

  const wasFrozen = clock.frozen;
  // Stopped first, so that it stands where it is moved to; started last, for the same reason.
  if (freeze === true) clock.freeze();
  try {
    await move?.run();
  } catch (error) {
    if (freeze === true && !wasFrozen) clock.resume();
    throw move && error instanceof RangeError ? invalidParameter(move.parameterName) : error;
  }
  if (freeze === false) clock.resume();
}

function readMove(
  { advance, set, freeze }: Readonly<Record<string, unknown>>,
  clock: EmulatorClock,
) {
  if (set !== undefined) {
    const instant = typeof set === "string" ? instantOf(set) : Number.NaN;
    if (!Number.isFinite(instant)) throw invalidParameter("set");
    if (advance !== undefined) throw invalidParameter("advance");
    return { parameterName: "set", run: () => clock.set(instant) };
  }
  if (advance === undefined && freeze !== undefined) return undefined;
  const duration = typeof advance === "string" ? millisecondsOf(advance) : Number.NaN;
  if (!Number.isFinite(duration)) throw invalidParameter("advance");
  return { parameterName: "advance", run: () => clock.advance(duration) };
}
