/** Minutes between runs that a crontab can express: each divides an hour or a day. */
const intervals = [
  1440, 720, 480, 360, 240, 180, 120, 60, 30, 20, 15, 12, 10, 6, 5, 4, 3, 2, 1,
] as const;

/** When clocks change, an interval of hours may be an hour longer. */
const clockChange = 60;

/** How often to renew. */
export interface RenewalInterval {
  /** Minutes between runs. */
  readonly minutes: number;
  /** Minutes of random delay, so that machines with the same schedule do not all start at once. */
  readonly delay: number;
  /** Seconds that a run may take. */
  readonly deadline: number;
}

/**
 * The longest interval that survives three failed runs in a row: a subscription that becomes due right after a run is
 * tried four times before it expires. Undefined if even a run every minute is not enough.
 *
 * @param due how many seconds before expiry a subscription is renewed
 * @param deadline the most seconds that a run may take
 */
export function renewalInterval(due: number, deadline: number): RenewalInterval | undefined {
  for (const minutes of intervals) {
    // A longer run would block the next one.
    const run = Math.min(deadline, (minutes * 60) / 2);
    const delay = Math.min(minutes / 20, 5);
    const change = minutes >= 60 ? clockChange : 0;
    if (4 * minutes + delay + change + run / 60 <= due / 60) {
      return { minutes, delay, deadline: run };
    }
  }
  return undefined;
}

/** The minute within the interval at which a schedule runs. Differs between machines by their seed, and avoids minute 0 of an hour, when everybody runs. */
export function spread(seed: number, { minutes }: Pick<RenewalInterval, "minutes">): number {
  if (minutes <= 60) return minutes === 60 ? 1 + (seed % 59) : seed % minutes;
  const hour = seed % (minutes / 60);
  return hour * 60 + 1 + (Math.floor(seed / 24) % 59);
}

/** The five fields of a crontab line, in the local time of the machine that reads it. */
export function cronExpression({ minutes }: Pick<RenewalInterval, "minutes">, at: number): string {
  if (minutes === 1) return "* * * * *";
  if (minutes < 60) return `${at}-59/${minutes} * * * *`;
  const minute = at % 60;
  const hour = Math.floor(at / 60);
  if (minutes === 60) return `${minute} * * * *`;
  if (minutes === 1440) return `${minute} ${hour} * * *`;
  return `${minute} ${hour}-23/${minutes / 60} * * *`;
}
