import type { Socket } from "node:net";
import type { DetailedPeerCertificate, TLSSocket } from "node:tls";
import type { HostAddress } from "../endpoint/endpoint-call.ts";
import { reasonOf } from "../endpoint/http-exchange.ts";
import { checkCertificate } from "./certificate-rules.ts";
import { openSocket, secureSocket, type Target, TimedOut } from "./raw-connection.ts";
import type { Report } from "./report.ts";

/**
 * Starts TLS on a connection, and checks its version and the certificate. Returns the connection if the
 * platform would continue.
 */
export async function checkTls(
  socket: Socket,
  address: HostAddress,
  target: Target,
  endsAt: number,
  report: Report,
): Promise<TLSSocket | undefined> {
  report.start("tls-version");
  let secured: TLSSocket;
  try {
    secured = await secureSocket(socket, target, endsAt, { unverified: true });
  } catch (error) {
    socket.destroy();
    target.signal.throwIfAborted();
    await tellRefusal(error, address, target, report);
    return undefined;
  }
  report.pass("tls-version", secured.getProtocol() ?? "TLS");
  const certificate: DetailedPeerCertificate = secured.getPeerCertificate(true);
  await checkCertificate(certificate, authorizationErrorOf(secured), target.hostname, report);
  return secured;
}

/** The type says Error, but Node gives a code. */
function authorizationErrorOf({ authorizationError }: TLSSocket): string | undefined {
  return authorizationError ? String(authorizationError) : undefined;
}

async function tellRefusal(
  error: unknown,
  address: HostAddress,
  target: Target,
  report: Report,
): Promise<void> {
  const hint = "Enable TLS 1.2 and 1.3 on this port, with their usual ciphers.";
  if (error instanceof TimedOut) {
    report.fail("tls-version", error.message, { code: "SUB-521", hint });
    return;
  }
  const text = `${codeOf(error)} ${reasonOf(error)}`;
  if (/wrong.version.number|packet.length|http.request/i.test(text)) {
    report.fail("tls-version", "the endpoint does not speak TLS", {
      code: "SUB-524",
      hint: "Serve https on this port, or use the port that does.",
    });
    return;
  }
  const old = await legacyVersion(address, target);
  if (old === undefined && /ECONNRESET/.test(text)) {
    report.fail("tls-version", "the connection was reset during the TLS handshake", {
      code: "SUB-524",
      hint: "Check the log of the server, or of the firewall in front of it: it accepts connections and drops them.",
    });
    return;
  }
  const measured = old === undefined ? whyRefused(text) : `${old} only`;
  report.fail("tls-version", measured, { code: "SUB-524", hint });
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

/** OpenSSL's own messages contain memory addresses and paths of its source. */
function whyRefused(text: string): string {
  if (/handshake.failure/i.test(text)) {
    return "the TLS handshake failed: no common cipher, or a client certificate is required";
  }
  if (/EPROTO|ERR_SSL_/.test(text)) return "the TLS handshake failed";
  return text.trim();
}

/** The version of a server that supports nothing newer than TLS 1.1. */
async function legacyVersion(address: HostAddress, target: Target): Promise<string | undefined> {
  const endsAt = performance.now() + target.timeout;
  let socket: Socket | undefined;
  try {
    socket = await openSocket(address, target, endsAt);
    const options = { unverified: true, legacy: true };
    const secured = await secureSocket(socket, target, endsAt, options);
    return secured.getProtocol() ?? undefined;
  } catch {
    return undefined;
  } finally {
    socket?.destroy();
  }
}
