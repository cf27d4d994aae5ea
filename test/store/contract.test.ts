import { expect, test } from "vitest";
import { storeContract } from "../../src/store/contract/store-contract.ts";
import { memoryStore } from "../../src/store/memory-store.ts";
import type { Store, StoreEntry } from "../../src/store/store.ts";

let time = Date.UTC(2026, 10, 30);
const now = () => time;
const pass = (milliseconds: number) => {
  time += milliseconds;
};
const shared = memoryStore({ now });

for (const { name, run } of storeContract({ open: () => shared, pass })) {
  test(`The store in memory ${name}`, run);
}

/** Stores that each break one promise, and the check that finds it. */
const broken: Readonly<Record<string, (store: Store) => Partial<Store>>> = {
  "creates an entry only where there is none": (store) => ({
    compareAndSet: async (change) =>
      store.compareAndSet({ ...change, version: (await store.read(change.key))?.version }),
  }),
  "never uses a version twice, whatever was there before": (store) => {
    // As a hash of the value would.
    const versionOf = (value: string) => `version of ${value}`;
    return {
      async read(key) {
        const entry = await store.read(key);
        return entry && { ...entry, version: versionOf(entry.value) };
      },
      async compareAndSet(change) {
        const entry = await store.read(change.key);
        const isSame = entry && versionOf(entry.value) === change.version;
        const outcome = await store.compareAndSet({
          ...change,
          version: isSame ? entry.version : change.version,
        });
        if (!outcome.written || change.value === undefined) return outcome;
        return { written: true, version: versionOf(change.value) };
      },
    };
  },
  "gives an entry the version that the change asks for": (store) => ({
    compareAndSet: ({ newVersion: _, ...change }) => store.compareAndSet(change),
  }),
  "forgets an entry when its time is over, and not before": (store) => ({
    compareAndSet: ({ ttl: _, ...change }) => store.compareAndSet(change),
  }),
  "keeps any text exactly": (store) => ({
    async read(key) {
      const entry = await store.read(key);
      return entry?.value.trim() === "" ? undefined : entry;
    },
  }),
  "refuses text that not every store can keep": (store) => ({
    compareAndSet: ({ value, ...change }) =>
      store.compareAndSet({ ...change, value: value?.replaceAll(/\p{Cs}|\0/gu, "") }),
  }),
  "prolongs a lock for its holder over any connection, with the same fence": (store) => ({
    async lock(request) {
      const outcome = await store.lock(request);
      if (outcome.taken) await store.unlock(outcome.lock);
      return store.lock(request);
    },
  }),
  "releases a lock for its holder only": (store) => {
    const locks = new Map<string, Parameters<Store["unlock"]>[0]>();
    return {
      async lock(request) {
        const outcome = await store.lock(request);
        if (outcome.taken) locks.set(request.name, outcome.lock);
        return outcome;
      },
      unlock: ({ name, ...lock }) => store.unlock(locks.get(name) ?? { name, ...lock }),
    };
  },
  "raises the fence with every holder, also with the same one again": (store) => ({
    async lock(request) {
      const outcome = await store.lock(request);
      return outcome.taken ? { ...outcome, lock: { ...outcome.lock, fence: 1 } } : outcome;
    },
  }),
  "writes with a lock only while it is held": (store) => ({
    compareAndSet: ({ lock: _, ...change }) => store.compareAndSet(change),
  }),
  "loses no change of many writers at once": (store) => ({
    async compareAndSet(change) {
      const entry: StoreEntry | undefined = await store.read(change.key);
      if (entry?.version !== change.version) return { written: false, reason: "changed" };
      await new Promise((resolve) => setImmediate(resolve));
      const { version } = (await store.read(change.key)) ?? {};
      return store.compareAndSet({ ...change, version });
    },
  }),
};

test.for(Object.entries(broken))(
  "The contract finds a store that does not: %s",
  async ([name, make]) => {
    const store = memoryStore({ now });
    const checks = storeContract({ open: () => ({ ...store, ...make(store) }), pass });

    const failed: string[] = [];
    for (const check of checks) await check.run().catch(() => failed.push(check.name));

    expect(failed).toContain(name);
  },
);
