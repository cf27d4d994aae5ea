import type { StoreLock } from "../store.ts";
import {
  type Checks,
  equal,
  long,
  longer,
  refused,
  rises,
  short,
  taken,
  ttl,
} from "./check-tools.ts";

/** Locks and their fences, and writes with a lock. */
export const lockChecks: Checks = {
  async "gives a lock to one holder, and tells the others whose it is"({
    stores: [first, second],
    key,
  }) {
    const holder = `process 12 on pod-3 "é" since 2026-11-30T14:00:00Z, ${crypto.randomUUID()}`;
    await taken(first, key, holder);
    await refused(second, key, "another", holder);
    await refused(first, key, "another", holder);
    equal("entry with the lock's name", await first.read(key), undefined);
  },
  async "prolongs a lock for its holder over any connection, with the same fence"({
    stores: [first, second, third],
    key,
    pass,
  }) {
    // Its end is far, then near, then far: what counts is the last.
    const one = await taken(first, key, "me", long);
    const two = await taken(second, key, "me", long);
    equal("fence", two.lock.fence, one.lock.fence);
    await taken(second, `${key}/other`, "me", short);
    const prolonged = await second.lock({ name: `${key}/other`, holder: "me", ttl: long });
    await pass(longer);
    equal("prolonged", prolonged.taken, true);
    await refused(third, `${key}/other`, "another", "me");
    const shortened = await taken(third, key, "me", short);
    equal("fence", shortened.lock.fence, one.lock.fence);
    await pass(longer);
    await taken(second, key, "another");
  },
  async "releases a lock for its holder only"({ stores: [first, second], key }) {
    const { lock } = await taken(first, key, "me");
    await second.unlock({ ...lock, holder: "another" });
    await second.unlock({ ...lock, fence: lock.fence + 1 });
    await second.unlock({ ...lock, fence: lock.fence - 1 });
    await refused(second, key, "another", "me");
    await second.unlock(lock);
    const next = await taken(first, key, "another");
    rises(lock, next.lock);
    // As often as it is called, also by one whose lock is another's by now.
    await first.unlock(lock);
    await first.unlock(lock);
    await refused(second, key, "me", "another");
  },
  async "gives a lock away when its time is over"({ stores: [first, second], key, pass }) {
    const one = await taken(first, key, "me", short);
    await pass(longer);
    const two = await taken(second, key, "another");
    rises(one.lock, two.lock);
    await refused(first, key, "me", "another");
    await first.unlock(one.lock);
    await refused(first, key, "me", "another");
  },
  async "raises the fence with every holder, also with the same one again"({
    stores: [first, second, third],
    key,
    pass,
  }) {
    const locks = [(await taken(first, key, "me")).lock];
    const release = async (lock: StoreLock | undefined) => lock && first.unlock(lock);
    await release(locks.at(-1));
    locks.push((await taken(second, key, "me")).lock);
    await release(locks.at(-1));
    locks.push((await taken(third, key, "another", short)).lock);
    await pass(longer);
    locks.push((await taken(second, key, "me")).lock);
    for (const [index, lock] of locks.slice(1).entries()) rises(locks[index], lock);
  },
  async "lets a holder go on whose time is over, unless it has released the lock or another came"({
    stores: [first, second],
    key,
    pass,
  }) {
    const one = await taken(first, key, "me", short);
    await pass(longer);
    const two = await taken(second, key, "me", short);
    equal("fence", two.lock.fence, one.lock.fence);
    await pass(longer);
    await second.unlock(two.lock);
    const three = await taken(first, key, "me", short);
    rises(two.lock, three.lock);
    await pass(longer);
    const four = await taken(second, key, "another", short);
    rises(three.lock, four.lock);
    await pass(longer);
    const five = await taken(first, key, "me");
    rises(four.lock, five.lock);
  },
  async "writes with a lock only while it is held"({ stores: [first, second], key, pass }) {
    const name = `${key}/lock`;
    const { lock } = await taken(first, name, "me");
    const created = await first.compareAndSet({ key, version: undefined, value: "1", lock, ttl });
    if (!created.written) throw new Error(`The holder could not write: ${created.reason}.`);
    const other = await first.compareAndSet({ key, version: undefined, value: "1", lock });
    equal("outcome of a stale version", other, { written: false, reason: "changed" });
    const updated = await second.compareAndSet({ key, version: created.version, value: "2", lock });
    if (!updated.written) throw new Error(`The holder could not write: ${updated.reason}.`);

    const { version } = updated;
    const isRefused = async (lost: StoreLock) => {
      for (const value of ["lost", undefined]) {
        const outcome = await first.compareAndSet({ key, version, value, lock: lost });
        equal("outcome without the lock", outcome, { written: false, reason: "lock-lost" });
      }
      const there = await first.compareAndSet({
        key: `${key}/new`,
        version: undefined,
        value: "lost",
        lock: lost,
      });
      equal("outcome without the lock", there, { written: false, reason: "lock-lost" });
    };
    await isRefused({ ...lock, holder: "another" });
    await isRefused({ ...lock, fence: lock.fence + 1 });
    await isRefused({ ...lock, name: `${key}/never` });
    await first.unlock(lock);
    await isRefused(lock);
    const again = await taken(second, name, "me", short);
    await isRefused(lock);
    await pass(longer);
    await isRefused(again.lock);
    const stolen = await taken(second, name, "another");
    await isRefused(again.lock);
    equal("read", await second.read(key), { value: "2", version });
    equal("read", await second.read(`${key}/new`), undefined);
    const removed = await second.compareAndSet({
      key,
      version,
      value: undefined,
      lock: stolen.lock,
    });
    equal("outcome", removed, { written: true, version: undefined });
  },
};
