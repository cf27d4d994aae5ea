import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { bundlePage } from "../../scripts/bundle-page.ts";
import type { Action, Hello, Update } from "../../src/inspector/protocol.ts";

/** One for all tests of a run. */
let bundled: ReturnType<typeof bundlePage> | undefined;

const token = "0123456789abcdef";

/** Answers a request to the emulator's controls, or to what else the page asks for. */
type Answer = (body: string, url: URL) => { readonly status?: number; readonly json?: unknown };

export interface PageServer {
  readonly url: string;
  /** What the page asked to be done. */
  readonly actions: Action[];
  /** Each request as `METHOD path`, and the body if it had one. */
  readonly requests: { readonly line: string; readonly body: string }[];
  /** Sends to every page that is open; kept for those that open later. */
  send(...updates: Update[]): void;
  /** Answers other requests: the key is `METHOD path` below the page. */
  readonly answers: Map<string, Answer>;
  /** Breaks the open streams; refuses new ones for as long as `isDown`. */
  cut(isDown: boolean): void;
  /** Answers as a later run of the program does, which has another secret. */
  replace(): void;
  close(): Promise<void>;
}

/** Speaks the protocol of `src/inspector/protocol.ts` with data that a test gives, and keeps nothing else. */
export async function startPageServer(hello: Partial<Hello> = {}): Promise<PageServer> {
  bundled ??= bundlePage();
  const { policy, html } = await bundled;
  const streams = new Set<ServerResponse>();
  const kept: Update[] = [];
  const actions: Action[] = [];
  const requests: PageServer["requests"] = [];
  const answers = new Map<string, Answer>();
  let isDown = false;
  let isReplaced = false;

  const write = (stream: ServerResponse, update: Update) =>
    stream.write(`data: ${JSON.stringify(update)}\n\n`);
  answers.set("POST actions", (body) => {
    const action: Action = JSON.parse(body);
    actions.push(action);
    return { json: { message: `Done: ${action.action}.` } };
  });

  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    let body = "";
    for await (const chunk of request) body += chunk;
    const path = url.pathname.replace(`/${token}/`, "");
    requests.push({ line: `${request.method} ${path}`, body });
    if (isReplaced) response.writeHead(404).end();
    else if (path === "") {
      response.writeHead(200, {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": policy,
      });
      response.end(html);
    } else if (path === "stream" && !isDown) {
      response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
      write(response, {
        type: "hello",
        hello: {
          kind: "listen",
          version: "0.1.0",
          title: "Listening for glip/posts",
          target: "http://localhost:3000/webhook",
          keeps: { events: 1000, bytes: 16_000_000 },
          now: Date.now(),
          ...hello,
        },
      });
      for (const update of kept) write(response, update);
      streams.add(response);
      response.on("close", () => streams.delete(response));
    } else {
      const { status = 200, json } = answers.get(`${request.method} ${path}`)?.(body, url) ?? {
        status: isDown ? 503 : 404,
        json: { message: `Nothing is at ${path}.` },
      };
      response.writeHead(status, { "Content-Type": "application/json" });
      response.end(json === undefined ? "" : JSON.stringify(json));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}/${token}/`,
    actions,
    requests,
    answers,
    send(...updates) {
      kept.push(...updates);
      for (const stream of streams) for (const update of updates) write(stream, update);
    },
    cut(down) {
      isDown = down;
      for (const stream of streams) stream.destroy();
    },
    replace() {
      isReplaced = true;
      for (const stream of streams) stream.destroy();
    },
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
