import type { ClientRequest, IncomingMessage } from "node:http";
import type { EndpointAnswer, EndpointCall, EndpointFailure, EndpointOutcome } from "./endpoint.ts";

/** Bytes an endpoint may answer: status line, headers and body as they come over the wire. */
export const maximumAnswerBytes = 1024;

/**
 * Sends the body and waits for the answer; `stale` where a connection that was used before turned out to be
 * closed, so that the endpoint may never have seen the request.
 */
export function exchange(
  outgoing: ClientRequest,
  call: EndpointCall,
  endsAt: number,
): Promise<EndpointOutcome | "stale"> {
  return new Promise((settle) => {
    let stage: "connecting" | "securing" | "talking" = "connecting";
    let head = "";
    let bytes = 0;

    const finish = (outcome: EndpointOutcome | "stale") => {
      clearTimeout(timer);
      untrack?.();
      outgoing.socket?.off("data", count);
      settle(outcome);
    };
    const end = (outcome: EndpointOutcome | "stale") => {
      finish(outcome);
      outgoing.destroy();
    };
    const count = (chunk: Buffer) => {
      bytes += chunk.length;
      if (head.length < maximumAnswerBytes) head += chunk.toString("latin1");
      if (bytes > maximumAnswerBytes) end(tooLarge(bytes, head));
    };
    const untrack = call.connections?.track(() => end(failure("unreachable", "cut off")));
    const timer = setTimeout(() => end(timedOut(call)), endsAt - performance.now());

    outgoing.on("socket", (socket) => {
      // Before the parser's own listener, so that the count is complete when the answer ends.
      socket.prependListener("data", count);
      if (!socket.connecting) {
        stage = "talking";
        return;
      }
      socket.once("connect", () => {
        stage = "encrypted" in socket ? "securing" : "talking";
      });
      socket.once("secureConnect", () => {
        stage = "talking";
      });
    });
    outgoing.on("response", (response) => {
      // The connection stays, where both sides want to keep it.
      response.on("end", () => finish(answered(response)));
      response.on("error", (error) => end(failure("unreachable", reasonOf(error))));
      response.resume();
    });
    outgoing.on("upgrade", (response) => end(answered(response)));
    outgoing.on("error", (error: NodeJS.ErrnoException) => {
      if (stage === "securing") end(failure("tls", tlsReasonOf(error)));
      else if (error.code?.startsWith("HPE_")) end(failure("garbled", reasonOf(error)));
      else if (outgoing.reusedSocket && bytes === 0) end("stale");
      else end(failure("unreachable", reasonOf(error)));
    });
    outgoing.end(call.body);
  });
}

function answered({
  statusCode = 0,
  statusMessage = "",
  headers,
}: IncomingMessage): EndpointAnswer {
  return { kind: "answer", status: statusCode, statusText: statusMessage, headers };
}

export function timedOut({ deadline }: EndpointCall): EndpointFailure {
  return failure("timeout", `no answer within ${deadline} ms`);
}

function tooLarge(bytes: number, head: string): EndpointFailure {
  const status = /^HTTP\/1\.\d (\d{3})/.exec(head)?.[1];
  return {
    ...failure("too-large", `${bytes} bytes and more`),
    ...(status !== undefined && { status: Number(status) }),
  };
}

export function failure(reason: EndpointFailure["reason"], detail: string): EndpointFailure {
  return { kind: "failure", reason, detail };
}

/** OpenSSL's own lines have addresses in memory and paths of its source in them. */
export function tlsReasonOf(error: NodeJS.ErrnoException): string {
  if (!/^(?:EPROTO$|ERR_SSL_)/.test(error.code ?? "")) return reasonOf(error);
  const foreign = /wrong.version.number|packet.length|http.request/i;
  return foreign.test(`${error.code} ${error.message}`)
    ? "the endpoint does not speak TLS"
    : "the TLS handshake failed";
}

export function reasonOf(error: unknown): string {
  // Several addresses were tried, and the message of the whole is empty.
  if (error instanceof AggregateError) return reasonOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}
