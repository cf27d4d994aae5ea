import {
  type Answer,
  type Answering,
  answeringOf,
  type Body,
  type Head,
  type Later,
  type Receiver,
} from "./answering.ts";
import { parsedBody } from "./parsed-body.ts";

/** The parts of Node's `IncomingMessage`, or of its HTTP/2 counterpart, that the handler uses. */
export interface NodeRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  /** The URL before a router removed its own path from `url`. */
  readonly originalUrl?: string | undefined;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly rawHeaders?: readonly string[] | undefined;
  /** What a body parser made of the body. */
  readonly body?: unknown;
  /** The body before a parser parsed it. */
  readonly rawBody?: unknown;
  /** Whether the body was already read. */
  readonly readableDidRead?: boolean;
  readonly destroyed?: boolean;
  on(event: "data", listener: (chunk: Uint8Array) => void): unknown;
  on(event: "end" | "error" | "close", listener: () => void): unknown;
}

/** The parts of Node's `ServerResponse`, or of its HTTP/2 counterpart, that the handler uses. */
export interface NodeResponse {
  readonly headersSent?: boolean;
  writeHead(status: number, headers: Readonly<Record<string, string>>): unknown;
  end(): unknown;
  end(text: string): unknown;
}

/** Resolves once the request is answered. `next` gets requests for other paths than the option `path`. */
export type NodeHandler = (
  request: NodeRequest,
  response: NodeResponse,
  next?: () => unknown,
) => Promise<void>;

/** A request listener for `createServer` of node:http, node:https and node:http2, and middleware for connect. */
export function toNodeHandler(receiver: Receiver): NodeHandler {
  return createNodeHandler(receiver, "toNodeHandler");
}

export function createNodeHandler(receiver: Receiver, adapter: string): NodeHandler {
  const answering = answeringOf(receiver, adapter);
  return async (request, response, next) => {
    if (typeof response?.writeHead !== "function") throw wrongFramework(adapter);
    const parsed = [request.rawBody, request.body];
    await answerNode(answering, { request, response, next, parsed });
  };
}

function wrongFramework(adapter: string): TypeError {
  return new TypeError(
    `rcwh/receiver: ${adapter} takes a request and a response of node:http. ` +
      "Use toKoaMiddleware for Koa, toFastifyPlugin for Fastify, and toHonoHandler for Hono.",
  );
}

export interface NodeExchange {
  readonly request: NodeRequest;
  readonly response: NodeResponse;
  readonly next?: (() => unknown) | undefined;
  /** What the framework has of a body that it has read, the best first. */
  readonly parsed: readonly unknown[];
  /** Default: the request's own. */
  readonly originalUrl?: string | undefined;
}

export async function answerNode(answering: Answering, exchange: NodeExchange): Promise<void> {
  const { request, response, next, parsed } = exchange;
  const head = new NodeHead(exchange);
  const early = answering.answerHead(head);
  if (early?.isElsewhere && next) {
    await next();
    return;
  }
  if (early) return send(early, response, answering);
  const body = isRead(request)
    ? parsedBody(parsed, head.header("content-length"))
    : await readBody(request, answering);
  send(answering.answerBody(head, body), response, answering);
}

/** A stand-in for a request, such as a test's, has a body but nothing to read. */
function isRead({ readableDidRead, body }: NodeRequest): boolean {
  return readableDidRead ?? body !== undefined;
}

/** A class, because an object with functions of its own for each request costs as much as reading the request. */
class NodeHead implements Head {
  readonly #request: NodeRequest;
  readonly #originalUrl: string | undefined;

  constructor({ request, originalUrl }: NodeExchange) {
    this.#request = request;
    this.#originalUrl = originalUrl;
  }

  get method() {
    return this.#request.method ?? "";
  }

  get rawHeaders() {
    const { rawHeaders } = this.#request;
    return rawHeaders && withoutPseudoHeaders(rawHeaders);
  }

  get path() {
    const { originalUrl, url = "" } = this.#request;
    return pathOf(this.#originalUrl ?? originalUrl ?? url);
  }

  get mountedPath() {
    return pathOf(this.#request.url ?? "");
  }

  header(name: string) {
    const value = this.#request.headers[name];
    return typeof value === "string" ? value : value?.join(", ");
  }

  get headers() {
    const all = new Headers();
    for (const [name, value] of Object.entries(this.#request.headers)) {
      if (isPseudoHeader(name)) continue;
      for (const each of typeof value === "string" ? [value] : (value ?? [])) {
        all.append(name, each);
      }
    }
    return all;
  }
}

/** HTTP/2 has the request line among its headers, such as `:path`. */
function isPseudoHeader(name: string): boolean {
  return name.startsWith(":");
}

function withoutPseudoHeaders(rawHeaders: readonly string[]): readonly string[] {
  if (!rawHeaders.some(isPseudoHeader)) return rawHeaders;
  return rawHeaders.filter((_, index) => !isPseudoHeader(rawHeaders[index - (index % 2)] ?? ""));
}

/** A target may be a whole URL (RFC 9112, 3.2.2). */
function pathOf(target: string): string {
  if (target.startsWith("/") && !target.includes("?")) return target;
  const path = target.replace(/^https?:\/\/[^/?#]*/i, "");
  return path.split("?", 1)[0] || "/";
}

function send(answer: Answer, response: NodeResponse, answering: Answering): void {
  if (response.headersSent) {
    void answering.afterwards(answer, { unsent: new Error(alreadyAnswered), later });
    return;
  }
  response.writeHead(answer.status, answer.headers);
  if (answer.body === undefined) response.end();
  else response.end(answer.body);
  void answering.afterwards(answer, { later });
}

/** Sooner than a timeout, and only Node has it. As it was when this module was loaded, without a test's fake timers. */
const immediate = typeof setImmediate === "function" ? setImmediate : setTimeout;
const later: Later = (work) => immediate(work);

const alreadyAnswered =
  "Other code answered a delivery before the receiver: return or await what its handler returns";

async function readBody(request: NodeRequest, answering: Answering): Promise<Body> {
  const contentLength = request.headers["content-length"];
  const reader = answering.createBodyReader(
    typeof contentLength === "string" ? contentLength : undefined,
  );
  if (!reader) return "too-large";
  if (request.destroyed) return "broken-off";
  return new Promise((resolve) => {
    let isSettled = false;
    const end = (body: Body) => {
      isSettled = true;
      resolve(body);
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
  });
}
