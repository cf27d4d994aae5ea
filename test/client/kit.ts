import { test as base } from "vitest";
import {
  type Client,
  type ClientOptions,
  createClient,
  RcwhError,
} from "../../src/client/client.ts";
import type { RunningEmulator } from "../../src/emulator/server/running-emulator.ts";
import { serve } from "../../src/emulator/server/serve.ts";
import { startEmulator } from "../../src/emulator/server/start-emulator.ts";
import { createReceiver } from "../../src/receiver/receiver.ts";

interface Endpoint {
  /** Addresses below it are endpoints of their own. */
  readonly url: string;
  /** What it answers instead of 200. */
  status: number | undefined;
  /** The verification tokens of the deliveries, handshakes included. */
  readonly tokens: (string | null)[];
}

interface Fixtures {
  readonly emulator: RunningEmulator;
  readonly endpoint: Endpoint;
  /** Advances with the emulator's clock, without waiting. */
  readonly clock: ReturnType<typeof createMovableClock>;
  readonly connect: (options?: Partial<ClientOptions>) => Client;
  readonly notices: string[];
}

export const test = base.extend<Fixtures>({
  emulator: async ({}, use) => {
    const emulator = await startEmulator({ settings: { rateLimits: "off" } });
    await use(emulator);
    await emulator.close();
  },
  endpoint: async ({}, use) => {
    const endpoint = {
      url: "",
      status: undefined as number | undefined,
      tokens: [] as (string | null)[],
    };
    const receive = createReceiver();
    await using server = await serve(async (request) => {
      endpoint.tokens.push(request.headers.get("verification-token"));
      return endpoint.status === undefined
        ? receive(request)
        : new Response(null, { status: endpoint.status });
    });
    endpoint.url = server.url;
    await use(endpoint);
  },
  clock: async ({ emulator }, use) => use(createMovableClock(emulator)),
  notices: async ({}, use) => use([]),
  connect: async ({ emulator, clock, notices }, use) => {
    const { url: server, clientId, clientSecret } = emulator;
    const credentials = { clientId, clientSecret, jwt: emulator.jwt() };
    const onNotice = ({ kind, text }: { kind: string; text: string }) =>
      void (kind === "progress" || notices.push(text));
    await use((options) =>
      createClient({
        ...{ server, clock, onNotice },
        ...(options?.accessToken === undefined && { credentials }),
        ...options,
      }),
    );
  },
});

function createMovableClock(emulator: RunningEmulator) {
  let ahead = 0;
  return {
    now: () => Date.now() + ahead,
    async sleep(milliseconds: number) {
      // Short ones wait for other calls, not for the time.
      if (milliseconds < 1000) await new Promise((resolve) => setTimeout(resolve, milliseconds));
      else ahead += milliseconds;
    },
    async advance(duration: string, milliseconds: number) {
      await emulator.clock.advance(duration);
      ahead += milliseconds;
    },
  };
}

/** The error that a promise rejects with. */
export async function errorOf(promise: Promise<unknown>): Promise<RcwhError> {
  const error: unknown = await promise.then(
    () => undefined,
    (failure: unknown) => failure,
  );
  if (error instanceof RcwhError) return error;
  throw new Error("It did not reject with RcwhError.", { cause: error });
}
