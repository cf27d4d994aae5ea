import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { CliError } from "../errors.ts";

export interface ServeReceiverOptions {
  /** 0, and that is the default, takes a free one. */
  readonly port?: number;
  /** This machine's own address unless given: whoever reaches it can send events. */
  readonly host?: string;
  /** Connections at one time. When another one comes, the one that has been of no use for longest is cut off. */
  readonly maximumConnections?: number;
  /** Milliseconds; how long a client may take. The platform itself waits for three seconds only. */
  readonly patience?: Patience;
}

interface Patience {
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
  /** Stops at once: open connections are cut. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const usualPatience: Patience = { headers: 5_000, request: 10_000, idle: 65_000 };

/**
 * Puts a receiver's handler for node:http on a port, in a server that is not held up by slow, endless or malformed
 * requests. Throws a CliError where the port cannot be had.
 */
export async function serveReceiver(
  handler: RequestListener,
  options: ServeReceiverOptions = {},
): Promise<ServedReceiver> {
  const { port = 0, host = "127.0.0.1", patience = usualPatience } = options;
  const server = createServer(
    {
      headersTimeout: patience.headers,
      requestTimeout: patience.request,
      keepAliveTimeout: patience.idle,
      connectionsCheckingInterval: Math.min(1_000, patience.headers),
      // The platform sends some hundred bytes.
      maxHeaderSize: 8 * 1024,
      noDelay: true,
    },
    handler,
  );
  makeRoom(server, options.maximumConnections ?? 4_000);

  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(refused(error, host, port)));
    server.listen({ port, host, backlog: 4_096 }, resolve);
  });
  // Always this shape for a listening TCP socket.
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

/** Whoever holds connections without asking anything loses them first; to refuse new ones could hit the platform. */
function makeRoom(server: Server, maximumConnections: number): void {
  /** The one that was of use last is last. */
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
  const message =
    error.code === "EADDRINUSE"
      ? `Port ${port} is already in use.`
      : `Cannot listen on port ${port}: ${error.message}.`;
  return new CliError(message, {
    code: "PORT",
    hint: "Use another port, or --port 0 to pick a free one.",
    cause: error,
  });
}
