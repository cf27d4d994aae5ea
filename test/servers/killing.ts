import { readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Store } from "../../src/store/store.ts";
import { withRetries } from "../../src/store/with-retries.ts";
import { connections } from "./connections.ts";

/**
 * A process that races against itself over the servers of `scripts/with-servers.js`, kills them meanwhile, and prints what
 * came of it.
 */
const kills = 3;
const ttl = 3_600_000;

export interface Result {
  /** How many increments were acknowledged, and what the counter says. */
  readonly acknowledged: number;
  readonly counted: number;
  /** The same for those that were made with a lock. */
  readonly turns: number;
  readonly countedTurns: number;
  readonly faults: readonly string[];
}

async function race(client: string, server: string): Promise<Result> {
  const opened = await Promise.all(Array.from({ length: 4 }, () => connections[client]?.()));
  const stores = opened.flatMap((connection) =>
    connection ? [withRetries(connection.store, { deadline: 60_000, timeout: 5000 })] : [],
  );
  const faults: string[] = [];
  const place = `killed/${crypto.randomUUID()}`;
  const [counter, turnCounter, lockName] = [`${place}/count`, `${place}/turns`, `${place}/lock`];
  let [acknowledged, turns, inside, highest, isOver] = [0, 0, 0, 0, false];

  async function add(store: Store, key: string, lock?: Parameters<Store["unlock"]>[0]) {
    const entry = await store.read(key);
    const value = String(Number(entry?.value ?? 0) + 1);
    return store.compareAndSet({ key, version: entry?.version, value, ttl, lock });
  }

  async function work(store: Store, index: number): Promise<void> {
    while (!isOver) {
      if ((await add(store, counter)).written) acknowledged += 1;
      const holder = `worker ${index}, ${crypto.randomUUID()}`;
      const outcome = await store.lock({ name: lockName, holder, ttl });
      if (!outcome.taken) continue;
      inside += 1;
      if (inside > 1) faults.push("Two held the lock at once.");
      if (outcome.lock.fence <= highest) faults.push("A fence did not rise.");
      highest = outcome.lock.fence;
      const added = await add(store, turnCounter, outcome.lock);
      if (added.written) turns += 1;
      else faults.push(`The holder of the lock could not write: ${added.reason}.`);
      inside -= 1;
      await store.unlock(outcome.lock);
    }
  }

  async function kill(): Promise<void> {
    const file = path.join(process.env["RCWH_TEST_SERVERS"] ?? "", `${server}.pid`);
    for (let count = 0; count < kills; count += 1) {
      const before = acknowledged + turns;
      while (acknowledged + turns < before + 40) await pause(5);
      process.kill(Number(readFileSync(file, "utf8")), "SIGKILL");
    }
    const before = turns;
    while (turns < before + 5) await pause(5);
    isOver = true;
  }

  await Promise.all([kill(), ...stores.map((store, index) => work(store, index))]);
  const [store] = stores;
  const counted = Number((await store?.read(counter))?.value);
  const countedTurns = Number((await store?.read(turnCounter))?.value);
  await Promise.all(opened.map((connection) => connection?.close()));
  return { acknowledged, counted, turns, countedTurns, faults };
}

const [client = "", server = ""] = process.argv.slice(2);
race(client, server).then(
  (result) => void process.stdout.write(JSON.stringify(result)),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
    process.exit(1);
  },
);
