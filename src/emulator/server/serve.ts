import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { CliError } from "../../errors.ts";

type Fetch = (request: Request) => Response | Promise<Response>;

export interface RunningServer {
  /** Such as `http://127.0.0.1:4010`, without a trailing slash. */
  readonly url: string;
  readonly port: number;
  /** Stops at once: open connections are cut. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface ServeOptions {
  /** 0, and that is the default, takes a free one. */
  readonly port?: number;
  /** Loopback only: what is served here has no protection worth the name. */
  readonly host?: "127.0.0.1";
  readonly upgrade?: WebSocketUpgrade;
  /** How long a client may take. */
  readonly patience?: Patience;
  /** Connections at one time; whoever comes after is cut off at once. */
  readonly maximumConnections?: number;
}

/** Any other wish for another protocol, such as `h2c`, is ignored, and the request answered as it is. */
export interface WebSocketUpgrade {
  readonly path: string;
  /** Takes over a connection whose client opens a WebSocket there. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/** Milliseconds after which a client that is slow, or only pretends to be one, is answered 408 and cut off. */
interface Patience {
  /** From the connection or the end of the last request to the end of the headers. */
  readonly headers: number;
  /** To the end of the body. */
  readonly request: number;
}

const usualPatience: Patience = { headers: 10_000, request: 120_000 };

/**
 * Puts a function from request to response on a loopback port. An answer whose body fails, or is shorter
 * than its Content-Length, is cut off there, and `Response.error()` closes the connection without an answer.
 * Throws a CliError where the port is taken.
 */
export async function serve(fetch: Fetch, options: ServeOptions = {}): Promise<RunningServer> {
  const { port = 0, host = "127.0.0.1", upgrade, patience = usualPatience } = options;
  const [
    { createServer, IncomingMessage, ServerResponse },
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
      const { bytes, failed } = await readBody(response);
      const isCut = bytes.length < Number(headers.get("content-length") ?? 0);
      // The adapter gets whole bodies only: of one that fails it writes to the console.
      if (!failed && (!isCut || request.method === "HEAD")) {
        const body = bodilessStatuses.has(status) ? null : bytes;
        return new Response(body, { status, headers });
      }
      if (!(outgoing instanceof ServerResponse)) throw new Error("HTTP/2 is not spoken here.");
      outgoing.writeHead(status, Object.fromEntries(headers));
      outgoing.write(bytes);
      // What there is has to leave before the connection breaks.
      await setImmediate();
      outgoing.destroy();
      return RESPONSE_ALREADY_SENT;
    },
    { hostname: host, overrideGlobalObjects: false, errorHandler: explain },
  );
  const settings = {
    IncomingMessage: upgradableMessage(IncomingMessage, upgrade?.path),
    headersTimeout: patience.headers,
    requestTimeout: patience.request,
    connectionsCheckingInterval: Math.min(1000, patience.headers),
  };
  const server = createServer(settings, (incoming, outgoing) => void listener(incoming, outgoing));
  server.maxConnections = options.maximumConnections ?? 10_000;
  const upgraded = new Set<Duplex>();
  if (upgrade) {
    server.on("upgrade", (request, socket, head) => {
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

  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
      // The server has let go of these.
      for (const socket of upgraded) socket.destroy();
    });
  return {
    url: `http://${host}:${address.port}`,
    port: address.port,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/**
 * The server asks each message whether it is an upgrade before it reads on, and hands over every one as soon as
 * it listens for any: what is meant as an ordinary request would lose its body.
 */
function upgradableMessage(Message: typeof IncomingMessage, path: string | undefined) {
  return class extends Message {
    declare isUpgrade: boolean | null;

    get upgrade(): boolean {
      return this.isUpgrade === true && (this.method === "CONNECT" || opensWebSocket(this, path));
    }

    // The parser says so, and the constructor that there is nothing to say yet.
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

function refused(error: NodeJS.ErrnoException, port: number): CliError {
  return new CliError(`Port ${port} on this machine cannot be listened on: ${error.message}.`, {
    code: "PORT",
    hint: "Choose another one with `--port`, or let the system choose with `--port 0`.",
    cause: error,
  });
}

/** What is HTTP but no request that fetch knows, such as TRACE, is the client's fault; all else is ours. */
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
