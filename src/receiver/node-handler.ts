import type { Answer, Answering, Body, Head, Receiver } from "./answering.ts";

/** The parts of Node's `IncomingMessage` that the handler uses. */
export interface NodeRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  /** The URL before a router removed its own path from `url`. */
  readonly originalUrl?: string | undefined;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly rawHeaders?: readonly string[] | undefined;
  on(event: "data", listener: (chunk: Uint8Array) => void): unknown;
  on(event: "end" | "error" | "close", listener: () => void): unknown;
}

/** The parts of Node's `ServerResponse` that the handler uses. */
export interface NodeResponse {
  writeHead(status: number, headers: Readonly<Record<string, string>>): unknown;
  end(): unknown;
}

/** A request listener for `createServer` of node:http or node:https. */
export function toNodeHandler({
  answering,
}: Receiver): (request: NodeRequest, response: NodeResponse) => void {
  return (request, response) => {
    const head = headOf(request);
    const answer = answering.answerHead(head);
    if (answer) send(answer, response);
    else readBody(request, answering, (body) => send(answering.answerBody(head, body), response));
  };
}

export function headOf(request: NodeRequest): Head {
  const { method = "", url = "", originalUrl = url, headers } = request;
  return {
    method,
    rawHeaders: request.rawHeaders,
    get path() {
      return pathOf(originalUrl);
    },
    header(name) {
      const value = headers[name];
      return typeof value === "string" ? value : value?.join(", ");
    },
    get headers() {
      const all = new Headers();
      for (const [name, value] of Object.entries(headers)) {
        for (const each of typeof value === "string" ? [value] : (value ?? [])) {
          all.append(name, each);
        }
      }
      return all;
    },
  };
}

/** A target may be a whole URL (RFC 9112, 3.2.2). */
function pathOf(target: string): string {
  const path = target.replace(/^https?:\/\/[^/?#]*/i, "");
  return path.split("?", 1)[0] || "/";
}

/** Answers, then does the work in a later turn, because TLS and middleware write the answer with a delay. */
export function send(answer: Answer, response: NodeResponse): void {
  response.writeHead(answer.status, answer.headers);
  response.end();
  if (answer.after) setImmediate(answer.after);
}

function readBody(request: NodeRequest, answering: Answering, done: (body: Body) => void): void {
  const contentLength = request.headers["content-length"];
  const reader = answering.createBodyReader(
    typeof contentLength === "string" ? contentLength : undefined,
  );
  if (!reader) {
    done("too-large");
    return;
  }
  let isSettled = false;
  const end = (body: Body) => {
    isSettled = true;
    done(body);
  };
  const breakOff = () => {
    if (isSettled) return;
    reader.abandon();
    end("broken-off");
  };
  request.on("data", (chunk) => {
    if (!isSettled && !reader.add(chunk)) end("too-large");
  });
  request.on("end", () => {
    if (!isSettled) end({ text: reader.end() });
  });
  request.on("error", breakOff);
  request.on("close", breakOff);
}
