/** A promise, and the functions that settle it. */
export interface Deferred<Value> {
  /** An unhandled rejection is ignored. */
  readonly promise: Promise<Value>;
  readonly resolve: (value: Value) => void;
  readonly reject: (reason: unknown) => void;
}

export function deferred<Value>(): Deferred<Value> {
  let resolve: (value: Value) => void = () => {};
  let reject: (reason: unknown) => void = () => {};
  const promise = new Promise<Value>((onValue, onReason) => {
    resolve = onValue;
    reject = onReason;
  });
  promise.catch(() => {});
  return { promise, resolve, reject };
}

/** Calls `make` at most once: every later call returns the promise of the first. */
export function once<Arguments extends unknown[], Result>(
  make: (...args: Arguments) => Promise<Result>,
): (...args: Arguments) => Promise<Result> {
  let made: Promise<Result> | undefined;
  return (...args) => {
    made ??= make(...args);
    return made;
  };
}
