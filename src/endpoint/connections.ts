import type { Agent } from "node:http";
import { createInProgress } from "../machine/in-progress.ts";
import { stopwatch } from "../machine/real-time.ts";
import type { Connections, HostAddress } from "./endpoint-call.ts";

export function createConnections(): Connections {
  const names = new Map<string, ResolvedName>();
  const agents = new Map<string, Agent>();
  const running = createInProgress();
  let trusted: readonly string[] = [];

  const retireAll = () => {
    for (const agent of agents.values()) retire(agent);
    agents.clear();
  };
  return {
    async resolve(hostname, lookup) {
      const known = names.get(hostname);
      if (known && stopwatch() - known.at < nameLifetime) return known.addresses;
      const addresses = await lookup(hostname);
      if (names.size >= mostEndpoints) names.clear();
      names.set(hostname, { addresses, at: stopwatch() });
      return addresses;
    },
    async agentFor(url, addresses, { certificateAuthorities }) {
      // A connection that was opened with other certificates must not be reused.
      if (certificateAuthorities !== trusted) retireAll();
      trusted = certificateAuthorities;
      const key = `${url.protocol}//${url.host} ${addresses.map(({ address }) => address).join()}`;
      const known = agents.get(key);
      if (known) return known;
      const agent = await createAgent(url, certificateAuthorities);
      // Another delivery may have made one meanwhile.
      const first = agents.get(key);
      if (first) return first;
      const [oldest] = agents;
      if (oldest && agents.size >= mostEndpoints) {
        agents.delete(oldest[0]);
        retire(oldest[1]);
      }
      agents.set(key, agent);
      return agent;
    },
    track: running.add,
    close() {
      running.endAll();
      retireAll();
      names.clear();
    },
  };
}

interface ResolvedName {
  readonly addresses: readonly HostAddress[];
  readonly at: number;
}

const nameLifetime = 1000;
// Far below the five seconds after which Node's own servers close an idle connection.
const idleTimeout = 1000;
const mostEndpoints = 256;

async function createAgent(
  { protocol }: URL,
  certificateAuthorities: readonly string[],
): Promise<Agent> {
  const options = { keepAlive: true, timeout: idleTimeout };
  if (protocol === "http:") {
    const { Agent } = await import("node:http");
    return new Agent(options);
  }
  const { Agent } = await import("node:https");
  const { createSecureContext } = await import("node:tls");
  // Made once: reading all authorities takes longer than a delivery.
  const secureContext = createSecureContext(await tlsOptions(certificateAuthorities));
  return new Agent({ ...options, secureContext });
}

/** Options for a TLS connection. */
export async function tlsOptions(certificateAuthorities: readonly string[]) {
  const minVersion = "TLSv1.2" as const;
  if (certificateAuthorities.length === 0) return { minVersion };
  const { rootCertificates } = await import("node:tls");
  return { minVersion, ca: [...rootCertificates, ...certificateAuthorities] };
}

/** Closes what is idle at once, and the rest as soon as it is. */
export function retire(agent: Agent): void {
  agent.maxFreeSockets = 0;
  for (const sockets of Object.values(agent.freeSockets)) {
    for (const socket of sockets ?? []) socket.destroy();
  }
}
