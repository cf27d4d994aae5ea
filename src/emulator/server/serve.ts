import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { CliError, ExitCode } from "../../errors.ts";
import { type ForeignRequest, whyForeign } from "../../machine/foreign-request.ts";
import { bracketed } from "../../machine/own-host.ts";
import { findPortOwner } from "../../machine/port-owner.ts";
import { clearInterval, setImmediate, setInterval, stopwatch } from "../../machine/real-time.ts";
import { textOf } from "../answers.ts";
import { apiProblem } from "../problems.ts";

type Fetch = (request: Request) => Response | Promise<Response>;

export interface RunningServer {
  /** The origin, such as `http://127.0.0.1:4010`. */
  readonly url: string;
  readonly port: number;
  /** Stops at once, and cuts open connections; requests in progress get `patience` milliseconds to be answered. */
  close(patience?: number): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface ServeOptions {
  /** 0, the default, picks a free one. */
  readonly port?: number;
  /** By default 127.0.0.1: what is served here is protected from web pages, not from other machines. */
  readonly host?: string;
  /** Whether requests may be addressed to a host name; by default to loopback ones only. */
  readonly isOwnHost?: (name: string) => boolean;
  readonly upgrade?: WebSocketUpgrade;
  /** How long a client may take to send a request. */
  readonly timeouts?: ClientTimeouts;
  /** The most concurrent connections; further ones are cut. */
  readonly maximumConnections?: number;
}

/** Where WebSockets are opened. Requests to upgrade to another protocol, such as `h2c`, are answered as plain requests. */
export interface WebSocketUpgrade {
  readonly path: string;
  /** Takes over the connection of a client that opens a WebSocket. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/** Milliseconds after which a slow client is answered 408 and cut off. */
interface ClientTimeouts {
  /** From the start of the connection, or the end of its last request, to the end of the headers. */
  readonly headers: number;
  /** To the end of the body. */
  readonly request: number;
}

const defaultTimeouts: ClientTimeouts = { headers: 10_000, request: 120_000 };

/**
 * Serves a function from request to response on a port, by default to programs on this machine only: what a web page
 * sends, or what is meant for another host, is answered 403. A response whose body fails, or is shorter than its
 * Content-Length, is cut off there, and `Response.error()` closes the connection without a response. Throws CliError
 * if the port is taken.
 */
export async function serve(fetch: Fetch, options: ServeOptions = {}): Promise<RunningServer> {
  const { port = 0, host = "127.0.0.1", isOwnHost, upgrade, timeouts = defaultTimeouts } = options;
  const [
    { createServer, IncomingMessage, ServerResponse, STATUS_CODES },
    { getRequestListener },
    { RESPONSE_ALREADY_SENT },
  ] = await Promise.all([
    import("node:http"),
    import("@hono/node-server"),
    import("@hono/node-server/utils/response"),
  ]);
  const listener = getRequestListener(
    async (request, { outgoing }) => {
      const response = await fetch(request);
      if (response.type === "error") {
        outgoing.destroy();
        return RESPONSE_ALREADY_SENT;
      }
      if (response.statusText) outgoing.statusMessage = response.statusText;
      const { status, headers } = response;
      const text = textOf(response);
      if (text !== undefined && outgoing instanceof ServerResponse) {
        outgoing.writeHead(status, Object.fromEntries(headers));
        outgoing.end(request.method === "HEAD" ? undefined : text);
        return RESPONSE_ALREADY_SENT;
      }
      const { bytes, failed } = await readBody(response);
      const isCut = bytes.length < Number(headers.get("content-length") ?? 0);
      // The adapter gets complete bodies only: it would log one that fails to the console.
      if (!failed && (!isCut || request.method === "HEAD")) {
        const body = bodilessStatuses.has(status) ? null : bytes;
        return new Response(body, { status, headers });
      }
      if (!(outgoing instanceof ServerResponse))
        throw new Error("This server does not speak HTTP/2.");
      outgoing.writeHead(status, Object.fromEntries(headers));
      outgoing.write(bytes);
      // Let the bytes leave before the connection breaks.
      await new Promise<void>((resolve) => setImmediate(resolve));
      outgoing.destroy();
      return RESPONSE_ALREADY_SENT;
    },
    { hostname: host, overrideGlobalObjects: false, errorHandler: explain },
  );
  const settings = {
    IncomingMessage: upgradableMessage(IncomingMessage, upgrade?.path),
    headersTimeout: timeouts.headers,
    requestTimeout: timeouts.request,
    connectionsCheckingInterval: Math.min(1000, timeouts.headers),
  };
  const server = createServer(settings, (incoming, outgoing) => {
    const foreign = whyForeign(incoming, isOwnHost);
    if (foreign) refuseForeign(foreign, outgoing);
    else void listener(incoming, outgoing);
  });
  server.maxConnections = options.maximumConnections ?? 10_000;
  const upgraded = new Set<Duplex>();
  if (upgrade) {
    server.on("upgrade", (request, socket, head) => {
      // A client that hangs up now needs no answer.
      socket.on("error", () => {});
      const foreign = whyForeign(request, isOwnHost);
      if (foreign) {
        const { status } = foreign;
        const line = `HTTP/1.1 ${status} ${STATUS_CODES[status]}`;
        socket.end(`${line}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
        return;
      }
      upgraded.add(socket);
      socket.once("close", () => upgraded.delete(socket));
      upgrade.accept(request, socket, head);
    });
  }

  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(refused(error, port)));
    server.listen(port, host, resolve);
  });
  // Always this shape for a listening TCP socket.
  const address = server.address() as AddressInfo;

  const close = (patience = 0) =>
    new Promise<void>((resolve) => {
      const until = stopwatch() + patience;
      const cut = () => {
        if (stopwatch() >= until) server.closeAllConnections();
        else server.closeIdleConnections();
      };
      const cuts = setInterval(cut, 10);
      server.close(() => {
        clearInterval(cuts);
        resolve();
      });
      cut();
      // The server no longer knows these.
      for (const socket of upgraded) socket.destroy();
    });
  return {
    url: `http://${bracketed(host)}:${address.port}`,
    port: address.port,
    close,
    [Symbol.asyncDispose]: () => close(),
  };
}

/**
 * Once a server listens for upgrades, Node treats every request with an Upgrade header as one, and its body is lost.
 * This message is an upgrade only if it opens a WebSocket.
 */
function upgradableMessage(Message: typeof IncomingMessage, path: string | undefined) {
  return class extends Message {
    declare isUpgrade: boolean | null;

    get upgrade(): boolean {
      return this.isUpgrade === true && (this.method === "CONNECT" || opensWebSocket(this, path));
    }

    // Set by the parser, and to null by the constructor.
    set upgrade(value: boolean | null) {
      this.isUpgrade = value;
    }
  };
}

function opensWebSocket({ method, url, headers }: IncomingMessage, path?: string): boolean {
  return (
    method === "GET" &&
    headers.upgrade?.toLowerCase() === "websocket" &&
    url?.split("?", 1)[0] === path
  );
}

function refuseForeign({ kind, name, status }: ForeignRequest, outgoing: ServerResponse): void {
  const message =
    kind === "page"
      ? `This server answers programs, not pages of other servers: the request comes from a web page (${name})`
      : `This server answers only requests for localhost or 127.0.0.1, and this one is for ${name}`;
  const text = JSON.stringify(apiProblem(status, "CMN-401", message).body);
  outgoing.writeHead(status, {
    "Content-Type": "application/json; charset=UTF-8",
    "Content-Length": Buffer.byteLength(text),
    Connection: "close",
  });
  outgoing.end(outgoing.req.method === "HEAD" ? undefined : text);
}

function refused(error: NodeJS.ErrnoException, port: number): CliError {
  const isInUse = error.code === "EADDRINUSE";
  const owner = isInUse ? findPortOwner(port) : undefined;
  const message = isInUse
    ? `Port ${port} is already in use.`
    : `Cannot listen on port ${port}: ${error.message}.`;
  const held = owner === undefined ? "" : `Process ${owner} holds it. `;
  return new CliError(message, {
    ...(isInUse ? { exitCode: ExitCode.unavailable } : {}),
    code: "PORT",
    hint: `${held}Use another port, or --port 0 to pick a free one.`,
    cause: error,
  });
}

/** An HTTP request that fetch does not know, such as TRACE, is the client's error; everything else is ours. */
function explain(error: unknown): Response {
  if (error instanceof Error && error.name === "RequestError") {
    return new Response(null, { status: 400 });
  }
  const text = error instanceof Error ? error.stack : String(error);
  return new Response(text, { status: 500, headers: { "Content-Type": "text/plain" } });
}

const bodilessStatuses = new Set([101, 204, 205, 304]);

async function readBody({ body }: Response) {
  const chunks: Uint8Array[] = [];
  let failed = false;
  try {
    for await (const chunk of body ?? []) chunks.push(chunk);
  } catch {
    failed = true;
  }
  return { bytes: Buffer.concat(chunks), failed };
}
