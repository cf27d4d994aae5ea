import { UsageError } from "../errors.ts";
import { queryPairs, splitUri } from "./uri.ts";

/** When the platform reminds the endpoint of an expiry, in seconds. */
export interface Reminder {
  /** How long before the expiry the reminders begin. */
  readonly threshold: number;
  /** From one reminder to the next. */
  readonly interval: number;
}

/** Here `~` stands for the subscription itself; the platform never puts an id in its place. */
export const reminderPath = "/restapi/v1.0/subscription/~";

export function reminderFilter({ threshold, interval }: Reminder): string {
  return `${reminderPath}?threshold=${threshold}&interval=${interval}`;
}

/**
 * Reads `3d/12h`, `3d` (the interval is then a quarter of the threshold) or plain seconds, `60/15`.
 * Throws a UsageError, also for an interval above half of the threshold, which the platform refuses (SUB-516).
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

/** The reminder among a subscription's filters; of several, the one that begins first. */
export function reminderOf(eventFilters: readonly string[]): Reminder | undefined {
  return eventFilters
    .map(readReminder)
    .filter((reminder) => reminder !== undefined)
    .toSorted((a, b) => b.threshold - a.threshold)[0];
}

/**
 * Why the platform would refuse this reminder on a subscription of that lifetime (SUB-516), as a sentence:
 * the threshold may be half of the lifetime at most, the interval half of the threshold.
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
  return seconds % 3_600 === 0 ? `${seconds / 3_600} h` : `${seconds} s`;
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
