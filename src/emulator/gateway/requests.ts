import { isObject, jsonOrText } from "../../machine/json.ts";
import type { Backend } from "../backend.ts";
import type { ClientFrame, Frame } from "./frames.ts";
import type { GatewaySession } from "./sessions.ts";

/** What the emulator's routes answer to a request that came through a gateway session. */
export type Answer = (request: Request, gatewaySession: string) => Promise<Response>;

/**
 * The HTTP request for a ClientRequest, as the session's user. Undefined for an invalid one, and for those that the
 * gateway refuses: logins and the control API.
 */
export function toRequest(
  { meta, body }: ClientFrame,
  session: GatewaySession,
  origin: string,
  backend: Backend,
): Request | undefined {
  const { method, path } = meta;
  if (typeof method !== "string" || typeof path !== "string") return undefined;
  if (!path.startsWith("/")) return undefined;
  try {
    const url = new URL(origin + path);
    if (/^\/(?:emulator|restapi\/oauth)\//.test(url.pathname)) return undefined;
    // RingCentral's guide subscribes at a path with a trailing slash, which works over the gateway.
    url.pathname = url.pathname.replace(/(?<=.)\/$/, "");
    addQuery(url, meta["query"]);
    const headers = readHeaders(meta["headers"]);
    headers.set("Authorization", `Bearer ${accessTokenOf(session, backend)}`);
    if (body === undefined || /^(?:get|head)$/i.test(method)) {
      return new Request(url, { method, headers });
    }
    headers.set("Content-Type", "application/json");
    return new Request(url, { method, headers, body: JSON.stringify(body) });
  } catch {
    // An invalid method, header or URL, or a body that is nested too deeply.
    return undefined;
  }
}

/** A complete answer. */
interface ReadAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Undefined for a missing answer, or one that is shorter than its Content-Length. */
export async function readAnswer(response: Response): Promise<ReadAnswer | undefined> {
  if (response.type === "error") return undefined;
  const { status, headers } = response;
  const bytes = await response.arrayBuffer();
  const announced = Number(headers.get("content-length") ?? 0);
  if (bytes.byteLength < announced) return undefined;
  return { status, headers, text: new TextDecoder().decode(bytes) };
}

/** The frame with an answer. Those of RingCentral have no context of the session. */
export function toFrame({ status, headers, text }: ReadAnswer, messageId: string): Frame {
  const meta = {
    type: "ClientRequest" as const,
    messageId,
    status,
    headers: readableHeaders(headers),
  };
  return text === "" ? [meta] : [meta, jsonOrText(text)];
}

function addQuery({ searchParams }: URL, query: unknown): void {
  if (!isObject(query)) return;
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one === undefined || one === null) continue;
      searchParams.append(name, typeof one === "object" ? JSON.stringify(one) : String(one));
    }
  }
}

function readHeaders(value: unknown): Headers {
  const headers = new Headers();
  if (!isObject(value)) return headers;
  for (const [name, text] of Object.entries(value)) {
    // Headers about the connection are set by the gateway.
    const isOurs = /^(?:authorization|connection|content-.*|host|origin|transfer-encoding)$/i;
    if (typeof text === "string" && !isOurs.test(name)) headers.set(name, text);
  }
  return headers;
}

/** The current token: a refresh changes it and keeps the session. A revoked token is refused by the routes. */
function accessTokenOf({ oauthSession }: GatewaySession, { sessions }: Backend): string {
  const current = sessions.all().find(({ id }) => id === oauthSession.id);
  return (current ?? oauthSession).accessToken;
}

/** With the request id's header in RingCentral's spelling, and a content type without a charset, as seen there. */
function readableHeaders(headers: Headers): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...headers].map(([name, value]) => {
      if (name === "content-type") return [name, value.replace(/;.*/s, "").trimEnd()];
      return [name === "rcrequestid" ? "RCRequestId" : name, value];
    }),
  );
}
