/** The emulator's own time: the clock it was given, plus what was asked of it. */
export interface EmulatorClock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Moves time on by `milliseconds`; a negative number moves it back. Throws a RangeError past the year 8000. */
  advance(milliseconds: number): void;
  /** Moves time to an instant, in milliseconds since the epoch. It goes on from there. */
  set(instant: number): void;
  /** Back to the clock that was given. */
  reset(): void;
}

export function createEmulatorClock(base: { now(): number }): EmulatorClock {
  let offset = 0;
  const moveTo = (instant: number) => {
    if (!(instant >= 0 && instant <= latest)) throw new RangeError("The clock cannot go there");
    offset = instant - base.now();
  };
  return {
    now: () => base.now() + offset,
    advance: (milliseconds) => moveTo(base.now() + offset + milliseconds),
    set: moveTo,
    reset: () => {
      offset = 0;
    },
  };
}

// The longest lifetime on top of it still has a year of four digits.
const latest = Date.UTC(8000, 0, 1);
