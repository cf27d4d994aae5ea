import type { Socket } from "node:net";
import { proxyFor } from "../api/proxy.ts";
import type { HostAddress } from "../emulator/endpoint.ts";
import { reasonOf } from "../emulator/endpoint-exchange.ts";
import type { Environment } from "../environment.ts";
import { isLoopback } from "../loopback.ts";
import { openSocket, type Target } from "./connection.ts";
import type { Report } from "./report.ts";

export interface Reached {
  readonly socket: Socket;
  readonly address: HostAddress;
  /** Settles when the row of the other family is written too. */
  readonly settled: Promise<unknown>;
}

/**
 * Connects to the addresses of both families at once. Returns the first connection there is: the
 * others are closed as soon as they are made.
 */
export async function checkConnections(
  found: readonly HostAddress[],
  target: Target,
  endsAt: number,
  env: Environment,
  report: Report,
): Promise<Reached | undefined> {
  const tries = families.map(({ rule, family, record }) => {
    const addresses = found.filter((each) => each.family === family);
    if (addresses.length > 0) report.start(rule);
    else report.skip(rule, `no ${record} record`);
    return { rule, addresses, outcome: connectToAny(addresses, target, endsAt) };
  });
  const first = await Promise.any(
    tries.map(async ({ outcome }) => {
      const reached = await outcome;
      if (reached.kind === "unreachable") throw new Error(reached.detail);
      return reached;
    }),
  ).catch(() => undefined);
  const rows = tries
    .filter(({ addresses }) => addresses.length > 0)
    .map(async ({ rule, outcome }) => {
      const reached = await outcome;
      if (reached.kind === "unreachable") {
        tellUnreachable(rule, reached, { target, env, elsewhere: first !== undefined, report });
        return;
      }
      if (reached !== first) reached.socket.destroy();
      report.pass(rule, `${place(reached.address, target)} in ${reached.milliseconds} ms`);
    });
  const settled = Promise.all(rows);
  if (first) return { socket: first.socket, address: first.address, settled };
  await settled;
  target.signal.throwIfAborted();
  return undefined;
}

const families = [
  { rule: "tcp-ipv4", family: 4, record: "A" },
  { rule: "tcp-ipv6", family: 6, record: "AAAA" },
] as const;

interface Connected {
  readonly kind: "connected";
  readonly socket: Socket;
  readonly address: HostAddress;
  readonly milliseconds: number;
}

interface Unreachable {
  readonly kind: "unreachable";
  readonly detail: string;
  /** This machine has no way to any address of the family. */
  readonly noRoute: boolean;
}

async function connectToAny(
  addresses: readonly HostAddress[],
  target: Target,
  endsAt: number,
): Promise<Connected | Unreachable> {
  const startedAt = performance.now();
  const tries = addresses.map((address) =>
    openSocket(address, target, endsAt).then((socket) => ({ socket, address })),
  );
  try {
    const { socket, address } = await Promise.any(tries);
    for (const each of tries) {
      each.then(
        (other) => other.socket !== socket && other.socket.destroy(),
        () => {},
      );
    }
    const milliseconds = Math.round(performance.now() - startedAt);
    return { kind: "connected", socket, address, milliseconds };
  } catch (error) {
    const errors: readonly NodeJS.ErrnoException[] =
      error instanceof AggregateError ? error.errors : [];
    const detail = errors.length > 0 ? reasonOf(errors[0]) : "no address";
    return {
      kind: "unreachable",
      detail,
      noRoute: errors.every(({ code = "" }) => /^(?:ENETUNREACH|EADDRNOTAVAIL)$/.test(code)),
    };
  }
}

interface Circumstances {
  readonly target: Target;
  readonly env: Environment;
  /** The other family's address answers. */
  readonly elsewhere: boolean;
  readonly report: Report;
}

function tellUnreachable(
  rule: "tcp-ipv4" | "tcp-ipv6",
  { detail, noRoute }: Unreachable,
  { target, env, elsewhere, report }: Circumstances,
): void {
  const version = rule === "tcp-ipv4" ? "IPv4" : "IPv6";
  if (elsewhere && isLoopback(target.hostname)) {
    report.skip(rule, `nobody listens there: ${detail}`);
    return;
  }
  if (elsewhere && noRoute) {
    report.skip(rule, `this machine has no ${version}: ${detail}`);
    return;
  }
  if (elsewhere) {
    report.warn(rule, detail, {
      hint: `Listen on the ${version} address too, or remove its record: which one RingCentral takes is not documented.`,
    });
    return;
  }
  const proxied = proxyFor(target.url, env) !== undefined;
  report.fail(rule, detail, {
    code: "SUB-521",
    hint: proxied
      ? "Try it from a machine without a proxy: this one reaches the internet by HTTPS_PROXY only, and RingCentral calls the endpoint directly."
      : "Start the endpoint, and let its firewall accept connections from anywhere: no list of RingCentral's addresses is published.",
  });
}

function place({ address, family }: HostAddress, { port }: Target): string {
  return `${family === 6 ? `[${address}]` : address}:${port}`;
}
