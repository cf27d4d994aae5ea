import { UsageError } from "../errors.ts";
import { queryPairs, splitUri } from "./uri.ts";

/** When RingCentral reminds the endpoint of an expiry, in seconds. */
export interface Reminder {
  /** How long before expiry the reminders begin. */
  readonly threshold: number;
  /** The time between reminders. */
  readonly interval: number;
}

/** Here `~` stands for the subscription itself, and the server never replaces it with an id. */
export const reminderPath = "/restapi/v1.0/subscription/~";

export function reminderFilter({ threshold, interval }: Reminder): string {
  return `${reminderPath}?threshold=${threshold}&interval=${interval}`;
}

/**
 * Reads `3d/12h`, `3d` (with a quarter of it as the interval) or seconds, `60/15`. Throws UsageError, also for an
 * interval above half the threshold, which RingCentral refuses (SUB-516).
 */
export function parseReminder(text: string): Reminder {
  const [first = "", second, ...rest] = text.split("/");
  const threshold = secondsOf(first);
  const interval =
    second === undefined ? Math.max(1, Math.floor((threshold ?? 0) / 4)) : secondsOf(second);
  if (!threshold || !interval || rest.length > 0) {
    throw new UsageError(
      `Invalid reminder "${text}".`,
      "Write threshold and interval, as in reminder:3d/12h, or only the threshold, as in reminder:3d",
    );
  }
  const reminder = { threshold, interval };
  const problem = intervalProblem(reminder);
  if (problem) throw new UsageError(problem, "Make the interval shorter or the threshold longer.");
  return reminder;
}

/** The reminder among a subscription's filters; of several, the one that starts first. */
export function reminderOf(eventFilters: readonly string[]): Reminder | undefined {
  return eventFilters
    .map(readReminder)
    .filter((reminder) => reminder !== undefined)
    .toSorted((a, b) => b.threshold - a.threshold)[0];
}

/**
 * A sentence about why RingCentral would refuse this reminder for a lifetime (SUB-516); undefined if it would not. The
 * threshold may be at most half the lifetime, the interval at most half the threshold.
 */
export function checkReminder(reminder: Reminder, lifetimeSeconds: number): string | undefined {
  if (reminder.threshold * 2 <= lifetimeSeconds) return intervalProblem(reminder);
  return (
    `A reminder ${span(reminder.threshold)} before expiry needs a lifetime of at least ` +
    `${span(reminder.threshold * 2)}, but it is ${span(lifetimeSeconds)}.`
  );
}

function intervalProblem({ threshold, interval }: Reminder): string | undefined {
  if (interval * 2 <= threshold) return undefined;
  return `A reminder's interval must be at most half its threshold: ${span(interval)} is more than half of ${span(threshold)}.`;
}

function span(seconds: number): string {
  if (seconds % 86_400 === 0) return `${seconds / 86_400} d`;
  if (seconds % 3_600 === 0) return `${seconds / 3_600} h`;
  return seconds % 60 === 0 && seconds >= 120 ? `${seconds / 60} min` : `${seconds} s`;
}

function readReminder(eventFilter: string): Reminder | undefined {
  const { path, query } = splitUri(eventFilter);
  if (path !== reminderPath) return undefined;
  const pairs = queryPairs(query);
  const number = (wanted: string) => Number(pairs.find(({ name }) => name === wanted)?.value);
  const threshold = number("threshold");
  const interval = number("interval");
  return threshold > 0 && interval > 0 ? { threshold, interval } : undefined;
}

const unitSeconds: Readonly<Record<string, number>> = {
  s: 1,
  m: 60,
  h: 3_600,
  d: 86_400,
  w: 604_800,
  y: 31_536_000,
};

function secondsOf(text: string): number | undefined {
  const [, count, unit = "s"] = /^([1-9]\d{0,9})([smhdwy])?$/.exec(text) ?? [];
  const factor = unitSeconds[unit];
  return count && factor ? Number(count) * factor : undefined;
}
