/** What a receiver remembers of events, in memory. */
export interface DedupeOptions {
  /** Events to remember at a time. Default: 10,000. */
  readonly maximum?: number;
  /** How long to remember an event, in seconds. Default: one hour. */
  readonly seconds?: number;
}

const defaults = { maximum: 10_000, seconds: 60 * 60 };

/** Runs work once for each id, and tells whether it ran. */
export type OncePerId = (id: string, work: () => Promise<boolean>) => Promise<boolean>;

/**
 * Remembers ids, up to a number and an age; the oldest go first. Work that fails is not remembered: the next one of its
 * id runs, also one that has waited for it. `now` is in milliseconds and never goes back.
 */
export function createOncePerId(
  { maximum = defaults.maximum, seconds = defaults.seconds }: DedupeOptions,
  now: () => number,
): OncePerId {
  /** By when each was first seen, the oldest first. */
  const seen = new Map<string, { readonly since: number; readonly succeeded: Promise<boolean> }>();

  const forgetOld = () => {
    const horizon = now() - seconds * 1_000;
    for (const [id, { since }] of seen) {
      if (since > horizon && seen.size <= maximum) return;
      seen.delete(id);
    }
  };

  return async (id, work) => {
    forgetOld();
    for (let known = seen.get(id); known; known = seen.get(id)) {
      if (await known.succeeded) return false;
    }
    const entry = { since: now(), succeeded: work() };
    seen.set(id, entry);
    forgetOld();
    if (!(await entry.succeeded) && seen.get(id) === entry) seen.delete(id);
    return true;
  };
}
