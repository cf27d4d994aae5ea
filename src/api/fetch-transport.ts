import { shorten } from "../machine/redact.ts";
import { type Fault, knownFault, timeoutFault } from "./connection-faults.ts";
import { NetworkError } from "./errors.ts";
import {
  type ExchangeLimits,
  type HttpAnswer,
  type HttpRequest,
  maximumBytes,
  maximumTimeout,
  type Transport,
} from "./http.ts";
import { addressAt, parseSafeServer, unsendableHeaders } from "./safe-server.ts";

/** As much of `fetch` as requests need: that of Node, Workers, Deno, Bun and browsers, or one of the user's own. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/**
 * HTTP by `fetch`, for runtimes without Node's modules. Redirects are not followed: they would take the credentials
 * along. Throws UsageError for a server that would get credentials in clear text.
 */
export function createFetchTransport(options: {
  /** The only origin that requests go to. */
  readonly server: string;
  readonly fetch: Fetch;
}): Transport {
  const server = parseSafeServer(options.server);
  // Called as a method, the `fetch` of some runtimes refuses to work.
  const { fetch } = options;

  return {
    async exchange(request, limits) {
      limits.signal?.throwIfAborted();
      return exchangeOver(fetch, addressAt(server, request.path), request, limits);
    },
    // The runtime keeps the connections.
    close() {},
  };
}

function exchangeOver(
  fetch: Fetch,
  url: URL,
  { method, headers, body }: HttpRequest,
  limits: ExchangeLimits,
): Promise<HttpAnswer> {
  const { attempt, timeout, signal } = limits;
  const peer = `${url.hostname}:${url.port || (url.protocol === "https:" ? "443" : "80")}`;
  const hangUp = new AbortController();
  const init: RequestInit = {
    method,
    headers: checkedHeaders(headers),
    redirect: "manual",
    signal: hangUp.signal,
    ...(body !== undefined && { body }),
  };
  return new Promise((resolve, reject) => {
    let settled = false;
    function settle(how: () => void): void {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
      how();
    }
    function fail({ reason, ...fault }: Fault, maybeProcessed: boolean): void {
      settle(() => {
        reject(new NetworkError(attempt, reason, { ...fault, maybeProcessed }));
        hangUp.abort();
      });
    }
    function abort(): void {
      settle(() => {
        reject(signal?.reason);
        hangUp.abort();
      });
    }

    const timer = setTimeout(
      () => fail(timeoutFault(peer, limits), true),
      Math.min(timeout, maximumTimeout),
    );
    signal?.addEventListener("abort", abort, { once: true });
    const answered = (async () => readAnswer(await fetch(url.href, init), peer))();
    answered.then(
      (answer) => settle(() => resolve(answer)),
      (error: unknown) => {
        if (error instanceof BrokenAnswer) return fail({ reason: error.message }, true);
        return fail(fetchFault(peer, error), !isBeforeSending(error));
      },
    );
  });
}

function checkedHeaders(headers: HttpRequest["headers"]): Headers {
  try {
    return new Headers(headers);
  } catch (error) {
    throw unsendableHeaders(error);
  }
}

/** An answer that did not arrive whole. The message completes "Could not …: ". */
class BrokenAnswer extends Error {}

async function readAnswer(response: Response, peer: string): Promise<HttpAnswer> {
  // Where the runtime hides what a redirect says. Elsewhere its status is a refusal like any other.
  if (response.type === "opaqueredirect" || response.type === "error") {
    throw new BrokenAnswer(
      `${peer} redirected the request, which rcwh does not follow because requests carry credentials`,
    );
  }
  const { status, statusText } = response;
  const headers: Record<string, string> = {};
  response.headers.forEach((value, name) => {
    headers[name.toLowerCase()] = value;
  });
  return { status, statusText, headers, body: await readBody(response) };
}

async function readBody({ body }: Response): Promise<string> {
  if (!body) return "";
  const reader = body.getReader();
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let text = "";
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      throw new BrokenAnswer("the answer was cut off");
    });
    if (done) return text + decoder.decode();
    bytes += value.byteLength;
    if (bytes > maximumBytes) throw new BrokenAnswer("the answer is larger than 64 MB");
    text += decoder.decode(value, { stream: true });
  }
}

/** What the runtimes tell of a connection that failed: Node in the cause's code, Bun in a code, others in words. */
function fetchFault(peer: string, error: unknown): Fault {
  const code = codeOf(error);
  const known = knownFault(code);
  if (!known) {
    const why = code || shorten(error instanceof Error ? error.message : String(error), 200);
    return { reason: `the connection to ${peer} failed (${why})`, cause: error };
  }
  const { reason, pattern: _, ...fault } = known;
  return { ...fault, reason: `${reason(peer)} (${code})`, cause: error };
}

/** The code of a failed fetch, in the spelling of Node where that is known; empty for none. */
export function codeOf(error: unknown): string {
  for (let each = error; each instanceof Error; each = each.cause) {
    if ("code" in each && typeof each.code === "string") return each.code;
    // Several addresses were tried.
    if (each instanceof AggregateError) return codeOf(each.errors[0]);
  }
  return wordings.find(({ pattern }) => pattern.test(String(error)))?.means ?? "";
}

/** Deno and Bun say in words what others say by a code. */
const wordings = [
  { pattern: /connection refused/i, means: "ECONNREFUSED" },
  { pattern: /dns error|failed to lookup/i, means: "ENOTFOUND" },
  { pattern: /invalid peer certificate|certificate (?:verify|has)/i, means: "CERT_INVALID" },
  { pattern: /connection reset|connection closed before/i, means: "ECONNRESET" },
];

/** Whether no connection was made, so that the server cannot have processed anything. If the error does not say so, it may have. */
function isBeforeSending(error: unknown): boolean {
  return /^(?:ECONNREFUSED|ConnectionRefused|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT)$|CERT|^UNABLE_TO_|^ERR_TLS/.test(
    codeOf(error),
  );
}
