import type { Agent } from "node:http";
import type { ClientOptions, WebSocket } from "ws";
import { NetworkError } from "../api/errors.ts";
import { connectionFault } from "../api/http-request.ts";
import { webSocketTokenOperation } from "../api/operations.ts";
import { proxyFor } from "../api/proxy.ts";
import type { TunnelOptions } from "../api/tunnel.ts";
import type { CliError } from "../errors.ts";
import type { Environment } from "../machine/environment.ts";
import { lookupFor } from "../machine/lookup.ts";
import { unauthorized } from "./gateway-errors.ts";

/** Bytes of one frame: no event comes near; more is a broken or hostile server. */
const maxPayload = 8 * 1024 * 1024;

/** Starts to connect, through a proxy where the environment names one. `timeout` is in milliseconds. */
export async function dial(address: URL, env: Environment, timeout: number): Promise<WebSocket> {
  const { WebSocket } = await import("ws");
  const proxy = proxyTo(address, env);
  const hangUp = new AbortController();
  const options: ClientOptions & TunnelOptions = {
    handshakeTimeout: timeout,
    perMessageDeflate: false,
    maxPayload,
    hangUp: hangUp.signal,
    ...lookupFor(address.hostname),
    ...(proxy && { agent: await openTunnel(proxy, address.protocol === "wss:") }),
  };
  const socket = new WebSocket(address, options);
  socket.on("close", () => hangUp.abort());
  return socket;
}

/** An error of `ws`, without its own message, which may repeat the address and with it the token. */
export function toNetworkError(
  error: NodeJS.ErrnoException,
  address: URL,
  env: Environment,
  connected: boolean,
): NetworkError {
  const { attempt } = webSocketTokenOperation;
  const peer = peerOf(address);
  if (/handshake has timed out/.test(error.message)) {
    return new NetworkError(attempt, `${peer} did not answer in time`, {
      code: "TIMEOUT",
      hint: "Try again, or allow each request more time, such as `--timeout 1m`.",
    });
  }
  const { code } = error;
  if (code === undefined || code.startsWith("WS_ERR")) {
    const reason = `${peer} does not speak the WebSocket protocol (${code ?? "no WebSocket"})`;
    return new NetworkError(attempt, reason, { cause: error, maybeProcessed: connected });
  }
  const wire = { peer, proxy: proxyTo(address, env)?.host };
  const { reason, ...fault } = connectionFault(wire, connected, error);
  return new NetworkError(attempt, reason, { ...fault, maybeProcessed: connected });
}

/** The error for an HTTP answer instead of a WebSocket. */
export function toHandshakeError(status: number): CliError {
  const { attempt } = webSocketTokenOperation;
  if (status === 401) return unauthorized();
  const reason = `the gateway answered HTTP ${status} instead of opening a WebSocket`;
  return new NetworkError(attempt, reason, { maybeProcessed: true });
}

function peerOf({ hostname, port, protocol }: URL): string {
  return `${hostname}:${port || (protocol === "wss:" ? "443" : "80")}`;
}

/** `wss` counts as https for a proxy, and `ws` as http. */
function proxyTo(address: URL, env: Environment): URL | undefined {
  return proxyFor(new URL(address.origin.replace(/^ws/, "http")), env);
}

async function openTunnel(proxy: URL, secure: boolean): Promise<Agent> {
  const { Tunnel } = await import("../api/tunnel.ts");
  return new Tunnel(proxy, { secure, keepAlive: false });
}
