import type { Agent, ClientRequest, RequestOptions } from "node:http";
import { lookupFor } from "../machine/lookup.ts";
import { retire } from "./connections.ts";
import type { Delivery, DeliveryOutcome } from "./delivery.ts";
import { exchange } from "./delivery-exchange.ts";
import { deliveryHeaders, type Headers } from "./delivery-headers.ts";
import { connectionReason } from "./delivery-reasons.ts";
import { endpointDeadline } from "./limits.ts";

export interface DeliverySender {
  /** Posts one event. Never throws for what an endpoint does; rejects with the signal's reason when that is aborted. */
  send(delivery: Delivery): Promise<DeliveryOutcome>;
  /** Closes idle connections now, and the others when they become idle. */
  close(): void;
}

export interface DeliverySenderOptions {
  readonly verificationToken?: string | undefined;
  /**
   * Milliseconds for one delivery, from its connection to its answer's last byte; RingCentral's own limit by default.
   * Waiting for a free connection does not count.
   */
  readonly deadline?: number;
  /** The most connections at a time; further deliveries wait for one. */
  readonly connections: number;
  readonly signal: AbortSignal;
  /** Whether outcomes have what the endpoint answered. */
  readonly keepsAnswers?: boolean | undefined;
}

/** Posts events to one endpoint as the platform does: with its headers, over keep-alive connections, without following redirects. */
export function createDeliverySender(url: string, options: DeliverySenderOptions): DeliverySender {
  const target = new URL(url);
  const { signal, deadline = endpointDeadline } = options;
  let client: Promise<HttpClient> | undefined;
  return {
    async send(delivery) {
      signal.throwIfAborted();
      client ??= createHttpClient(target, options.connections);
      const { request, agent } = await client;
      const call = {
        body: Buffer.from(delivery.text),
        headers: deliveryHeaders(url, delivery, options.verificationToken),
        deadline,
        signal,
        keepsAnswer: options.keepsAnswers,
      };
      const post = (via: Agent | false) => {
        signal.throwIfAborted();
        return exchange(() => request(call.headers, via), call);
      };
      const outcome = await post(agent);
      if (outcome !== "stale") return outcome;
      // The endpoint had closed the connection before it could read the event: send it over a new one.
      const again = await post(false);
      return again === "stale" ? { milliseconds: 0, bytes: 0, problem: hungUp } : again;
    },
    close() {
      void client?.then(({ agent }) => retire(agent));
    },
  };
}

const hungUp = connectionReason("socket hang up");

/** Makes requests to one endpoint. */
interface HttpClient {
  readonly agent: Agent;
  request(headers: Headers, agent: Agent | false): ClientRequest;
}

async function createHttpClient(target: URL, connections: number): Promise<HttpClient> {
  const secure = target.protocol === "https:";
  const http = secure ? await import("node:https") : await import("node:http");
  const hostname = target.hostname.replace(/^\[|\]$/g, "");
  const where: RequestOptions = {
    method: "POST",
    host: hostname,
    port: target.port,
    path: `${target.pathname}${target.search}`,
    ...lookupFor(hostname),
  };
  return {
    agent: new http.Agent({ keepAlive: true, maxSockets: connections, timeout: idleTimeout }),
    request: (headers, agent) => http.request({ ...where, headers, agent }),
  };
}

// Far below the five seconds after which Node's own servers close an idle connection.
const idleTimeout = 1000;
