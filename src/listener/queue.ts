/** First in, first out; taking an item costs the same however long the queue is. */
export interface Queue<Item> {
  readonly length: number;
  /** The item that `take` would return. */
  readonly first: Item | undefined;
  add(item: Item): void;
  /** Undefined when the queue is empty. */
  take(): Item | undefined;
}

export function createQueue<Item>(): Queue<Item> {
  let front: Item[] = [];
  let back: Item[] = [];
  const turn = () => {
    if (front.length > 0) return;
    front = back.reverse();
    back = [];
  };
  return {
    get length() {
      return front.length + back.length;
    },
    get first() {
      turn();
      return front.at(-1);
    },
    add: (item) => void back.push(item),
    take() {
      turn();
      return front.pop();
    },
  };
}
