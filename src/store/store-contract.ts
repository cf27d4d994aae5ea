import type { Store, StoreChange, StoreLock } from "./store.ts";
import { type ContractProcess, raceBetweenProcesses } from "./store-races.ts";

export type { ContractProcess } from "./store-races.ts";
export { serveStoreContract } from "./store-races.ts";

export interface StoreContractOptions {
  /** Opens the store, each time as another process would: with a connection of its own to the same data. */
  readonly open: () => Store | Promise<Store>;
  /** Closes what `open` returned. */
  readonly close?: (store: Store) => unknown;
  /** Lets this many milliseconds pass, for a store that is given its time. Otherwise they are waited for: about a second in all. */
  readonly pass?: (milliseconds: number) => unknown;
  /**
   * Starts a process that opens the same store and calls `serveStoreContract` with it, as `fork` of `node:child_process`
   * does. Without it nothing is tried between processes.
   */
  readonly fork?: () => ContractProcess;
}

/** One promise of every store. */
export interface StoreCheck {
  /** Completes the sentence "A store …". */
  readonly name: string;
  /** Rejects with what was expected and what came back. */
  run(): Promise<void>;
}

interface Place {
  /** Three connections to the same data. */
  readonly stores: readonly [Store, Store, Store];
  readonly pass: (milliseconds: number) => unknown;
  /** A key for this test only. */
  readonly key: string;
}

/**
 * What every store promises, as checks for any test runner: `for (const { name, run } of storeContract({ open })) test(name, run);`.
 * Each works with keys of its own below `contract/`, so a store that holds other data may be checked, and several may run
 * at once. The entries that they leave behind expire within an hour.
 */
export function storeContract(options: StoreContractOptions): readonly StoreCheck[] {
  const { open, close, fork } = options;
  const pass = options.pass ?? ((milliseconds) => pause(milliseconds));
  const inOneProcess = Object.entries(checks).map(([name, check]) => ({
    name,
    async run() {
      const opened: Store[] = [];
      try {
        for (let index = 0; index < 3; index += 1) opened.push(await open());
        const [first, second, third] = opened;
        if (!first || !second || !third) throw new Error("No store was opened.");
        await check({ stores: [first, second, third], pass, key: newKey() });
      } finally {
        for (const store of opened) await close?.(store);
      }
    },
  }));
  const between = fork
    ? Object.entries(raceBetweenProcesses).map(([name, race]) => ({
        name,
        run: () => race(fork, newKey()),
      }))
    : [];
  return [...inOneProcess, ...between];
}

/** Milliseconds of a lock or an entry that is not meant to expire meanwhile, however slow the machine is. */
const long = 600_000;
/** Of one that is, and of the wait for it. */
const short = 60;
const longer = 150;
/** Of everything that stays, so that nothing stays forever. */
const ttl = 3_600_000;

