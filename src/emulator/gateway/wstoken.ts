import { json } from "../answers.ts";
import type { Backend, Routes } from "../backend.ts";
import { missingScope } from "../problems.ts";
import { addPath } from "../routes.ts";
import { authorize } from "../sign-in/authorize.ts";
import { gatewayPath } from "./gateway.ts";

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
