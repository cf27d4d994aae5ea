import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";
import { isLoopback } from "../loopback.ts";

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

/** Bytes an endpoint may answer: status line, headers and body as they come over the wire. */
export const maximumAnswerBytes = 1024;

/**
 * Posts to an endpoint and says what came back. Never throws for what an endpoint does. Without
 * `allowRemote` only loopback addresses are contacted, and only names that mean this machine are resolved
 * at all; the connection goes to the address that was found good. Redirects are not followed.
 */
export async function callEndpoint(call: EndpointCall): Promise<EndpointOutcome> {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), call.deadline);
  try {
    const url = new URL(call.address);
    const found = await Promise.race([resolve(url, call), timeout(call, deadline.signal)]);
    if ("kind" in found) return found;

    const loopback = found.filter(({ address }) => isLoopbackAddress(address));
    if (url.protocol === "http:" && loopback.length === 0) {
      return failure("plain-http", `${url.hostname} is not on this machine`);
    }
    const addresses = loopback.length > 0 || !call.allowRemote ? loopback : found;
    if (addresses.length === 0) return failure("remote", url.hostname);
    return await send(url, addresses, call, deadline.signal);
  } finally {
    clearTimeout(timer);
  }
}

/** Whether an IP address is this machine's own. */
function isLoopbackAddress(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && loopbackAddresses.check(address, family === 6 ? "ipv6" : "ipv4");
}

/** The operating system's own resolver. */
export async function systemLookup(hostname: string): Promise<readonly HostAddress[]> {
  const { lookup } = await import("node:dns/promises");
  return lookup(hostname, { all: true });
}

const loopbackAddresses = new BlockList();
loopbackAddresses.addSubnet("127.0.0.0", 8, "ipv4");
loopbackAddresses.addAddress("::1", "ipv6");
loopbackAddresses.addSubnet("::ffff:127.0.0.0", 104, "ipv6");

async function resolve(
  url: URL,
  { lookup, allowRemote }: EndpointCall,
): Promise<readonly HostAddress[] | EndpointFailure> {
  const hostname = url.hostname.replace(/^\[|\]$/g, "");
  const family = isIP(hostname);
  if (family !== 0) return [{ address: hostname, family }];
  const plain = url.protocol === "http:";
  const notHere = failure("plain-http", `${hostname} is not on this machine`);
  if (!allowRemote && !isLoopback(hostname)) return plain ? notHere : failure("remote", hostname);
  try {
    return await lookup(hostname);
  } catch (error) {
    return plain ? notHere : failure("unreachable", reasonOf(error));
  }
}

function timeout({ deadline }: EndpointCall, signal: AbortSignal): Promise<EndpointFailure> {
  return new Promise((settle) => {
    const expire = () => settle(failure("timeout", `no answer within ${deadline} ms`));
    signal.addEventListener("abort", expire, { once: true });
  });
}

async function send(
  url: URL,
  addresses: readonly HostAddress[],
  call: EndpointCall,
  signal: AbortSignal,
): Promise<EndpointOutcome> {
  const secure = url.protocol === "https:";
  const { request } = secure ? await import("node:https") : await import("node:http");
  const trust = secure ? await trusted(call.certificateAuthorities) : {};
  const expired = timeout(call, signal);

  return new Promise((settle) => {
    let stage: "connecting" | "securing" | "talking" = "connecting";
    let head = "";
    let bytes = 0;

    const outgoing = request({
      method: "POST",
      host: url.hostname.replace(/^\[|\]$/g, ""),
      port: url.port,
      path: `${url.pathname}${url.search}`,
      headers: call.headers,
      agent: false,
      // The name was resolved once; asking again could give another address.
      lookup: (_hostname, options, callback) => {
        const [first] = addresses;
        if (options.all) callback(null, [...addresses]);
        else callback(null, first?.address ?? "", first?.family);
      },
      ...trust,
    });
    const end = (outcome: EndpointOutcome) => {
      settle(outcome);
      outgoing.destroy();
    };

    outgoing.on("socket", (socket) => {
      socket.once("connect", () => {
        stage = secure ? "securing" : "talking";
      });
      socket.once("secureConnect", () => {
        stage = "talking";
      });
      // Before the parser's own listener, so that the count is complete when the answer ends.
      socket.prependListener("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (head.length < maximumAnswerBytes) head += chunk.toString("latin1");
        if (bytes > maximumAnswerBytes) end(tooLarge(bytes, head));
      });
    });
    outgoing.on("response", (response) => {
      response.on("end", () => end(answered(response)));
      response.on("error", (error) => end(failure("unreachable", reasonOf(error))));
      response.resume();
    });
    outgoing.on("upgrade", (response) => end(answered(response)));
    outgoing.on("error", (error: NodeJS.ErrnoException) => {
      if (stage === "securing") end(failure("tls", tlsReasonOf(error)));
      else if (error.code?.startsWith("HPE_")) end(failure("garbled", reasonOf(error)));
      else end(failure("unreachable", reasonOf(error)));
    });
    void expired.then(end);
    outgoing.end(call.body);
  });
}

async function trusted(certificateAuthorities: readonly string[]) {
  const minVersion = "TLSv1.2" as const;
  if (certificateAuthorities.length === 0) return { minVersion };
  const { rootCertificates } = await import("node:tls");
  return { minVersion, ca: [...rootCertificates, ...certificateAuthorities] };
}

function answered({
  statusCode = 0,
  statusMessage = "",
  headers,
}: IncomingMessage): EndpointAnswer {
  return { kind: "answer", status: statusCode, statusText: statusMessage, headers };
}

function tooLarge(bytes: number, head: string): EndpointFailure {
  const status = /^HTTP\/1\.\d (\d{3})/.exec(head)?.[1];
  return {
    ...failure("too-large", `${bytes} bytes and more`),
    ...(status !== undefined && { status: Number(status) }),
  };
}

function failure(reason: EndpointFailure["reason"], detail: string): EndpointFailure {
  return { kind: "failure", reason, detail };
}

/** OpenSSL's own lines have addresses in memory and paths of its source in them. */
function tlsReasonOf(error: NodeJS.ErrnoException): string {
  if (!/^(?:EPROTO$|ERR_SSL_)/.test(error.code ?? "")) return reasonOf(error);
  const foreign = /wrong.version.number|packet.length|http.request/i;
  return foreign.test(`${error.code} ${error.message}`)
    ? "the endpoint does not speak TLS"
    : "the TLS handshake failed";
}

function reasonOf(error: unknown): string {
  // Several addresses were tried, and the message of the whole is empty.
  if (error instanceof AggregateError) return reasonOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}
