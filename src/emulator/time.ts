/** Milliseconds of `20ms`, `90s`, `3d`, `1d12h` or `2w`; NaN for anything else. */
export function millisecondsOf(duration: string): number {
  if (!/^(?:\d{1,9}(?:ms|[smhdwy]))+$/.test(duration)) return Number.NaN;
  const parts = [...duration.matchAll(/(\d{1,9})(ms|[smhdwy])/g)];
  return parts.reduce((sum, [, count, unit = ""]) => sum + Number(count) * (units[unit] ?? 0), 0);
}

/** Milliseconds since the epoch of RFC 3339, on a day that exists and with an offset; NaN for anything else. */
export function instantOf(text: string): number {
  const written = text.toUpperCase().replace(" ", "T");
  const [, date = "", time = "", offset = ""] = rfc3339.exec(written) ?? [];
  // A parser of dates takes February 30 for a day in March.
  const midnight = Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(midnight) || !new Date(midnight).toISOString().startsWith(date)) {
    return Number.NaN;
  }
  return Date.parse(`${date}T${time}${offset}`);
}

const rfc3339 =
  /^(\d{4}-\d\d-\d\d)T((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?)(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

const units: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
};
