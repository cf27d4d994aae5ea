import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import { onAbort } from "../machine/in-progress.ts";
import { type Fault, knownFault, timeoutFault } from "./connection-faults.ts";
import { NetworkError } from "./errors.ts";
import {
  type AnswerHeaders,
  type ExchangeLimits,
  type HttpAnswer,
  type HttpRequest,
  maximumBytes,
  maximumTimeout,
} from "./http.ts";
import { unsendableHeaders } from "./safe-server.ts";
import type { TunnelOptions, TunnelRefusal } from "./tunnel.ts";

/** How to reach a server. */
export interface Wire {
  readonly request: (options: RequestOptions) => ClientRequest;
  /** Protocol, host and port. */
  readonly server: RequestOptions;
  readonly agent: Agent;
  readonly secure: boolean;
  /** For messages: `host:port`. */
  readonly peer: string;
  /** For messages: the proxy's `host:port`, without its credentials. */
  readonly proxy: string | undefined;
  readonly ca: string | undefined;
}

/** Sends a request, and returns the whole answer. Throws `NetworkError` without one, or the signal's reason. */
export function sendOver(
  wire: Wire,
  path: string,
  request: HttpRequest,
  limits: ExchangeLimits,
): Promise<HttpAnswer> {
  const { attempt, signal } = limits;
  return new Promise((resolve, reject) => {
    const hangUp = wire.proxy === undefined ? undefined : new AbortController();
    const outgoing = openRequest(wire, path, request, hangUp?.signal);
    /** Whether the server may have received the request. */
    let connected = false;
    let settled = false;

    function settle(how: () => void): void {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      stopListening?.();
      how();
    }
    function end(): void {
      outgoing.destroy();
      hangUp?.abort();
    }
    function fail({ reason, ...fault }: Fault): void {
      settle(() => {
        end();
        reject(new NetworkError(attempt, reason, { ...fault, maybeProcessed: connected }));
      });
    }
    function abort(): void {
      settle(() => {
        end();
        reject(signal?.reason);
      });
    }

    const unresponsive = () => (wire.proxy && !connected ? `the proxy ${wire.proxy}` : wire.peer);
    const timer = setTimeout(
      () => fail(timeoutFault(unresponsive(), limits)),
      Math.min(limits.timeout, maximumTimeout),
    );
    const stopListening = signal && onAbort(signal, abort);
    outgoing.on("socket", (socket) => {
      if (outgoing.reusedSocket) connected = true;
      else socket.once(wire.secure ? "secureConnect" : "connect", () => (connected = true));
    });
    outgoing.on("error", (error) => fail(connectionFault(wire, connected, error)));
    outgoing.on("response", (response) => {
      readBody(response).then(
        (body) => settle(() => resolve(toAnswer(response, body))),
        (error: Error) => fail({ reason: error.message, cause: error }),
      );
    });
    outgoing.end(request.body);
  });
}

function openRequest(
  wire: Wire,
  path: string,
  { method, headers, body }: HttpRequest,
  hangUp: AbortSignal | undefined,
): ClientRequest {
  const options: RequestOptions & Partial<TunnelOptions> & { ca?: string } = {
    ...wire.server,
    path,
    method,
    agent: wire.agent,
    headers: {
      ...headers,
      ...(body !== undefined && { "content-length": String(Buffer.byteLength(body)) }),
      ...(body === undefined && method !== "GET" && { "content-length": "0" }),
    },
    ...(wire.ca && { ca: wire.ca }),
    ...(hangUp && { hangUp }),
  };
  try {
    return wire.request(options);
  } catch (error) {
    // Node rejects line breaks and the like.
    throw unsendableHeaders(error);
  }
}

/** Rejects with an error whose message completes "Could not …: ". */
function readBody(response: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    response.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maximumBytes) reject(new Error("the answer is larger than 64 MB"));
      else chunks.push(chunk);
    });
    response.on("end", () => {
      const encoding = response.headers["content-encoding"];
      const [first] = chunks;
      const body = first && chunks.length === 1 ? first : Buffer.concat(chunks);
      if (encoding === undefined) resolve(body.toString("utf8"));
      else decode(body, encoding).then(resolve, reject);
    });
    response.on("error", () =>
      reject(new Error("the connection was lost in the middle of the answer")),
    );
    response.on("close", () => {
      // Creating errors is slow, so only for incomplete answers.
      if (!response.complete) reject(new Error("the answer was cut off"));
    });
  });
}

/** Some servers and proxies compress without being asked to. Throws as `readBody` rejects. */
async function decode(body: Buffer, encoding: string): Promise<string> {
  const names = encoding
    .toLowerCase()
    .split(",")
    .map((name) => name.trim());
  if (body.length === 0 || names.every((name) => name === "identity" || name === "")) {
    return body.toString("utf8");
  }
  const { brotliDecompressSync, unzipSync } = await import("node:zlib");
  const limits = { maxOutputLength: maximumBytes };
  let decoded = body;
  for (const name of names.toReversed()) {
    if (name === "identity" || name === "") continue;
    const decompress =
      name === "br" ? brotliDecompressSync : /^(?:x-)?gzip$|^deflate$/.test(name) && unzipSync;
    if (!decompress) throw new Error(`the answer has an unknown Content-Encoding (${name})`);
    try {
      decoded = decompress(decoded, limits);
    } catch (error) {
      const isTooLarge = (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE";
      throw new Error(
        isTooLarge ? "the answer is larger than 64 MB" : `the answer is not valid ${name}`,
        { cause: error },
      );
    }
  }
  return decoded.toString("utf8");
}

function toAnswer(response: IncomingMessage, body: string): HttpAnswer {
  // All others are texts: Node joins those that come several times.
  const { "set-cookie": cookies, ...rest } = response.headers;
  const others = rest as AnswerHeaders;
  return {
    status: response.statusCode ?? 0,
    statusText: response.statusMessage ?? "",
    headers: cookies ? { ...others, "set-cookie": cookies.join(", ") } : others,
    body,
  };
}

/** A proxy's refusal to open a tunnel. `status` is NaN for an answer that is not HTTP. */
function proxyFault({ peer, proxy }: Pick<Wire, "peer" | "proxy">, status: number): Fault {
  const refused = `refused the connection to ${peer} (HTTP ${status})`;
  return {
    reason: `the proxy ${proxy} ${status >= 100 && status <= 999 ? refused : "does not answer in HTTP"}`,
    code: "PROXY",
    hint: "Check HTTPS_PROXY and NO_PROXY; `rcwh help environment` explains them.",
  };
}

/** Describes a connection error. `connected` is whether the connection had been established. */
export function connectionFault(
  wire: Pick<Wire, "peer" | "proxy">,
  connected: boolean,
  error: NodeJS.ErrnoException | TunnelRefusal,
): Fault {
  if ("status" in error) return proxyFault(wire, Number(error.status));
  const code = error.code ?? "";
  const known = knownFault(code);
  if (!known) {
    return {
      reason: `the connection to ${wire.peer} failed (${code || error.message})`,
      cause: error,
    };
  }
  const { reason, pattern: _, ...fault } = known;
  const throughProxy = wire.proxy && !connected && fault.code !== "CERTIFICATE";
  const peer = throughProxy ? `the proxy ${wire.proxy}` : wire.peer;
  return { ...fault, reason: `${reason(peer)} (${code})`, cause: error };
}
