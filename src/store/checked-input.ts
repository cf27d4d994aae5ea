import type { LockRequest, StoreChange, StoreLock } from "./store.ts";

/** Longest text of a holder. */
const longestHolder = 500;
/** Milliseconds: three hundred years, which every store can add to the time. */
const longestTtl = 1e13;

/** Throws RangeError for a key, or a lock's name, that not every store can keep. */
export function checkKey(key: string): void {
  const parts = /^[\w-][\w.-]*(?:\/[\w-][\w.-]*)*$/;
  if (key.length <= 200 && parts.test(key)) return;
  throw new RangeError(
    `Invalid key ${JSON.stringify(key)}: use up to 200 letters, digits, "/", "-", "_" and ".", no part of which begins with ".".`,
  );
}

/** Throws RangeError for a change that not every store can keep. */
export function checkChange({ key, value, ttl, lock }: StoreChange): void {
  checkKey(key);
  if (value !== undefined && !isKept(value)) {
    throw new RangeError(
      `The value of ${key} has U+0000 or half a character, which some stores cannot keep.`,
    );
  }
  if (ttl !== undefined) checkTtl(ttl);
  if (lock) checkLock(lock);
}

/** Throws RangeError for a request for a lock that not every store can answer. */
export function checkRequest({ name, holder, ttl }: LockRequest): void {
  checkLock({ name, holder });
  checkTtl(ttl);
}

export function checkLock({ name, holder }: Pick<StoreLock, "name" | "holder">): void {
  checkKey(name);
  if (
    holder !== "" &&
    holder.length <= longestHolder &&
    isKept(holder) &&
    !/\p{Cc}/u.test(holder)
  ) {
    return;
  }
  throw new RangeError(
    `The holder of the lock ${name} is not one line of up to ${longestHolder} characters.`,
  );
}

function checkTtl(ttl: number): void {
  if (ttl > 0 && ttl <= longestTtl) return;
  throw new RangeError(`Invalid ttl ${ttl}: must be milliseconds, more than 0.`);
}

/** PostgreSQL keeps no U+0000, and UTF-8 no half of a character. */
function isKept(text: string): boolean {
  return !text.includes("\0") && !/\p{Cs}/u.test(text);
}
