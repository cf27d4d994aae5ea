/** The emulator's own time: the clock it was given, plus what was asked of it. Timers follow it. */
export interface EmulatorClock {
  /** Milliseconds since the epoch. */
  now(): number;
  readonly frozen: boolean;
  /** Time stands still, until `resume`. It can be moved all the same. */
  freeze(): void;
  resume(): void;
  /**
   * Moves time on by `milliseconds`; a negative number moves it back. On the way every timer that falls due
   * runs at its own instant, those of one instant side by side. Rejects with a RangeError past the year 8000.
   */
  advance(milliseconds: number): Promise<void>;
  /** Moves time to an instant, in milliseconds since the epoch, as `advance` does. It goes on from there. */
  set(instant: number): Promise<void>;
  /**
   * Moves time to an instant as if nobody had been there in between: what fell due on the way runs once,
   * all of it now. Resolves when that is done; time goes on meanwhile.
   */
  leap(instant: number): Promise<void>;
  /** Back to the clock that was given. Timers are forgotten, and moves end where they are. */
  reset(): void;
  /**
   * Runs `action` at an instant, or soon where that is past. Of one instant the lowest `rank` begins first, its
   * numbers compared one by one, and of one rank the oldest timer. Returns what cancels it.
   */
  schedule(instant: number, action: TimerAction, rank?: Rank): () => void;
}

type TimerAction = () => void | Promise<void>;

type Rank = readonly number[];

interface Timer {
  readonly instant: number;
  readonly rank: Rank;
  readonly action: TimerAction;
  isCancelled: boolean;
}

/** `afterTimer` is called whenever a timer's action is done. */
export function createEmulatorClock(
  base: { now(): number },
  afterTimer: () => void = () => {},
): EmulatorClock {
  let offset = 0;
  let frozenAt: number | undefined;
  /** What time it is for a timer that runs while time is moved. */
  let pinnedAt: number | undefined;
  /** Ordered by instant, then by rank, then by age. */
  const timers: Timer[] = [];
  let alarm: NodeJS.Timeout | undefined;
  let moving: Promise<void> | undefined;
  /** Ends the moves under way. Another one after each reset. */
  let life = new AbortController();

  const now = () => pinnedAt ?? frozenAt ?? base.now() + offset;

  const jump = (instant: number) => {
    pinnedAt = undefined;
    offset = instant - base.now();
    if (frozenAt !== undefined) frozenAt = instant;
  };

  /** Begins what is due by an instant, all of it before anything goes on. */
  const runUntil = (instant: number): Promise<unknown>[] =>
    timers
      .splice(0, placeFor({ instant, rank: [Infinity] }, timers))
      .map((timer) => (timer.isCancelled ? Promise.resolve() : Promise.resolve(timer.action())));

  const move = async (instant: number, { signal }: AbortController) => {
    clearTimeout(alarm);
    try {
      for (let next = timers[0]; next && next.instant <= instant; next = timers[0]) {
        pinnedAt = Math.max(next.instant, now());
        await Promise.all(runUntil(pinnedAt));
        if (signal.aborted) return;
      }
    } finally {
      if (!signal.aborted) {
        jump(instant);
        arm();
      }
    }
  };

  const moveTo = (target: () => number): Promise<void> => {
    const own = life;
    const begin = async () => {
      if (own.signal.aborted) return;
      const instant = target();
      if (!(instant >= 0 && instant <= latest)) throw new RangeError("The clock cannot go there");
      await move(instant, own);
    };
    // Nothing to wait for, then time has moved when this returns.
    const moved = orAborted(moving ? moving.then(begin, begin) : begin(), own.signal);
    moving = moved;
    const settle = () => {
      if (moving === moved) moving = undefined;
    };
    void moved.then(settle, settle);
    return moved;
  };

  /** Real time brings timers about, too. */
  const arm = (soonest = 0) => {
    clearTimeout(alarm);
    const [next] = timers;
    if (!next || frozenAt !== undefined || pinnedAt !== undefined) return;
    const wait = Math.max(soonest, next.instant - now());
    alarm = setTimeout(ring, Math.min(wait, longestTimeout));
    alarm.unref();
  };
  const ring = () => {
    // Nobody waits here, so one slow endpoint must not hold up the others.
    runUntil(now());
    // A timeout may come a little early.
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
    advance: (milliseconds) => moveTo(() => now() + milliseconds),
    set: (instant) => moveTo(() => instant),
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

// The longest lifetime on top of it still has a year of four digits.
const latest = Date.UTC(8000, 0, 1);

// What setTimeout can count.
const longestTimeout = 2 ** 31 - 1;

/** What comes of a promise, unless the signal is first. */
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

/** The index behind every timer that comes no later. */
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
  // Of two that begin alike, the shorter one is first.
  if (index === -1) return one.rank.length - other.rank.length;
  return (one.rank[index] ?? 0) - (other.rank[index] ?? -1);
}
