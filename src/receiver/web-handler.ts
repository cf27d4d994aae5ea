import type { Answering, Body, Head } from "./answering.ts";
import type { ReceiverContext } from "./options.ts";

export function createWebHandler(answering: Answering) {
  return async (request: Request, context?: ReceiverContext): Promise<Response> => {
    if (typeof request?.headers?.get === "function") {
      return answerWeb(answering, { request, context });
    }
    const error = new TypeError(`rcwh/receiver: ${wrongServer}.`);
    if (!isNodeResponse(context)) throw error;
    // node:http and Express 4 ignore what is thrown here: the process would end, and the request never.
    context.writeHead(500, { "Content-Type": "application/json" });
    context.end(JSON.stringify({ error: error.message }));
    void answering.afterwards({ status: 500, headers: {} }, { unsent: error });
    return new Response(null, { status: 500 });
  };
}

const wrongServer =
  "A receiver takes a web Request: use toNodeHandler for node:http, toExpressHandler for Express, toKoaMiddleware for " +
  "Koa, toFastifyPlugin for Fastify, and toHonoHandler for Hono";

interface NodeAnswer {
  writeHead(status: number, headers: Readonly<Record<string, string>>): unknown;
  end(text: string): unknown;
}

function isNodeResponse(context: object | undefined): context is NodeAnswer {
  return context !== undefined && "writeHead" in context && "end" in context;
}

export interface WebExchange {
  readonly request: Request;
  readonly context?: ReceiverContext | undefined;
  /** The text of a body that the framework has read. Rejects if it has not kept it. */
  readonly readText?: () => Promise<string>;
}

export async function answerWeb(answering: Answering, exchange: WebExchange): Promise<Response> {
  const { request, context } = exchange;
  const head = headOf(request);
  const answer =
    answering.answerHead(head) ?? answering.answerBody(head, await bodyOf(answering, exchange));
  void answering.afterwards(answer, context);
  const { status, headers, body = null } = answer;
  return new Response(body, { status, headers });
}

function headOf({ method, url, headers }: Request): Head {
  return {
    method,
    get path() {
      return new URL(url).pathname;
    },
    header: (name) => headers.get(name) ?? undefined,
    headers,
  };
}

async function bodyOf(answering: Answering, { request, readText }: WebExchange): Promise<Body> {
  if (!request.bodyUsed && !request.body?.locked) return readBody(request, answering);
  try {
    return readText ? { text: await readText() } : "already-read";
  } catch {
    return "already-read";
  }
}

async function readBody({ headers, body }: Request, answering: Answering): Promise<Body> {
  const reader = answering.createBodyReader(headers.get("content-length") ?? undefined);
  const stream = body?.getReader();
  if (!reader) {
    void drain(stream);
    return "too-large";
  }
  try {
    for (;;) {
      const { done = true, value } = (await stream?.read()) ?? {};
      if (value && !reader.add(value)) {
        void drain(stream);
        return "too-large";
      }
      if (done) return { text: reader.end() };
    }
  } catch {
    reader.abandon();
    return "broken-off";
  }
}

/** Reads on, because to stop would close the connection before the client gets its answer. */
async function drain(stream: ReadableStreamDefaultReader<Uint8Array> | undefined): Promise<void> {
  try {
    while (stream && !(await stream.read()).done);
  } catch {
    // The client hung up.
  }
}
