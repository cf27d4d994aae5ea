import { DeadlineError } from "../api/errors.ts";

/** Milliseconds after the deadline: whatever stops by itself can tell what is done and what is not. */
const grace = 150;

/** The share of a run that may be kept for its reports. */
const largestReserve = 0.3;

/** Node's longest timer, milliseconds. */
const longestTimer = 2 ** 31 - 1;

export interface RunDeadline {
  /** Aborts soon after the time for work. */
  readonly signal: AbortSignal;
  /** Milliseconds of the time for work that are kept for the reports. */
  readonly reserved: number;
  /** Milliseconds to the deadline, negative after it. */
  left(): number;
  /** Ends the work this many milliseconds earlier, but leaves it most of its time. */
  reserve(milliseconds: number): void;
  release(): void;
}

/**
 * Ends what waits for anything but RingCentral, such as standard input or the next recorded event.
 *
 * @param limit of the run, milliseconds
 * @param age of the process, milliseconds
 * @param promptTime how long a person has taken for answers so far; undefined while rcwh waits for one
 */
export function createRunDeadline(
  limit: number,
  age: number,
  promptTime: () => number | undefined,
): RunDeadline {
  const controller = new AbortController();
  // Not the clock that people set.
  const startedAt = performance.now() - age;
  let reserved = 0;
  let timer: NodeJS.Timeout | undefined;
  const left = () => limit + (promptTime() ?? 0) - (performance.now() - startedAt);
  function check(): void {
    const toGo = left() - reserved + grace;
    if (promptTime() !== undefined && toGo <= 0) {
      controller.abort(new DeadlineError("finish this run"));
      return;
    }
    timer = setTimeout(check, Math.min(Math.max(toGo, grace), longestTimer)).unref();
  }
  check();
  return {
    signal: controller.signal,
    get reserved() {
      return reserved;
    },
    left,
    reserve(milliseconds) {
      reserved = Math.min(milliseconds, limit * largestReserve);
      clearTimeout(timer);
      check();
    },
    release: () => clearTimeout(timer),
  };
}
