import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { CliError, ExitCode } from "../errors.ts";
import { findPortOwner } from "../machine/port-owner.ts";

export interface ServeReceiverOptions {
  /** Default: 0, any free port. */
  readonly port?: number;
  /** Default: 127.0.0.1. Whoever can reach the address can send events. */
  readonly host?: string;
  /** Connections at one time. One more closes the connection that has been idle the longest. */
  readonly maximumConnections?: number;
  /** How long a client may take, in milliseconds. RingCentral itself waits only three seconds. */
  readonly timeouts?: Timeouts;
}

interface Timeouts {
  /** From the connection, or the end of the last request, to the end of the headers. */
  readonly headers: number;
  /** To the end of the body. */
  readonly request: number;
  /** Between two requests of one connection. */
  readonly idle: number;
}

export interface ServedReceiver {
  /** Such as `http://127.0.0.1:4012`, without a trailing slash. */
  readonly url: string;
  readonly port: number;
  /** Stops at once and closes open connections. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const defaultTimeouts: Timeouts = { headers: 5_000, request: 10_000, idle: 65_000 };

/**
 * Serves a receiver's node:http handler on a port. Slow, endless or malformed requests cannot block the server.
 * Throws CliError if the port is not available.
 */
export async function serveReceiver(
  handler: RequestListener,
  options: ServeReceiverOptions = {},
): Promise<ServedReceiver> {
  const { port = 0, host = "127.0.0.1", timeouts = defaultTimeouts } = options;
  const server = createServer(
    {
      headersTimeout: timeouts.headers,
      requestTimeout: timeouts.request,
      keepAliveTimeout: timeouts.idle,
      connectionsCheckingInterval: Math.min(1_000, timeouts.headers),
      // RingCentral sends a few hundred bytes.
      maxHeaderSize: 8 * 1024,
      noDelay: true,
    },
    handler,
  );
  limitConnections(server, options.maximumConnections ?? 4_000);

  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(refused(error, host, port)));
    server.listen({ port, host, backlog: 4_096 }, resolve);
  });
  // A listening TCP socket always has this shape.
  const address = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${address.port}`,
    port: address.port,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Closes the longest idle connection for a new one: refusing new ones could lock RingCentral out. */
function limitConnections(server: Server, maximumConnections: number): void {
  /** The most recently used one is last. */
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    const [oldest] = sockets;
    if (sockets.size > maximumConnections) oldest?.destroy();
  });
  server.on("request", ({ socket }) => {
    if (sockets.delete(socket)) sockets.add(socket);
  });
}

function refused(error: NodeJS.ErrnoException, host: string, port: number): CliError {
  if (/^(?:EADDRNOTAVAIL|ENOTFOUND|EAI_\w+|EINVAL)$/.test(error.code ?? "")) {
    return new CliError(`${host} is not an address of this machine (${error.code}).`, {
      code: "HOST",
      hint: "Use another one, such as --host 127.0.0.1, --host ::1 or --host 0.0.0.0.",
      cause: error,
    });
  }
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
