import { readdir } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { closedPort } from "../support/endpoints.ts";
import {
  test as base,
  type Fixtures,
  now,
  type RunOptions,
  type RunResult,
  type TestClock,
} from "../support/rcwh.ts";

/** A clock that moves only by `advance`. */
export function createManualClock(start: number): TestClock {
  let time = start;
  const sleeps: number[] = [];
  const sleepers = new Set<{ readonly until: number; readonly wake: () => void }>();
  return {
    now: () => time,
    sleeps,
    sleep(milliseconds, signal) {
      signal?.throwIfAborted();
      sleeps.push(milliseconds);
      return new Promise((resolve, reject) => {
        const sleeper = { until: time + milliseconds, wake: () => settle(resolve) };
        const settle = (end: () => void) => {
          sleepers.delete(sleeper);
          signal?.removeEventListener("abort", abort);
          end();
        };
        const abort = () => settle(() => reject(signal?.reason));
        signal?.addEventListener("abort", abort, { once: true });
        sleepers.add(sleeper);
      });
    },
    advance(milliseconds) {
      time += milliseconds;
      for (const sleeper of [...sleepers]) if (sleeper.until <= time) sleeper.wake();
    },
  };
}

/** A running `rcwh listen`. */
export interface Listener {
  readonly port: number;
  /** The address of its deliveries. */
  readonly url: string;
  /** What it has written to stderr so far. */
  readonly said: () => string;
  readonly printed: () => string;
  /** Resolves once stderr contains this text. */
  until(text: string): Promise<void>;
  untilPrinted(lines: number): Promise<void>;
  /** Presses Ctrl-C and resolves to the result; also when it has ended by itself. */
  stop(): Promise<RunResult>;
  readonly ended: Promise<RunResult>;
}

export interface ListenFixtures {
  /** Runs `rcwh listen` with these flags on a free port, written `{port}`, and waits until it is ready. */
  readonly listen: (flags: string, options?: RunOptions) => Promise<Listener>;
  /** The same, without waiting. */
  readonly begin: (flags: string, options?: RunOptions) => Promise<Listener>;
  /** The names of the lease files. */
  readonly leases: () => Promise<readonly string[]>;
}

export const test = base.extend<ListenFixtures & Pick<Fixtures, "clock">>({
  clock: async ({}, use) => use(createManualClock(now)),
  begin: async ({ rcwh }, use) => {
    const running: Listener[] = [];
    await use(async (flags, options = {}) => {
      const port = await closedPort();
      const listener = start(
        rcwh,
        `listen --port ${port} ${flags.replaceAll("{port}", `${port}`)}`,
        {
          port,
          options,
        },
      );
      running.push(listener);
      return listener;
    });
    for (const listener of running) await listener.stop();
  },
  listen: async ({ begin }, use) =>
    use(async (flags, options) => {
      const listener = await begin(flags, options);
      await listener.until("Press Ctrl-C to stop");
      return listener;
    }),
  leases: async ({ directory }, use) =>
    use(async () => {
      const names = await readdir(join(directory, "config", "listeners")).catch(() => []);
      return names.filter((name) => name.endsWith(".json"));
    }),
});

function start(
  rcwh: (command: string, options?: RunOptions) => Promise<RunResult>,
  command: string,
  { port, options }: { readonly port: number; readonly options: RunOptions },
): Listener {
  const stop = new AbortController();
  let said = "";
  let printed = "";
  let isOver = false;
  const watchers = new Set<() => void>();
  const notify = () => {
    for (const watcher of [...watchers]) watcher();
  };
  const until = (isDone: () => boolean, what: string) =>
    new Promise<void>((resolve, reject) => {
      const watcher = () => {
        if (!isDone() && !isOver) return;
        watchers.delete(watcher);
        if (isDone()) resolve();
        else reject(new Error(`It ended before ${what}:\n${said}`));
      };
      watchers.add(watcher);
      watcher();
    });
  options.signal?.addEventListener("abort", () => stop.abort(options.signal?.reason));
  const ended = rcwh(command, {
    ...options,
    signal: stop.signal,
    onTalk(text) {
      said += text;
      notify();
    },
    onOutput(text) {
      printed += text;
      notify();
    },
  }).finally(() => {
    isOver = true;
    notify();
  });
  ended.catch(() => {});
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    said: () => said,
    printed: () => printed,
    until: (text) => until(() => said.includes(text), `it said "${text}"`),
    untilPrinted: (lines) =>
      until(() => printed.split("\n").length > lines, `it printed ${lines} lines`),
    ended,
    stop() {
      stop.abort();
      return ended;
    },
  };
}

/** A target to forward to, and the requests that it received. */
interface Target {
  readonly url: string;
  readonly port: number;
  readonly requests: { readonly headers: readonly string[]; readonly body: string }[];
  /** Resolves once it has received this many requests. */
  until(count: number): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function startTarget(answer: RequestListener = (_, response) => response.end()) {
  const requests: { headers: readonly string[]; body: string }[] = [];
  const watchers = new Set<() => void>();
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    requests.push({ headers: request.rawHeaders, body });
    for (const watcher of [...watchers]) watcher();
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const target: Target = {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    until: (count) =>
      new Promise((resolve) => {
        const watcher = () => {
          if (requests.length < count) return;
          watchers.delete(watcher);
          resolve();
        };
        watchers.add(watcher);
        watcher();
      }),
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return target;
}

/** Posts an event like any client that knows the address. */
export function post(url: string, body: unknown, headers: Readonly<Record<string, string>> = {}) {
  return fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

/** An event as RingCentral sends it. */
export function envelope(text: string): object {
  return {
    uuid: "1",
    event: "/team-messaging/v1/posts",
    timestamp: "2026-11-22T12:00:00.000Z",
    subscriptionId: "s",
    ownerId: "101",
    body: { eventType: "PostAdded", text, creatorId: "7" },
  };
}
