import type { Agent } from "node:http";
import { UsageError } from "../errors.ts";
import type { Environment } from "../machine/environment.ts";
import { isLoopback } from "../machine/loopback.ts";
import type { ExchangeLimits, HttpAnswer, HttpRequest } from "./http.ts";
import { sendOver, type Wire } from "./http-request.ts";
import { proxyFor } from "./proxy.ts";

export interface TransportOptions {
  /** The only origin that is ever spoken to. */
  readonly server: string;
  readonly env: Environment;
  /** Certificate authorities in place of the system's, PEM. */
  readonly ca?: string;
}

/** One HTTP exchange at a time over a connection that is kept for the next. Nothing is repeated or followed here. */
export interface Transport {
  /**
   * Resolves to the whole answer, whatever its status. Throws `NetworkError` where there is none, and
   * the signal's reason once it aborts.
   */
  exchange(request: HttpRequest, limits: ExchangeLimits): Promise<HttpAnswer>;
  /** Drops idle connections, so that the process can end at once. */
  close(): void;
}

/** Throws exit 2 for a server that is neither https nor on loopback: credentials would travel in the clear. */
export function createTransport(options: TransportOptions): Transport {
  const server = new URL(options.server);
  if (
    server.protocol !== "https:" &&
    !(server.protocol === "http:" && isLoopback(server.hostname))
  ) {
    throw new UsageError(
      `The server ${server.origin} is not https.`,
      "Sign in with `rcwh login` and the server's https address.",
    );
  }
  let wire: Promise<Wire> | undefined;
  let agent: Agent | undefined;

  return {
    async exchange(request, limits) {
      limits.signal?.throwIfAborted();
      const url = new URL(request.path, server);
      if (url.origin !== server.origin) {
        throw new Error(
          `A request to ${url.origin} would take the credentials of ${server.origin} there.`,
        );
      }
      wire ??= openWire(server, options);
      const opened = await wire;
      agent = opened.agent;
      return sendOver(opened, url, request, limits);
    },
    close: () => agent?.destroy(),
  };
}

async function openWire(server: URL, { env, ca }: TransportOptions): Promise<Wire> {
  const secure = server.protocol === "https:";
  const { Agent, request } = secure ? await import("node:https") : await import("node:http");
  const proxy = proxyFor(server, env);
  return {
    request,
    agent: proxy ? await openTunnel(proxy) : new Agent({ keepAlive: true }),
    secure,
    peer: `${server.hostname}:${server.port || (secure ? "443" : "80")}`,
    proxy: proxy?.host,
    ca,
  };
}

async function openTunnel(proxy: URL): Promise<Agent> {
  const { HttpsProxyAgent } = await import("https-proxy-agent");
  return new HttpsProxyAgent(proxy, { keepAlive: true });
}
