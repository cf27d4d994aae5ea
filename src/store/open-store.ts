import { readFileSync } from "node:fs";
import { UsageError } from "../errors.ts";
import type { Clock } from "../machine/clock.ts";
import { isFileError, reasonOf } from "../machine/file-error.ts";
import type { ConnectionOptions, ServerFacts } from "./connections.ts";
import type { Store } from "./store.ts";
import { explainFault } from "./store-faults.ts";
import type { StoreUrl } from "./store-url.ts";
import { repeating } from "./with-retries.ts";

export interface OpenStoreOptions extends Omit<ConnectionOptions, "readFile"> {
  readonly clock: Clock;
  /** Milliseconds since the epoch after which nothing is tried again. A function, because it moves. */
  readonly deadlineAt: () => number;
  /** Ends the wait for another try. */
  readonly interrupted: AbortSignal;
  /** Takes secrets out of a text of the server or the driver. */
  readonly quote: (text: string) => string;
  readonly progress: (line: string) => void;
  /** What seals the secret entries, the newest first; `plain` at the end accepts those that are not sealed yet. */
  readonly keys?: readonly string[] | undefined;
}

export interface OpenedStore {
  readonly store: Store;
  /** Throws what the store throws. */
  describe(): Promise<ServerFacts>;
  /** Closes its connections. Never throws. */
  close(): void;
}

/** Opens what a URL names. Only its driver is loaded, and connects at the first use. */
export async function openStore(
  storeUrl: StoreUrl,
  options: OpenStoreOptions,
): Promise<OpenedStore> {
  const { describe, close, ...opened } = await openDriver(storeUrl, {
    ...options,
    readFile: readPem,
  });
  const store = await sealedWith(options.keys, opened.store);
  const call = createCall(storeUrl.name, options);
  return {
    store: repeating(store, call, (unlock) => call(unlock, unlockTries)),
    describe: () =>
      call(async () => {
        // Whether it can be written to.
        const request = { name: "doctor", holder: crypto.randomUUID(), ttl: 1000 };
        const outcome = await store.lock(request);
        if (outcome.taken) await store.unlock(outcome.lock);
        return describe();
      }, 1),
    close,
  };
}

async function sealedWith(keys: readonly string[] | undefined, store: Store): Promise<Store> {
  if (!keys) return store;
  const { seal } = await import("./seal.ts");
  const acceptPlain = keys.at(-1) === "plain";
  return seal(store, acceptPlain ? keys.slice(0, -1) : keys, { acceptPlain });
}

async function openDriver({ kind, url, name }: StoreUrl, options: ConnectionOptions) {
  switch (kind) {
    case "postgres": {
      const { openPostgres } = await import("./postgres-connection.ts");
      const { postgresStore } = await import("./postgres-store.ts");
      const { query, ...connection } = openPostgres(url, options);
      return { ...connection, store: postgresStore(query) };
    }
    case "redis": {
      const { openRedis } = await import("./redis-connection.ts");
      const { redisStore } = await import("./redis-store.ts");
      const { sendCommand, ...connection } = openRedis(url, options);
      return { ...connection, store: redisStore(sendCommand) };
    }
    case "file": {
      const { fileStore } = await import("./file-store.ts");
      const facts = { version: "files of this machine", remarks: [] };
      const store = fileStore(name);
      return { store, describe: async () => facts, close() {} };
    }
  }
}

/** How often to try a release, within a few seconds: a lock that is not released expires in seconds, too. */
const unlockTries = 5;
/** Tries of a call before the store has answered for the first time: it may have another address. */
const firstTries = 3;
/** Milliseconds for which a call is repeated after that: a server restarts, or another takes its place. */
const patience = 60_000;
const longestPause = 5000;

/** Repeats a call while that may help, and explains what it throws. */
function createCall(
  name: string,
  { clock, deadlineAt, interrupted, signal, quote, progress }: OpenStoreOptions,
) {
  let hasAnswered = false;
  return async <Result>(work: () => Promise<Result>, tries = Number.POSITIVE_INFINITY) => {
    const begun = clock.now();
    for (let count = 1; ; count += 1) {
      try {
        const result = await work();
        hasAnswered = true;
        return result;
      } catch (thrown) {
        const fault = explainFault(thrown, name, quote);
        if (!fault.isPassing) throw fault.error;
        hasAnswered ||= fault.isStarting;
        const pause = Math.min(250 * 2 ** count, longestPause) * (0.5 + Math.random() / 2);
        const next = clock.now() + pause;
        const isOver =
          count >= (hasAnswered ? tries : Math.min(tries, firstTries)) ||
          next > Math.min(begun + patience, deadlineAt());
        if (isOver || interrupted.aborted || signal.aborted) throw fault.error;
        progress(`Trying again in ${Math.ceil(pause / 1000)} s: ${fault.error.message}`);
        await clock.sleep(pause, interrupted);
      }
    }
  };
}

function readPem(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (!isFileError(error)) throw error;
    throw new UsageError(
      `Cannot read ${path}, which the URL of the store names: ${reasonOf(error)}.`,
      "Name a file that this user can read.",
      { cause: error },
    );
  }
}
