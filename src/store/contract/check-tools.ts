import type { Store, StoreChange, StoreLock } from "../store.ts";

/** Checks by the names that complete the sentence "A store …". */
export type Checks = Readonly<Record<string, (place: Place) => Promise<void>>>;

/** What a check works on. */
interface Place {
  /** Three connections to the same data. */
  readonly stores: readonly [Store, Store, Store];
  readonly pass: (milliseconds: number) => unknown;
  /** A key for this test only. */
  readonly key: string;
}

/** Milliseconds of a lock or an entry that is not meant to expire meanwhile, however slow the machine is. */
export const long = 600_000;
/** Milliseconds of one that is. */
export const short = 60;
/** Milliseconds to wait until it has expired. */
export const longer = 150;
/** Milliseconds of everything that stays, so that nothing stays forever. */
export const ttl = 3_600_000;

/** Writes an entry, and returns its new version. */
export async function write(
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

/** Expects that another writer was faster. */
export async function changed(store: Store, change: StoreChange) {
  const outcome = await store.compareAndSet({ ttl, ...change });
  equal("outcome of a change that comes too late", outcome, { written: false, reason: "changed" });
}

/** Expects that the lock is free, or the holder's. */
export async function taken(store: Store, name: string, holder: string, time = long) {
  const outcome = await store.lock({ name, holder, ttl: time });
  if (!outcome.taken)
    throw new Error(`${holder} did not get a free lock: ${outcome.holder} has it.`);
  const { fence } = outcome.lock;
  equal("lock", outcome.lock, { name, holder, fence });
  if (!Number.isSafeInteger(fence)) throw new Error(`The fence ${fence} is not a whole number.`);
  return outcome;
}

/** Expects that the lock is held by another. */
export async function refused(
  store: Store,
  name: string,
  holder: string,
  by: string,
): Promise<void> {
  const outcome = await store.lock({ name, holder, ttl });
  equal(`outcome for ${holder}`, outcome, { taken: false, holder: by });
}

/** Expects that the fence of the next holder is higher. */
export function rises(before: StoreLock | undefined, after: StoreLock): void {
  if (before && before.fence >= after.fence) {
    throw new Error(`The fence went from ${before.fence} to ${after.fence}.`);
  }
}

/** Expects that the store throws for what no store can keep. */
export async function refuses(what: string, work: () => Promise<unknown>): Promise<void> {
  const refusal = await work().then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(refusal instanceof Error)) throw new Error(`The store took ${what}.`);
}

/** Expects the same value; the order of members means nothing. */
export function equal(what: string, found: unknown, expected: unknown): void {
  if (show(found) === show(expected)) return;
  throw new Error(`The ${what} is ${show(found)} instead of ${show(expected)}.`);
}

/** A value as messages quote it. */
export function show(value: unknown): string {
  const text = JSON.stringify(sorted(value)) ?? "nothing";
  return text.length > 300 ? `${text.slice(0, 300)}… (${text.length} characters)` : text;
}

/** With the members in one order, whatever order a store gives them. */
function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
