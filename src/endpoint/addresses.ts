import { BlockList, isIP } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { addressesOf } from "../machine/lookup.ts";
import { isLoopback, localhostAddresses } from "../machine/loopback.ts";
import type { HostAddress, Lookup } from "./endpoint-call.ts";

interface LookUpOptions {
  readonly milliseconds: number;
  readonly signal: AbortSignal;
  /** The operating system's by default. */
  readonly lookup?: Lookup | undefined;
}

/** The addresses of a URL's host. Rejects with the operating system's error, or after `milliseconds`. */
export async function findAddresses(
  hostname: string,
  { milliseconds, signal, lookup = addressesOf }: LookUpOptions,
): Promise<readonly HostAddress[]> {
  const family = isIP(hostname);
  if (family !== 0) return [{ address: hostname, family }];
  if (isLoopback(hostname)) return localhostAddresses;
  // Reserved so that it never exists (RFC 6761, 6.4).
  if (/\.invalid\.?$/i.test(hostname)) return [];
  const ended = new AbortController();
  const expired = wait(milliseconds, undefined, {
    signal: AbortSignal.any([signal, ended.signal]),
  }).then(() => {
    throw new Error(`no answer within ${Math.round(milliseconds)} ms`);
  });
  try {
    return await Promise.race([lookup(hostname), expired]);
  } finally {
    ended.abort();
    expired.catch(() => {});
  }
}

/** The kind of network that makes an address unreachable from the internet; undefined for a public address. */
export function whyNotPublic(address: string): string | undefined {
  const family = isIP(address) === 6 ? "ipv6" : "ipv4";
  return closedNetworks.find(({ list }) => list.check(address, family))?.what;
}

/** IANA's registries of special-purpose addresses, RFC 6890. */
const closedNetworks = [
  network("loopback", ["127.0.0.0/8", "::1/128"]),
  network("private", ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"]),
  network("link-local", ["169.254.0.0/16", "fe80::/10"]),
  network("a carrier's own (CGNAT)", ["100.64.0.0/10"]),
  network("unspecified", ["0.0.0.0/8", "::/128"]),
  network("multicast", ["224.0.0.0/4", "ff00::/8"]),
  network("documentation's", [
    "192.0.2.0/24",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "2001:db8::/32",
    "3fff::/20",
  ]),
  network("reserved", [
    "192.0.0.0/24",
    "198.18.0.0/15",
    "240.0.0.0/4",
    "64:ff9b:1::/48",
    "100::/64",
    "2001:2::/48",
    "fec0::/10",
  ]),
];

function network(what: string, subnets: readonly string[]) {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [address = "", bits] = subnet.split("/");
    list.addSubnet(address, Number(bits), address.includes(":") ? "ipv6" : "ipv4");
  }
  return { what, list };
}
