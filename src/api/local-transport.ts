import { formatWait } from "../subscriptions/lifetime.ts";
import { NetworkError } from "./errors.ts";
import type { ExchangeLimits, HttpAnswer, Transport } from "./http.ts";

/** A transport to a server that is a function in this process. Its requests are addressed to `origin`. */
export function createLocalTransport(
  origin: string,
  fetch: (request: Request) => Promise<Response>,
): Transport {
  return {
    async exchange(request, limits) {
      limits.signal?.throwIfAborted();
      const hangUp = new AbortController();
      const { method, path, headers, body } = request;
      const exchanged = fetch(
        new Request(new URL(path, origin), {
          method,
          headers,
          signal: hangUp.signal,
          ...(body !== undefined && { body }),
        }),
      ).then((response) => toAnswer(response, limits.attempt));
      try {
        return await Promise.race([exchanged, untilEnd(limits, exchanged)]);
      } catch (error) {
        hangUp.abort();
        throw error;
      }
    },
    close() {},
  };
}

async function toAnswer(response: Response, attempt: string): Promise<HttpAnswer> {
  if (response.type === "error") {
    const reason = "the emulator closed the connection without an answer";
    throw new NetworkError(attempt, reason, { maybeProcessed: true, hint });
  }
  const { status, statusText } = response;
  const headers = Object.fromEntries(response.headers);
  const bytes = await response.arrayBuffer().catch(() => undefined);
  if (!bytes || bytes.byteLength < Number(headers["content-length"] ?? 0)) {
    throw new NetworkError(attempt, "the answer was cut off", { maybeProcessed: true, hint });
  }
  return { status, statusText, headers, body: Buffer.from(bytes).toString("utf8") };
}

/** Rejects when the time is up or the run is interrupted, without ending the request. */
function untilEnd(
  { attempt, timeout, endsWithRun, signal }: ExchangeLimits,
  exchanged: Promise<unknown>,
): Promise<never> {
  return new Promise((_, reject) => {
    const timer = setTimeout(() => {
      const reason = `the emulator did not answer within ${formatWait(timeout / 1000)}`;
      const code = endsWithRun ? "DEADLINE" : "TIMEOUT";
      reject(new NetworkError(attempt, reason, { code, maybeProcessed: true, hint: slow[code] }));
    }, timeout);
    const abort = () => reject(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    const settle = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    };
    exchanged.then(settle, settle);
  });
}

/** Only a fault can spoil an answer of the emulator in this process. */
const hint = "List the configured faults with `rcwh --profile emulator emulator fault list`.";

const slow = {
  DEADLINE: "Allow the run more time, such as `--deadline 5m`.",
  TIMEOUT: "Try again, or allow each request more time, such as `--timeout 1m`.",
} as const;
