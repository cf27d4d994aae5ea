/** A signal that aborts with another one, or earlier. */
export interface LinkedSignal {
  readonly signal: AbortSignal;
  /** Aborts it, and stops listening to the other one. */
  abort(): void;
}

export function linkSignal(outer: AbortSignal): LinkedSignal {
  const controller = new AbortController();
  const follow = () => controller.abort(outer.reason);
  if (outer.aborted) follow();
  else outer.addEventListener("abort", follow, { once: true });
  return {
    signal: controller.signal,
    abort() {
      outer.removeEventListener("abort", follow);
      controller.abort();
    },
  };
}
