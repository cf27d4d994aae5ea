import type { Clock } from "../machine/clock.ts";
import { checkChange, checkKey, checkLock, checkRequest } from "./checked-input.ts";
import type { Store, StoreEntry, StoreLock } from "./store.ts";

/** A store of this process, for tests and for a function that shares with no other. What it holds ends with it. */
export function memoryStore({ now }: Pick<Clock, "now"> = Date): Store {
  const entries = new Map<string, StoreEntry & { readonly until: number }>();
  const locks = new Map<string, StoreLock & { readonly until: number }>();

  const entryAt = (key: string) => {
    const entry = entries.get(key);
    if (!entry || now() < entry.until) return entry;
    entries.delete(key);
    return undefined;
  };
  /** The lock, unless another has followed or it was released. */
  const lockOf = ({ name, holder, fence }: StoreLock) => {
    const lock = locks.get(name);
    return lock?.holder === holder && lock.fence === fence ? lock : undefined;
  };
  const isHeld = (lock: StoreLock) => now() < (lockOf(lock)?.until ?? 0);

  return {
    async read(key) {
      checkKey(key);
      const entry = entryAt(key);
      return entry && { value: entry.value, version: entry.version };
    },
    async compareAndSet(change) {
      checkChange(change);
      const { key, version, value, newVersion = crypto.randomUUID(), lock } = change;
      if (lock && !isHeld(lock)) return { written: false, reason: "lock-lost" };
      if (entryAt(key)?.version !== version) return { written: false, reason: "changed" };
      if (value === undefined) {
        entries.delete(key);
        return { written: true, version: undefined };
      }
      const until = now() + (change.ttl ?? Number.POSITIVE_INFINITY);
      entries.set(key, { value, version: newVersion, until });
      return { written: true, version: newVersion };
    },
    async lock(request) {
      checkRequest(request);
      const { name, holder, ttl } = request;
      const current = locks.get(name);
      const isCurrent = current !== undefined && now() < current.until;
      if (isCurrent && current.holder !== holder) return { taken: false, holder: current.holder };
      // An expired holder continues if no other one has taken the lock since.
      const goesOn = current?.holder === holder;
      const fence = goesOn ? current.fence : (current?.fence ?? 0) + 1;
      locks.set(name, { name, holder, fence, until: now() + ttl });
      return { taken: true, lock: { name, holder, fence } };
    },
    async unlock(lock) {
      checkLock(lock);
      // Its number stays: the next holder's is higher.
      if (lockOf(lock)) locks.set(lock.name, { ...lock, holder: "", until: 0 });
    },
  };
}
