import { parseEventFilter } from "../../filters/parse.ts";
import type { EmulatedEvent } from "../backend.ts";
import { isCount, isShape, isText, isYesOrNo, type Rule, rule } from "../control/value-rules.ts";
import { instantOf, millisecondsOf } from "../time.ts";
import type { StartOptions } from "./running-emulator.ts";

/** Throws an Error that names the option that cannot be so, and what it can be. */
export function checkOptions(options: unknown): asserts options is StartOptions {
  refuse(startOptions.find(options, "options"));
}

/** An event whose filter is a whole one. Throws an Error that names what of it cannot be so. */
export function readEvent(event: unknown): EmulatedEvent {
  checkEvent(event);
  const { eventFilter } = parseEventFilter(event.filter, { allowUnknown: true });
  return { ...event, filter: eventFilter };
}

/** The number of a user. Throws an Error for anything else. */
export function toUser(user: unknown): number {
  refuse(isUser.find(user, "user"));
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

function checkEvent(event: unknown): asserts event is EmulatedEvent {
  refuse(eventShape.find(event, "event"));
}

function refuse(flaw: string | undefined): void {
  if (flaw !== undefined) throw new RangeError(flaw);
}

function show(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

const isUser = isCount(1, 999_999_999);

// What other places look at, and tell more of.
const anything = rule("anything", () => true);

const startOptions = isShape(
  {
    port: isCount(0, 65_535),
    seed: rule("a number or a text", (value) =>
      typeof value === "string" ? value !== "" : Number.isFinite(value),
    ),
    time: anything,
    frozen: isYesOrNo,
    settings: anything,
    state: rule("the path of a file", (value) => typeof value === "string" && value !== ""),
    onError: rule("a function", (value) => typeof value === "function"),
  } satisfies { readonly [Name in keyof StartOptions]-?: Rule },
  { allowed: "an object, such as { port: 4010 }" },
);

const eventShape = isShape(
  { filter: isText, body: anything, user: isUser } satisfies {
    readonly [Name in keyof EmulatedEvent]-?: Rule;
  },
  { allowed: 'an object, such as { filter: "sms", user: 1 }', required: ["filter"] },
);
