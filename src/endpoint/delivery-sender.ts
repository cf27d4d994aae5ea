import type { Agent, ClientRequest, RequestOptions } from "node:http";
import { isIP, type LookupFunction } from "node:net";
import { isLoopback } from "../machine/loopback.ts";
import { retire } from "./connections.ts";
import type { Delivery, DeliveryOutcome } from "./delivery.ts";
import { createTracker, exchange } from "./delivery-exchange.ts";
import { deliveryHeaders, type Headers } from "./delivery-headers.ts";
import { connectionReason } from "./delivery-reasons.ts";
import { endpointDeadline } from "./limits.ts";

export interface DeliverySender {
  /** Posts one event. Never throws for what an endpoint does; rejects with the signal's reason once that is aborted. */
  send(delivery: Delivery): Promise<DeliveryOutcome>;
  /** Closes what is idle, and the rest as soon as it is. */
  close(): void;
}

export interface DeliverySenderOptions {
  readonly verificationToken?: string | undefined;
  /**
   * Milliseconds for one delivery, from its connection to its answer's last byte; RingCentral's own limit by default.
   * Waiting for a free connection does not count.
   */
  readonly deadline?: number;
  /** How many may be open at the same time; further deliveries wait for one. */
  readonly connections: number;
  readonly signal: AbortSignal;
}

/** Posts events to one endpoint as the platform does: with its headers, on connections that stay open, following no redirects. */
export function createDeliverySender(url: string, options: DeliverySenderOptions): DeliverySender {
  const target = new URL(url);
  const { signal, deadline = endpointDeadline } = options;
  const track = createTracker(signal);
  let door: Promise<Door> | undefined;
  return {
    async send(delivery) {
      signal.throwIfAborted();
      door ??= openDoor(target, options.connections);
      const { request, agent } = await door;
      const call = {
        body: Buffer.from(delivery.text),
        headers: deliveryHeaders(url, delivery, options.verificationToken),
        deadline,
        track,
        signal,
      };
      const post = (via: Agent | false) => {
        signal.throwIfAborted();
        return exchange(() => request(call.headers, via), call);
      };
      const outcome = await post(agent);
      if (outcome !== "stale") return outcome;
      // The endpoint had closed the connection before it could read the event: it gets a new one.
      const again = await post(false);
      return again === "stale" ? { milliseconds: 0, bytes: 0, problem: hungUp } : again;
    },
    close() {
      void door?.then(({ agent }) => retire(agent));
    },
  };
}

const hungUp = connectionReason("socket hang up");

/** The way to an endpoint. */
interface Door {
  readonly agent: Agent;
  request(headers: Headers, agent: Agent | false): ClientRequest;
}

async function openDoor(target: URL, connections: number): Promise<Door> {
  const secure = target.protocol === "https:";
  const http = secure ? await import("node:https") : await import("node:http");
  const hostname = target.hostname.replace(/^\[|\]$/g, "");
  const where: RequestOptions = {
    method: "POST",
    host: hostname,
    port: target.port,
    path: `${target.pathname}${target.search}`,
    ...(isLoopback(hostname) && isIP(hostname) === 0 && { lookup: loopbackLookup }),
  };
  return {
    agent: new http.Agent({ keepAlive: true, maxSockets: connections, timeout: idleTimeout }),
    request: (headers, agent) => http.request({ ...where, headers, agent }),
  };
}

// Far below the five seconds after which Node's own servers close an idle connection.
const idleTimeout = 1000;

/** `localhost` and the names below it are this machine, whatever a name server says (RFC 6761, 6.3). */
const loopbackLookup: LookupFunction = (_hostname, { all }, callback) => {
  const addresses = [
    { address: "127.0.0.1", family: 4 },
    { address: "::1", family: 6 },
  ];
  if (all) callback(null, addresses);
  else callback(null, "127.0.0.1", 4);
};
