import { createCommandClient } from "../../src/api/command-client.ts";
import { createTransport } from "../../src/api/transport.ts";
import type { Identity } from "../../src/config/credentials.ts";
import { createMemoryQuotaStore } from "../../src/config/quota-store.ts";
import type { CommandContext, ConnectOptions } from "../../src/context.ts";
import { serve } from "../../src/emulator/server/serve.ts";
import type { EventSource, ReceivedEvent } from "../../src/listener/source.ts";
import { openWebSocketSource } from "../../src/listener/websocket-source.ts";
import type { Clock } from "../../src/machine/clock.ts";
import { createRedactor } from "../../src/machine/redact.ts";
import { defaultTimings, type Timings } from "../../src/websocket/timings.ts";
import { test as base } from "../support/rcwh.ts";
import { createTokenCache } from "../support/token-cache.ts";

export const posts = "/team-messaging/v1/posts";
export const collection = "/restapi/v1.0/subscription";

/** A source and its reports. */
interface Listening {
  readonly source: EventSource;
  readonly heard: SourceReports;
}

export interface SourceReports {
  readonly events: readonly ReceivedEvent[];
  readonly gaps: readonly (readonly [number, number, string])[];
  readonly said: readonly string[];
  readonly trace: readonly string[];
  /** Resolves as soon as `found` holds. */
  until(found: (heard: SourceReports) => boolean): Promise<void>;
}

interface ListenOptions {
  readonly server?: string;
  readonly timings?: Partial<Timings>;
  readonly signal?: AbortSignal;
  readonly jwt?: string;
  readonly timeout?: number;
  readonly clock?: Clock;
  readonly env?: Readonly<Record<string, string>>;
  readonly eventFilters?: readonly string[];
}

interface Fixtures {
  /** The emulator's URL, with the gateway. */
  readonly server: string;
  /** Opens a source as user 1, which is closed when the test ends. */
  readonly listen: (options?: ListenOptions) => Promise<Listening>;
  /** The same, before it is open. */
  readonly opening: (options?: ListenOptions) => {
    readonly heard: SourceReports;
    readonly opened: Promise<EventSource>;
  };
}

/** The emulator with its gateway, and event sources connected to it. */
export const test = base.extend<Fixtures>({
  server: async ({ emulator }, use) => {
    await using running = await serve(emulator.fetch, { upgrade: emulator.upgrade });
    await use(running.url);
  },
  opening: async ({ server, clock, directory }, use) => {
    const sources: EventSource[] = [];
    const clients: { close(): Promise<void> }[] = [];
    await use((options = {}) => {
      const heard = createReports();
      const context = createContext(
        { server, clock, ...options },
        directory,
        heard.traced,
        clients,
      );
      const { eventFilters = [posts], timings } = options;
      const opened = openWebSocketSource(eventFilters, heard.sink, context, {
        ...defaultTimings,
        ...timings,
      });
      opened.then(
        (source) => sources.push(source),
        () => {},
      );
      return { heard, opened };
    });
    for (const source of sources) await source.close();
    for (const client of clients) await client.close();
  },
  listen: async ({ opening }, use) =>
    use(async (options) => {
      const { heard, opened } = opening(options);
      return { heard, source: await opened };
    }),
});

function createReports() {
  const events: ReceivedEvent[] = [];
  const gaps: (readonly [number, number, string])[] = [];
  const said: string[] = [];
  const trace: string[] = [];
  const waiting = new Set<() => void>();
  const noted = () => {
    for (const look of waiting) look();
  };
  const heard = {
    ...{ events, gaps, said, trace },
    traced: (line: string) => {
      trace.push(line);
      noted();
    },
    sink: {
      event: (event: ReceivedEvent) => {
        events.push(event);
        noted();
      },
      gap: (since: number, until: number, reason: string) => {
        gaps.push([since, until, reason]);
        noted();
      },
      say: (line: string) => {
        said.push(line);
        noted();
      },
    },
    until: (found: (heard: SourceReports) => boolean) =>
      new Promise<void>((resolve) => {
        const look = () => {
          if (!found(heard)) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
  };
  return heard;
}

function createContext(
  options: ListenOptions & { readonly server: string; readonly clock: Clock },
  directory: string,
  trace: (line: string) => void,
  clients: { close(): Promise<void> }[],
): Parameters<typeof openWebSocketSource>[2] {
  const { server, clock, jwt = "user-1", timeout = 5000 } = options;
  const signal = options.signal ?? new AbortController().signal;
  const identity: Identity = {
    profile: "default",
    server,
    source: "profile default",
    credentials: { kind: "jwt", clientId: "emulator-client", clientSecret: "emulator-secret", jwt },
    tokenKey: "key",
    recordsKey: "records",
  };
  const redactor = createRedactor();
  const shared = { tokens: createTokenCache(), quotas: createMemoryQuotaStore() };
  const connect = async (until: AbortSignal) => {
    const client = await createCommandClient({
      ...{
        ...shared,
        identity,
        clock,
        timeout,
        transport: createTransport({ server: identity.server, env: {} }),
        signal: until,
        version: "1.2.3",
        redactor,
      },
      deadlineAt: Number.POSITIVE_INFINITY,
      trace,
    });
    clients.push(client);
    return client;
  };
  return {
    ...{ clock, signal, pid: process.pid, platform: process.platform },
    installation: { node: "", nodeVersion: "", script: "", host: "here", user: undefined },
    env: { RCWH_CONFIG_DIR: directory, ...options.env },
    io: { say: trace } as unknown as CommandContext["io"],
    settings: { timeout, debug: true } as unknown as CommandContext["settings"],
    redactor,
    identity: async () => identity,
    connect: (_: Identity, { until = signal }: ConnectOptions = {}) => connect(until),
    cleanupClient: () => connect(AbortSignal.timeout(5000)),
  };
}

/** The texts of posts in order of arrival. */
export function textsOf({ events }: SourceReports): readonly unknown[] {
  return events.map(({ event }) => (event as { body: { text: string } }).body.text);
}
