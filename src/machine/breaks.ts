/** Milliseconds of work between two breaks. */
const stretch = 20;

/**
 * For loops whose length others decide: await the result for each item, so that timers and signals get their turn
 * now and then. Chunks that are there already would be worked through without one.
 */
export function createBreaks(): () => Promise<void> | undefined {
  let since = performance.now();
  return () => {
    if (performance.now() - since < stretch) return undefined;
    return new Promise((resolve) => {
      setImmediate(() => {
        since = performance.now();
        resolve();
      });
    });
  };
}
