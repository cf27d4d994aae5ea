import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { bundlePage } from "../../scripts/bundle-page.ts";
import type { Action, Hello, InspectedEvent, Update } from "../../src/inspector/protocol.ts";

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
  close(): Promise<void>;
}

/** Speaks the protocol of `src/inspector/protocol.ts` with data that a test gives, and keeps nothing else. */
export async function startPageServer(hello: Partial<Hello> = {}): Promise<PageServer> {
  const { policy, html } = await bundlePage();
  const streams = new Set<ServerResponse>();
  const kept: Update[] = [];
  const actions: Action[] = [];
  const requests: PageServer["requests"] = [];
  const answers = new Map<string, Answer>();
  let isDown = false;

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
    if (path === "") {
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
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

const start = Date.UTC(2027, 0, 15, 12);

/** An event like those that come, the same for each number. */
export function sampleEvent(number: number, changes: Partial<InspectedEvent> = {}): InspectedEvent {
  const [filter, summary, data] = kinds[number % kinds.length] ?? kinds[0];
  const receivedAt = start + number * 1370;
  return {
    number,
    receivedAt,
    origin: "received",
    transport: "WebHook",
    summary,
    filter,
    subscriptionId: "6b1f0f7e-2c1b-4d0c-9d0a-5f3a0b9f1c55",
    headers: {
      "content-type": "application/json;charset=UTF-8",
      "user-agent": "RingCentral-WebHook/9.1",
      "verification-token": "…",
      "x-request-id": `0d2c5c7e-${String(number).padStart(4, "0")}`,
    },
    text: JSON.stringify({
      uuid: "1234567890123456789",
      event: `/restapi/v1.0/${filter}`,
      timestamp: new Date(receivedAt).toISOString(),
      subscriptionId: "6b1f0f7e-2c1b-4d0c-9d0a-5f3a0b9f1c55",
      ownerId: "7000000001",
      body: { number, ...data },
    }),
    delivery: delivery(number),
    ...changes,
  };
}

function delivery(number: number): NonNullable<InspectedEvent["delivery"]> {
  const target = "http://localhost:3000/webhook";
  const latency = 8 + ((number * 7919) % 90) * (number % 11 === 0 ? 24 : 1);
  if (number % 17 === 5) {
    return {
      state: "failed",
      target,
      milliseconds: 3002,
      verdict: {
        status: "fail",
        text: "No answer within 3 seconds: RingCentral counts a failure, and blacklists after ten minutes of them.",
        code: "SUB-525",
      },
    };
  }
  return {
    state: "answered",
    target,
    status: 200,
    milliseconds: latency,
    headers: { "content-type": "application/json", "content-length": "15" },
    body: '{"stored":true}',
    verdict:
      number % 13 === 3
        ? { status: "warn", text: "The answer took longer than a second.", code: "SUB-525" }
        : { status: "pass", text: "RingCentral would accept this answer." },
  };
}

type Kind = readonly [filter: string, summary: string, data: object];

const kinds: readonly [Kind, ...Kind[]] = [
  [
    "glip/posts",
    "Post by Amira Haddad: The invoices for January are ready",
    {
      eventType: "PostAdded",
      text: "The invoices for January are ready",
      mentions: [{ id: "31", type: "Person", name: "Amira Haddad" }],
      attachments: null,
    },
  ],
  [
    "account/~/extension/~/message-store/instant?type=SMS",
    "SMS from +1 650 555 0100: Could you call me back this afternoon, please?",
    {
      subject: "Could you call me back this afternoon, please?",
      from: { phoneNumber: "+16505550100" },
      to: [{ phoneNumber: "+16505550199", target: true }],
      isRead: false,
    },
  ],
  [
    "account/~/extension/~/telephony/sessions",
    "Call from +1 650 555 0123 to 101: Answered",
    { telephonySessionId: "s-a0b1c2d3", parties: [{ status: { code: "Answered" } }] },
  ],
  [
    "account/~/extension/~/presence",
    "مرحبا: presence of Layla is Busy",
    { presenceStatus: "Busy", userStatus: "Available", note: "مرحبا بالعالم" },
  ],
];
