import { formatWait } from "../subscriptions/lifetime.ts";

/** Why no answer came. */
export interface Fault {
  /** Completes "Could not …: ". */
  readonly reason: string;
  readonly code?: string;
  readonly hint?: string;
  readonly cause?: unknown;
}

/** What is known about errors of connections, by their codes and by how runtimes word them. `peer` is `host:port`. */
export function knownFault(text: string): KnownFault | undefined {
  return knownFaults.find(({ pattern }) => pattern.test(text));
}

interface KnownFault {
  readonly pattern: RegExp;
  readonly reason: (peer: string) => string;
  readonly code?: string;
  readonly hint?: string;
}

const knownFaults: readonly KnownFault[] = [
  {
    pattern: /^(?:ECONNREFUSED|ConnectionRefused)$/,
    reason: (peer) => `nothing listens at ${peer}`,
  },
  {
    pattern: /^(?:ENOTFOUND|EAI_AGAIN)$/,
    reason: (peer) => `the name of ${peer} could not be resolved`,
  },
  {
    pattern: /^(?:ECONNRESET|EPIPE|UND_ERR_SOCKET|ConnectionClosed)$/,
    reason: (peer) => `${peer} closed the connection without an answer`,
  },
  {
    pattern: /^(?:ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT)$/,
    reason: (peer) => `${peer} cannot be reached`,
  },
  { pattern: /^HPE_/, reason: (peer) => `${peer} does not answer in HTTP` },
  {
    pattern: /CERT|^UNABLE_TO_|^ERR_TLS|^ERR_SSL|^EPROTO$/,
    reason: (peer) => `the TLS connection to ${peer} cannot be trusted`,
    code: "CERTIFICATE",
    hint: "If the network inspects TLS, point NODE_EXTRA_CA_CERTS at its certificate authority.",
  },
];

/** No answer in time. `unresponsive` names the peer. */
export function timeoutFault(
  unresponsive: string,
  { timeout, endsWithRun }: { readonly timeout: number; readonly endsWithRun: boolean },
): Fault {
  const reason = `${unresponsive} did not answer within ${formatWait(timeout / 1000)}`;
  return endsWithRun
    ? { reason, code: "DEADLINE", hint: "Allow the run more time, such as `--deadline 5m`." }
    : {
        reason,
        code: "TIMEOUT",
        hint: "Try again, or allow each request more time, such as `--timeout 1m`.",
      };
}
