import { DeadlineError } from "../api/errors.ts";

/** Milliseconds after the deadline: whatever stops by itself can tell what is done and what is not. */
const grace = 250;

/** Node's longest timer, milliseconds. */
const longestTimer = 2 ** 31 - 1;

export interface RunDeadline {
  /** Aborts soon after the deadline. */
  readonly signal: AbortSignal;
  release(): void;
}

/**
 * Ends what waits for anything but RingCentral, such as standard input or the next recorded event.
 *
 * @param limit of the run, milliseconds
 * @param promptTime how long a person has taken for answers so far; undefined while rcwh waits for one
 */
export function createRunDeadline(
  limit: number,
  promptTime: () => number | undefined,
): RunDeadline {
  const controller = new AbortController();
  // Not the clock that people set.
  const startedAt = performance.now();
  let timer: NodeJS.Timeout | undefined;
  function check(): void {
    const answering = promptTime();
    const left = limit + grace + (answering ?? 0) - (performance.now() - startedAt);
    if (answering !== undefined && left <= 0) {
      controller.abort(new DeadlineError("finish this run"));
      return;
    }
    timer = setTimeout(check, Math.min(Math.max(left, grace), longestTimer)).unref();
  }
  check();
  return { signal: controller.signal, release: () => clearTimeout(timer) };
}
