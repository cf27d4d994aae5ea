const second = 1000;
const units = [
  ["y", 365 * 24 * 60 * 60 * second],
  ["d", 24 * 60 * 60 * second],
  ["h", 60 * 60 * second],
  ["min", 60 * second],
  ["s", second],
] as const;

/**
 * A span of time in at most two neighbouring units, rounded down: `2 d 4 h`, `53 min`, `12 s`.
 * Seconds are not told beside minutes, and a year has 365 days.
 */
export function roundedSpan(milliseconds: number): string {
  const first = units.findIndex(([, size]) => milliseconds >= size);
  const [unit, size] = units[first] ?? ["s", second];
  const whole = `${Math.floor(milliseconds / size)} ${unit}`;
  const [nextUnit, nextSize] = units[first + 1] ?? ["s", second];
  const next = Math.floor((milliseconds % size) / nextSize);
  return first < 0 || nextUnit === "s" || next === 0 ? whole : `${whole} ${next} ${nextUnit}`;
}

/** `in 2 d 4 h`, `3 h ago`, or `now` within a second of it. `unknown` for NaN, from an invalid date. */
export function relativeTime(millisecondsAhead: number): string {
  if (Number.isNaN(millisecondsAhead)) return "unknown";
  const distance = Math.abs(millisecondsAhead);
  if (distance < second) return "now";
  // What was just made for 7 days has 6 d 23 h 59 min 59 s left, and that is 7 d to everybody.
  const minute = 60 * second;
  const span = roundedSpan(
    distance < 10 * minute ? distance : Math.round(distance / minute) * minute,
  );
  return millisecondsAhead > 0 ? `in ${span}` : `${span} ago`;
}

/** What a column of expiries shows: `in 2 d 4 h`, `expired 3 h ago`. */
export function relativeExpiry(millisecondsLeft: number): string {
  const text = relativeTime(millisecondsLeft);
  return millisecondsLeft < second ? `expired ${text === "now" ? "just now" : text}` : text;
}

/** `expired 2 d ago`, `noticed 3 h ago`. Who deleted it, and when, nobody says. */
export function describeEnd(
  {
    status,
    expirationTime,
    goneAt,
  }: {
    readonly status: string;
    readonly expirationTime: string;
    readonly goneAt?: string | undefined;
  },
  now: number,
): string {
  if (status === "Expired") return relativeExpiry(Math.min(0, Date.parse(expirationTime) - now));
  return `noticed ${relativeTime(Math.min(0, Date.parse(goneAt ?? "") - now || 0))}`;
}

/** RFC 3339 in UTC, to the second where nothing finer is known: `2026-11-22T13:00:00Z`. */
export function instant(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(".000Z", "Z");
}

/** The time of day on this machine, for what happened just now. */
export function timeOf(instant: number): string {
  return new Date(instant).toTimeString().slice(0, 8);
}
