/** Minutes between runs that a crontab can say: each divides an hour or a day. */
const intervals = [
  1440, 720, 480, 360, 240, 180, 120, 60, 30, 20, 15, 12, 10, 6, 5, 4, 3, 2, 1,
] as const;

/** Where clocks are put forward, an interval of hours is an hour longer. */
const clockChange = 60;

/** How often to renew. */
export interface RenewalInterval {
  /** Minutes between runs. */
  readonly minutes: number;
  /** Minutes that a run may start late: machines that have the same schedule should not all begin at once. */
  readonly delay: number;
  /** Seconds that a run may take. */
  readonly deadline: number;
}

/**
 * The longest interval at which three runs in a row may fail: what becomes due right after a run meets
 * four before it ends, and the fourth still has its time. Undefined where even a run a minute is too few.
 *
 * @param due seconds before its end from which a subscription is renewed
 * @param deadline seconds that a run may take at most
 */
export function renewalInterval(due: number, deadline: number): RenewalInterval | undefined {
  for (const minutes of intervals) {
    // One that lasts would keep the next from starting.
    const run = Math.min(deadline, (minutes * 60) / 2);
    const delay = Math.min(minutes / 20, 5);
    const change = minutes >= 60 ? clockChange : 0;
    if (4 * minutes + delay + change + run / 60 <= due / 60) {
      return { minutes, delay, deadline: run };
    }
  }
  return undefined;
}

/** When within its interval a schedule runs, minutes after its beginning: spread over machines by their seed, and not at minute 0 of an hour, where everybody is. */
export function spread(seed: number, { minutes }: Pick<RenewalInterval, "minutes">): number {
  if (minutes <= 60) return minutes === 60 ? 1 + (seed % 59) : seed % minutes;
  const hour = seed % (minutes / 60);
  return hour * 60 + 1 + (Math.floor(seed / 24) % 59);
}

/** The five fields of cron. Hours are those of whoever reads it. */
export function cronExpression({ minutes }: Pick<RenewalInterval, "minutes">, at: number): string {
  if (minutes === 1) return "* * * * *";
  if (minutes < 60) return `${at}-59/${minutes} * * * *`;
  const minute = at % 60;
  const hour = Math.floor(at / 60);
  if (minutes === 60) return `${minute} * * * *`;
  if (minutes === 1440) return `${minute} ${hour} * * *`;
  return `${minute} ${hour}-23/${minutes / 60} * * *`;
}
