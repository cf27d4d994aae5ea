import { connect, type Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { HostAddress } from "../endpoint/endpoint-call.ts";

/** Where an endpoint is, and how long a call to it may take. */
export interface Target {
  readonly url: URL;
  /** Without brackets. */
  readonly hostname: string;
  readonly port: number;
  readonly secure: boolean;
  /** Authorities to trust instead of Node's own. */
  readonly authorities: readonly string[] | undefined;
  /** Milliseconds for a whole call. */
  readonly timeout: number;
  readonly signal: AbortSignal;
}

/** There was no answer in time. */
export class TimedOut extends Error {}

/** A TCP connection. Rejects with the system's error or `TimedOut`. */
export function openSocket(
  { address, family }: HostAddress,
  { port, signal, timeout }: Target,
  endsAt: number,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const socket = connect({ host: address, port, family, noDelay: true });
    // Given the signal itself, Node 20 keeps listening to it after the connection has ended.
    const abort = () => socket.destroy(new Error("the run was interrupted"));
    signal.addEventListener("abort", abort);
    const timer = setTimeout(
      () => socket.destroy(new TimedOut(`no answer within ${timeout} ms`)),
      endsAt - performance.now(),
    );
    // The connection's users notice later errors by themselves.
    socket.on("error", reject);
    socket.on("close", () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    });
    socket.once("connect", () => {
      clearTimeout(timer);
      resolve(socket);
    });
  });
}

interface TlsOptions {
  /** Accept any certificate. */
  readonly unverified?: boolean;
  /** Ask for the versions that RingCentral refuses. */
  readonly legacy?: boolean;
}

/** Starts TLS on a connection. Rejects with the error of Node or OpenSSL, or `TimedOut`. */
export async function secureSocket(
  socket: Socket,
  { hostname, authorities, timeout }: Target,
  endsAt: number,
  { unverified = false, legacy = false }: TlsOptions = {},
): Promise<TLSSocket> {
  const [tls, { isIP }] = await Promise.all([import("node:tls"), import("node:net")]);
  return new Promise((resolve, reject) => {
    const secured = tls.connect({
      socket,
      ...(isIP(hostname) === 0 && { servername: hostname }),
      ...(legacy
        ? { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" }
        : { minVersion: "TLSv1.2" }),
      ...(authorities && { ca: [...authorities] }),
      rejectUnauthorized: !unverified,
      checkServerIdentity: (_host, certificate) =>
        unverified ? undefined : tls.checkServerIdentity(hostname, certificate),
    });
    const timer = setTimeout(
      () => secured.destroy(new TimedOut(`no TLS handshake within ${timeout} ms`)),
      endsAt - performance.now(),
    );
    secured.on("error", reject);
    secured.on("close", () => {
      clearTimeout(timer);
      reject(new Error("the connection was closed during the TLS handshake"));
    });
    secured.once("secureConnect", () => {
      clearTimeout(timer);
      resolve(secured);
    });
  });
}

/** A connection that is ready for HTTP. */
export async function openConnection(
  address: HostAddress,
  target: Target,
  endsAt: number,
): Promise<Socket> {
  const socket = await openSocket(address, target, endsAt);
  try {
    return target.secure ? await secureSocket(socket, target, endsAt) : socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}
