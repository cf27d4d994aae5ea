import type { ClientRequest, IncomingMessage } from "node:http";
import { onAbort } from "../machine/in-progress.ts";
import type { DeliveryOutcome, KeptAnswer } from "./delivery.ts";
import {
  connectionReason,
  timeoutReason,
  tooLargeReason,
  wrongStatusReason,
} from "./delivery-reasons.ts";
import { reasonOf, tlsReasonOf } from "./http-exchange.ts";
import { maximumAnswerBytes } from "./limits.ts";

export interface Call {
  readonly body: Buffer;
  readonly deadline: number;
  readonly signal: AbortSignal;
  /** Whether the outcome has the headers and the beginning of the body. */
  readonly keepsAnswer?: boolean | undefined;
}

/** The most that is read of an answer that is too large, to report its size. */
const mostBytesRead = 65_536;

/** Bytes of a body that are kept. */
const mostBytesKept = 4096;

/** Sends the event and waits for the answer. `stale` means that a reused connection was already closed, so the endpoint may not have seen it. */
export function exchange(
  start: () => ClientRequest,
  { body, deadline, signal, keepsAnswer = false }: Call,
): Promise<DeliveryOutcome | "stale"> {
  return new Promise((settle, reject) => {
    const outgoing = start();
    let startedAt = performance.now();
    let timer: NodeJS.Timeout | undefined;
    let answer: IncomingMessage | undefined;
    let isSecuring = false;
    let bytes = 0;
    let kept = Buffer.alloc(0);

    const leave = () => {
      clearTimeout(timer);
      untrack();
      outgoing.socket?.off("data", count);
    };
    const finish = (problem: string | undefined) => {
      leave();
      settle({
        ...(answer && { status: answer.statusCode ?? 0, statusText: answer.statusMessage ?? "" }),
        milliseconds: Math.round(performance.now() - startedAt),
        bytes,
        ...(problem !== undefined && { problem }),
        ...(answer && keepsAnswer && { answer: keep(answer, kept) }),
      });
    };
    const end = (problem: string | undefined) => {
      finish(problem);
      outgoing.destroy();
    };
    const abort = () => {
      leave();
      outgoing.destroy();
      reject(signal.reason);
    };
    const count = (chunk: Buffer) => {
      bytes += chunk.length;
      // Only then has the parser seen the status.
      if (bytes > mostBytesRead) setImmediate(end, tooLargeReason());
    };

    const untrack = onAbort(signal, abort);
    outgoing.on("socket", (socket) => {
      startedAt = performance.now();
      timer = setTimeout(() => end(timeoutReason()), deadline);
      // Before the parser's own listener, so that the count is complete when the answer ends.
      socket.prependListener("data", count);
      if (!socket.connecting) return;
      socket.once("connect", () => {
        isSecuring = "encrypted" in socket;
      });
      socket.once("secureConnect", () => {
        isSecuring = false;
      });
    });
    outgoing.on("response", (response) => {
      answer = response;
      response.on("end", () => finish(problemOf(response, bytes)));
      response.on("error", (error) => end(connectionReason(reasonOf(error))));
      if (!keepsAnswer) return void response.resume();
      response.on("data", (chunk: Buffer) => {
        if (kept.length < mostBytesKept) kept = Buffer.concat([kept, chunk]);
      });
    });
    outgoing.on("upgrade", (response) => {
      answer = response;
      end(problemOf(response, bytes));
    });
    outgoing.on("error", (error) => {
      if (outgoing.reusedSocket && bytes === 0) {
        leave();
        settle("stale");
      } else {
        end(connectionReason(isSecuring ? tlsReasonOf(error) : reasonOf(error)));
      }
    });
    outgoing.end(body);
  });
}

function keep({ rawHeaders }: IncomingMessage, body: Buffer): KeptAnswer {
  const headers: Record<string, string> = {};
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const [name = "", value = ""] = rawHeaders.slice(at, at + 2);
    if (name === "__proto__") continue;
    headers[name] = Object.hasOwn(headers, name) ? `${headers[name]}, ${value}` : value;
  }
  return { headers, body: body.subarray(0, mostBytesKept).toString() };
}

function problemOf(
  { statusCode = 0, statusMessage = "" }: IncomingMessage,
  bytes: number,
): string | undefined {
  if (bytes > maximumAnswerBytes) return tooLargeReason();
  return statusCode === 200 ? undefined : wrongStatusReason(statusCode, statusMessage);
}
