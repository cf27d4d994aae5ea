/** What waits in line; taking from its front costs the same however long it is. */
export interface Queue<Item> {
  readonly length: number;
  add(item: Item): void;
  /** Undefined where nothing waits. */
  take(): Item | undefined;
}

export function createQueue<Item>(): Queue<Item> {
  let front: Item[] = [];
  let back: Item[] = [];
  return {
    get length() {
      return front.length + back.length;
    },
    add: (item) => void back.push(item),
    take() {
      if (front.length === 0) {
        front = back.reverse();
        back = [];
      }
      return front.pop();
    },
  };
}
