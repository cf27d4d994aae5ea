/** The emulator's time: the clock that it was given, as it was moved or stopped. Timers follow it. */
export interface EmulatorClock {
  /** Milliseconds since the epoch. */
  now(): number;
  readonly frozen: boolean;
  /** Stops the clock until `resume`. A stopped clock can still be moved. */
  freeze(): void;
  resume(): void;
  /**
   * Moves the clock forward by `milliseconds`, or back if negative. Each timer that falls due on the way runs at its
   * own instant, those of one instant concurrently. Rejects with a RangeError past the year 8000.
   */
  advance(milliseconds: number, stops?: Stops): Promise<void>;
  /** Moves the clock to an instant, in milliseconds since the epoch, as `advance` does. */
  set(instant: number, stops?: Stops): Promise<void>;
  /**
   * Jumps to an instant: timers that fell due on the way run once, all of them now. Resolves when they are done;
   * the clock runs on meanwhile.
   */
  leap(instant: number): Promise<void>;
  /** Returns to the clock that was given. Drops all timers, and stops moves in progress. */
  reset(): void;
  /**
   * Runs `action` at an instant, or soon if that is past. Among timers of one instant the lowest `rank` starts first,
   * its numbers compared one by one, then the oldest timer. Returns a function that cancels it.
   */
  schedule(instant: number, action: TimerAction, rank?: Rank): () => void;
}

/** Where a move stops on its way, for others to do their part. */
export interface Stops {
  /** Awaited at the start, at the end, and at each instant at which timers ran. */
  readonly settle?: () => unknown;
  /** Milliseconds after which the move stops even though no timer is due. */
  readonly step?: number | undefined;
}

type TimerAction = () => void | Promise<void>;

type Rank = readonly number[];

interface Timer {
  readonly instant: number;
  readonly rank: Rank;
  readonly action: TimerAction;
  isCancelled: boolean;
}

/** `afterTimer` is called after each timer's action. */
export function createEmulatorClock(
  base: { now(): number },
  afterTimer: () => void = () => {},
): EmulatorClock {
  let offset = 0;
  let frozenAt: number | undefined;
  /** The time for timers that run while the clock is moved. */
  let pinnedAt: number | undefined;
  /** Ordered by instant, then by rank, then by age. */
  const timers: Timer[] = [];
  let alarm: NodeJS.Timeout | undefined;
  let moving: Promise<void> | undefined;
  /** Stops the moves in progress. Replaced by each reset. */
  let life = new AbortController();

  const now = () => pinnedAt ?? frozenAt ?? base.now() + offset;

  const jump = (instant: number) => {
    pinnedAt = undefined;
    offset = instant - base.now();
    if (frozenAt !== undefined) frozenAt = instant;
  };

  /** Starts the actions of all timers that are due by an instant. */
  const runUntil = (instant: number): Promise<unknown>[] =>
    timers
      .splice(0, placeFor({ instant, rank: [Infinity] }, timers))
      .map((timer) => (timer.isCancelled ? Promise.resolve() : Promise.resolve(timer.action())));

  const move = async (
    instant: number,
    { signal }: AbortController,
    { settle, step = Number.POSITIVE_INFINITY }: Stops,
  ) => {
    clearTimeout(alarm);
    let isSettled = false;
    try {
      for (;;) {
        // While others did their part, timers may have been added and cancelled.
        const next = Math.min(timers[0]?.instant ?? Number.POSITIVE_INFINITY, now() + step);
        if (signal.aborted || !(next <= instant)) break;
        pinnedAt = Math.max(next, now());
        await Promise.all(runUntil(pinnedAt));
        if (settle && !signal.aborted) await settle();
        isSettled = pinnedAt === instant;
      }
    } finally {
      if (!signal.aborted) {
        jump(instant);
        arm();
      }
    }
    if (settle && !isSettled && !signal.aborted) await settle();
  };

  const moveTo = (target: () => number, stops: Stops = {}): Promise<void> => {
    const own = life;
    const begin = async () => {
      if (own.signal.aborted) return;
      if (stops.settle) {
        await stops.settle();
        if (own.signal.aborted) return;
      }
      const instant = target();
      if (!(instant >= 0 && instant <= latest))
        throw new RangeError("The clock cannot be set to this time");
      await move(instant, own, stops);
    };
    // Without timers to wait for, the clock has moved when this returns.
    const moved = orAborted(moving ? moving.then(begin, begin) : begin(), own.signal);
    moving = moved;
    const settle = () => {
      if (moving === moved) moving = undefined;
    };
    void moved.then(settle, settle);
    return moved;
  };

  /** Sets an alarm in real time for the next timer. */
  const arm = (soonest = 0) => {
    clearTimeout(alarm);
    const [next] = timers;
    if (!next || frozenAt !== undefined || pinnedAt !== undefined) return;
    const wait = Math.max(soonest, next.instant - now());
    alarm = setTimeout(ring, Math.min(wait, longestTimeout));
    alarm.unref();
  };
  const ring = () => {
    // Not awaited, so that one slow endpoint does not hold up the others.
    runUntil(now());
    // A timeout may fire a little early.
    arm(20);
  };

  return {
    now,
    get frozen() {
      return frozenAt !== undefined;
    },
    freeze() {
      frozenAt ??= now();
      arm();
    },
    resume() {
      if (frozenAt === undefined) return;
      offset = frozenAt - base.now();
      frozenAt = undefined;
      arm();
    },
    advance: (milliseconds, stops) => moveTo(() => now() + milliseconds, stops),
    set: (instant, stops) => moveTo(() => instant, stops),
    async leap(instant) {
      clearTimeout(alarm);
      jump(instant);
      await Promise.all(runUntil(instant));
      arm();
    },
    reset() {
      timers.length = 0;
      offset = 0;
      frozenAt = undefined;
      pinnedAt = undefined;
      moving = undefined;
      clearTimeout(alarm);
      life.abort();
      life = new AbortController();
    },
    schedule(instant, action, rank = []) {
      const timer: Timer = {
        instant,
        rank,
        async action() {
          await action();
          afterTimer();
        },
        isCancelled: false,
      };
      timers.splice(placeFor(timer, timers), 0, timer);
      arm();
      return () => {
        timer.isCancelled = true;
        const index = timers.indexOf(timer);
        if (index >= 0) timers.splice(index, 1);
      };
    },
  };
}

// With the longest lifetime added, the year still has four digits.
const latest = Date.UTC(8000, 0, 1);

// The most that setTimeout takes.
const longestTimeout = 2 ** 31 - 1;

/** Resolves with the promise, or when the signal is aborted. */
async function orAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  const settled = new AbortController();
  const aborted = new Promise<void>((resolve) => {
    signal.addEventListener("abort", () => resolve(), { signal: settled.signal });
  });
  try {
    await Promise.race([promise, aborted]);
  } finally {
    settled.abort();
  }
}

type TimerPlace = Pick<Timer, "instant" | "rank">;

/** The index after all timers that come earlier or at the same place. */
function placeFor(place: TimerPlace, timers: readonly Timer[]): number {
  let low = 0;
  let high = timers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = timers[middle];
    if (other && compare(other, place) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function compare(one: TimerPlace, other: TimerPlace): number {
  if (one.instant !== other.instant) return one.instant - other.instant;
  const index = one.rank.findIndex((number, position) => number !== other.rank[position]);
  // Of two with the same beginning, the shorter one is first.
  if (index === -1) return one.rank.length - other.rank.length;
  return (one.rank[index] ?? 0) - (other.rank[index] ?? -1);
}
