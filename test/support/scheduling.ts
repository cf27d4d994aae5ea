import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { setTimeout as wait } from "node:timers/promises";

// What Linux knows of the time that processes spend, so that a busy machine does not decide how a test ends.

/** Milliseconds that processes have waited for a core since this was called; reads it again at each call. */
export function createWaitingTime(pids: readonly number[]): () => number {
  const read = () => pids.map((pid) => schedulingOf(pid)?.waited);
  const first = read();
  let last = first;
  return () => {
    last = read().map((each, index) => each ?? last[index]);
    const all = last.map((each, index) => (each ?? 0) - (first[index] ?? 0));
    return all.reduce((sum, each) => sum + each, 0);
  };
}

/** Resolves when a process waits for something other than a core, or has ended. */
export async function untilIdle(pid: number): Promise<void> {
  let before = Number.NEGATIVE_INFINITY;
  for (;;) {
    const { ran, waited, isQueued } = schedulingOf(pid) ?? { ran: 0, waited: 0, isQueued: false };
    if (ran + waited - before < busy && !isQueued) return;
    before = ran + waited;
    await wait(period);
  }
}

/** Milliseconds: a process that runs or waits for a core for less than `busy` in each `period` is idle. */
const busy = 30;
const period = 300;

interface Scheduling {
  /** Milliseconds. */
  readonly ran: number;
  /** Milliseconds, with those of the busiest of the other threads: the main thread waits for them too. */
  readonly waited: number;
  /** Whether a thread runs or waits for a core now. */
  readonly isQueued: boolean;
}

/** Undefined for a process that has ended. */
function schedulingOf(pid: number): Scheduling | undefined {
  try {
    const threads = readdirSync(`/proc/${pid}/task`).map((id) => {
      const thread = `/proc/${pid}/task/${id}`;
      const [ran = 0, waited = 0] = readFileSync(`${thread}/schedstat`, "utf8")
        .split(" ")
        .map((nanoseconds) => Math.round(Number(nanoseconds) / 1e6));
      return { ran, waited, isQueued: /\) R /.test(readFileSync(`${thread}/stat`, "utf8")) };
    });
    const [{ ran, waited } = { ran: 0, waited: 0 }, ...others] = threads;
    return {
      ran,
      waited: waited + Math.max(0, ...others.map((thread) => thread.waited)),
      isQueued: threads.some(({ isQueued }) => isQueued),
    };
  } catch {
    return undefined;
  }
}

/** How many processes compete for each core, 1 at least. */
export function crowd(): number {
  return Math.max(1, (loadavg()[0] ?? 0) / availableParallelism());
}
