import {
  Agent,
  type ClientRequest,
  type ClientRequestArgs,
  request as requestOverTcp,
} from "node:http";
import { request as requestOverTls } from "node:https";
import { isIPv6, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import { lookupFor } from "../machine/lookup.ts";
import { decoded } from "../machine/parse-url.ts";

/** What requests through a tunnel take beside Node's own options. */
export interface TunnelOptions {
  /** Ends the attempt to open a tunnel: destroying the request would leave the connection to the proxy open. */
  readonly hangUp: AbortSignal;
}

/** The proxy opened no tunnel. `status` is NaN for an answer that is not HTTP. */
export class TunnelRefusal extends Error {
  readonly code = "PROXY";
  readonly status: number;

  constructor(status: number) {
    super("the proxy opened no tunnel");
    this.status = status;
  }
}

type Options = ClientRequestArgs & Partial<TunnelOptions> & { host: string; servername?: string };
type Connected = (error: Error | null, stream: Duplex) => void;

/** Connections through a proxy: `secure` is what is spoken with the server behind it. */
export class Tunnel extends Agent {
  readonly protocol: "https:" | "http:";
  readonly defaultPort: number;
  readonly #proxy: URL;

  constructor(proxy: URL, { secure, keepAlive }: { secure: boolean; keepAlive: boolean }) {
    super({ keepAlive });
    this.#proxy = proxy;
    this.protocol = secure ? "https:" : "http:";
    this.defaultPort = secure ? 443 : 80;
  }

  /** Called by Node for each new connection. */
  override createConnection(options: Options, callback?: Connected): undefined {
    const connected = callback as (error: Error | null, socket?: Socket) => void;
    const { host, port, servername, hangUp } = options;
    const isSecure = this.protocol === "https:";
    const asked = askFor(this.#proxy, `${isIPv6(host) ? `[${host}]` : host}:${port}`);
    const abandon = () => asked.destroy();
    const settle = () => hangUp?.removeEventListener("abort", abandon);
    hangUp?.addEventListener("abort", abandon, { once: true });
    asked.once("connect", ({ statusCode = 0 }, socket: Socket, head: Buffer) => {
      settle();
      if (statusCode < 200 || statusCode > 299) {
        socket.destroy();
        connected(new TunnelRefusal(statusCode));
        return;
      }
      if (head.length > 0) socket.unshift(head);
      const { ca } = options as ConnectionOptions;
      connected(
        null,
        isSecure
          ? connectTls({ socket, host, servername: servername ?? host, ...(ca && { ca }) })
          : socket,
      );
    });
    asked.once("error", (error: NodeJS.ErrnoException) => {
      settle();
      connected(error.code?.startsWith("HPE_") ? new TunnelRefusal(Number.NaN) : error);
    });
    if (hangUp?.aborted) abandon();
    asked.end();
  }
}

/** Asks a proxy for a tunnel to `target`. */
function askFor(proxy: URL, target: string): ClientRequest {
  const { protocol, hostname, port, username, password } = proxy;
  const request = protocol === "https:" ? requestOverTls : requestOverTcp;
  const credentials = `${decoded(username)}:${decoded(password)}`;
  return request({
    method: "CONNECT",
    host: hostname.replace(/^\[|\]$/g, ""),
    port,
    path: target,
    agent: false,
    ...lookupFor(hostname),
    headers: {
      Host: target,
      Connection: "keep-alive",
      "Proxy-Connection": "keep-alive",
      ...(credentials !== ":" && {
        "Proxy-Authorization": `Basic ${Buffer.from(credentials).toString("base64")}`,
      }),
    },
  });
}
