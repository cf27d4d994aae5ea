import { json } from "../answers.ts";
import type { Backend, Routes } from "../backend.ts";
import { missingScope, refuseMethod } from "../problems.ts";
import { authorize } from "../sign-in/authorize.ts";
import { gatewayPath } from "./gateway.ts";

/** The short-lived token that opens a connection to the WebSocket gateway, and where that is. */
export function addWebSocketTokenRoute(routes: Routes, backend: Backend): void {
  const path = "/restapi/oauth/wstoken";

  routes.post(path, (context) => {
    const { gateway, settings } = backend;
    const session = authorize(context, backend);
    if (!session.scopes.includes(settings.webSocketScope)) {
      throw missingScope(settings.webSocketScope);
    }
    // From http to ws, from https to wss.
    const origin = new URL(context.req.url).origin.replace(/^http/, "ws");
    return json(
      {
        uri: origin + gatewayPath,
        ws_access_token: gateway.issueToken(session),
        expires_in: settings.webSocketTokenLifetime,
      },
      200,
      { "Cache-Control": "no-store" },
    );
  });

  routes.all(path, refuseMethod("POST"));
}