const checks: Readonly<Record<string, (place: Place) => Promise<void>>> = {
  async "reads nothing where nothing was written"({ stores: [store], key }) {
    equal("read", await store.read(key), undefined);
  },
  async "gives every connection what one has written"({ stores: [first, second], key }) {
    const version = await write(first, key, undefined, "one");
    equal("read", await second.read(key), { value: "one", version });
    const next = await write(second, key, version, "two");
    equal("read", await first.read(key), { value: "two", version: next });
  },
  async "creates an entry only where there is none"({ stores: [first, second], key }) {
    await write(first, key, undefined, "one");
    await changed(second, { key, version: undefined, value: "two" });
    equal("value", (await first.read(key))?.value, "one");
  },
  async "refuses a stale version, and one of an entry that is not there"({
    stores: [first, second],
    key,
  }) {
    await changed(first, { key, version: crypto.randomUUID(), value: "one" });
    equal("read", await first.read(key), undefined);
    const version = await write(first, key, undefined, "one");
    const next = await write(second, key, version, "two");
    await changed(first, { key, version, value: "three" });
    await changed(first, { key, version, value: undefined });
    equal("read", await first.read(key), { value: "two", version: next });
  },
  async "removes an entry, unless it has changed"({ stores: [first, second], key }) {
    const version = await write(first, key, undefined, "one");
    await changed(second, { key, version: undefined, value: undefined });
    const removed = await second.compareAndSet({ key, version, value: undefined });
    equal("outcome", removed, { written: true, version: undefined });
    equal("read", await first.read(key), undefined);
    await changed(first, { key, version, value: undefined });
    const again = await first.compareAndSet({ key, version: undefined, value: undefined });
    equal("outcome of removing nothing", again, { written: true, version: undefined });
  },
  async "never uses a version twice, whatever was there before"({ stores: [first, second], key }) {
    const versions: string[] = [];
    for (let round = 0; round < 4; round += 1) {
      const created = await write(first, key, undefined, "a");
      const same = await write(second, key, created, "a");
      const other = await write(first, key, same, "b");
      const back = await write(second, key, other, "a");
      versions.push(created, same, other, back);
      for (const version of versions.slice(0, -1)) {
        await changed(first, { key, version, value: "stale" });
      }
      await second.compareAndSet({ key, version: back, value: undefined });
      await changed(first, { key, version: back, value: "stale" });
    }
    equal("number of versions", new Set(versions).size, versions.length);
  },
  async "gives an entry the version that the change asks for"({ stores: [first, second], key }) {
    const one = crypto.randomUUID();
    const written = await first.compareAndSet({
      key,
      version: undefined,
      value: "one",
      newVersion: one,
      ttl,
    });
    equal("outcome", written, { written: true, version: one });
    equal("read", await second.read(key), { value: "one", version: one });
    const two = crypto.randomUUID();
    await second.compareAndSet({ key, version: one, value: "two", newVersion: two, ttl });
    equal("read", await first.read(key), { value: "two", version: two });
  },
  async "forgets an entry when its time is over, and not before"({
    stores: [first, second],
    key,
    pass,
  }) {
    const [brief, kept, prolonged] = [`${key}/brief`, `${key}/kept`, `${key}/prolonged`];
    const version = await write(first, brief, undefined, "brief", short);
    await write(first, kept, undefined, "kept", long);
    const first_ = await write(first, prolonged, undefined, "prolonged", short);
    const second_ = await second.compareAndSet({
      key: prolonged,
      version: first_,
      value: "prolonged",
    });
    await pass(longer);
    equal("read", await second.read(brief), undefined);
    equal("value of an entry with much time", (await second.read(kept))?.value, "kept");
    // Unless the machine took so long that it had expired before it was written again.
    if (second_.written) {
      const entry = await first.read(prolonged);
      equal("value of an entry whose time was taken off", entry?.value, "prolonged");
      await first.compareAndSet({ key: prolonged, version: entry?.version, value: undefined });
    }
    await changed(second, { key: brief, version, value: "late" });
    await changed(second, { key: brief, version, value: undefined });
    const next = await write(second, brief, undefined, "new");
    equal("read", await first.read(brief), { value: "new", version: next });
  },
  async "keeps any text exactly"({ stores: [first, second], key }) {
    const texts = [
      "",
      " ",
      "null",
      "0",
      "1e3",
      "true",
      '{"a":[1,"\\u0000"]}',
      `'; DROP TABLE x; -- " \\ \` $1 %s {} \r\n\t\u0001\u007f\u2028\ufeff`,
      "äöü ﷽ 漢字 עברית 👩‍👩‍👧 \u{10ffff}",
      "e\u0301 and é",
      `${"x".repeat(1024 * 1024 - 4)}😀`,
    ];
    let version: string | undefined;
    for (const value of texts) {
      version = await write(first, key, version, value);
      const found = await second.read(key);
      if (found?.value === value && found.version === version) continue;
      throw new Error(`${show(value)} came back as ${show(found?.value)}.`);
    }
  },
  async "refuses text that not every store can keep"({ stores: [store], key }) {
    for (const value of ["a\0b", "half \ud83d", "\udc00 half"]) {
      await refuses(`the value ${show(value)}`, () =>
        store.compareAndSet({ key, version: undefined, value }),
      );
    }
    equal("read", await store.read(key), undefined);
  },
  async "takes every key of the documented form, and keeps them apart"({
    stores: [first, second],
    key,
  }) {
    const names = [
      "__proto__",
      "constructor",
      "toString/hasOwnProperty",
      "a_b",
      "axb",
      "a-b",
      "a.b",
      "a",
      "a.json",
      "a.json/b",
      "a.lock",
      "a/b",
      "-",
      "0",
      "x".repeat(199 - key.length),
    ];
    for (const name of names) {
      equal(`read of ${name}`, await first.read(`${key}/${name}`), undefined);
      await write(first, `${key}/${name}`, undefined, `value of ${name}`);
      const { lock } = await taken(first, `${key}/${name}`, `holder of ${name}`);
      equal("fence", lock.fence > 0, true);
    }
    for (const name of names) {
      const found = await second.read(`${key}/${name}`);
      equal(`value of ${name}`, found?.value, `value of ${name}`);
      await refused(second, `${key}/${name}`, "another", `holder of ${name}`);
    }
  },
  async "refuses every other key"({ stores: [store] }) {
    const bad = [
      "",
      "/",
      "/a",
      "a/",
      "a//b",
      ".",
      "..",
      "../a",
      "a/../b",
      ".a",
      "a/.b",
      "a b",
      "ä",
    ];
    for (const key of [...bad, "a\n", "a\\b", "a:b", "a*", "%61", "x".repeat(201)]) {
      await refuses(`read of ${show(key)}`, () => store.read(key));
      await refuses(`a change of ${show(key)}`, () =>
        store.compareAndSet({ key, version: undefined, value: "" }),
      );
      await refuses(`the lock ${show(key)}`, () => store.lock({ name: key, holder: "me", ttl }));
    }
  },
  async "refuses a time that is none"({ stores: [store], key }) {
    for (const time of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      await refuses(`the ttl ${time} of an entry`, () =>
        store.compareAndSet({ key, version: undefined, value: "", ttl: time }),
      );
      await refuses(`the ttl ${time} of a lock`, () =>
        store.lock({ name: key, holder: "me", ttl: time }),
      );
    }
  },
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

function newKey(): string {
  return `contract/${crypto.randomUUID()}`;
}

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

/** The new version. */
async function write(
  store: Store,
  key: string,
  version: string | undefined,
  value: string,
  time = ttl,
): Promise<string> {
  const outcome = await store.compareAndSet({ key, version, value, ttl: time });
  if (!outcome.written) throw new Error(`${key} was not written: ${outcome.reason}.`);
  if (!outcome.version) throw new Error(`${key} was written, and has no version.`);
  return outcome.version;
}

async function changed(store: Store, change: StoreChange) {
  const outcome = await store.compareAndSet({ ttl, ...change });
  equal("outcome of a change that comes too late", outcome, { written: false, reason: "changed" });
}

async function taken(store: Store, name: string, holder: string, time = long) {
  const outcome = await store.lock({ name, holder, ttl: time });
  if (!outcome.taken)
    throw new Error(`${holder} did not get a free lock: ${outcome.holder} has it.`);
  const { fence } = outcome.lock;
  equal("lock", outcome.lock, { name, holder, fence });
  if (!Number.isSafeInteger(fence)) throw new Error(`The fence ${fence} is not a whole number.`);
  return outcome;
}

async function refused(store: Store, name: string, holder: string, by: string): Promise<void> {
  const outcome = await store.lock({ name, holder, ttl });
  equal(`outcome for ${holder}`, outcome, { taken: false, holder: by });
}

function rises(before: StoreLock | undefined, after: StoreLock): void {
  if (before && before.fence >= after.fence) {
    throw new Error(`The fence went from ${before.fence} to ${after.fence}.`);
  }
}

async function refuses(what: string, work: () => Promise<unknown>): Promise<void> {
  const refusal = await work().then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(refusal instanceof Error)) throw new Error(`The store took ${what}.`);
}

function equal(what: string, found: unknown, expected: unknown): void {
  if (show(found) === show(expected)) return;
  throw new Error(`The ${what} is ${show(found)} instead of ${show(expected)}.`);
}

function show(value: unknown): string {
  const text = JSON.stringify(sorted(value)) ?? "nothing";
  return text.length > 300 ? `${text.slice(0, 300)}… (${text.length} characters)` : text;
}

/** With the members in one order, whatever order a store gives them. */
function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
