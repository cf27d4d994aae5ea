/** A log of bounded length. Its entries are in the order of their beginning, and are added when they end. */
export interface OrderedLog<Entry> {
  /** The latest entries. Always the same array. */
  readonly entries: readonly Entry[];
  /** Takes the next place. The result adds the entry there; it need not be called. */
  begin(): (entry: Entry) => void;
  /** Replaces all entries. */
  restore(entries: readonly Entry[]): void;
  /** Removes all entries, and drops those that have not ended. */
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
