/**
 * Things that are going on, and how to end them. A list and not a Set: as things come and go, a Set moves into one new table
 * after another, and each old one keeps the next alive until a full collection, with all that was in it.
 */
export interface InProgress {
  /** Returns a function that takes it off the list. */
  add(end: () => void): () => void;
  /** Calls all that are on the list, which is empty then. */
  endAll(): void;
  isEmpty(): boolean;
}

interface Entry {
  readonly end: () => void;
  /** Its place in the list; below 0 once it is off. */
  at: number;
}

export function createInProgress(): InProgress {
  const entries: Entry[] = [];
  return {
    add(end) {
      const entry: Entry = { end, at: entries.length };
      entries.push(entry);
      return () => {
        if (entry.at < 0) return;
        const last = entries.pop();
        if (last && last !== entry) {
          entries[entry.at] = last;
          last.at = entry.at;
        }
        entry.at = -1;
      };
    },
    endAll() {
      const all = entries.splice(0);
      for (const entry of all) entry.at = -1;
      for (const { end } of all) end();
    },
    isEmpty: () => entries.length === 0,
  };
}

const bySignal = new WeakMap<AbortSignal, InProgress>();

/**
 * Has `abort` called when the signal is aborted. Returns a function that undoes this. All share one listener on the signal:
 * Node warns of more than ten, and each that was removed keeps the next alive until a full collection.
 */
export function onAbort(signal: AbortSignal, abort: () => void): () => void {
  const all = bySignal.get(signal) ?? createInProgress();
  bySignal.set(signal, all);
  if (all.isEmpty()) signal.addEventListener("abort", all.endAll, { once: true });
  const remove = all.add(abort);
  return () => {
    remove();
    if (all.isEmpty()) signal.removeEventListener("abort", all.endAll);
  };
}
