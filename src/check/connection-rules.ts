import { isIP, type Socket } from "node:net";
import { networkInterfaces } from "node:os";
import { setTimeout as wait } from "node:timers/promises";
import { proxyFor } from "../api/proxy.ts";
import type { HostAddress } from "../endpoint/endpoint-call.ts";
import { reasonOf } from "../endpoint/http-exchange.ts";
import { ExitCode } from "../errors.ts";
import type { Environment } from "../machine/environment.ts";
import { isLoopback } from "../machine/loopback.ts";
import { openSocket, type Target } from "./raw-connection.ts";
import type { Report } from "./report.ts";

export interface Connected {
  readonly kind: "connected";
  readonly socket: Socket;
  readonly address: HostAddress;
  readonly milliseconds: number;
}

export interface Reached extends Connected {
  /** Resolves with the other family's connection, already closed, once its row is reported; undefined if there is none. */
  readonly other: Promise<Connected | undefined>;
}

/**
 * Connects to the addresses of both families at once. Returns the connection of a client that prefers the
 * first address, and closes the others as soon as they are open.
 */
export async function checkConnections(
  found: readonly HostAddress[],
  target: Target,
  endsAt: number,
  env: Environment,
  report: Report,
): Promise<Reached | undefined> {
  const tries = families.flatMap(({ rule, family, record }) => {
    const addresses = found.filter((each) => each.family === family);
    if (addresses.length > 0) {
      report.start(rule);
      return { rule, family, outcome: connectToAny(addresses, target, endsAt) };
    }
    report.skip(
      rule,
      isIP(target.hostname) === 0 ? `no ${record} record` : `no IPv${family} address`,
    );
    return [];
  });
  const preferred = tries.toSorted((one) => (one.family === found[0]?.family ? -1 : 1));
  const first = await firstOf(preferred.map(({ outcome }) => connectedOf(outcome))).catch(
    () => undefined,
  );
  // Without a connection, all outcomes are known by now.
  const all = first ? [] : await Promise.all(tries.map(({ outcome }) => outcome));
  const isReachable =
    first !== undefined || all.some((each) => !("noRoute" in each && each.noRoute));
  const rows = tries.map(async ({ rule, outcome }) => {
    const reached = await outcome;
    if (reached.kind === "unreachable") {
      const elsewhere = first !== undefined;
      tellUnreachable(rule, reached, { target, env, elsewhere, isReachable, report });
      return undefined;
    }
    report.pass(rule, `${place(reached.address, target)} in ${reached.milliseconds} ms`);
    if (reached === first) return undefined;
    reached.socket.destroy();
    return reached;
  });
  const settled = Promise.all(rows);
  if (first) return { ...first, other: settled.then((others) => others.find(Boolean)) };
  await settled;
  target.signal.throwIfAborted();
  return undefined;
}

/** `127.0.0.1:443` or `[::1]:443`. */
export function place({ address, family }: HostAddress, { port }: Target): string {
  return `${family === 6 ? `[${address}]` : address}:${port}`;
}

const families = [
  { rule: "tcp-ipv4", family: 4, record: "A" },
  { rule: "tcp-ipv6", family: 6, record: "AAAA" },
] as const;

interface Unreachable {
  readonly kind: "unreachable";
  readonly detail: string;
  /** This machine has no route to any address of the family. */
  readonly noRoute: boolean;
}

async function connectToAny(
  addresses: readonly HostAddress[],
  target: Target,
  endsAt: number,
): Promise<Connected | Unreachable> {
  const startedAt = performance.now();
  const tries = addresses.map(async (address) => {
    const socket = await openSocket(address, target, endsAt);
    return { socket, address, milliseconds: Math.round(performance.now() - startedAt) };
  });
  try {
    const taken = await firstOf(tries);
    for (const each of tries) {
      each.then(
        ({ socket }) => socket !== taken.socket && socket.destroy(),
        () => {},
      );
    }
    return { kind: "connected", ...taken };
  } catch (error) {
    const errors: readonly NodeJS.ErrnoException[] =
      error instanceof AggregateError ? error.errors : [];
    return {
      kind: "unreachable",
      detail: errors.length > 0 ? reasonOf(errors[0]) : "no address",
      noRoute: errors.every(isWithoutRoute),
    };
  }
}

/** A distant router reports "host unreachable" too, but then this machine has an address to send from. */
function isWithoutRoute(error: NodeJS.ErrnoException): boolean {
  if (error.code !== "EHOSTUNREACH")
    return /^(?:ENETUNREACH|EADDRNOTAVAIL|ENETDOWN)$/.test(error.code ?? "");
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const family = "address" in error && isIP(String(error.address)) === 6 ? "IPv6" : "IPv4";
  return !addresses.some(
    (each) => !each.internal && each.family === family && !each.address.startsWith("fe80:"),
  );
}

async function connectedOf(outcome: Promise<Connected | Unreachable>): Promise<Connected> {
  const reached = await outcome;
  if (reached.kind === "unreachable") throw new Error(reached.detail);
  return reached;
}

/** Milliseconds that a client waits for an address before it tries the next one; Node's own value. */
const preference = 250;

/** The first in order that resolves soon, else the first to resolve. Rejects as `Promise.any` does. */
async function firstOf<Result>(tries: readonly Promise<Result>[]): Promise<Result> {
  const any = Promise.any(tries);
  any.catch(() => {});
  for (const each of tries) {
    const ended = new AbortController();
    const late = wait(preference, undefined, { signal: ended.signal }).catch(() => undefined);
    const soon = await Promise.race([each.catch(() => undefined), late]);
    ended.abort();
    if (soon !== undefined) return soon;
  }
  return any;
}

interface Situation {
  readonly target: Target;
  readonly env: Environment;
  /** An address of the other family answers. */
  readonly elsewhere: boolean;
  /** This machine has a route to one of the families. */
  readonly isReachable: boolean;
  readonly report: Report;
}

function tellUnreachable(
  rule: "tcp-ipv4" | "tcp-ipv6",
  { detail, noRoute }: Unreachable,
  { target, env, elsewhere, isReachable, report }: Situation,
): void {
  const version = rule === "tcp-ipv4" ? "IPv4" : "IPv6";
  if (elsewhere && isLoopback(target.hostname)) {
    report.skip(rule, `nothing listens there: ${detail}`);
    return;
  }
  if (noRoute && isReachable) {
    report.skip(rule, `this machine has no ${version}: ${detail}`);
    return;
  }
  if (noRoute) {
    report.fail(rule, `this machine has no route to it: ${detail}`, {
      code: "NETWORK",
      hint: "Connect this machine to the network, then check again.",
      exitCode: ExitCode.unavailable,
    });
    return;
  }
  if (elsewhere) {
    report.warn(rule, detail, {
      hint: `Listen on the ${version} address too, or remove its DNS record: it is not documented which one RingCentral uses.`,
    });
    return;
  }
  report.fail(rule, detail, { code: "SUB-521", hint: remedyFor(detail, target, env) });
}

function remedyFor(detail: string, { hostname, port, url }: Target, env: Environment): string {
  if (isLoopback(hostname)) {
    return /ECONNREFUSED/.test(detail)
      ? `Start the endpoint: nothing on this machine listens on port ${port}.`
      : "Check the endpoint's log: it accepts connections, then closes them.";
  }
  return proxyFor(url, env) !== undefined
    ? "Check from a machine without a proxy: this one uses HTTPS_PROXY, but RingCentral calls the endpoint directly."
    : "Start the endpoint, and open its firewall to all addresses: RingCentral does not publish a list of its addresses.";
}
