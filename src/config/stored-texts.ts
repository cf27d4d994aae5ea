import type { Store } from "../store/store.ts";
import { hash } from "./identity-hashes.ts";
import { type LastRun, type LastRunStore, parseLastRun } from "./last-run.ts";
import type { QuotaStore } from "./quota-store.ts";

/** Milliseconds. A server asks for no longer pause than a day. */
const quotaTtl = 25 * 60 * 60 * 1000;

/** The quota in a store that machines share. */
export function createStoredQuotas(store: Store): QuotaStore {
  const keyOf = (name: string) => `quota/${hash(name).slice(0, 32)}`;
  return {
    read: async (name) => (await store.read(keyOf(name)))?.value,
    async change(name, edit) {
      const key = keyOf(name);
      for (;;) {
        const entry = await store.read(key);
        const { text, result } = edit(entry?.value);
        if (text === entry?.value) return result;
        const change = { key, version: entry?.version, value: text, ttl: quotaTtl };
        if ((await store.compareAndSet(change)).written) return result;
      }
    },
  };
}

/** How the last unattended run of one user ended, in a store that machines share. `key` is an identity's `recordsKey`. */
export function createStoredLastRun(store: Store, recordsKey: string): LastRunStore {
  const key = `runs/${hash(recordsKey).slice(0, 32)}`;
  const where = `the entry ${key} of the store`;

  async function write(value: string | undefined): Promise<void> {
    for (;;) {
      const entry = await store.read(key);
      if (entry?.value === value) return;
      if ((await store.compareAndSet({ key, version: entry?.version, value })).written) return;
    }
  }

  return {
    read: async () => parseLastRun((await store.read(key))?.value, where),
    async save(run: LastRun) {
      await write(JSON.stringify(run));
      return true;
    },
    remove: () => write(undefined),
  };
}
