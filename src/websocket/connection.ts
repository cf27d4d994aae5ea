import type { RawData, WebSocket } from "ws";
import { NetworkError } from "../api/errors.ts";
import { webSocketTokenOperation } from "../api/operations.ts";
import type { Clock } from "../machine/clock.ts";
import type { Environment } from "../machine/environment.ts";
import { deferred } from "../machine/promises.ts";
import { type Redactor, redactAddress, shorten } from "../machine/redact.ts";
import { type ConnectionDetails, readDetails } from "./details.ts";
import { type GatewayFrame, parseFrame, requestFrame } from "./frames.ts";
import { keepBeating } from "./heartbeats.ts";
import type { Pace } from "./pace.ts";
import { toApiError } from "./refusals.ts";
import { createPendingRequests } from "./requests.ts";
import { dial, toHandshakeError, toNetworkError } from "./wire.ts";

/** Where a connection goes, and as whom. */
export interface Destination {
  readonly uri: string;
  /** The token of `wstoken`. */
  readonly token: string;
  /** The token of the session that is to go on, if any. */
  readonly sessionToken: string | undefined;
}

export interface ConnectionOptions {
  readonly clock: Pick<Clock, "now">;
  readonly env: Environment;
  readonly signal: AbortSignal;
  /** Milliseconds for the connection to come about, and for the answer to a request. */
  readonly timeout: number;
  readonly pace: Pace;
  readonly redactor: Redactor;
  readonly trace: ((line: string) => void) | undefined;
  /** Called with each `ServerNotification`, also with those that come before anybody has the connection. */
  readonly onNotification: (frame: GatewayFrame) => void;
}

/** An open connection to the gateway, which has greeted us. */
export interface GatewayConnection {
  readonly details: ConnectionDetails;
  /** When the gateway was last heard of, by the clock. */
  readonly lastAliveAt: number;
  /** Whether anything has come over it since its greeting. */
  readonly isProven: boolean;
  readonly isOpen: boolean;
  /** Resolves, once the connection is over, to what ended it, which finishes a sentence. */
  readonly lost: Promise<string>;
  /** Resolves to the frame that answers, whatever its status. Throws `NetworkError` where none comes. */
  request(method: string, path: string, attempt: string, body?: object): Promise<GatewayFrame>;
  /** Breaks it off. */
  lose(reason: string): void;
  /** Ends it properly: what is on its way still arrives. */
  close(): Promise<void>;
}

/**
 * Connects, and waits for the gateway's greeting. Throws `ApiError` where it refuses, `NetworkError` where it
 * cannot be reached or breaks off, and the signal's reason.
 */
