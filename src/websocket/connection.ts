import type { RawData, WebSocket } from "ws";
import { NetworkError } from "../api/errors.ts";
import { webSocketTokenOperation } from "../api/operations.ts";
import type { Clock } from "../machine/clock.ts";
import type { Environment } from "../machine/environment.ts";
import { deferred } from "../machine/promises.ts";
import { type Redactor, redactAddress, shorten } from "../machine/redact.ts";
import { type ConnectionDetails, readDetails } from "./connection-details.ts";
import { dial, toHandshakeError, toNetworkError } from "./dial.ts";
import { type GatewayFrame, parseFrame, requestFrame } from "./frames.ts";
import { toApiError } from "./gateway-errors.ts";
import { startHeartbeats } from "./heartbeats.ts";
import { createPendingRequests } from "./pending-requests.ts";
import type { Timings } from "./timings.ts";

/** Where a connection goes, and with which tokens. */
export interface Destination {
  readonly uri: string;
  /** The token of `wstoken`. */
  readonly token: string;
  /** The token of the session to recover, if any. */
  readonly sessionToken: string | undefined;
}

export interface ConnectionOptions {
  readonly clock: Pick<Clock, "now">;
  readonly env: Environment;
  readonly signal: AbortSignal;
  /** Milliseconds for connecting, and for the answer to a request. */
  readonly timeout: number;
  readonly timings: Timings;
  readonly redactor: Redactor;
  readonly trace: ((line: string) => void) | undefined;
  /** Called with each `ServerNotification`, also with those that arrive before `openConnection` resolves. */
  readonly onNotification: (frame: GatewayFrame) => void;
}

/** An open connection to the gateway, which has sent its greeting. */
export interface GatewayConnection {
  readonly details: ConnectionDetails;
  /** When the gateway last sent anything, by the clock; milliseconds since the epoch. */
  readonly lastAliveAt: number;
  /** Whether anything has arrived since the greeting. */
  readonly isProven: boolean;
  /** Whether it is of any use: neither ended nor given up. */
  readonly isOpen: boolean;
  /** Whether RingCentral closed it in order: all that was sent before has arrived. */
  readonly wasClosed: boolean;
  /** Resolves, once the connection has ended or is given up, to the reason: the end of a sentence. */
  readonly lost: Promise<string>;
  /** Resolves to the frame that answers, whatever its status. Throws `NetworkError` if none arrives. */
  request(method: string, path: string, attempt: string, body?: object): Promise<GatewayFrame>;
  /**
   * Counts the connection as lost, but reads on: what is on its way may still arrive. What arrived after `deadSince`,
   * milliseconds since the epoch, does not count as a sign of life.
   */
  giveUp(reason: string, deadSince: number): void;
  /** Breaks the connection off. */
  abandon(reason: string): void;
  /** Ends the connection properly: what is on its way still arrives. */
  close(): Promise<void>;
}

/**
 * Connects, and waits for the gateway's greeting. Throws `ApiError` if it refuses, `NetworkError` where it
 * cannot be reached or breaks off, and the signal's reason.
 */
