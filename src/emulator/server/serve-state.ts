import type { Clock } from "../../machine/clock.ts";
import { deferred } from "../../machine/promises.ts";
import type { Emulator } from "../interface.ts";
import { type RunningServer, type ServeOptions, serve } from "./serve.ts";
import { openStateFile } from "./state-file.ts";

export interface ServeStateOptions extends Pick<ServeOptions, "port" | "host" | "isOwnHost"> {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** An emulator on a port of this machine that keeps its state in a file. */
export interface StateServer extends Pick<RunningServer, "url"> {
  /** Rejects when the file can no longer be written, or is another process's by now. */
  readonly failed: Promise<never>;
  /** Finishes requests in progress, saves the state, and releases the file. Throws if it cannot be saved. */
  close(): Promise<void>;
}

/**
 * Serves `emulator` with the state in the file. The file's lock names the address, so that others can ask this
 * emulator while they cannot use the file. Throws what `serve` and `openStateFile` throw.
 */
export async function serveState(
  path: string,
  emulator: Emulator,
  { clock, signal, ...options }: ServeStateOptions,
): Promise<StateServer> {
  // The lock names the address, so there must be one first.
  const restored = deferred<void>();
  const fetch = (request: Request) => restored.promise.then(() => emulator.fetch(request));
  const server = await serve(fetch, { ...options, upgrade: emulator.upgrade });
  try {
    const file = await openStateFile(path, emulator, { clock, signal, owner: server.url });
    restored.resolve();
    return {
      url: server.url,
      failed: file.failed,
      async close() {
        await server.close(longestWait);
        await file.close();
      },
    };
  } catch (error) {
    await server.close();
    throw error;
  }
}

/** Milliseconds, in which an endpoint has answered or failed. */
const longestWait = 5000;
