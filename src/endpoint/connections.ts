import type { Agent } from "node:http";
import { createInProgress } from "../machine/in-progress.ts";
import { stopwatch } from "../machine/real-time.ts";
import type { Connections, HostAddress } from "./endpoint-call.ts";
import { idleTimeout, KeptConnections } from "./kept-connections.ts";

export function createConnections(): Connections {
  const names = new Map<string, ResolvedName>();
  const agents = new Map<string, Agent>();
  const plain = new Map<string, KeptConnections>();
  const running = createInProgress();
  let trusted: readonly string[] = [];

  const retireAgents = () => {
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
    keptFor(url, addresses) {
      const key = keyOf(url, addresses);
      const known = plain.get(key);
      if (known) return known;
      takeOldest(plain)?.retire();
      const kept = new KeptConnections();
      plain.set(key, kept);
      return kept;
    },
    async agentFor(url, addresses, { certificateAuthorities }) {
      // A connection that was opened with other certificates must not be reused.
      if (certificateAuthorities !== trusted) retireAgents();
      trusted = certificateAuthorities;
      const key = keyOf(url, addresses);
      const known = agents.get(key);
      if (known) return known;
      const agent = await createAgent(certificateAuthorities);
      // Another delivery may have made one meanwhile.
      const first = agents.get(key);
      if (first) return first;
      const oldest = takeOldest(agents);
      if (oldest) retire(oldest);
      agents.set(key, agent);
      return agent;
    },
    track: running.add,
    close() {
      running.endAll();
      retireAgents();
      for (const kept of plain.values()) kept.retire();
      plain.clear();
      names.clear();
    },
  };
}

interface ResolvedName {
  readonly addresses: readonly HostAddress[];
  readonly at: number;
}

const nameLifetime = 1000;
const mostEndpoints = 256;

function keyOf({ host }: URL, addresses: readonly HostAddress[]): string {
  return `${host} ${addresses.map(({ address }) => address).join()}`;
}

/** Removes and returns the oldest entry of a full map. */
function takeOldest<Kept>(all: Map<string, Kept>): Kept | undefined {
  const [oldest] = all;
  if (!oldest || all.size < mostEndpoints) return undefined;
  all.delete(oldest[0]);
  return oldest[1];
}

async function createAgent(certificateAuthorities: readonly string[]): Promise<Agent> {
  const { Agent } = await import("node:https");
  const { createSecureContext } = await import("node:tls");
  // Made once: reading all authorities takes longer than a delivery.
  const secureContext = createSecureContext(await tlsOptions(certificateAuthorities));
  return new Agent({ keepAlive: true, timeout: idleTimeout, secureContext });
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
