import type { Answer, Answering, Body, Head, Receiver } from "./answering.ts";

/** As much of Node's `IncomingMessage` as is needed. */
export interface NodeRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  /** Where a router has taken its own path out of `url`: as it was before. */
  readonly originalUrl?: string | undefined;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly rawHeaders?: readonly string[] | undefined;
  on(event: "data", listener: (chunk: Uint8Array) => void): unknown;
  on(event: "end" | "error" | "close", listener: () => void): unknown;
}

/** As much of Node's `ServerResponse` as is needed. */
export interface NodeResponse {
  writeHead(status: number, headers: Readonly<Record<string, string>>): unknown;
  end(): unknown;
}

/** A listener for `createServer` of node:http and node:https. */
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

/** Answers, then works, in a later turn: a server over TLS or with middleware writes what it was given a little later. */
export function send(answer: Answer, response: NodeResponse): void {
  response.writeHead(answer.status, answer.headers);
  response.end();
  if (answer.after) setImmediate(answer.after);
}

function readBody(request: NodeRequest, answering: Answering, settle: (body: Body) => void): void {
  const contentLength = request.headers["content-length"];
  const reader = answering.createBodyReader(
    typeof contentLength === "string" ? contentLength : undefined,
  );
  if (!reader) {
    settle("too-large");
    return;
  }
  let isSettled = false;
  const end = (body: Body) => {
    isSettled = true;
    settle(body);
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
