import type { LockRequest, Store, StoreLock } from "./store.ts";

/** Makes a call, perhaps several times. It may give up a call that is still under way. */
export type Repeat = <Result>(call: () => Promise<Result>) => Promise<Result>;

/**
 * The locks of a store, through `repeat`. A client that was cut off may carry out later what was given up: a lock that is
 * taken so late, and that nobody wants any more, is released.
 */
export function repeatedLocks(
  store: Store,
  repeat: Repeat,
  repeatUnlock: Repeat,
): Pick<Store, "lock" | "unlock"> {
  /** What is held, or being asked for, with the lock as soon as it is taken. */
  const wanted = new Map<string, StoreLock | undefined>();
  const releases = new Map<string, Promise<void>>();

  function release(lock: StoreLock): void {
    const id = idOf(lock);
    const ended = Promise.resolve(releases.get(id))
      .then(() => store.unlock(lock))
      // The lock is over soon in any case.
      .catch(() => {})
      .then(() => {
        if (releases.get(id) === ended) releases.delete(id);
      });
    releases.set(id, ended);
  }

  function giveUp(id: string): void {
    const taken = wanted.get(id);
    wanted.delete(id);
    if (taken) release(taken);
  }

  return {
    async lock(request) {
      const id = idOf(request);
      const wasHeld = wanted.has(id);
      wanted.set(id, wanted.get(id));
      try {
        const outcome = await repeat(async () => {
          // Else it might release what is taken now.
          await releases.get(id);
          const answer = await store.lock(request);
          if (answer.taken && wanted.has(id)) wanted.set(id, answer.lock);
          else if (answer.taken) release(answer.lock);
          return answer;
        });
        if (!outcome.taken) giveUp(id);
        return outcome;
      } catch (error) {
        // One that could not be prolonged is still its holder's.
        if (!wasHeld) giveUp(id);
        throw error;
      }
    },
    async unlock(lock) {
      wanted.delete(idOf(lock));
      await repeatUnlock(() => store.unlock(lock));
    },
  };
}

function idOf({ name, holder }: Pick<LockRequest, "name" | "holder">): string {
  return JSON.stringify([name, holder]);
}
