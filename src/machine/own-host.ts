import { isIP } from "node:net";
import { hostname } from "node:os";
import { UsageError } from "../errors.ts";
import { isLoopback } from "./loopback.ts";
import { parseUrl } from "./parse-url.ts";

/** The address of --host, without brackets. Throws UsageError for what cannot be one. */
export function parseHost(text: string): string {
  const host = text.replace(/^\[(.+)\]$/, "$1");
  if (/^[\w.:%-]+$/.test(host)) return host;
  throw new UsageError(
    `Invalid --host value ${JSON.stringify(text)}: must be an address of this machine.`,
    "Use one such as 127.0.0.1, ::1 or 0.0.0.0.",
  );
}

/** Whether a host stands for all addresses of this machine. */
export function isOpenHost(host: string): boolean {
  return /^[0:.]+$/.test(host);
}

/**
 * Tells whether a request may be addressed to a host name, where a server listens on `host`; `more` are other names of it.
 * A name that somebody else points to this machine is the one to be careful with.
 */
export function createOwnHostTest(
  host: string,
  more: readonly (string | undefined)[] = [],
): (name: string) => boolean {
  const names = new Set([hostnameOf(host), ...more.map((name) => name?.toLowerCase())]);
  // Then any address of this machine will do.
  const isOpen = isOpenHost(host);
  if (isOpen) names.add(hostname().toLowerCase());
  return (name) => isLoopback(name) || names.has(name) || (isOpen && isIP(name) !== 0);
}

/** A host as URLs have it. */
export function bracketed(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}

/** A host as requests spell it. */
function hostnameOf(host: string): string {
  const url = parseUrl(`http://${bracketed(host.replace(/%.*/s, ""))}`);
  return (url?.hostname ?? host).replace(/^\[|\]$/g, "");
}