export async function openConnection(
  destination: Destination,
  options: ConnectionOptions,
): Promise<GatewayConnection> {
  const { env, signal, timeout, pace, redactor, trace } = options;
  redactor.add(destination.token, destination.sessionToken);
  signal.throwIfAborted();
  const address = addressOf(destination);
  // Its query holds both tokens.
  trace?.(`→ GET ${redactAddress(address.href)}`);
  const socket = await dial(address, env, timeout);
  const line = attend(socket, address, options);

  const abort = () => line.fail(signal.reason, "the run was interrupted");
  const late = setTimeout(() => {
    const reason = `the gateway said nothing within ${timeout / 1000} s`;
    line.fail(new NetworkError(attempt, reason, { code: "TIMEOUT" }), reason);
  }, timeout);
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  try {
    const details = readDetails(await line.greeting);
    const heartbeat = Math.min(pace.heartbeat, details.idleTimeout / 3);
    const stopBeating = keepBeating(
      { send: (frame) => socket.send(frame), heard: line.heard, stop: line.lose },
      { ...pace, heartbeat },
    );
    void line.lost.then(stopBeating);
    return createConnection(socket, details, line, options);
  } catch (error) {
    socket.terminate();
    throw error;
  } finally {
    clearTimeout(late);
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

/** What is known of a socket from its first moment on. */
type Line = ReturnType<typeof attend>;

function attend(
  socket: WebSocket,
  address: URL,
  { clock, env, timeout, redactor, trace, onNotification }: ConnectionOptions,
) {
  const requests = createPendingRequests(timeout);
  const greeting = deferred<GatewayFrame>();
  const lost = deferred<string>();
  let lastAliveAt = clock.now();
  let frames = 0;
  let connected = false;
  let reason: string | undefined;
  let lastWords: string | undefined;

  const lose = (why: string) => {
    reason ??= why;
    socket.terminate();
  };
  const fail = (error: unknown, why: string) => {
    greeting.reject(error);
    lose(why);
  };
  const take = (frame: GatewayFrame) => {
    lastWords = undefined;
    redactor.add(frame.sessionToken);
    trace?.(describeFrame(frame, redactor));
    if (requests.settle(frame)) return;
    if (frame.type === "ConnectionDetails") greeting.resolve(frame);
    else if (frame.type === "ServerNotification") onNotification(frame);
    else if (frame.type === "Error") {
      const refusal = toApiError(frame, webSocketTokenOperation, redactor);
      greeting.reject(refusal);
      // Only where the connection ends now is it about that.
      lastWords = `RingCentral ended it (${refusal.code})`;
    }
  };
  socket.on("open", () => {
    connected = true;
  });
  socket.on("ping", () => {
    lastAliveAt = clock.now();
  });
  socket.on("message", (data: RawData) => {
    frames += 1;
    lastAliveAt = clock.now();
    const frame = parseFrame(String(data));
    if (frame) take(frame);
    else trace?.("← something that is no frame");
  });
  socket.on("unexpected-response", (request, { statusCode = 0 }) =>
    fail(
      toHandshakeError(statusCode, request, address, env),
      `the gateway answered HTTP ${statusCode}`,
    ),
  );
  socket.on("error", (error) => {
    const failure = toNetworkError(error, address, env, connected);
    greeting.reject(failure);
    reason ??= failure.message.replace(/^[^:]*: |\.$/g, "");
  });
  socket.on("close", (code) => {
    const why = reason ?? lastWords ?? describeClose(code);
    greeting.reject(new NetworkError(attempt, why, { maybeProcessed: connected }));
    requests.failAll(why);
    lost.resolve(why);
  });

  return {
    greeting: greeting.promise,
    lost: lost.promise,
    requests,
    lose,
    fail,
    heard: () => frames,
    lastAliveAt: () => lastAliveAt,
  };
}

function createConnection(
  socket: WebSocket,
  details: ConnectionDetails,
  line: Line,
  { pace, redactor, trace }: ConnectionOptions,
): GatewayConnection {
  const isOpen = () => socket.readyState === socket.OPEN;
  return {
    details,
    lost: line.lost,
    lose: line.lose,
    get lastAliveAt() {
      return line.lastAliveAt();
    },
    get isProven() {
      return line.heard() > 1;
    },
    get isOpen() {
      return isOpen();
    },
    async request(method, path, what, body) {
      if (!isOpen()) throw new NetworkError(what, "the connection is closed");
      trace?.(
        `→ ClientRequest ${method} ${path} ${body ? redactor.body(JSON.stringify(body)) : ""}`,
      );
      return line.requests.open(what, (messageId) =>
        socket.send(requestFrame(messageId, method, path, body)),
      );
    },
    async close() {
      socket.close(1000);
      const impatient = setTimeout(() => socket.terminate(), pace.farewell);
      await line.lost;
      clearTimeout(impatient);
    },
  };
}

function describeFrame({ type, status, bodyText }: GatewayFrame, redactor: Redactor): string {
  const head = `← ${shorten(redactor.text(type), 50)} ${status ?? ""}`.trim();
  return bodyText ? `${head} ${shorten(redactor.body(bodyText), 2000)}` : head;
}

function describeClose(code: number): string {
  return code === 1006 ? "it broke off" : `RingCentral closed it (${code})`;
}
