/** A moment that an axis names. */
export interface Tick {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly label: string;
}

type Unit = "hour" | "day" | "month" | "year";

/** Distances between ticks, shortest first, and about how many hours each is. */
const steps: readonly (readonly [count: number, unit: Unit, hours: number])[] = [
  [1, "hour", 1],
  [3, "hour", 3],
  [6, "hour", 6],
  [12, "hour", 12],
  [1, "day", 24],
  [2, "day", 48],
  [7, "day", 168],
  [14, "day", 336],
  [1, "month", 720],
  [3, "month", 2160],
  [6, "month", 4320],
  [1, "year", 8760],
  [2, "year", 17_520],
  [5, "year", 43_800],
];

const hour = 3_600_000;
const months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** Columns of the longest label, and two of space. */
export const tickWidth = 8;

/** Hours, days, months or years within the time, so that there are `most` at the most. In local time, or in UTC. */
export function ticksOf(from: number, until: number, most: number, utc = false): readonly Tick[] {
  const hours = (until - from) / hour;
  const [count, unit] = steps.find((step) => hours / step[2] <= Math.max(1, most)) ??
    steps.at(-1) ?? [1, "year"];
  const start = partsOf(from, utc);
  const ticks: Tick[] = [];
  for (let index = 0; ; index++) {
    const at = tickAt(start, count, unit, index, utc);
    if (at >= until) return ticks;
    if (at >= from) ticks.push({ at, label: labelOf(at, unit, utc) });
  }
}

interface Parts {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
}

function partsOf(at: number, utc: boolean): Parts {
  const date = new Date(at);
  return utc
    ? {
        year: date.getUTCFullYear(),
        month: date.getUTCMonth(),
        day: date.getUTCDate(),
        hour: date.getUTCHours(),
      }
    : {
        year: date.getFullYear(),
        month: date.getMonth(),
        day: date.getDate(),
        hour: date.getHours(),
      };
}

/** The tick of this index, by the calendar: days are not always 24 hours long. The first may be before the start. */
function tickAt(
  { year, month, day, hour }: Parts,
  count: number,
  unit: Unit,
  index: number,
  utc: boolean,
): number {
  const make = (...parts: [number, number, number?, number?]) =>
    utc ? Date.UTC(...parts) : new Date(...parts).getTime();
  switch (unit) {
    case "hour":
      return make(year, month, day, hour - (hour % count) + index * count);
    case "day":
      return make(year, month, day + 1 + index * count);
    case "month":
      return make(year, month - (month % count) + index * count);
    case "year":
      return make(year + index * count, 0);
  }
}

function labelOf(at: number, unit: Unit, utc: boolean): string {
  const { year, month, day, hour } = partsOf(at, utc);
  if (unit === "year" || (unit === "month" && month === 0)) return String(year);
  if (unit === "month") return months[month] ?? "";
  const isTime = unit === "hour" && hour !== 0;
  return isTime ? `${String(hour).padStart(2, "0")}:00` : `${months[month]} ${day}`;
}

/** For people, to the minute in local time: `Nov 28 13:00`, with the year where it is not that of `now`. */
export function localTime(at: number, now: number): string {
  const { year, month, day } = partsOf(at, false);
  const inYear = year === partsOf(now, false).year ? "" : ` ${year}`;
  return `${months[month]} ${day}${inYear} ${new Date(at).toTimeString().slice(0, 5)}`;
}
