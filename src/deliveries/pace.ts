import type { CommandContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { roundedSpan } from "../subscriptions/time.ts";

const millisecondsByUnit = { s: 1000, m: 60_000, h: 3_600_000 } as const;

/** Events per second: `5/s`, `100/m`, `30/h`. Throws UsageError that names `flag`. */
export function parseRate(text: string, flag: string): number {
  const [, count = "", unit = ""] = /^(\d{1,6}(?:\.\d{1,3})?)\/([smh])$/.exec(text) ?? [];
  const rate = isUnit(unit) ? (Number(count) * 1000) / millisecondsByUnit[unit] : 0;
  if (rate > 0) return rate;
  throw new UsageError(
    `Invalid ${flag} value ${JSON.stringify(text)}: must be a number per unit of time.`,
    `Use a rate such as ${flag} 5/s, 100/m or 30/h.`,
  );
}

function isUnit(text: string): text is keyof typeof millisecondsByUnit {
  return text in millisecondsByUnit;
}

/** Resolves, each time it is called, as soon as the next event may start: at once where there is no rate. */
export function createPace(
  rate: number | undefined,
  { clock, signal }: Pick<CommandContext, "clock" | "signal">,
): () => Promise<void> {
  if (rate === undefined) return async () => {};
  const interval = 1000 / rate;
  let next = Number.NEGATIVE_INFINITY;
  return async () => {
    const now = clock.now();
    const start = Math.max(now, next);
    next = start + interval;
    if (start > now) await clock.sleep(start - now, signal);
  };
}

/** How many times as fast as the events arrived; infinite for `max`. Throws UsageError. */
export function parseSpeed(text: string): number {
  if (text === "max") return Number.POSITIVE_INFINITY;
  const factor = Number(/^(\d{1,6}(?:\.\d{1,3})?)x$/.exec(text)?.[1]);
  if (factor > 0) return factor;
  throw new UsageError(
    `Invalid --speed value ${JSON.stringify(text)}: must be max or a multiple of 1x.`,
    "Use a speed such as --speed 10x, --speed 0.5x or --speed max.",
  );
}

/** Milliseconds of waiting from which on progress is shown. */
const longGap = 10_000;

/** Milliseconds that a timer can wait. */
const longestSleep = 86_400_000;

/** Waits before each event, given when it was received: the gap to the one before it, shortened by `speed`. */
export function createGaps(
  speed: number,
  { clock, signal, io }: Pick<CommandContext, "clock" | "signal" | "io">,
): (receivedAt: number) => Promise<void> {
  let latest: number | undefined;
  let due: number | undefined;
  return async (receivedAt) => {
    // 0 is an unknown time: such an event follows at once.
    const gap = latest === undefined ? 0 : Math.max(0, receivedAt - latest);
    if (receivedAt !== 0) latest = Math.max(latest ?? receivedAt, receivedAt);
    due = (due ?? clock.now()) + gap / speed;
    const ahead = due - clock.now();
    if (ahead <= 0) return;
    if (ahead >= longGap) {
      io.progress(`Next event in ${roundedSpan(ahead)}; --speed max skips the gaps.`);
    }
    for (let left = ahead; left > 0; left = due - clock.now()) {
      await clock.sleep(Math.min(left, longestSleep), signal);
    }
    io.endProgress();
  };
}
