import { createServer, type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import type { AddressInfo } from "node:net";

export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export interface ScriptedAnswer {
  readonly status?: number;
  readonly statusText?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Objects are sent as JSON. */
  readonly body?: string | object;
  /** Closes the connection, before anything is sent or in the middle of the body. */
  readonly drop?: "before" | "within";
  /** Never answers. */
  readonly hang?: true;
}

export type Script = (request: ReceivedRequest) => ScriptedAnswer | Promise<ScriptedAnswer>;

export interface ScriptedServer extends AsyncDisposable {
  readonly url: string;
  readonly requests: ReceivedRequest[];
  /** `METHOD /path` of each request, in order. */
  log(): readonly string[];
}

/** A real HTTP server on loopback that gives the scripted answers and records its requests. */
export async function startScriptedServer(script: Script): Promise<ScriptedServer> {
  const requests: ReceivedRequest[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const request = await receive(incoming);
    requests.push(request);
    send(outgoing, await script(request));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    log: () => requests.map(({ method, path }) => `${method} ${path}`),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function receive(incoming: IncomingMessage): Promise<ReceivedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return {
    method: incoming.method ?? "",
    path: incoming.url ?? "",
    headers: incoming.headers,
    body: Buffer.concat(chunks).toString(),
  };
}

function send(outgoing: ServerResponse, answer: ScriptedAnswer): void {
  if (answer.hang) return;
  if (answer.drop === "before") {
    outgoing.destroy();
    return;
  }
  const body = typeof answer.body === "object" ? JSON.stringify(answer.body) : (answer.body ?? "");
  const { status = 200, statusText = STATUS_CODES[status] ?? "" } = answer;
  outgoing.writeHead(status, statusText, {
    ...(typeof answer.body === "object" && { "Content-Type": "application/json" }),
    "Content-Length": Buffer.byteLength(body),
    ...answer.headers,
  });
  if (answer.drop === "within") {
    outgoing.write(body.slice(0, body.length / 2), () => outgoing.destroy());
    return;
  }
  outgoing.end(body);
}
