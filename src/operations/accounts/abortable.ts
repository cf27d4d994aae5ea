import { Readable } from "node:stream";

/** The same pieces, but that waiting for the next one ends with `stop`. */
export function abortable<Piece>(
  pieces: AsyncIterable<Piece>,
  stop: AbortSignal,
): AsyncIterable<Piece> {
  return {
    [Symbol.asyncIterator]() {
      const iterator = pieces[Symbol.asyncIterator]();
      return {
        next: () =>
          new Promise((resolve, reject) => {
            const abort = () => {
              // Else what nobody reads any more would keep the process from ending.
              if (pieces instanceof Readable) pieces.destroy();
              reject(stop.reason);
            };
            if (stop.aborted) return abort();
            stop.addEventListener("abort", abort, { once: true });
            const settled = () => stop.removeEventListener("abort", abort);
            iterator.next().then(resolve, reject).finally(settled);
          }),
        return: async () => {
          await iterator.return?.();
          return { done: true, value: undefined };
        },
      };
    },
  };
}
