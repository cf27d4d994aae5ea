const named: Readonly<Record<string, string>> = {
  "@hourly": "0 * * * *",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@weekly": "0 0 * * 0",
  "@monthly": "0 0 1 * *",
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
};

const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const weekdays = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/** Long enough for a 29 February. */
const days = 5 * 366;
const dayMinutes = 1440;

/**
 * The longest time between two runs of a crontab's five fields, or of a name such as `@daily`, in minutes. Undefined for
 * what has no such time: `@reboot`, a day that does not exist, and what cron would refuse.
 */
export function longestGap(schedule: string): number | undefined {
  const [minute, hour, dayOfMonth, month, weekday, ...rest] = (named[schedule] ?? schedule)
    .toLowerCase()
    .split(/\s+/);
  const sets = [
    valuesOf(minute, 0, 59),
    valuesOf(hour, 0, 23),
    valuesOf(dayOfMonth, 1, 31),
    valuesOf(month, 1, 12, months),
    valuesOf(weekday, 0, 7, weekdays),
  ];
  const [minutes, hours, monthDays, monthNumbers, weekdayNumbers] = sets;
  if (!minutes || !hours || !monthDays || !monthNumbers || !weekdayNumbers || rest.length > 0) {
    return undefined;
  }
  const inDay = hours.flatMap((each) => minutes.map((one) => each * 60 + one));
  const [first = 0, last = 0] = [inDay[0], inDay.at(-1)];
  const withinDay = Math.max(0, ...inDay.slice(1).map((each, index) => each - (inDay[index] ?? 0)));
  // Where both are given, cron takes a day that is in either.
  const isEither = ![dayOfMonth, weekday].some((field) => field?.startsWith("*"));
  let longest = withinDay;
  let before: number | undefined;
  for (let day = 0; day < days; day += 1) {
    const date = new Date(Date.UTC(2024, 0, 1 + day));
    const isMonthDay = monthDays.includes(date.getUTCDate());
    const isWeekday = weekdayNumbers.some((each) => each % 7 === date.getUTCDay());
    const isDay = isEither ? isMonthDay || isWeekday : isMonthDay && isWeekday;
    if (!isDay || !monthNumbers.includes(date.getUTCMonth() + 1)) continue;
    if (before !== undefined) longest = Math.max(longest, day * dayMinutes + first - before);
    before = day * dayMinutes + last;
  }
  return before === undefined ? undefined : longest;
}

/** The values of one field in order: `*`, numbers, names, ranges and steps, separated by commas. */
function valuesOf(
  field: string | undefined,
  lowest: number,
  highest: number,
  names: readonly string[] = [],
): readonly number[] | undefined {
  const values = new Set<number>();
  const numberOf = (text: string) =>
    names.includes(text) ? names.indexOf(text) + (lowest === 1 ? 1 : 0) : Number(text);
  for (const part of (field ?? "").split(",")) {
    const [, all, from = "", to, step] =
      /^(?:(\*)|(\d{1,2}|[a-z]{3})(?:-(\d{1,2}|[a-z]{3}))?)(?:\/(\d{1,2}))?$/.exec(part) ?? [];
    if (all === undefined && from === "") return undefined;
    const begin = all ? lowest : numberOf(from);
    const end = all || (to === undefined && step) ? highest : numberOf(to ?? from);
    const every = Number(step ?? 1);
    if (!(begin >= lowest && end <= highest && begin <= end && every >= 1)) return undefined;
    for (let value = begin; value <= end; value += every) values.add(value);
  }
  return [...values].sort((a, b) => a - b);
}
