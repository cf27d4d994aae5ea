import type { IncomingMessage, ServerResponse } from "node:http";
import { type ForeignRequest, whyForeign } from "../machine/foreign-request.ts";
import { createOwnHostTest } from "../machine/own-host.ts";
import { oneLine } from "../one-line.ts";
import { acceptTokens } from "../receiver/answering.ts";
import { createReceiver, toNodeHandler } from "../receiver/receiver.ts";
import { serveReceiver } from "../receiver/serve-receiver.ts";
import type { ReceivedEvent } from "./source.ts";

export interface ListenerServerOptions {
  readonly host: string;
  readonly port: number;
  /** The host of its public address, such as a tunnel's: requests that are addressed to it are accepted. */
  readonly publicHost: string | undefined;
  /** The path that takes deliveries, whatever their query. */
  readonly path: string;
  /** When set, deliveries must carry it. */
  readonly verificationToken: string | undefined;
  /** The answer to a delivery without it. */
  readonly rejectStatus: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** RingCentral, or somebody else, validated the endpoint. */
  readonly onHandshake: () => void;
  /** Called once the answer is on its way. */
  readonly onEvent: (event: ReceivedEvent) => void;
  /** A request was answered and ignored: what it was, such as `a delivery: the body is not JSON`, and of which kind. */
  readonly onIgnored: (what: string, kind: string) => void;
  /** `onEvent` threw. */
  readonly onError: (error: unknown) => void;
}

export interface ListenerServer {
  /** With the path, such as `http://127.0.0.1:4011/`. */
  readonly url: string;
  readonly port: number;
  /** Stops at once. */
  close(): Promise<void>;
}

/**
 * Takes RingCentral's deliveries and answers each within milliseconds. Throws a CliError when it cannot listen on the
 * port.
 */
export async function startListenerServer(options: ListenerServerOptions): Promise<ListenerServer> {
  const { host, port, path, verificationToken, rejectStatus, now } = options;
  const { onHandshake, onEvent, onIgnored, onError } = options;
  const receiver = createReceiver({
    verificationToken,
    path,
    rejectStatus,
    onRejected: (reason, kind) =>
      onIgnored(`a delivery: ${reason.charAt(0).toLowerCase()}${reason.slice(1)}`, kind),
    onError,
    onHandshake,
    onEvent: (event, { body, rawHeaders = [] }) =>
      onEvent({
        receivedAt: now(),
        transport: "WebHook",
        headers: headersToKeep(rawHeaders),
        text: body,
        event,
      }),
  });
  const handle = toNodeHandler(receiver);
  const isForeign = createForeignTest(options);
  const served = await serveReceiver(
    (request: IncomingMessage, response: ServerResponse) => {
      const foreign = isForeign(request);
      if (foreign) {
        response.writeHead(foreign.status, { Connection: "close", "Content-Length": "0" }).end();
        onIgnored(describe(foreign), foreign.kind);
        return;
      }
      void handle(request, response, () => {
        const headers = { "Content-Type": "application/json", "Content-Length": "0" };
        response.writeHead(404, headers).end();
        const [requested = ""] = request.url?.split("?", 1) ?? [];
        const shown = oneLine(requested).slice(0, longestText);
        onIgnored(`a request for ${shown} (404, expected ${path})`, "path");
      });
    },
    { host, port },
  );
  return { url: `${served.url}${path}`, port: served.port, close: served.close };
}

/** The maximum length in messages of what a request says, characters. */
const longestText = 100;

/**
 * Tells which requests are a web page's, or meant for another host. One that carries the verification token may be
 * addressed to any host, because a tunnel or proxy can change it, and no web page knows the token.
 */
function createForeignTest({
  host,
  publicHost,
  verificationToken,
}: Pick<ListenerServerOptions, "host" | "publicHost" | "verificationToken">) {
  const isOwnHost = createOwnHostTest(host, [publicHost]);
  const tokens = verificationToken === undefined ? undefined : acceptTokens(verificationToken);
  return (request: IncomingMessage): ForeignRequest | undefined => {
    const foreign = whyForeign(request, isOwnHost);
    if (foreign?.kind !== "host") return foreign;
    const token = request.headers["verification-token"];
    return typeof token === "string" && tokens?.accept(token) ? undefined : foreign;
  };
}

function describe({ kind, name, status }: ForeignRequest): string {
  const shown = oneLine(name).slice(0, longestText);
  return kind === "page"
    ? `a request from a web page (${status}, from ${shown})`
    : `a request for ${shown}, which is not this listener's address (${status}; if it is a tunnel to here, name it with --url)`;
}

const secretHeaders: ReadonlySet<string> = new Set([
  "verification-token",
  "authorization",
  "proxy-authorization",
  "cookie",
]);

/** Header names keep their case: some programs look at it. */
function headersToKeep(raw: readonly string[]): Readonly<Record<string, string>> {
  const kept: Record<string, string> = {};
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] ?? "";
    const value = raw[at + 1] ?? "";
    if (name === "__proto__" || secretHeaders.has(name.toLowerCase())) continue;
    kept[name] = Object.hasOwn(kept, name) ? `${kept[name]}, ${value}` : value;
  }
  return kept;
}
