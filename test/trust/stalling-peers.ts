import { spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { gzipSync } from "node:zlib";
import { deferred } from "../../src/machine/promises.ts";
import { certificates } from "../support/certificates.ts";

/** A server, endpoint or proxy that keeps its client waiting. */
export interface Peer extends AsyncDisposable {
  readonly port: number;
  /** Resolves when it begins to stall, or probably has where that cannot be known. */
  readonly reached: Promise<unknown>;
}

/** What a peer does with a connection once it has a request: never an answer's end. */
export type Stall = (socket: Socket) => void;

const ok = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";

/** Writes the next text at each interval. */
function drip(socket: Socket, milliseconds: number, next: () => string | Buffer): void {
  const timer = setInterval(() => socket.write(next()), milliseconds);
  socket.on("close", () => clearInterval(timer));
}

export function dripBody(socket: Socket): void {
  socket.write(`${ok}Content-Length: 100000\r\n\r\n{`);
  drip(socket, 500, () => " ");
}

const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;

/** What an HTTP server may do instead of answering. */
export const httpStalls: Readonly<Record<string, Stall>> = {
  "says nothing": () => {},
  "stops in the status line": (socket) => socket.write("HTTP/1.1 20"),
  "stops in the header": (socket) => socket.write(`${ok}X-Half: `),
  "drips its header": (socket) => {
    socket.write(`${ok}X-Long: `);
    drip(socket, 200, () => "x");
  },
  "sends headers without end": (socket) => {
    socket.write(ok);
    drip(socket, 100, () => "X-Header: x\r\n");
  },
  "sends no body": (socket) => socket.write(`${ok}Content-Length: 100\r\n\r\n`),
  "drips its body": dripBody,
  "sends chunks without end": (socket) => {
    socket.write(`${ok}Transfer-Encoding: chunked\r\n\r\n`);
    drip(socket, 20, () => chunk(" ".repeat(1000)));
  },
  "asks to continue for ever": (socket) => drip(socket, 100, () => "HTTP/1.1 100 Continue\r\n\r\n"),
  "sends gzip without end": (socket) => {
    socket.write(`${ok}Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n`);
    const bytes = gzipSync("x".repeat(100_000)).subarray(0, 50).toString("latin1");
    drip(socket, 100, () => Buffer.from(chunk(bytes), "latin1"));
  },
  "redirects to itself": (socket) =>
    socket.write(
      "HTTP/1.1 302 Found\r\nLocation: /restapi/oauth/token\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n",
    ),
  "is busy for ever": (socket) =>
    socket.write("HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"),
  "asks to wait": (socket) =>
    socket.write(
      "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 2\r\nX-Rate-Limit-Group: light\r\nX-Rate-Limit-Limit: 5\r\nX-Rate-Limit-Remaining: 0\r\nX-Rate-Limit-Window: 60\r\nContent-Length: 0\r\n\r\n",
    ),
  "hangs up each time": (socket) => socket.destroy(),
  "switches to another protocol": (socket) =>
    socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"),
};

/** What a proxy may do with CONNECT. */
export const proxyStalls: Readonly<Record<string, Stall>> = {
  "never answers CONNECT": () => {},
  "never ends its header": (socket) => socket.write("HTTP/1.1 200 OK\r\nX-Half: "),
  "drips its header": (socket) => {
    socket.write("HTTP/1.1 200 OK\r\nX-Long: ");
    drip(socket, 200, () => "x");
  },
  "sends headers without end": (socket) => {
    socket.write("HTTP/1.1 200 OK\r\n");
    drip(socket, 100, () => "X-Header: x\r\n");
  },
  "says nothing behind the tunnel": (socket) => socket.write("HTTP/1.1 200 OK\r\n\r\n"),
  "stops in the TLS of the tunnel": (socket) =>
    socket.write("HTTP/1.1 200 OK\r\n\r\n\u0016\u0003\u0003", "latin1"),
  "asks for a password each time": (socket) =>
    socket.write(
      "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n",
    ),
  "refuses without an end": (socket) =>
    socket.write("HTTP/1.1 503 Busy\r\nContent-Length: 1000\r\n\r\n"),
};

/** A server, or a proxy, that stalls at its first request. */
export function stallingServer(stall: Stall): Promise<Peer> {
  return listen(stall, (begin) => createServer(onRequest(begin)));
}

/** The same behind TLS. */
export function stallingTlsServer(stall: Stall): Promise<Peer> {
  const { good, key, intermediate } = certificates;
  const cert = `${good}\n${intermediate}`;
  return listen(stall, (begin) => createTlsServer({ cert, key }, onRequest(begin)));
}

/** Accepts connections and does this with them, whatever the client says. */
export function stallingListener(stall: Stall): Promise<Peer> {
  return listen(stall, (begin) => createServer(begin));
}

/** Passes requests on to another port, until it stalls at those whose method and path match `at`. */
export function stallingFront(port: number, at: RegExp, stall: Stall): Promise<Peer> {
  return listen(stall, (begin) =>
    createServer((socket) => {
      const upstream = connect(port, "127.0.0.1");
      upstream.on("error", () => {}).pipe(socket);
      socket.on("error", () => {}).on("close", () => upstream.destroy());
      let isStalled = false;
      socket.on("data", (data: Buffer) => {
        const [head] = /^[A-Z]+ \/\S* HTTP/.exec(data.toString("latin1")) ?? [];
        if (head && at.test(head)) isStalled = true;
        else if (head) isStalled = false;
        if (!isStalled) upstream.write(data);
        else if (head) {
          upstream.unpipe(socket);
          begin(socket);
        }
      });
    }),
  );
}

/** A port whose backlog is full: connections to it are never made. Undefined without Python. */
export async function fullListener(): Promise<Peer | undefined> {
  const program = [
    "import socket, sys, time",
    "s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(0)",
    "c = [socket.socket() for _ in range(4)]",
    "[x.setblocking(False) or x.connect_ex(s.getsockname()) for x in c]",
    "print(s.getsockname()[1], flush=True); sys.stdin.read()",
  ].join("\n");
  const child = spawn("python3", ["-c", program], { stdio: ["pipe", "pipe", "ignore"] });
  const [line] = await Promise.race([
    once(child.stdout, "data"),
    once(child, "error").then(() => []),
  ]);
  if (line === undefined) return undefined;
  return {
    port: Number(String(line)),
    reached: new Promise((resolve) => setTimeout(resolve, 1_000)),
    async [Symbol.asyncDispose]() {
      const ended = once(child, "exit");
      child.kill();
      await ended;
    },
  };
}

function onRequest(stall: Stall): (socket: Socket) => void {
  return (socket) => {
    socket.on("error", () => {});
    socket.on("data", (data: Buffer) => {
      if (/^[A-Z]+ \S+ HTTP/.test(data.toString("latin1"))) stall(socket);
    });
  };
}

async function listen(
  stall: Stall,
  create: (begin: Stall) => ReturnType<typeof createServer>,
): Promise<Peer> {
  const sockets = new Set<Socket>();
  const { promise: reached, resolve: reach } = deferred<unknown>();
  const server = create((socket) => {
    reach(undefined);
    stall(socket);
  });
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
  });
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    reached,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
