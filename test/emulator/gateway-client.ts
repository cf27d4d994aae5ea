import { once } from "node:events";
import WebSocket, { type ClientOptions } from "ws";

// biome-ignore lint/suspicious/noExplicitAny: the gateway's answers, which each test knows.
type Received = readonly any[];

/** A WebSocket client without any knowledge of RingCentral. */
export interface GatewayClient {
  readonly socket: WebSocket;
  /** The next frame in order of arrival. */
  next(): Promise<Received>;
  /** Sends a frame; text is sent unchanged. */
  send(frame: unknown): void;
  /** Sends a request and returns the frame that answers it. */
  request(method: string, path: string, body?: unknown): Promise<Received>;
  /** Resolves to the close code once it is closed. */
  readonly closed: Promise<number>;
}

/** Connects and waits only for the connection. */
export async function connect(url: string, options?: ClientOptions): Promise<GatewayClient> {
  const socket = new WebSocket(url, options);
  const frames: Received[] = [];
  const waiting: ((frame: Received) => void)[] = [];
  socket.on("message", (data) => {
    const frame = JSON.parse(String(data));
    const take = waiting.shift();
    if (take) take(frame);
    else frames.push(frame);
  });
  const closed = once(socket, "close").then(([code]) => Number(code));
  await once(socket, "open");

  const next = () =>
    new Promise<Received>((resolve, reject) => {
      const frame = frames.shift();
      if (frame) return resolve(frame);
      waiting.push(resolve);
      void closed.then((code) => reject(new Error(`The gateway closed with ${code}`)));
    });
  const send = (frame: unknown) =>
    socket.send(typeof frame === "string" ? frame : JSON.stringify(frame));
  let requests = 0;
  return {
    socket,
    next,
    send,
    request(method, path, body) {
      requests += 1;
      const meta = { type: "ClientRequest", messageId: `request-${requests}`, method, path };
      send(body === undefined ? [meta] : [meta, body]);
      return next();
    },
    closed,
  };
}
