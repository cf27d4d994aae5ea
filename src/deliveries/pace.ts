import type { CommandContext } from "../context.ts";
import { UsageError } from "../errors.ts";

const millisecondsByUnit = { s: 1000, m: 60_000, h: 3_600_000 } as const;

/** How many a second: `5/s`, `100/m`, `30/h`. Throws UsageError that names `flag`. */
export function parseRate(text: string, flag: string): number {
  const [, count = "", unit = ""] = /^(\d{1,6}(?:\.\d{1,3})?)\/([smh])$/.exec(text) ?? [];
  const rate = isUnit(unit) ? (Number(count) * 1000) / millisecondsByUnit[unit] : 0;
  if (rate > 0) return rate;
  throw new UsageError(
    `${flag} ${JSON.stringify(text)} is not a rate.`,
    `Write a number and a unit of time, such as ${flag} 5/s, 100/m or 30/h.`,
  );
}

function isUnit(text: string): text is keyof typeof millisecondsByUnit {
  return text in millisecondsByUnit;
}

/** Resolves, each time it is called, as soon as the next one may begin, so that there are never more than `rate` a second. */
export function createPace(
  rate: number,
  { clock, signal }: Pick<CommandContext, "clock" | "signal">,
): () => Promise<void> {
  const interval = 1000 / rate;
  let next = Number.NEGATIVE_INFINITY;
  return async () => {
    const now = clock.now();
    const begins = Math.max(now, next);
    next = begins + interval;
    if (begins > now) await clock.sleep(begins - now, signal);
  };
}
