import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import type { Emulator } from "../../src/emulator/interface.ts";
import { collection, posts } from "./kit.ts";

/** One connection to the fake gateway. */
interface FakeConnection {
  readonly socket: WebSocket;
  /** From 1. */
  readonly number: number;
  readonly parameters: URLSearchParams;
  /** Frames that arrived, without heartbeats. */
  readonly frames: readonly (readonly [Meta, unknown?])[];
  /** How many heartbeats arrived. */
  readonly heartbeats: () => number;
  send(frame: unknown): void;
}

interface Meta {
  readonly type: string;
  readonly messageId: string;
  readonly method?: string;
  readonly path?: string;
}

export interface GatewayScript {
  /** Members of the connection details beyond RingCentral's own. */
  readonly details?: (connection: FakeConnection) => object;
  /** Called before the greeting, which is not sent if this returns false. */
  readonly greet?: (connection: FakeConnection) => boolean;
  readonly answersHeartbeats?: boolean;
  /** The status and body that answer a request. */
  readonly answer?: (meta: Meta) => readonly [status: number, body?: unknown] | undefined;
}

export interface FakeGateway {
  readonly connections: readonly FakeConnection[];
  [Symbol.asyncDispose](): Promise<void>;
}

/** A gateway that the test controls; the emulator's `wstoken` leads to it. */
export async function startGateway(
  emulator: Emulator,
  { details, greet, answersHeartbeats = true, answer = accept }: GatewayScript = {},
): Promise<FakeGateway> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const uri = `ws://127.0.0.1:${port}/ws`;
  const connections: FakeConnection[] = [];
  let tokens = 0;
  emulator.intercept((request) => {
    if (!request.url.endsWith("/wstoken")) return undefined;
    tokens += 1;
    return Response.json({ uri, ws_access_token: `fake-token-${tokens}`, expires_in: 30 });
  }, Number.POSITIVE_INFINITY);

  server.on("connection", (socket, request) => {
    const frames: [Meta, unknown?][] = [];
    let heartbeats = 0;
    const connection: FakeConnection = {
      ...{ socket, frames, number: connections.length + 1 },
      parameters: new URL(request.url ?? "", uri).searchParams,
      heartbeats: () => heartbeats,
      send: (frame) => socket.send(typeof frame === "string" ? frame : JSON.stringify(frame)),
    };
    connections.push(connection);
    socket.on("message", (data) => {
      const frame: [Meta, unknown?] = JSON.parse(String(data));
      const [meta] = frame;
      if (meta.type === "Heartbeat") {
        heartbeats += 1;
        if (answersHeartbeats) connection.send([{ ...meta, status: 200 }]);
        return;
      }
      frames.push(frame);
      const answered = answer(meta);
      if (!answered) return;
      const [status, body] = answered;
      connection.send([{ ...meta, status, headers: {} }, ...(body === undefined ? [] : [body])]);
    });
    if (greet && !greet(connection)) return;
    const wsc = { token: `session-${connection.number}`, sequence: 1 };
    const body = { recoveryTimeout: 180, idleTimeout: 1800, ...details?.(connection) };
    connection.send([{ type: "ConnectionDetails", messageId: "greeting", status: 200, wsc }, body]);
  });

  return {
    connections,
    async [Symbol.asyncDispose]() {
      for (const { socket } of connections) socket.terminate();
      server.close();
      await once(server, "close");
    },
  };
}

export function notification(uuid: string, text: string): readonly unknown[] {
  const body = { uuid, event: posts, timestamp: "2026-11-22T12:00:00.000Z", body: { text } };
  return [{ type: "ServerNotification", messageId: uuid, status: 200 }, body];
}

/** What RingCentral answers when all is well. */
export function accept({
  method,
}: Pick<Meta, "method">): readonly [status: number, body?: unknown] {
  if (method === "DELETE") return [204];
  const body = {
    id: "fake-subscription",
    uri: collection,
    eventFilters: [posts],
    deliveryMode: { transportType: "WebSocket" },
    creationTime: "2026-11-22T12:00:00Z",
    expirationTime: "2026-11-29T12:00:00Z",
    status: "Active",
  };
  return [200, body];
}
