import type { Transport } from "../api/http.ts";
import type { IO } from "../io/io.ts";
import type { Clock } from "../machine/clock.ts";

/** Milliseconds after which a person wonders whether anything happens. */
const patience = 1000;
/** Milliseconds between two looks at the clock. */
const tick = 100;

interface Watch {
  readonly io: IO;
  readonly clock: Clock;
  /** Whether a prompt is open, which a line of progress would be drawn over. */
  readonly isAsking: () => boolean;
}

/** The same transport, which names the server in a line of progress while its answer is slow. Only on a terminal. */
export function showSlowAnswers(
  transport: Transport,
  server: string,
  { io, clock, isAsking }: Watch,
): Transport {
  if (!io.watched) return transport;
  let slow = 0;
  return {
    async exchange(request, limits) {
      const sentAt = clock.now();
      let isSlow = false;
      const timer = setInterval(() => {
        if (isSlow || isAsking() || clock.now() - sentAt < patience) return;
        isSlow = true;
        slow += 1;
        io.progress(`Waiting for ${new URL(server).host}`);
      }, tick);
      try {
        return await transport.exchange(request, limits);
      } finally {
        clearInterval(timer);
        if (isSlow) slow -= 1;
        if (isSlow && slow === 0) io.endProgress();
      }
    },
    close: () => transport.close(),
  };
}
