import { parseEventFilter } from "../../filters/parse.ts";
import type { EmulatedEvent } from "../backend.ts";
import { eventShape, isUser } from "../control/events.ts";
import {
  anything,
  check,
  isBoolean,
  isCount,
  isEither,
  isNumber,
  isShape,
  isWord,
  type Rule,
  rule,
} from "../rules.ts";
import { isTimeout } from "../testing/waits.ts";
import { instantOf, millisecondsOf } from "../time.ts";
import type { StartOptions } from "./running-emulator.ts";

const optionsShape = isShape(
  {
    port: isCount(0, 65_535),
    seed: isEither(isNumber, isWord),
    // Checked where it is read.
    time: anything,
    frozen: isBoolean,
    // Checked by the emulator.
    settings: anything,
    waitTimeout: isTimeout,
    state: rule("the path of a file", (value) => typeof value === "string" && value !== ""),
    onError: rule("a function", (value) => typeof value === "function"),
  } satisfies { readonly [Name in keyof StartOptions]-?: Rule },
  { allowed: "an object such as { port: 4010 }" },
);

/** Throws an Error that names the option that is invalid, and what it can be. */
export function checkOptions(options: unknown): asserts options is StartOptions {
  check(optionsShape, options, "options");
}

/** An event with the whole URI of its filter. Throws an Error that names the field that is invalid. */
export function readEvent(event: unknown): EmulatedEvent {
  checkEvent(event);
  const { eventFilter } = parseEventFilter(event.filter, { allowUnknown: true });
  return { ...event, filter: eventFilter };
}

function checkEvent(event: unknown): asserts event is EmulatedEvent {
  check(eventShape, event, "event");
}

/** The number of a user. Throws an Error for anything else. */
export function toUser(user: unknown): number {
  check(isUser, user, "user");
  return Number(user);
}

export function toMilliseconds(duration: unknown): number {
  const milliseconds = typeof duration === "string" ? millisecondsOf(duration) : duration;
  if (typeof milliseconds === "number" && Number.isFinite(milliseconds) && milliseconds >= 0) {
    return milliseconds;
  }
  throw new RangeError(`${show(duration)} is not a duration such as "90s", "3d" or "1h30m".`);
}

export function toInstant(time: unknown): number {
  const instant = instantFrom(time);
  if (Number.isFinite(instant)) return instant;
  throw new RangeError(`${show(time)} is not an instant such as "2027-01-31T00:00:00Z".`);
}

function instantFrom(time: unknown): number {
  if (typeof time === "string") return instantOf(time);
  if (time instanceof Date) return time.getTime();
  return typeof time === "number" ? time : Number.NaN;
}

function show(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
