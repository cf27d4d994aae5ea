import type { EmulatorClock } from "../clock.ts";

/** A delivery that failed, and is to be tried again. */
export interface Retry {
  readonly notification: Notification;
  /** The place of its event among all that were delivered to anybody. */
  readonly place: number;
  /** 2 is the first repetition. */
  readonly attempt: number;
  /** By the emulator's clock. */
  readonly instant: number;
}

/** The envelope that an event travels in. */
export interface Notification {
  readonly uuid: string;
  readonly event: string;
  readonly timestamp: string;
  readonly subscriptionId: string;
  readonly ownerId: string;
  readonly body: unknown;
}

/** What is still to be tried again. */
export interface Retries {
  all(): readonly Retry[];
  /** Calls `run` when it is time. Of one instant, those of the first subscription are first, then by event. */
  add(retry: Retry, subscriptionPlace: number, run: () => Promise<unknown>): void;
  clear(): void;
}

export function createRetries(clock: EmulatorClock): Retries {
  const cancellations = new Map<Retry, () => void>();

  return {
    all: () => [...cancellations.keys()],
    add(retry, subscriptionPlace, run) {
      const { instant, place, attempt } = retry;
      const begin = async () => {
        cancellations.delete(retry);
        await run();
      };
      const cancel = clock.schedule(instant, begin, [subscriptionPlace, place, attempt]);
      cancellations.set(retry, cancel);
    },
    clear() {
      for (const cancel of cancellations.values()) cancel();
      cancellations.clear();
    },
  };
}
