import {
  elementsOf,
  endOfString,
  isObject,
  membersOf,
  parseJson,
  textMembersOf,
} from "../machine/json.ts";

/** A frame of the gateway's: `[meta]` or `[meta, body]`. */
export interface GatewayFrame {
  /** `ConnectionDetails`, `ClientRequest`, `ServerNotification`, `Heartbeat`, `Error`, or a type of the future. */
  readonly type: string;
  readonly messageId: string | undefined;
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** The token to recover a lost session with. */
  readonly sessionToken: string | undefined;
  readonly body: unknown;
  /** The body's JSON text as it arrived, because parsing changes numbers beyond 2^53. Empty without a body. */
  readonly bodyText: string;
}

/** Undefined for an invalid frame. */
export function parseFrame(text: string): GatewayFrame | undefined {
  const elements = elementsOf(parseJson(text));
  const [meta, body] = elements;
  if (!isObject(meta) || typeof meta["type"] !== "string") return undefined;
  const { type, messageId, status, headers, wsc } = meta;
  const { token: sessionToken } = membersOf(wsc);
  return {
    type,
    messageId: typeof messageId === "string" ? messageId : undefined,
    status: typeof status === "number" ? status : undefined,
    headers: textMembersOf(headers),
    sessionToken: typeof sessionToken === "string" ? sessionToken : undefined,
    body,
    bodyText: elements.length > 1 ? secondElement(text) : "",
  };
}

/** A call of RingCentral's API as a frame. */
export function requestFrame(
  messageId: string,
  method: string,
  path: string,
  body: object | undefined,
): string {
  const meta = { type: "ClientRequest", messageId, method, path };
  return JSON.stringify(body === undefined ? [meta] : [meta, body]);
}

export function heartbeatFrame(messageId: string): string {
  return JSON.stringify([{ type: "Heartbeat", messageId }]);
}

/** A number, or a string of digits: servers write both. */
export function numberOf(value: unknown): number | undefined {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) && number >= 0 ? number : undefined;
}

/** The text of the second element of an array that is valid JSON. */
function secondElement(text: string): string {
  const start = text.indexOf("[") + 1;
  const comma = endOfElement(text, start);
  return text.slice(comma + 1, endOfElement(text, comma + 1)).trim();
}

/** The index of the comma or bracket behind the element that begins at `start`. */
function endOfElement(text: string, start: number): number {
  const tokens = /["[\]{},]/g;
  tokens.lastIndex = start;
  let depth = 0;
  for (let token = tokens.exec(text); token; token = tokens.exec(text)) {
    const [mark] = token;
    // Nothing within a string counts.
    if (mark === '"') tokens.lastIndex = endOfString(text, token.index);
    if (depth === 0 && (mark === "," || mark === "]")) return token.index;
    if (mark === "[" || mark === "{") depth += 1;
    if (mark === "]" || mark === "}") depth -= 1;
  }
  return text.length;
}
