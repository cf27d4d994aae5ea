import type { RunEnd, Runtime } from "../context.ts";
import type { RunDeadline } from "./run-deadline.ts";

/** Milliseconds from a signal, or from the deadline, to the end of all that a run still does. */
const usualMoments = 500;

/**
 * The end of a run. Half a second after a signal or an explicit deadline nothing of it goes on, so that the process is
 * gone within one.
 */
export function createRunEnd(
  { signal: interruption, lastMoments = usualMoments }: Pick<Runtime, "signal" | "lastMoments">,
  deadline: RunDeadline | undefined,
): RunEnd & { release(): void } {
  const controller = new AbortController();
  let endsAt = Number.POSITIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  const left = () => {
    const untilDeadline = deadline?.left() ?? Number.POSITIVE_INFINITY;
    // Most runs never need the time, which takes Node a while to load.
    if (endsAt === Number.POSITIVE_INFINITY) return untilDeadline;
    return Math.min(endsAt - performance.now(), untilDeadline);
  };
  let isPostponed = false;
  let begun: number | undefined;
  const begin = (milliseconds: number) => {
    begun = milliseconds;
    if (isPostponed) return;
    endsAt = Math.min(endsAt, performance.now() + milliseconds);
    clearTimeout(timer);
    timer = setTimeout(() => controller.abort(), endsAt - performance.now());
  };
  const interrupt = () => begin(lastMoments);
  const expire = () => begin((deadline?.left() ?? 0) + lastMoments);
  if (interruption.aborted) interrupt();
  interruption.addEventListener("abort", interrupt, { once: true });
  // A slow start may have used it up.
  if (deadline?.signal.aborted) expire();
  deadline?.signal.addEventListener("abort", expire, { once: true });
  return {
    signal: controller.signal,
    left: () => Math.max(0, left()),
    reserve: (milliseconds) => deadline?.reserve(milliseconds),
    postpone() {
      isPostponed = true;
      return () => {
        isPostponed = false;
        if (begun !== undefined) begin(begun);
      };
    },
    release() {
      clearTimeout(timer);
      interruption.removeEventListener("abort", interrupt);
      deadline?.signal.removeEventListener("abort", expire);
    },
  };
}
