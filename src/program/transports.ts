import { setMaxListeners } from "node:events";
import type { Transport } from "../api/http.ts";
import { localServer } from "../config/profile-name.ts";
import type { CommandContext } from "../context.ts";
import { once } from "../machine/promises.ts";
import type { LocalEmulator } from "../operations/local-emulator.ts";

/** The run's connections: one transport per server, shared by all accounts. */
export interface Transports {
  to(server: string, needsGateway?: true): Promise<Transport>;
  /** Drops idle connections, and waits for requests to the local emulator. Never throws. */
  close(): Promise<void>;
}

type Context = Pick<CommandContext, "config" | "clock" | "env" | "io" | "signal" | "end">;

export function createTransports(context: Context): Transports {
  const shared = new Map<string, Transport>();
  const { signal: end } = context.end;
  const emulators: LocalEmulator[] = [];
  /** Combined signals by the signal of the request. Combining two costs as much time as the rest of a request. */
  const ends = new WeakMap<AbortSignal, AbortSignal>();

  function endOf(signal: AbortSignal | undefined): AbortSignal {
    if (!signal) return end;
    const known = ends.get(signal);
    if (known) return known;
    const either = AbortSignal.any([signal, end]);
    // Each request under way listens.
    setMaxListeners(0, either);
    ends.set(signal, either);
    return either;
  }

  /** Cuts what cleans up, too, when the run has to be over. Closing a client keeps the shared connections open. */
  function endingWithRun({ exchange }: Transport): Transport {
    return {
      exchange: (request, limits) => exchange(request, { ...limits, signal: endOf(limits.signal) }),
      close: () => {},
    };
  }

  const openEmulator = once(async () => {
    const { openLocalEmulator } = await import("../operations/local-emulator.ts");
    const emulator = await openLocalEmulator(context);
    emulators.push(emulator);
    return emulator;
  });

  return {
    async to(server, needsGateway) {
      if (server === localServer) {
        const { createLocalTransport } = await import("../api/local-transport.ts");
        const emulator = await openEmulator();
        if (needsGateway) emulator.host();
        return endingWithRun(createLocalTransport(server, emulator.fetch));
      }
      const { createTransport } = await import("../api/transport.ts");
      const transport = shared.get(server) ?? createTransport({ server, env: context.env });
      shared.set(server, transport);
      return endingWithRun(transport);
    },
    async close() {
      for (const transport of shared.values()) transport.close();
      for (const emulator of emulators) await emulator.close();
    },
  };
}
