import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { describeGarbled, isGarbled, notHttp } from "../endpoint/garbled-answer.ts";
import { latestStatus, withoutInterim } from "../endpoint/http-exchange.ts";
import { maximumAnswerBytes } from "../endpoint/limits.ts";
import { bytesBehind } from "./framing.ts";

/** One POST on an open connection. */
interface PostRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Answer {
  readonly status: number;
  readonly statusText: string;
  readonly httpVersion: string;
  readonly headers: IncomingHttpHeaders;
  /** Names and values in turn, as received. */
  readonly rawHeaders: readonly string[];
  readonly body: string;
  /** Bytes of the interim answers (1xx) before it. */
  readonly before: number;
}

interface Failure {
  readonly kind: "timeout" | "closed" | "garbled";
  readonly detail: string;
  /** Of what is not HTTP: its first line, as received. */
  readonly begins?: string;
  /** The endpoint asks for a client certificate. */
  readonly asksForCertificate?: true;
}

export interface Exchanged {
  /** Set once its head came; `failure` says whether the rest did. */
  readonly answer: Answer | undefined;
  /** Why the answer is missing or incomplete. */
  readonly failure?: Failure;
  /** Its end came. */
  readonly whole: boolean;
  /** Status line, headers and body, including interim answers (1xx). */
  readonly bytes: number;
  /** Extra bytes after a complete answer. */
  readonly behind: number;
  /** Of an answer that is too large, the status that was known when it passed the limit, perhaps of an interim answer. */
  readonly statusAtLimit: number | undefined;
  /** On the clock of `performance.now()`. */
  readonly firstByteAt: number | undefined;
  /** When it was complete, timed out, or too large. */
  readonly endedAt: number;
}

/** Bytes to read of an answer that is too large, to tell its size. */
const readingLimit = 64 * 1024;
/** Milliseconds to wait for more of such an answer. */
const readingPatience = 300;

/**
 * Posts on a connection and reads one answer with Node's own parser, while every byte of it is counted.
 * Leaves the connection open. Never rejects for what the endpoint does.
 */
export async function exchange(
  socket: Socket,
  { url, headers, body }: PostRequest,
  endsAt: number,
  timeout: number,
): Promise<Exchanged> {
  const { request } = await import("node:http");
  return new Promise((settle) => {
    let response: IncomingMessage | undefined;
    let content = "";
    const finish = (ending: Failure | "whole" | "enough") => {
      clearTimeout(deadline);
      tally.stop();
      wire.release();
      const { text, ...measured } = tally.read();
      const own = withoutInterim(text);
      const before = text.length - own.length;
      settle({
        answer: response && { ...toAnswer(response), body: content, before },
        whole: ending === "whole",
        behind: response && ending === "whole" ? bytesBehind(own, response.headers) : 0,
        ...(typeof ending === "object" && { failure: ending }),
        ...measured,
      });
    };
    const fail = (error: Error) => finish(failureOf(wire.error() ?? error, tally.read().text));
    const tally = createTally(() => finish("enough"));
    const wire = bridgeTo(socket, tally.count);
    const late: Failure = { kind: "timeout", detail: `no answer within ${timeout} ms` };
    const deadline = setTimeout(() => finish(late), endsAt - performance.now());

    const outgoing = request({
      method: "POST",
      host: url.hostname.replace(/^\[|\]$/g, ""),
      path: `${url.pathname}${url.search}`,
      headers,
      createConnection: () => wire.stream,
    });
    outgoing.on("response", (message) => {
      response = message;
      message.setEncoding("latin1");
      message.on("data", (text: string) => {
        content += text;
      });
      message.on("end", () => finish("whole"));
      message.on("error", () => fail(new Error("cut off")));
    });
    outgoing.on("upgrade", (message) => {
      response = message;
      finish("whole");
    });
    outgoing.on("error", fail);
    outgoing.end(body);
  });
}

/** Counts the bytes of an answer. Calls `onEnough` once an answer that is too large has been measured. */
function createTally(onEnough: () => void) {
  let text = "";
  let bytes = 0;
  let statusAtLimit: number | undefined;
  let firstByteAt: number | undefined;
  let exceededAt: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  return {
    count(chunk: Buffer): void {
      firstByteAt ??= performance.now();
      bytes += chunk.length;
      if (text.length < readingLimit) text += chunk.toString("latin1");
      if (bytes <= maximumAnswerBytes) return;
      if (exceededAt === undefined) {
        exceededAt = performance.now();
        statusAtLimit = latestStatus(text);
      }
      timer ??= setTimeout(onEnough, readingPatience);
      if (bytes > readingLimit) onEnough();
      else timer.refresh();
    },
    stop: () => clearTimeout(timer),
    read() {
      return { text, bytes, statusAtLimit, firstByteAt, endedAt: exceededAt ?? performance.now() };
    },
  };
}

/** @param text what was received before it */
function failureOf(error: NodeJS.ErrnoException, text: string): Failure {
  if (isGarbled(error)) {
    const [begins = ""] = withoutInterim(text).split(/[\r\n]/, 1);
    const detail = describeGarbled(error);
    return { kind: "garbled", detail, ...(error.code === notHttp && { begins }) };
  }
  // OpenSSL's own lines have addresses in memory and paths of its source in them.
  if (/certificate.required/i.test(`${error.code}`)) {
    return { kind: "closed", detail: "it asks for a client certificate", asksForCertificate: true };
  }
  return {
    kind: "closed",
    detail: /^ERR_SSL_|^EPROTO$/.test(`${error.code}`)
      ? "the TLS connection was lost"
      : error.message,
  };
}

function toAnswer({
  statusCode = 0,
  statusMessage = "",
  httpVersion,
  headers,
  rawHeaders,
}: IncomingMessage) {
  return { status: statusCode, statusText: statusMessage, httpVersion, headers, rawHeaders };
}

/** Lends a connection to Node's client, which may destroy its stream, and passes every byte to `onData`. */
function bridgeTo(socket: Socket, onData: (chunk: Buffer) => void) {
  let failure: Error | undefined;
  const stream = new Duplex({
    read() {},
    write(chunk, _encoding, done) {
      // A connection that breaks while it is written to may still hold an answer.
      socket.write(chunk, () => done());
    },
  });
  stream.on("error", () => {});
  const take = (chunk: Buffer) => {
    onData(chunk);
    if (!stream.destroyed) stream.push(chunk);
  };
  const end = () => {
    if (!stream.destroyed) stream.push(null);
  };
  const fail = (error: Error) => {
    failure = error;
    stream.destroy(error);
  };
  socket.on("data", take).on("end", end).on("close", end).on("error", fail);
  // A kept connection may have closed in the meantime.
  if (socket.readableEnded || socket.destroyed) end();
  return {
    stream,
    error: () => failure,
    release() {
      socket.off("data", take).off("end", end).off("close", end).off("error", fail);
      stream.destroy();
    },
  };
}
