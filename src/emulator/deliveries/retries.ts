import type { EmulatorClock } from "../clock.ts";

/** A failed delivery that will be retried. */
export interface Retry {
  readonly notification: Notification;
  /** The number of deliveries that were started before it. */
  readonly place: number;
  /** 2 for the first retry. */
  readonly attempt: number;
  /** By the emulator's clock. */
  readonly instant: number;
}

/** The envelope of an event. */
export interface Notification {
  readonly uuid: string;
  readonly event: string;
  readonly timestamp: string;
  readonly subscriptionId: string;
  readonly ownerId: string;
  readonly body: unknown;
}

/** The scheduled retries. */
export interface Retries {
  all(): readonly Retry[];
  /** Calls `run` at the retry's instant. Retries of one instant run in order of subscription, then of event. */
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
