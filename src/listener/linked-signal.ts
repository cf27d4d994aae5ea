/** A signal that ends with another one, or before it. */
export interface Gate {
  readonly signal: AbortSignal;
  shut(): void;
}

/** Lets go of the other signal when it is shut. */
export function createGate(outer: AbortSignal): Gate {
  const controller = new AbortController();
  const follow = () => controller.abort(outer.reason);
  if (outer.aborted) follow();
  else outer.addEventListener("abort", follow, { once: true });
  return {
    signal: controller.signal,
    shut() {
      outer.removeEventListener("abort", follow);
      controller.abort();
    },
  };
}
