import type { RequestOptions } from "node:http";
import { BlockList, isIP } from "node:net";
import { lookupOf } from "../machine/lookup.ts";
import { isLoopback, localhostAddresses } from "../machine/loopback.ts";
import { once } from "../machine/promises.ts";
import { pause, stopwatch } from "../machine/real-time.ts";
import { tlsOptions } from "./connections.ts";
import type {
  EndpointCall,
  EndpointFailure,
  EndpointOutcome,
  HostAddress,
} from "./endpoint-call.ts";
import { endpointUrl } from "./endpoint-url.ts";
import { exchange, failure, reasonOf, timedOut } from "./http-exchange.ts";
import { areSendable, exchangeKept, loadHttp } from "./kept-exchange.ts";

/**
 * Posts to an endpoint and returns its answer, or why there is none; never throws for what an endpoint does. Without
 * `allowRemote` only loopback addresses are contacted, and no name is looked up. Redirects are not followed.
 */
export async function callEndpoint(call: EndpointCall): Promise<EndpointOutcome> {
  const endsAt = stopwatch() + call.deadline;
  const url = endpointUrl(call.address);
  const found = await resolve(url, call);
  if ("kind" in found) return found;

  const loopback = found.filter(({ address }) => isLoopbackAddress(address));
  if (url.protocol === "http:" && loopback.length === 0) {
    return failure("plain-http", `${url.hostname} is not on this machine`);
  }
  const addresses = loopback.length > 0 || !call.allowRemote ? loopback : found;
  if (addresses.length === 0) return failure("remote", url.hostname);
  return send(url, addresses, call, endsAt);
}

function isLoopbackAddress(address: string): boolean {
  if (address === "127.0.0.1") return true;
  const family = isIP(address);
  return family !== 0 && loopbackAddresses.check(address, family === 6 ? "ipv6" : "ipv4");
}

const loopbackAddresses = new BlockList();
loopbackAddresses.addSubnet("127.0.0.0", 8, "ipv4");
loopbackAddresses.addAddress("::1", "ipv6");
loopbackAddresses.addSubnet("::ffff:127.0.0.0", 104, "ipv6");

async function resolve(
  url: URL,
  call: EndpointCall,
): Promise<readonly HostAddress[] | EndpointFailure> {
  const { lookup, allowRemote, connections } = call;
  const hostname = url.hostname.replace(/^\[|\]$/g, "");
  const family = isIP(hostname);
  if (family !== 0) return [{ address: hostname, family }];
  if (isLoopback(hostname)) return localhostAddresses;
  const plain = url.protocol === "http:";
  const notHere = failure("plain-http", `${hostname} is not on this machine`);
  if (!allowRemote) return plain ? notHere : failure("remote", hostname);
  const expired = new AbortController();
  const timeout = pause(call.deadline, expired.signal).then(() => timedOut(call));
  const lookedUp = connections ? connections.resolve(hostname, lookup) : lookup(hostname);
  try {
    return await Promise.race([lookedUp, timeout]);
  } catch (error) {
    return plain ? notHere : failure("unreachable", reasonOf(error));
  } finally {
    expired.abort();
  }
}

const loadHttps = once(() => import("node:https"));

async function send(
  url: URL,
  addresses: readonly HostAddress[],
  call: EndpointCall,
  endsAt: number,
): Promise<EndpointOutcome> {
  const { certificateAuthorities, connections } = call;
  const secure = url.protocol === "https:";
  const options: RequestOptions = {
    method: "POST",
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port,
    path: `${url.pathname}${url.search}`,
    headers: call.headers,
    // The name was resolved once; a second look-up could give another address.
    lookup: lookupOf(addresses),
  };
  const cutOff = failure("unreachable", "cut off");
  if (connections && !secure && areSendable(call.headers)) {
    const kept = connections.keptFor(url, addresses);
    const connection = kept.take(url, addresses);
    const outcome = await exchangeKept(kept, connection, options, call, endsAt);
    if (outcome !== "stale") return outcome;
  }
  const { request } = await (secure ? loadHttps() : loadHttp());
  if (connections && secure) {
    const agent = await connections.agentFor(url, addresses, call);
    if (call.signal?.aborted) return cutOff;
    const outcome = await exchange(request({ ...options, agent }), call, endsAt);
    if (outcome !== "stale") return outcome;
  }
  const trust = secure ? await tlsOptions(certificateAuthorities) : {};
  if (call.signal?.aborted) return cutOff;
  const outcome = await exchange(request({ ...options, ...trust, agent: false }), call, endsAt);
  return outcome === "stale" ? failure("unreachable", "socket hang up") : outcome;
}
