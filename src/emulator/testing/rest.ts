import type { Stops } from "../clock.ts";
import type { Emulator } from "../interface.ts";
import { check, isShape, type Rule, rule } from "../rules.ts";
import type { AdvanceOptions, IdleOptions } from "../server/running-emulator.ts";
import { millisecondsOf } from "../time.ts";
import { defaultWaitTimeout, describeRequest, isTimeout, list, toTimeout } from "./waits.ts";

/** Milliseconds of real time: an app that has something to do next does it sooner. */
const defaultQuiet = 50;

/**
 * Resolves once no request or delivery is going on, and none has come for a while. Rejects with an Error that lists the
 * latest requests if that takes too long, and with the reason of a signal that aborts.
 */
export async function comeToRest(
  emulator: Pick<Emulator, "idle" | "requests">,
  options: IdleOptions,
  closed: AbortSignal,
): Promise<void> {
  check(idleShape, options, "options");
  const quiet = toTimeout(options.quiet) ?? defaultQuiet;
  const timeout = (toTimeout(options.timeout) ?? defaultWaitTimeout) + quiet;
  const signal = options.signal ? AbortSignal.any([options.signal, closed]) : closed;
  const isAtRest = await emulator.idle({ quiet, timeout, signal });
  signal.throwIfAborted();
  if (isAtRest) return;
  const latest = emulator.requests.slice(-5);
  throw new Error(
    `The app did not settle within ${timeout} ms: it was never quiet for ${quiet} ms. Its latest requests:${list(latest, describeRequest)}`,
  );
}

/** Throws an Error that says what is allowed. */
export function toStops(
  options: AdvanceOptions = {},
  idle: (options?: IdleOptions) => Promise<void>,
): Stops {
  check(advanceShape, options, "options");
  const { settle = options.step !== undefined } = options;
  const step = options.step === undefined ? undefined : stepOf(options.step);
  if (settle === false) return { step };
  return {
    step,
    settle:
      typeof settle === "function" ? settle : () => idle(settle === true ? {} : { quiet: settle }),
  };
}

/** Milliseconds; NaN for anything that is not a duration. */
function stepOf(step: unknown): number {
  return typeof step === "string" ? millisecondsOf(step) : Number(step);
}

export const isStep = rule(
  'milliseconds, or a duration such as "1h"',
  (value) => stepOf(value) > 0,
);

const isSignal = rule("an AbortSignal", (value) => value instanceof Object && "aborted" in value);

export const idleShape = isShape(
  { quiet: isTimeout, timeout: isTimeout, signal: isSignal } satisfies {
    readonly [Name in keyof IdleOptions]-?: Rule;
  },
  { allowed: 'an object such as { quiet: "100ms" }' },
);

const advanceShape = isShape(
  {
    settle: rule(
      'true, milliseconds, a duration such as "100ms", or a function',
      (value) => ["boolean", "function"].includes(typeof value) || toTimeout(value) !== undefined,
    ),
    step: isStep,
  } satisfies { readonly [Name in keyof AdvanceOptions]-?: Rule },
  { allowed: "an object such as { settle: true }" },
);
