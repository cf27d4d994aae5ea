/** A log of bounded length, in the order in which things began, of things that may end in another. */
export interface OrderedLog<Entry> {
  /** The latest that have ended. Always the same array. */
  readonly entries: readonly Entry[];
  /** Takes the next place, for the entry that is known at the end. A place that stays empty costs nothing. */
  begin(): (entry: Entry) => void;
  /** Puts these in the place of what is there. */
  restore(entries: readonly Entry[]): void;
  /** Forgets all, those that are still to end included. */
  clear(): void;
}

export function createOrderedLog<Entry>(longest = 10_000): OrderedLog<Entry> {
  const entries: Entry[] = [];
  /** The place of each entry. */
  const places: number[] = [];
  let nextPlace = 0;
  let firstPlace = 0;

  const clear = () => {
    entries.length = 0;
    places.length = 0;
    firstPlace = nextPlace;
  };
  return {
    entries,
    begin() {
      const place = nextPlace++;
      return (entry) => {
        if (place < firstPlace) return;
        const index = places.findLastIndex((other) => other < place) + 1;
        entries.splice(index, 0, entry);
        places.splice(index, 0, place);
        if (entries.length <= longest) return;
        entries.shift();
        places.shift();
      };
    },
    restore(restored) {
      clear();
      for (const entry of restored.slice(-longest)) {
        entries.push(entry);
        places.push(nextPlace++);
      }
    },
    clear,
  };
}
