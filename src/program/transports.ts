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
        return endingWith(end, createLocalTransport(server, emulator.fetch));
      }
      const { createTransport } = await import("../api/transport.ts");
      const transport = shared.get(server) ?? createTransport({ server, env: context.env });
      shared.set(server, transport);
      return endingWith(end, transport);
    },
    async close() {
      for (const transport of shared.values()) transport.close();
      for (const emulator of emulators) await emulator.close();
    },
  };
}

/** Cuts what cleans up, too, when the run has to be over. Closing a client keeps the shared connections open. */
function endingWith(end: AbortSignal, { exchange }: Transport): Transport {
  return {
    exchange(request, limits) {
      const { signal } = limits;
      return exchange(request, {
        ...limits,
        signal: signal ? AbortSignal.any([signal, end]) : end,
      });
    },
    close: () => {},
  };
}
