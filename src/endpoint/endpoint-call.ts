import type { Agent, IncomingHttpHeaders } from "node:http";

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
  /** Milliseconds for all of it, from the name's look-up to the last byte. Real time. */
  readonly deadline: number;
  readonly lookup: Lookup;
  readonly allowRemote: boolean;
  readonly certificateAuthorities: readonly string[];
  /** Connections to use again. Without them the call opens one for itself. */
  readonly connections?: Connections;
  /** Once aborted, nothing more is sent. */
  readonly signal?: AbortSignal;
}

export type EndpointOutcome = EndpointAnswer | EndpointFailure;

export interface EndpointAnswer {
  readonly kind: "answer";
  readonly status: number;
  readonly statusText: string;
  readonly headers: IncomingHttpHeaders;
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
  /** Of an answer that was too large. */
  readonly status?: number;
}

/**
 * Connections to endpoints that stay open from one delivery to the next, and what names were resolved to.
 * What is idle for a second is closed, and keeps no process alive meanwhile.
 */
export interface Connections {
  /** As `lookup` does it, but asking for one name once a second at most. */
  resolve(hostname: string, lookup: Lookup): Promise<readonly HostAddress[]>;
  /** The connections to one endpoint. Its addresses are part of what it is: a name may mean another tomorrow. */
  agentFor(url: URL, addresses: readonly HostAddress[], trust: Trust): Promise<Agent>;
  /** Has `cut` called by `close`, until what is returned is called. */
  track(cut: () => void): () => void;
  /** Cuts what is under way and closes what is idle. What comes later opens new ones. */
  close(): void;
}

/** Whom an https endpoint's certificate may come from. */
interface Trust {
  readonly certificateAuthorities: readonly string[];
}
