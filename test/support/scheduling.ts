import { readdirSync, readFileSync } from "node:fs";
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
    const { ran, waited } = schedulingOf(pid) ?? { ran: 0, waited: 0 };
    if (ran + waited - before < busy) return;
    before = ran + waited;
    await wait(period);
  }
}

/** Milliseconds: a process that runs or waits for a core for less than `busy` in each `period` is idle. */
const busy = 30;
const period = 300;

/**
 * Milliseconds, with the time that the busiest of the other threads has waited: the main thread waits for them too.
 * Undefined for a process that has ended.
 */
function schedulingOf(pid: number): { readonly ran: number; readonly waited: number } | undefined {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    const [main = [], ...others] = threads.map((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8")
        .split(" ")
        .map((nanoseconds) => Math.round(Number(nanoseconds) / 1e6)),
    );
    const [ran = 0, waited = 0] = main;
    return { ran, waited: waited + Math.max(0, ...others.map(([, time = 0]) => time)) };
  } catch {
    return undefined;
  }
}
