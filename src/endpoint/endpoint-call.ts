import type { Agent, IncomingHttpHeaders } from "node:http";
import type { KeptConnections } from "./kept-connections.ts";

/** Addresses of a host name, as the operating system gives them. */
export type Lookup = (hostname: string) => Promise<readonly HostAddress[]>;

export interface HostAddress {
  readonly address: string;
  readonly family: number;
}

/** One POST to a webhook's address. */
export interface EndpointCall {
  readonly address: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Milliseconds of real time for the whole call, from the look-up of the name to the last byte. */
  readonly deadline: number;
  readonly lookup: Lookup;
  readonly allowRemote: boolean;
  readonly certificateAuthorities: readonly string[];
  /** Connections to reuse. Without them the call opens its own. */
  readonly connections?: Connections;
  /** Nothing is sent after it is aborted. */
  readonly signal?: AbortSignal;
}

export type EndpointOutcome = EndpointAnswer | EndpointFailure;

export interface EndpointAnswer {
  readonly kind: "answer";
  readonly status: number;
  readonly statusText: string;
  readonly headers: IncomingHttpHeaders;
  /** One character for each byte. */
  readonly body?: string;
}

export interface EndpointFailure {
  readonly kind: "failure";
  readonly reason:
    | "unreachable"
    | "timeout"
    | "remote"
    | "plain-http"
    | "tls"
    | "garbled"
    | "too-large";
  readonly detail: string;
  /** The status of an answer that was too large. */
  readonly status?: number;
}

/**
 * Connections to endpoints that stay open between deliveries, and a cache of resolved names. A connection that is
 * idle for a second is closed; meanwhile it does not keep the process alive.
 */
export interface Connections {
  /** Calls `lookup`, at most once a second for each name. */
  resolve(hostname: string, lookup: Lookup): Promise<readonly HostAddress[]>;
  /** The connections to one endpoint over plain HTTP. It is a URL with its addresses: a name may get others later. */
  keptFor(url: URL, addresses: readonly HostAddress[]): KeptConnections;
  /** The same over https. */
  agentFor(url: URL, addresses: readonly HostAddress[], trust: Trust): Promise<Agent>;
  /** Has `close` call `cut`. Returns a function that undoes this. */
  track(cut: () => void): () => void;
  /** Cuts the connections in use and closes the idle ones. Later calls open new ones. */
  close(): void;
}

/** Certificates to trust for https endpoints. */
interface Trust {
  readonly certificateAuthorities: readonly string[];
}
