import type { Store, StoreLock } from "../store.ts";
import { long, pause, ttl } from "./check-tools.ts";

/** What a check needs of another process; a `ChildProcess` of `fork` has it. */
export interface ContractProcess {
  send(message: object): unknown;
  on(event: "message", listener: (message: unknown) => void): unknown;
  on(event: "exit", listener: () => void): unknown;
  kill(signal: "SIGKILL"): unknown;
}

/** The other end: what Node's `process` has in a process that was forked. */
interface Channel {
  send?(message: object): unknown;
  on(event: "message", listener: (message: unknown) => void): unknown;
}

interface Task {
  readonly task: keyof typeof tasks;
  readonly key: string;
  readonly holder: string;
}

interface Answer {
  readonly found?: readonly number[];
  readonly error?: string;
}

/** How often each process does what it does. */
const rounds = 25;
/** Milliseconds of a lock whose holder is killed. */
const brief = 400;

/**
 * Does in this process what the contract's checks between processes ask for, with the store that it opened. The process
 * ends when its parent disconnects or kills it.
 */
export function serveStoreContract(store: Store, channel: Channel = ownProcess()): void {
  channel.on("message", (message) => {
    // Only the checks below send messages.
    const { task, key, holder } = message as Task;
    tasks[task](store, key, holder).then(
      (found) => channel.send?.({ found } satisfies Answer),
      (error: unknown) => channel.send?.({ error: String(error) } satisfies Answer),
    );
  });
  channel.send?.({ found: [] } satisfies Answer);
}

function ownProcess(): Channel {
  const { process } = globalThis as { readonly process?: Channel };
  if (process?.send) return process;
  throw new TypeError(
    "serveStoreContract: this process was not forked by a check of the contract.",
  );
}

const tasks = {
  /** Adds to a counter, with nothing but versions to protect it. */
  async increment(store: Store, key: string): Promise<number[]> {
    for (let count = 0; count < rounds; ) {
      const entry = await store.read(key);
      const value = String(Number(entry?.value ?? 0) + 1);
      const outcome = await store.compareAndSet({ key, version: entry?.version, value, ttl });
      if (outcome.written) count += 1;
    }
    return [];
  },
  /** Adds to a counter in two steps, each time with the lock, and tells the fences. */
  async takeTurns(store: Store, key: string, holder: string): Promise<number[]> {
    const fences: number[] = [];
    while (fences.length < rounds) {
      const lock = await take(store, { key, holder, time: long });
      fences.push(lock.fence);
      const entry = await store.read(key);
      await pause(Math.random() * 2);
      const value = String(Number(entry?.value ?? 0) + 1);
      const outcome = await store.compareAndSet({ key, version: entry?.version, value, lock, ttl });
      if (!outcome.written)
        throw new Error(`The holder of a lock could not write: ${outcome.reason}`);
      await store.unlock(lock);
    }
    return fences;
  },
  /** Takes the lock and keeps it, until the process is killed. */
  async keep(store: Store, key: string, holder: string): Promise<number[]> {
    return [(await take(store, { key, holder, time: brief })).fence];
  },
  async read(store: Store, key: string): Promise<number[]> {
    return [Number((await store.read(key))?.value)];
  },
};

/** The checks between processes. */
export const raceBetweenProcesses: Readonly<
  Record<string, (fork: () => ContractProcess, key: string) => Promise<void>>
> = {
  async "loses no change of two processes"(fork, key) {
    await withTwo(fork, async (one, other) => {
      const tasks = [one, other].map((process) => process.ask("increment", key));
      await Promise.all(tasks);
      await holdsCount(one, key);
    });
  },
  async "lets one process at a time hold a lock, with rising fences"(fork, key) {
    await withTwo(fork, async (one, other) => {
      const [mine = [], others = []] = await Promise.all(
        [one, other].map((process) => process.ask("takeTurns", key)),
      );
      await holdsCount(other, key);
      for (const fences of [mine, others]) {
        if (fences.some((fence, index) => index > 0 && fence <= (fences[index - 1] ?? 0))) {
          throw new Error(`A process got the fences ${fences.join(", ")}.`);
        }
      }
      const all = new Set([...mine, ...others]);
      if (all.size < 2 * rounds) throw new Error("Two holders of a lock had the same fence.");
    });
  },
  async "takes a lock from a process that was killed, when its time is over"(fork, key) {
    await withTwo(fork, async (one, other) => {
      const [before = 0] = await one.ask("keep", key);
      await one.kill();
      const [after = 0] = await other.ask("keep", key);
      if (after <= before) throw new Error(`The fence went from ${before} to ${after}.`);
    });
  },
};

async function holdsCount(process: Other, key: string): Promise<void> {
  const [count] = await process.ask("read", key);
  if (count !== 2 * rounds) throw new Error(`The count is ${count} instead of ${2 * rounds}.`);
}

/** A process as its parent sees it. */
interface Other {
  ask(task: Task["task"], key: string): Promise<readonly number[]>;
  kill(): Promise<void>;
}

async function withTwo(
  fork: () => ContractProcess,
  work: (one: Other, other: Other) => Promise<void>,
): Promise<void> {
  const started = await Promise.allSettled([start(fork()), start(fork())]);
  try {
    const [one, other] = started.map((outcome) => {
      if (outcome.status === "rejected") throw outcome.reason;
      return outcome.value;
    });
    if (one && other) await work(one, other);
  } finally {
    for (const outcome of started) {
      if (outcome.status === "fulfilled") await outcome.value.kill();
    }
  }
}

async function start(process: ContractProcess): Promise<Other> {
  const holder = `process ${crypto.randomUUID()}`;
  let hasEnded = false;
  let answer: (answer: Answer) => void = () => {};
  const next = () =>
    new Promise<Answer>((resolve) => {
      answer = resolve;
      if (hasEnded) resolve({ error: "it has ended" });
    });
  const ended = new Promise<void>((resolve) => {
    process.on("exit", () => {
      hasEnded = true;
      answer({ error: "it has ended" });
      resolve();
    });
  });
  process.on("message", (message) => answer(message as Answer));
  const settled = async (waiting: Promise<Answer>) => {
    const { error, found = [] } = await waiting;
    if (error !== undefined) throw new Error(`A process of the check failed: ${error}.`);
    return found;
  };
  // It says that it is ready.
  await settled(next());
  return {
    async ask(task, key) {
      const waiting = next();
      process.send({ task, key, holder } satisfies Task);
      return settled(waiting);
    },
    async kill() {
      process.kill("SIGKILL");
      await ended;
    },
  };
}

async function take(
  store: Store,
  { key, holder, time }: { readonly key: string; readonly holder: string; readonly time: number },
): Promise<StoreLock> {
  for (;;) {
    const outcome = await store.lock({ name: key, holder, ttl: time });
    if (outcome.taken) return outcome.lock;
    await pause(1 + Math.random() * 4);
  }
}
