import type { Store } from "../store.ts";
import { type Checks, equal, pause, ttl } from "./check-tools.ts";

/** Many calls at once, over several connections. */
export const raceChecks: Checks = {
  async "lets one of many create an entry, and one of many take a lock"({ stores, key }) {
    for (let round = 0; round < 3; round += 1) {
      const many = Array.from({ length: 12 }, (_, index) => index);
      const storeOf = (index: number) => stores[index % stores.length] ?? stores[0];
      const created = await Promise.all(
        many.map((index) =>
          storeOf(index).compareAndSet({
            key: `${key}/${round}`,
            version: undefined,
            value: `${index}`,
            ttl,
          }),
        ),
      );
      equal("creators", created.filter(({ written }) => written).length, 1);
      const winner = created.findIndex(({ written }) => written);
      equal("value", (await stores[0].read(`${key}/${round}`))?.value, `${winner}`);
      const locked = await Promise.all(
        many.map((index) =>
          storeOf(index).lock({ name: `${key}/${round}`, holder: `holder ${index}`, ttl }),
        ),
      );
      equal("holders", locked.filter((outcome) => outcome.taken).length, 1);
      const holder = locked.findIndex((outcome) => outcome.taken);
      for (const outcome of locked) {
        if (!outcome.taken) equal("holder", outcome.holder, `holder ${holder}`);
      }
    }
  },
  async "loses no change of many writers at once"({ stores, key }) {
    const increments = 8;
    await Promise.all(
      Array.from({ length: 9 }, async (_, index) => {
        const store = stores[index % stores.length] ?? stores[0];
        for (let count = 0; count < increments; count += 1) await increment(store, key);
      }),
    );
    equal("count", (await stores[0].read(key))?.value, String(9 * increments));
  },
};

/** Adds one to a counter, as often as it takes. */
async function increment(store: Store, key: string): Promise<void> {
  for (;;) {
    const entry = await store.read(key);
    const value = String(Number(entry?.value ?? 0) + 1);
    const { written } = await store.compareAndSet({ key, version: entry?.version, value, ttl });
    if (written) return;
    await pause(Math.random() * 5);
  }
}
