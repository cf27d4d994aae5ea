import type { ClientRequest, IncomingMessage } from "node:http";
import { clearTimeout, setTimeout, stopwatch } from "../machine/real-time.ts";
import type {
  EndpointAnswer,
  EndpointCall,
  EndpointFailure,
  EndpointOutcome,
} from "./endpoint-call.ts";
import { describeGarbled, isGarbled } from "./garbled-answer.ts";
import { maximumAnswerBytes } from "./limits.ts";

/**
 * Sends the body and waits for the answer. `stale` means that a reused connection was already closed, so the
 * endpoint may not have seen the request.
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
    const timer = setTimeout(() => end(timedOut(call)), endsAt - stopwatch());

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
      // The connection stays open if both sides want it.
      let body = "";
      response.setEncoding("latin1");
      response.on("data", (text: string) => (body += text));
      response.on("end", () => finish(answered(response, body)));
      response.on("error", (error) => end(failure("unreachable", reasonOf(error))));
    });
    outgoing.on("upgrade", (response) => end(answered(response)));
    outgoing.on("error", (error: NodeJS.ErrnoException) => {
      if (stage === "securing") end(failure("tls", tlsReasonOf(error)));
      else if (isOfTls(error)) end(failure("unreachable", tlsReasonOf(error)));
      else if (isGarbled(error)) end(failure("garbled", reasonOf(error)));
      else if (outgoing.reusedSocket && bytes === 0) end("stale");
      else end(failure("unreachable", reasonOf(error)));
    });
    outgoing.end(call.body);
  });
}

function answered(
  { statusCode = 0, statusMessage = "", headers }: IncomingMessage,
  body = "",
): EndpointAnswer {
  return { kind: "answer", status: statusCode, statusText: statusMessage, headers, body };
}

export function timedOut({ deadline }: EndpointCall): EndpointFailure {
  return failure("timeout", `no answer within ${deadline} ms`);
}

function tooLarge(bytes: number, head: string): EndpointFailure {
  const status = latestStatus(head);
  return {
    ...failure("too-large", `${bytes} bytes and more`),
    ...(status !== undefined && !isInterim(status) && { status }),
  };
}

/** The status of an answer that has begun: the final one if it is there, else the interim one (1xx). */
export function latestStatus(text: string): number | undefined {
  return statusAt(withoutInterim(text)) ?? statusAt(text);
}

/** Whether the final answer follows after one with this status. */
export function isInterim(status: number | undefined): boolean {
  return status !== undefined && status >= 100 && status < 200 && status !== 101;
}

/** The text after all complete interim answers. */
export function withoutInterim(text: string): string {
  let rest = text.replace(/^[\r\n]+/, "");
  while (isInterim(statusAt(rest))) {
    const end = rest.indexOf("\r\n\r\n");
    if (end < 0) break;
    rest = rest.slice(end + 4);
  }
  return rest;
}

function statusAt(text: string): number | undefined {
  const status = /^[\r\n]*HTTP\/1\.\d (\d{3})/.exec(text)?.[1];
  return status === undefined ? undefined : Number(status);
}

/** Whether a Content-Type header says `application/json`. */
export function isJsonType(type: string | undefined): boolean {
  return /^application\/json\s*(?:;|$)/i.test(type ?? "");
}

export function failure(reason: EndpointFailure["reason"], detail: string): EndpointFailure {
  return { kind: "failure", reason, detail };
}

/** Replaces OpenSSL's own messages, which contain memory addresses and source paths. */
export function tlsReasonOf(error: NodeJS.ErrnoException): string {
  if (!isOfTls(error)) return reasonOf(error);
  const text = `${error.code} ${error.message}`;
  if (/wrong.version.number|packet.length|http.request/i.test(text)) {
    return "the endpoint does not speak TLS";
  }
  // With TLS 1.3 the client learns of it only when it reads.
  if (/certificate.required/i.test(text)) return "the endpoint asks for a client certificate";
  return "the TLS handshake failed";
}

function isOfTls({ code = "" }: NodeJS.ErrnoException): boolean {
  return /^(?:EPROTO$|ERR_SSL_)/.test(code);
}

export function reasonOf(error: unknown): string {
  // Several addresses were tried; the aggregate has no message of its own.
  if (error instanceof AggregateError) return reasonOf(error.errors[0]);
  if (isGarbled(error)) return describeGarbled(error);
  return error instanceof Error ? error.message : String(error);
}
