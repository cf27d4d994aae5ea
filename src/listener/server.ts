import type { IncomingMessage, ServerResponse } from "node:http";
import { oneLine } from "../one-line.ts";
import { createReceiver, toNodeHandler } from "../receiver/receiver.ts";
import { serveReceiver } from "../receiver/serve-receiver.ts";
import type { ReceivedEvent } from "./source.ts";

export interface ListenerServerOptions {
  readonly host: string;
  readonly port: number;
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
  const served = await serveReceiver(
    (request: IncomingMessage, response: ServerResponse) => {
      handle(request, response);
      const [requested = ""] = request.url?.split("?", 1) ?? [];
      if (withoutSlash(requested) !== withoutSlash(path)) {
        const shown = oneLine(requested).slice(0, longestPath);
        onIgnored(`a request for ${shown} (404, expected ${path})`, "path");
      }
    },
    { host, port },
  );
  return { url: `${served.url}${path}`, port: served.port, close: served.close };
}

/** The receiver ignores a slash at the end. */
function withoutSlash(path: string): string {
  return path.replace(/(?<=.)\/$/, "");
}

/** The maximum length of a requested path in messages, characters. */
const longestPath = 100;

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
    kept[name] = name in kept ? `${kept[name]}, ${value}` : value;
  }
  return kept;
}
