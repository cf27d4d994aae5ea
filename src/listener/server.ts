import type { IncomingMessage, ServerResponse } from "node:http";
import { createReceiver, toNodeHandler } from "../receiver/receiver.ts";
import { serveReceiver } from "../receiver/serve-receiver.ts";
import type { ReceivedEvent } from "./received-event.ts";

export interface ListenerServerOptions {
  readonly host: string;
  readonly port: number;
  /** The one that is served; a delivery's query is its own affair. */
  readonly path: string;
  /** When set, deliveries have to carry it. */
  readonly verificationToken: string | undefined;
  /** What a delivery without it is answered. */
  readonly rejectStatus: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Called once the answer is on its way. */
  readonly onEvent: (event: ReceivedEvent) => void;
  /** A request was answered and dropped; the reason is a sentence without its full stop. */
  readonly onRejected: (reason: string) => void;
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
 * Takes RingCentral's deliveries and answers each within milliseconds, whatever becomes of it. Throws a CliError
 * where the port cannot be had.
 */
export async function startListenerServer(options: ListenerServerOptions): Promise<ListenerServer> {
  const { host, port, path, verificationToken, rejectStatus, now, onEvent, onRejected, onError } =
    options;
  const receiver = createReceiver({
    verificationToken,
    path,
    rejectStatus,
    onRejected,
    onError,
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
      if (request.url?.split("?", 1)[0] !== path) {
        onRejected(`Something asked for another path than ${path}, and was answered 404`);
      }
    },
    { host, port },
  );
  return { url: `${served.url}${path}`, port: served.port, close: served.close };
}

const secretHeaders: ReadonlySet<string> = new Set([
  "verification-token",
  "authorization",
  "proxy-authorization",
  "cookie",
]);

/** In their own case, because programs that look at it exist. */
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
