/** The time of day, as this machine's clock shows it: `14:03:07.250 +01:00`. */
export function clockTime(instant: number): string {
  return dayAndTime(instant).slice("2027-01-31 ".length);
}

/** `14:03:07`. */
export function shortTime(instant: number): string {
  return clockTime(instant).slice(0, "14:03:07".length);
}

/** The same with the day: `2027-01-31 14:03:07.250 +01:00`. */
export function dayAndTime(instant: number): string {
  const ahead = -new Date(instant).getTimezoneOffset();
  const local = new Date(instant + ahead * 60_000).toISOString().slice(0, -1).replace("T", " ");
  const [hours, minutes] = [Math.floor(Math.abs(ahead) / 60), Math.abs(ahead) % 60];
  const zone = [hours, minutes].map((part) => String(part).padStart(2, "0")).join(":");
  return `${local} ${ahead < 0 ? "-" : "+"}${zone}`;
}

/** `12 ms`, `3.2 s`. */
export function milliseconds(value: number): string {
  return value < 1000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(1)} s`;
}

export function byteSize(bytes: number): string {
  if (bytes < 1000) return count(bytes, "byte");
  return bytes < 1_000_000
    ? `${(bytes / 1000).toFixed(1)} kB`
    : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** `1 event`, `1,200 events`. */
export function count(number: number, noun: string): string {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}
