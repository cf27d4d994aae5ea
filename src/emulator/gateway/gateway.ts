import type { IncomingMessage } from "node:http";
import type { WebSocket, WebSocketServer } from "ws";
import { parseUrl } from "../../machine/parse-url.ts";
import { json } from "../answers.ts";
import type { Backend, Gateway, Routes } from "../backend.ts";
import { missingScope } from "../problems.ts";
import { addPath } from "../routes.ts";
import { authorize } from "../sign-in/authorize.ts";
import { admissionOf, openSession } from "./admission.ts";
import { createConnection } from "./connection.ts";
import { receive } from "./conversation.ts";
import type { Answer } from "./requests.ts";
import { createGatewaySessions, type GatewaySession } from "./sessions.ts";
import { createGatewayTokens } from "./tokens.ts";

export const gatewayPath = "/ws";

export function createGateway(backend: () => Backend, answer: Answer): Gateway {
  const tokens = createGatewayTokens(backend);
  const sessions = createGatewaySessions(backend);
  let server: WebSocketServer | undefined;

  const admit = (socket: WebSocket, { url = "", headers }: IncomingMessage) => {
    const shared = { tokens, sessions, backend: backend() };
    const origin = `http://${headers.host}`;
    let session: GatewaySession | undefined;
    const load = { active: 0 };
    const connection = createConnection(socket, shared.backend, {
      onFrame: (text) => {
        if (session) void receive(text, { ...shared, answer, origin, session, connection, load });
      },
      onClose: () => {
        if (session) sessions.detach(session, connection);
      },
    });
    const { searchParams } = new URL(url, origin);
    const admission = admissionOf(searchParams, headers.authorization, shared);
    if ("code" in admission) connection.refuse(admission);
    else session = openSession(admission, connection, shared);
  };

  return {
    issueToken: (oauthSession) => tokens.issue(oauthSession),

    notify(id, notification) {
      const session = sessions.find(id);
      return session ? sessions.notify(session, notification) : "lost";
    },

    upgrade(request, socket, head) {
      if (!parseUrl(request.url ?? "", `http://${request.headers.host ?? ""}`)) {
        socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        return;
      }
      void import("ws").then(({ WebSocketServer }) => {
        server ??= new WebSocketServer({ noServer: true, clientTracking: false, maxPayload });
        server.handleUpgrade(request, socket, head, admit);
      });
    },

    cut() {
      const connections = sessions.all().flatMap(({ connection }) => connection ?? []);
      const open = connections.filter(({ isOpen }) => isOpen);
      for (const connection of open) connection.cut();
      return open.length;
    },

    clear() {
      tokens.clear();
      sessions.clear();
    },
  };
}

/** Bytes of a client's frame. A larger one closes the connection with the protocol's code 1009. */
const maxPayload = 1024 * 1024;

/** The route for a token that opens a WebSocket, with the gateway's URI. */
export function addWebSocketTokenRoute(routes: Routes, backend: Backend): void {
  addPath(routes, "/restapi/oauth/wstoken", {
    POST: (call) => {
      const { gateway, settings } = backend;
      const session = authorize(call, backend);
      if (!session.scopes.includes(settings.webSocketScope)) {
        throw missingScope(settings.webSocketScope);
      }
      // From http to ws, from https to wss.
      const origin = new URL(call.req.url).origin.replace(/^http/, "ws");
      const token = {
        uri: origin + gatewayPath,
        ws_access_token: gateway.issueToken(session),
        expires_in: settings.webSocketTokenLifetime,
      };
      return json(token, 200, { "Cache-Control": "no-store" });
    },
  });
}
