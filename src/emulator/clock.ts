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
   * runs at its own instant, one after another. Rejects with a RangeError past the year 8000.
   */
  advance(milliseconds: number): Promise<void>;
  /** Moves time to an instant, in milliseconds since the epoch, as `advance` does. It goes on from there. */
  set(instant: number): Promise<void>;
  /**
   * Moves time to an instant as if nobody had been there in between: what fell due on the way runs once,
   * all of it now. Resolves when that is done; time goes on meanwhile.
   */
  leap(instant: number): Promise<void>;
  /** Back to the clock that was given. Timers are forgotten. */
  reset(): void;
  /** Runs `action` at an instant, or soon where that is past. Returns what cancels it. */
  schedule(instant: number, action: TimerAction): () => void;
}

type TimerAction = () => void | Promise<void>;

interface Timer {
  readonly instant: number;
  readonly action: TimerAction;
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
  /** Ordered by instant, then by age. */
  const timers: Timer[] = [];
  let alarm: NodeJS.Timeout | undefined;
  let moving: Promise<void> | undefined;

  const now = () => pinnedAt ?? frozenAt ?? base.now() + offset;

  const jump = (instant: number) => {
    pinnedAt = undefined;
    offset = instant - base.now();
    if (frozenAt !== undefined) frozenAt = instant;
  };

  const move = async (instant: number) => {
    try {
      for (let next = timers[0]; next && next.instant <= instant; next = timers[0]) {
        timers.shift();
        pinnedAt = Math.max(next.instant, now());
        await next.action();
      }
    } finally {
      jump(instant);
      arm();
    }
  };

  const moveTo = (target: () => number): Promise<void> => {
    const begin = async () => {
      const instant = target();
      if (!(instant >= 0 && instant <= latest)) throw new RangeError("The clock cannot go there");
      await move(instant);
    };
    // Nothing to wait for, then time has moved when this returns.
    const moved = moving ? moving.then(begin, begin) : begin();
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
    while (timers[0] && timers[0].instant <= now()) void timers.shift()?.action();
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
      const overdue = timers.splice(0, placeFor(instant, timers));
      await Promise.all(overdue.map(({ action }) => action()));
      arm();
    },
    reset() {
      timers.length = 0;
      offset = 0;
      frozenAt = undefined;
      clearTimeout(alarm);
    },
    schedule(instant, action) {
      const timer = {
        instant,
        async action() {
          await action();
          afterTimer();
        },
      };
      timers.splice(placeFor(instant, timers), 0, timer);
      arm();
      return () => {
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

/** The index behind every timer that is due no later. */
function placeFor(instant: number, timers: readonly Timer[]): number {
  let low = 0;
  let high = timers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((timers[middle]?.instant ?? 0) <= instant) low = middle + 1;
    else high = middle;
  }
  return low;
}
