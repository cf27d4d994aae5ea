import { test as base } from "vitest";
import type { RunningEmulator, StartOptions } from "../../src/emulator/server/running-emulator.ts";
import { serve } from "../../src/emulator/server/serve.ts";
import { startEmulator } from "../../src/emulator/server/start-emulator.ts";
import { createReceiver, type RingCentralEvent } from "../../src/receiver/receiver.ts";
import { patience } from "../support/endpoints.ts";
import { jwtGrant, platform } from "./kit.ts";

/** A client of the emulator, signed in as one user. */
export interface Client {
  /** The access token. */
  readonly token: string;
  call(method: string, path: string, body?: object): Promise<Response>;
  /** Creates a subscription, and returns its id. */
  subscribe(address: string, filters?: readonly string[], expiresIn?: number): Promise<string>;
}

interface Fixtures {
  /** Starts an emulator that is closed when the test ends. */
  readonly start: (options?: StartOptions) => Promise<RunningEmulator>;
  /** One that waits as long as a busy machine takes, and without rate limits. */
  readonly running: RunningEmulator;
  /** Signed in as user 1. */
  readonly client: Client;
  /** Serves a webhook that answers at once, and hands each event to `handle` afterwards. */
  readonly serveWebhook: (handle: (event: RingCentralEvent) => unknown) => Promise<string>;
  /** The address of one that does nothing else. */
  readonly hook: string;
}

/** Vitest's `test` with what `rcwh/emulator` starts. */
export const test = base.extend<Fixtures>({
  start: async ({}, use) => {
    const started: RunningEmulator[] = [];
    await use(async (options) => {
      const emulator = await startEmulator(options);
      started.push(emulator);
      return emulator;
    });
    for (const emulator of started) await emulator.close();
  },
  running: async ({ start }, use) =>
    use(
      await start({
        seed: 1,
        waitTimeout: patience,
        settings: { rateLimits: "off", endpointDeadline: patience },
      }),
    ),
  client: async ({ running }, use) => use(await signIn(running)),
  serveWebhook: async ({}, use) => {
    const servers: AsyncDisposable[] = [];
    await use(async (handle) => {
      const server = await serve(createReceiver({ onEvent: handle, onRejected: () => {} }));
      servers.push(server);
      return `${server.url}/hook`;
    });
    for (const server of servers) await server[Symbol.asyncDispose]();
  },
  hook: async ({ serveWebhook }, use) => use(await serveWebhook(() => {})),
});

export async function signIn(emulator: RunningEmulator, user?: number): Promise<Client> {
  const { url, clientId, clientSecret } = emulator;
  const answer = await fetch(`${url}/restapi/oauth/token`, {
    method: "POST",
    headers: { Authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}` },
    body: new URLSearchParams({ grant_type: jwtGrant, assertion: emulator.jwt(user) }),
  });
  const { access_token: token } = (await answer.json()) as { readonly access_token: string };
  const call: Client["call"] = (method, path, body) =>
    fetch(url + path, {
      method,
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
      ...(body && { body: JSON.stringify(body) }),
    });
  return {
    token,
    call,
    async subscribe(address, filters = ["/team-messaging/v1/posts"], expiresIn) {
      const created = await call("POST", platform, {
        eventFilters: filters,
        deliveryMode: { transportType: "WebHook", address },
        expiresIn,
      });
      const { id } = (await created.json()) as { readonly id?: string };
      if (id === undefined) throw new Error(`Could not subscribe: ${created.status}.`);
      return id;
    },
  };
}
