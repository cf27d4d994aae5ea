import { UsageError } from "../errors.ts";
import { defaultLifetime, maximumLifetime } from "./limits.ts";
import type { Subscription } from "./subscription.ts";

/**
 * Seconds by which two lifetimes may differ and still count as equal: a minute, because clocks differ and answers take time, and
 * the second that has passed when the server tells what remains of a lifetime that it has just granted.
 */
export const lifetimeTolerance = 61;

/** Seconds. cron, which keeps subscriptions alive, runs once a minute at most. */
const shortestUsefulLifetime = 60;

const secondsByUnit = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800, y: 31_536_000 } as const;
const forms = "90s, 15m, 36h, 7d, 2w or 10y";

/**
 * Reads a duration such as `36h`, in milliseconds. Throws UsageError that names `flag`, and asks for a unit such as
 * `usualUnit` where there is none.
 */
export function parseDuration(text: string, flag: string, usualUnit: Unit = "m"): number {
  const seconds = parseSeconds(text, flag, usualUnit);
  const milliseconds = seconds * 1000;
  if (Number.isSafeInteger(milliseconds)) return milliseconds;
  throw new UsageError(
    `Invalid ${flag} value "${text}": the duration is too long.`,
    `Use a duration such as ${forms}.`,
  );
}

/** A lifetime to ask for. */
export interface Lifetime {
  /** Absent for one that ends at a given time. */
  readonly seconds?: number;
  /**
   * Its seconds from `now`, milliseconds since the epoch by the server's clock. Throws UsageError for a time that has
   * passed, or is too far away.
   */
  from(now: number): number;
}

/** Reads a lifetime: a duration, `max`, or the RFC 3339 time at which it ends. Throws UsageError that names `flag`. */
export function parseLifetime(text: string, flag = "--expires-in"): Lifetime {
  const end = parseInstant(text);
  if (end !== undefined) {
    return { from: (now) => checkLifetime(Math.ceil((end - now) / 1000), text, flag) };
  }
  const forms = "; or use max, or a time such as 2027-01-31T00:00:00Z";
  const seconds =
    text === "max"
      ? maximumLifetime
      : checkLifetime(parseSeconds(text, flag, "d", forms), text, flag);
  return { seconds, from: () => seconds };
}

function checkLifetime(seconds: number, text: string, flag: string): number {
  if (seconds < 1) {
    throw new UsageError(
      `Invalid ${flag} value "${text}": must be in the future.`,
      "Use a later time.",
    );
  }
  if (seconds <= maximumLifetime) return seconds;
  throw new UsageError(
    `Invalid ${flag} value "${text}": RingCentral's maximum is ${formatDuration(maximumLifetime)}.`,
    "Use max for the longest lifetime.",
  );
}

/** A sentence about a lifetime in which hardly an event can arrive, though RingCentral grants it; undefined for any other. */
export function doubtAbout(seconds: number | undefined): string | undefined {
  if (seconds === undefined || seconds >= shortestUsefulLifetime) return undefined;
  return `A lifetime of ${formatDuration(seconds)} is over before most events can arrive. RingCentral's default is ${formatDuration(defaultLifetime)}.`;
}

/** Formats whole seconds exactly, for people: `7 d`, `36 h`, `10 y`, `6 d 23 h 59 min 59 s`. */
export function formatDuration(seconds: number): string {
  if (seconds < 0) return `-${formatDuration(-seconds)}`;
  const units = [
    ["y", secondsByUnit.y],
    ["d", secondsByUnit.d],
    ["h", secondsByUnit.h],
    ["min", secondsByUnit.m],
    ["s", secondsByUnit.s],
  ] as const;
  const single = units.find(([, size]) => seconds % size === 0 && seconds >= size);
  // Three digits of a small unit are harder to read than two units.
  if (single && seconds / single[1] < 100) return `${seconds / single[1]} ${single[0]}`;
  let rest = seconds;
  const parts = units.flatMap(([unit, size]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return count > 0 ? [`${count} ${unit}`] : [];
  });
  return parts.join(" ") || "0 s";
}

/** Formats what remains of a lifetime, for people: to the minute, because of 7 d there are 6 d 23 h 59 min 59 s at once. */
export function formatRemaining(seconds: number): string {
  return formatDuration(Math.abs(seconds) < 600 ? seconds : Math.round(seconds / 60) * 60);
}

/** Formats a wait, for people: `2.5 s`, `90 s`, `3 min 20 s`, `2 h`. Never shorter than it is: a long one is rounded up to the minute. */
export function formatWait(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds * 10) / 10} s`;
  return formatDuration(seconds < 600 ? Math.ceil(seconds) : Math.ceil(seconds / 60) * 60);
}

/** Seconds until a subscription expires: as the server reports, else by its expiry and our clock. Negative when it is over, NaN if its expiry cannot be read. */
export function remainingSeconds(
  { expiresIn, expirationTime }: Pick<Subscription, "expiresIn" | "expirationTime">,
  now: number,
): number {
  return expiresIn ?? Math.floor((Date.parse(expirationTime) - now) / 1000);
}

function parseSeconds(text: string, flag: string, usualUnit: Unit, otherForms = ""): number {
  const match = /^(\d+)([smhdwy])$/.exec(text);
  const unit = match?.[2];
  const seconds = Number(match?.[1]) * (isUnit(unit) ? secondsByUnit[unit] : Number.NaN);
  if (seconds >= 1) return seconds;
  if (seconds === 0 || /^0+$/.test(text)) {
    throw new UsageError(
      `Invalid ${flag} value "${text}": must be at least 1s.`,
      `Use a duration such as ${forms}.`,
    );
  }
  const problem = /^\d+$/.test(text)
    ? `add a unit, for example ${text}${likelyUnit(Number(text), usualUnit)}`
    : "must be a duration";
  throw new UsageError(
    `Invalid ${flag} value ${JSON.stringify(text)}: ${problem}.`,
    `Use a whole number and a unit, such as ${forms}${otherForms}.`,
  );
}

/** What a bare number probably means: seconds, where the usual unit would make years of it. */
function likelyUnit(number: number, usual: Unit): Unit {
  return number * secondsByUnit[usual] > maximumLifetime ? "s" : usual;
}

export type Unit = keyof typeof secondsByUnit;

function isUnit(text: string | undefined): text is Unit {
  return text !== undefined && text in secondsByUnit;
}

/** Reads an RFC 3339 time with an offset, in milliseconds since the epoch. Undefined for anything else, and for days that do not exist. */
export function parseInstant(text: string): number | undefined {
  const match =
    /^(\d{4})-(\d{2})-(\d{2})[T ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/i.exec(text);
  if (!match) return undefined;
  const day = new Date(Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3])));
  const milliseconds = Date.parse(text.toUpperCase().replace(" ", "T"));
  const exists = day.getUTCDate() === Number(match[3]) && !Number.isNaN(milliseconds);
  return exists ? milliseconds : undefined;
}
