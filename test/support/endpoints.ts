import { randomInt } from "node:crypto";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer as createHttpsServer, type ServerOptions } from "node:https";
import {
  type AddressInfo,
  createServer as createTcpServer,
  type Server,
  type Socket,
} from "node:net";
import type { Receiver } from "../../src/receiver/receiver.ts";
import { selfSigned } from "./self-signed.ts";

/**
 * How long the emulator waits for an endpoint that answers, milliseconds: RingCentral's three seconds are real time
 * and may pass before the endpoint is even called if other tests keep the cores busy.
 */
export const patience = 60_000;

/** A webhook on this machine, closed with `await using`. */
export interface Endpoint {
  readonly url: string;
  readonly port: number;
  [Symbol.asyncDispose](): Promise<void>;
}

/** An endpoint that answers with `listener`. */
export function httpEndpoint(listener: RequestListener): Promise<Endpoint> {
  return listen(createHttpServer(listener), "http");
}

/** An endpoint behind an untrusted certificate for `localhost`. */
export function httpsEndpoint(listener: RequestListener): Promise<Endpoint> {
  const { certificate, key } = selfSigned;
  return listen(createHttpsServer({ cert: certificate, key }, listener), "https");
}

/** An endpoint behind TLS with `options`, such as a chain of `certificates.ts` or old versions only. */
export function tlsEndpoint(options: ServerOptions, listener = goodHandshake): Promise<Endpoint> {
  return listen(createHttpsServer(options, listener), "https");
}

/** An endpoint that writes the bytes of `answer` for any request and hangs up if `hangUp` is set. */
export function rawEndpoint(answer: string, { hangUp = true } = {}): Promise<Endpoint> {
  const server = createTcpServer((socket) => {
    socket.once("data", () => (hangUp ? socket.end(answer) : socket.write(answer)));
    socket.on("error", () => {});
  });
  return listen(server, "http");
}

/** An endpoint that calls `respond` with a connection once a request's head is complete. */
export function socketEndpoint(
  respond: (socket: Socket, validationToken: string) => void,
): Promise<Endpoint> {
  const server = createTcpServer((socket) => {
    let text = "";
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
      if (!text.includes("\r\n\r\n")) return;
      const token = /^validation-token: *(.*)\r$/im.exec(text)?.[1] ?? "";
      text = "";
      respond(socket, token);
    });
    socket.on("error", () => {});
  });
  return listen(server, "http");
}

/** An endpoint that never answers; `onConnection` gets each connection to it. */
export function connectionEndpoint(onConnection: (socket: Socket) => void): Promise<Endpoint> {
  const server = createTcpServer((socket) => {
    socket.on("error", () => {}).resume();
    onConnection(socket);
  });
  return listen(server, "http");
}

/** A correct answer to the handshake. */
export const goodHandshake: RequestListener = (request, response) => {
  response.setHeader("Validation-Token", request.headers["validation-token"] ?? "");
  response.setHeader("Content-Type", "application/json");
  response.end();
};

/**
 * A port on this machine without a listener. Systems give ports from 32,768 on to whoever asks for any, so one of those
 * could belong to another test before this one uses it.
 */
export async function closedPort(): Promise<number> {
  const port = randomInt(11_000, 32_768);
  const server = createTcpServer();
  const isFree = await new Promise<boolean>((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => resolve(true));
  });
  if (!isFree) return closedPort();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function listen(server: Server, scheme: string): Promise<Endpoint> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${scheme}://127.0.0.1:${port}`,
    port,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** A receiver that answers once its handlers are done, so that no test has to wait for them. */
export function answeringLast(receiver: Receiver): (request: Request) => Promise<Response> {
  return async (request) => {
    const response = await receiver(request);
    await receiver.idle();
    return response;
  };
}
