import { elementsOf, isObject, parseJson } from "../../machine/json.ts";

/** The session context: the session of a connection, and the number of frames with a context so far. */
interface SessionContext {
  readonly token: string;
  readonly sequence: number;
}

export interface FrameMeta {
  readonly type:
    | "ClientRequest"
    | "ConnectionDetails"
    | "Error"
    | "Heartbeat"
    | "ServerNotification";
  readonly messageId: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly wsc?: SessionContext;
}

/** What the gateway sends. */
export type Frame = readonly [FrameMeta] | readonly [FrameMeta, unknown];

/** What a client sends. */
export interface ClientFrame {
  readonly type: string;
  readonly messageId: string;
  readonly meta: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

/** Why the gateway refuses something. Only WSG-400, WSG-902 and WSG-903 are known from public sources. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** Undefined for anything but `[meta]` or `[meta, body]`. */
export function parseFrame(text: string): ClientFrame | undefined {
  const [meta, body, ...rest] = elementsOf(parseJson(text));
  if (!isObject(meta) || rest.length > 0) return undefined;
  const { type, messageId } = meta;
  if (typeof type !== "string" || typeof messageId !== "string") return undefined;
  return { type, messageId, meta, body };
}

export function errorFrame(
  { status, code, message }: Refusal,
  messageId: string,
  id: string,
): Frame {
  const meta: FrameMeta = { type: "Error", messageId, status, headers: { RCRequestId: id } };
  return [meta, { errorCode: code, message }];
}

export function malformed(message: string): Refusal {
  return { status: 400, code: "WSG-400", message };
}
