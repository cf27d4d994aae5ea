import { randomUUID } from "node:crypto";
import type { Socket } from "node:net";
import { endpointHeaders } from "../endpoint/delivery-headers.ts";
import type { HostAddress } from "../endpoint/endpoint-call.ts";
import { reasonOf } from "../endpoint/http-exchange.ts";
import { openConnection, type Target, TimedOut } from "./raw-connection.ts";
import { type Exchanged, exchange } from "./raw-exchange.ts";

export interface Handshake extends Exchanged {
  /** What the endpoint has to return. */
  readonly validationToken: string;
}

interface HandshakeOptions {
  readonly target: Target;
  readonly verificationToken: string | undefined;
  /** Ask the endpoint to keep the connection open. */
  readonly keepAlive?: boolean;
}

/** One handshake on an open connection. */
export async function shakeHandsOn(
  socket: Socket,
  { target, verificationToken, keepAlive = false }: HandshakeOptions,
  endsAt: number,
): Promise<Handshake> {
  const { url, timeout } = target;
  const validationToken = randomUUID();
  const headers = {
    ...endpointHeaders(url.href, verificationToken),
    "Content-Type": "application/json",
    "Content-Length": "0",
    "Validation-Token": validationToken,
    Connection: keepAlive ? "keep-alive" : "close",
  };
  const exchanged = await exchange(socket, { url, headers, body: "" }, endsAt, timeout);
  target.signal.throwIfAborted();
  return { ...exchanged, validationToken };
}

/** Delivers an event on a new connection. */
export async function deliverEvent(
  address: HostAddress,
  { target, verificationToken }: HandshakeOptions,
  text: string,
): Promise<Exchanged & { readonly startedAt: number }> {
  const { url, timeout } = target;
  const headers = {
    ...endpointHeaders(url.href, verificationToken),
    "Content-Type": "application/json; charset=UTF-8",
    "Content-Length": String(Buffer.byteLength(text)),
    Connection: "keep-alive",
  };
  const startedAt = performance.now();
  const endsAt = startedAt + timeout;
  const exchanged = await onNewConnection(address, target, endsAt, (socket) =>
    exchange(socket, { url, headers, body: text }, endsAt, timeout),
  );
  target.signal.throwIfAborted();
  return { ...exchanged, startedAt };
}

/** Another handshake, on a new connection. */
export async function shakeHandsAgain(
  address: HostAddress,
  options: HandshakeOptions,
): Promise<Handshake & { readonly startedAt: number }> {
  const startedAt = performance.now();
  const endsAt = startedAt + options.target.timeout;
  const shaken = await onNewConnection(address, options.target, endsAt, (socket) =>
    shakeHandsOn(socket, options, endsAt),
  );
  return { validationToken: "", ...shaken, startedAt };
}

/** Works on a new connection, and closes it. If there is none, the result is a missing answer. */
export async function onNewConnection<Result extends Exchanged>(
  address: HostAddress,
  target: Target,
  endsAt: number,
  work: (socket: Socket) => Promise<Result>,
): Promise<Result | Exchanged> {
  let socket: Socket | undefined;
  try {
    socket = await openConnection(address, target, endsAt);
    return await work(socket);
  } catch (error) {
    target.signal.throwIfAborted();
    const kind = error instanceof TimedOut ? "timeout" : "closed";
    return {
      answer: undefined,
      whole: false,
      failure: { kind, detail: reasonOf(error) },
      bytes: 0,
      behind: 0,
      statusAtLimit: undefined,
      firstByteAt: undefined,
      endedAt: performance.now(),
    };
  } finally {
    socket?.destroy();
  }
}