export async function openConnection(
  destination: Destination,
  options: ConnectionOptions,
): Promise<GatewayConnection> {
  const { env, signal, timeout, timings, redactor, trace } = options;
  redactor.add(destination.token, destination.sessionToken);
  redactor.addAddress(destination.uri);
  signal.throwIfAborted();
  const address = addressOf(destination);
  trace?.(`→ GET ${redactAddress(address.href)}`);
  const socket = await dial(address, env, timeout);
  const link = followSocket(socket, address, options);

  const abort = () => link.fail(signal.reason, "the run was interrupted");
  const timer = setTimeout(() => {
    const reason = `the gateway sent no greeting within ${timeout / 1000} s`;
    link.fail(new NetworkError(attempt, reason, { code: "TIMEOUT" }), reason);
  }, timeout);
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  try {
    const details = readDetails(await link.greeting);
    const stopHeartbeats = startHeartbeats({
      heartbeatInterval: Math.min(timings.heartbeatInterval, details.idleTimeout / 3),
      heartbeatTimeout: timings.heartbeatTimeout,
      send: (frame) => socket.send(frame),
      received: link.received,
      fail: (reason) => link.giveUp(reason, link.lastAliveAt()),
    });
    void link.lost.then(stopHeartbeats);
    return createConnection(socket, details, link, options);
  } catch (error) {
    socket.terminate();
    throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
}

const { attempt } = webSocketTokenOperation;

function addressOf({ uri, token, sessionToken }: Destination): URL {
  const address = new URL(uri);
  address.searchParams.set("access_token", token);
  if (sessionToken !== undefined) address.searchParams.set("wsc", sessionToken);
  return address;
}

/** What is known of a socket, from its first moment on. */
type Link = ReturnType<typeof followSocket>;

function followSocket(
  socket: WebSocket,
  address: URL,
  { clock, env, timeout, redactor, trace, onNotification }: ConnectionOptions,
) {
  const requests = createPendingRequests(timeout);
  const greeting = deferred<GatewayFrame>();
  const lost = deferred<string>();
  const ended = deferred<void>();
  let lastAliveAt = clock.now();
  let deadSince = Number.POSITIVE_INFINITY;
  let frames = 0;
  let isConnected = false;
  let wasClosed = false;
  let reason: string | undefined;
  /** The latest frame, where it was an error: only if the connection ends now was that the reason. */
  let latestError: string | undefined;

  const giveUp = (why: string, since: number) => {
    reason ??= why;
    deadSince = since;
    requests.failAll(why);
    lost.resolve(why);
  };
  const abandon = (why: string) => {
    reason ??= why;
    socket.terminate();
  };
  const fail = (error: unknown, why: string) => {
    greeting.reject(error);
    abandon(why);
  };
  const receive = (frame: GatewayFrame) => {
    latestError = undefined;
    redactor.add(frame.sessionToken);
    trace?.(describeFrame(frame, redactor));
    if (requests.settle(frame)) return;
    if (frame.type === "ConnectionDetails") greeting.resolve(frame);
    else if (frame.type === "ServerNotification") onNotification(frame);
    else if (frame.type === "Error") {
      const refusal = toApiError(frame, webSocketTokenOperation, redactor);
      greeting.reject(refusal);
      latestError = `RingCentral ended it (${refusal.code})`;
    }
  };
  socket.on("open", () => {
    isConnected = true;
  });
  socket.on("ping", () => {
    lastAliveAt = clock.now();
  });
  socket.on("message", (data: RawData) => {
    frames += 1;
    lastAliveAt = clock.now();
    const frame = parseFrame(String(data));
    if (frame) receive(frame);
    else trace?.("← an invalid frame");
  });
  socket.on("unexpected-response", (_request, { statusCode = 0 }) =>
    fail(toHandshakeError(statusCode), `the gateway answered HTTP ${statusCode}`),
  );
  socket.on("error", (error) => {
    const failure = toNetworkError(error, address, env, isConnected);
    greeting.reject(failure);
    reason ??= failure.message.replace(/^[^:]*: |\.$/g, "");
  });
  socket.on("close", (code) => {
    const why = reason ?? latestError ?? describeClose(code);
    wasClosed = reason === undefined && code !== brokenOff;
    greeting.reject(new NetworkError(attempt, why, { maybeProcessed: isConnected }));
    requests.failAll(why);
    lost.resolve(why);
    ended.resolve();
  });

  return {
    greeting: greeting.promise,
    lost: lost.promise,
    ended: ended.promise,
    requests,
    giveUp,
    abandon,
    fail,
    wasClosed: () => wasClosed,
    isGivenUp: () => Number.isFinite(deadSince),
    received: () => frames,
    lastAliveAt: () => Math.min(lastAliveAt, deadSince),
  };
}

function createConnection(
  socket: WebSocket,
  details: ConnectionDetails,
  link: Link,
  { timings, redactor, trace }: ConnectionOptions,
): GatewayConnection {
  const isOpen = () => socket.readyState === socket.OPEN && !link.isGivenUp();
  return {
    details,
    lost: link.lost,
    giveUp: link.giveUp,
    abandon: link.abandon,
    get wasClosed() {
      return link.wasClosed();
    },
    get lastAliveAt() {
      return link.lastAliveAt();
    },
    get isProven() {
      return link.received() > 1;
    },
    get isOpen() {
      return isOpen();
    },
    async request(method, path, purpose, body) {
      if (!isOpen()) throw new NetworkError(purpose, "the connection is closed");
      const shown = body ? redactor.body(JSON.stringify(body)) : "";
      trace?.(`→ ClientRequest ${method} ${path} ${shown}`);
      return link.requests.start(purpose, (messageId) =>
        socket.send(requestFrame(messageId, method, path, body)),
      );
    },
    async close() {
      socket.close(1000);
      const timer = setTimeout(() => socket.terminate(), timings.closeTimeout);
      await link.ended;
      clearTimeout(timer);
    },
  };
}

function describeFrame({ type, status, bodyText }: GatewayFrame, redactor: Redactor): string {
  const head = `← ${shorten(redactor.text(type), 50)} ${status ?? ""}`.trim();
  return bodyText ? `${head} ${shorten(redactor.body(bodyText), 2000)}` : head;
}

/** What `ws` says where no close frame arrived. */
const brokenOff = 1006;

function describeClose(code: number): string {
  return code === brokenOff ? "it was cut off" : `RingCentral closed it (${code})`;
}
