/** Milliseconds of `20ms`, `90s`, `3d`, `1d12h` or `2w`; NaN for anything else. */
export function millisecondsOf(duration: string): number {
  if (!/^(?:\d{1,9}(?:ms|[smhdwy]))+$/.test(duration)) return Number.NaN;
  const parts = [...duration.matchAll(/(\d+)(ms|[smhdwy])/g)];
  return parts.reduce((sum, [, count, unit = ""]) => sum + Number(count) * (units[unit] ?? 0), 0);
}

/** Milliseconds since the epoch of RFC 3339; NaN for anything else. */
export function instantOf(text: string): number {
  return /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN;
}

const units: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
};
