import type { Agent } from "node:http";
import { urlToHttpOptions } from "node:url";
import type { Environment } from "../machine/environment.ts";
import { lookupFor } from "../machine/lookup.ts";
import type { Transport } from "./http.ts";
import { sendOver, type Wire } from "./http-request.ts";
import { proxyFor } from "./proxy.ts";
import { parseSafeServer, pathAt } from "./safe-server.ts";

export interface TransportOptions {
  /** The only origin that requests go to. */
  readonly server: string;
  readonly env: Environment;
  /** Certificate authorities instead of the system's, PEM. */
  readonly ca?: string;
}

/** HTTP over kept connections. Throws UsageError for a server that is neither https nor on loopback, because it would get credentials in clear text. */
export function createTransport(options: TransportOptions): Transport {
  const server = parseSafeServer(options.server);
  let wire: Promise<Wire> | undefined;
  let agent: Agent | undefined;

  return {
    async exchange(request, limits) {
      limits.signal?.throwIfAborted();
      const path = pathAt(server, request.path);
      wire ??= openWire(server, options);
      const opened = await wire;
      agent = opened.agent;
      return sendOver(opened, path, request, limits);
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
    server: urlToHttpOptions(server),
    agent: proxy
      ? await openTunnel(proxy, secure)
      : new Agent({ keepAlive: true, ...lookupFor(server.hostname) }),
    secure,
    peer: `${server.hostname}:${server.port || (secure ? "443" : "80")}`,
    proxy: proxy?.host,
    ca,
  };
}

async function openTunnel(proxy: URL, secure: boolean): Promise<Agent> {
  const { Tunnel } = await import("./tunnel.ts");
  return new Tunnel(proxy, { secure, keepAlive: true });
}
