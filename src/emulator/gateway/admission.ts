import type { Backend } from "../backend.ts";
import type { Session } from "../sign-in/sessions.ts";
import type { Connection } from "./connection.ts";
import { type FrameMeta, malformed, type Refusal } from "./frames.ts";
import {
  type GatewaySession,
  type GatewaySessions,
  looksLikeSessionToken,
  nextContext,
  type RecoveryErrorCode,
} from "./sessions.ts";
import type { GatewayTokens } from "./tokens.ts";

/** What all connections of the gateway share. */
export interface GatewayContext {
  readonly tokens: GatewayTokens;
  readonly sessions: GatewaySessions;
  readonly backend: Backend;
}

/** A connection that is allowed. */
export interface Admission {
  readonly token: string;
  /** The token of the session to recover. */
  readonly wsc: string | undefined;
  readonly oauthSession: Session;
}

/** Whether a connection is allowed. Its token is in its URL, or in `Authorization`, as RingCentral's PHP client has it. */
export function admissionOf(
  parameters: URLSearchParams,
  authorization: string | undefined,
  shared: GatewayContext,
): Admission | Refusal {
  const token = parameters.get("access_token") ?? /^bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
  if (!token) return malformed("WebSocket access token is not specified");
  const wsc = parameters.get("wsc") ?? undefined;
  if (wsc !== undefined && !looksLikeSessionToken(wsc)) {
    return malformed("Malformed WebSocket session context token");
  }
  const oauthSession = shared.tokens.redeem(token, wsc);
  if (!oauthSession) {
    return { status: 401, code: "WSG-401", message: "WebSocket access token is invalid" };
  }
  const { webSocketConnectionLimit } = shared.backend.settings;
  const isFull = otherConnectionsOf(oauthSession, wsc, shared) >= webSocketConnectionLimit;
  if (isFull) return { status: 429, code: "WSG-429", message: "Too many connections" };
  return { token, wsc, oauthSession };
}

/** Excluding the connection that a recovery replaces: it may still look alive. */
function otherConnectionsOf(
  { id }: Session,
  wsc: string | undefined,
  { sessions }: GatewayContext,
): number {
  const others = sessions.all().filter((one) => one.oauthSession.id === id && one.token !== wsc);
  return others.filter(({ connection }) => connection?.isOpen).length;
}

/** Recovers the requested session or opens a new one, and sends the connection details. */
export function openSession(
  { token, wsc, oauthSession }: Admission,
  connection: Connection,
  { tokens, sessions, backend }: GatewayContext,
): GatewaySession {
  const recovered = wsc === undefined ? undefined : sessions.recover(wsc, oauthSession);
  const session = typeof recovered === "object" ? recovered : sessions.open(oauthSession);
  tokens.use(token, session.token);
  sessions.attach(session, connection);
  const recoveryErrorCode = typeof recovered === "string" ? recovered : undefined;
  const id = backend.createId();
  const meta: FrameMeta = {
    type: "ConnectionDetails",
    messageId: id,
    status: 200,
    headers: { RCRequestId: id },
    wsc: nextContext(session),
  };
  connection.send([
    meta,
    { ...describeLimits(backend), ...(recovered && describeRecovery(recoveryErrorCode)) },
  ]);
  if (session === recovered) sessions.resend(session);
  return session;
}

function describeLimits({ clock, settings }: Backend) {
  return {
    creationTime: new Date(clock.now()).toISOString(),
    maxConnectionsPerSession: settings.webSocketConnectionLimit,
    recoveryBufferSize: settings.webSocketRecoveryBufferSize,
    recoveryTimeout: settings.webSocketRecoveryTimeout,
    idleTimeout: settings.webSocketIdleTimeout,
    absoluteTimeout: settings.webSocketAbsoluteTimeout,
    maxActiveRequests: settings.webSocketRequestLimit,
  };
}

function describeRecovery(recoveryErrorCode: RecoveryErrorCode | undefined) {
  if (recoveryErrorCode === undefined) return { recoveryState: "Successful" };
  return { recoveryState: "Failed", recoveryErrorCode };
}
