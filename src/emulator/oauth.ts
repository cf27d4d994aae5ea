import { json } from "./answers.ts";
import type { Backend, Routes } from "./backend.ts";
import { methodNotAllowed, oauthProblem, type Problem } from "./problems.ts";
import { readForm } from "./requests.ts";
import type { Session } from "./sessions.ts";
import type { AppSettings } from "./settings.ts";
import { userNumberOfJwt, userOf } from "./users.ts";

/**
 * Login with a JWT, refresh, and revocation. RingCentral lets an old refresh token work for some ten
 * seconds more; here it does not, so that a client which counts on it fails early.
 */
export function addOAuthRoutes(routes: Routes, backend: Backend): void {
  routes.post("/restapi/oauth/token", async ({ req, env }) => {
    const form = await readForm(req.raw);
    const app = authenticateApp(req.header("authorization"), backend.settings.apps);
    const session = grantSession(form, app, backend);
    env.session = session;
    return json(tokenInfo(session, backend.clock.now()), 200, { "Cache-Control": "no-store" });
  });

  routes.post("/restapi/oauth/revoke", async ({ req }) => {
    const form = await readForm(req.raw);
    const app = authenticateApp(req.header("authorization"), backend.settings.apps);
    const token = form.get("token") ?? req.query("token");
    if (!token) throw invalidRequest("token");
    backend.sessions.revoke(token, app.clientId);
    return new Response(null, { status: 200 });
  });

  for (const path of ["/restapi/oauth/token", "/restapi/oauth/revoke"]) {
    routes.all(path, () => {
      throw methodNotAllowed("POST");
    });
  }
}

function authenticateApp(header: string | undefined, apps: readonly AppSettings[]): AppSettings {
  // RFC 6749 wants the 401 only for clients that tried to authenticate.
  if (!header) throw oauthProblem(400, "invalid_client", "OAU-153", "Invalid client");

  const encoded = /^basic +(\S+)$/i.exec(header)?.[1] ?? "";
  const pair = Buffer.from(encoded, "base64").toString("utf8");
  const app = apps.find(({ clientId, clientSecret }) => pair === `${clientId}:${clientSecret}`);
  if (!app) throw oauthProblem(401, "invalid_client", "OAU-146", "Invalid client credentials");
  return app;
}

function grantSession(form: URLSearchParams, app: AppSettings, backend: Backend): Session {
  const grantType = form.get("grant_type");
  if (!grantType) throw invalidRequest("grant_type");
  if (grantType === "refresh_token") return refresh(form, app, backend);
  if (grantType !== "urn:ietf:params:oauth:grant-type:jwt-bearer") {
    throw oauthProblem(400, "unsupported_grant_type", "OAU-250", "Unsupported grant type");
  }
  if (!app.jwtFlow) {
    const message = `The app is not authorized for the grant type [${grantType}]`;
    throw oauthProblem(400, "unauthorized_client", "OAU-251", message);
  }
  const user = userNumberOfJwt(form.get("assertion") ?? "");
  if (user === undefined) {
    throw oauthProblem(401, "invalid_grant", "OAU-140", "Invalid resource owner credentials");
  }
  const grant = {
    user,
    app,
    scopes: grantScopes(form.get("scope"), app),
    endpointId: form.get("endpoint_id") ?? undefined,
    ...lifetimes(form),
  };
  return backend.sessions.open(grant, backend.settings.sessionLimit);
}

function refresh(form: URLSearchParams, app: AppSettings, { sessions }: Backend): Session {
  const session = sessions.findByRefreshToken(form.get("refresh_token") ?? "");
  if (session?.clientId !== app.clientId) {
    throw oauthProblem(400, "invalid_grant", "OAU-213", "Token not found");
  }
  // The scopes of the login: what changed in the console since then takes a new one.
  const { user, scopes, endpointId } = session;
  return sessions.renew(session, { user, app, scopes, endpointId, ...lifetimes(form) });
}

function grantScopes(wanted: string | null, { scopes }: AppSettings): readonly string[] {
  if (!wanted) return scopes;
  const names = wanted.split(/\s+/);
  const granted = scopes.filter((scope) => names.includes(scope));
  if (granted.length > 0) return granted;
  throw oauthProblem(400, "invalid_scope", "CMN-101", "Parameter [scope] value is invalid", {
    parameterName: "scope",
  });
}

function lifetimes(form: URLSearchParams) {
  return {
    accessTokenLifetime: lifetime(form, "access_token_ttl", 600, 3600, 3600),
    refreshTokenLifetime: lifetime(form, "refresh_token_ttl", 1, 2_592_000, 604_800),
  };
}

/** Seconds, brought into their range. RingCentral's own SDK sends -1 for "the default". */
function lifetime(
  form: URLSearchParams,
  name: string,
  shortest: number,
  longest: number,
  usual: number,
): number {
  const text = form.get(name);
  if (text === null) return usual;
  const seconds = Number(text);
  if (text.trim() === "" || !Number.isInteger(seconds)) throw invalidRequest(name);
  return seconds <= 0 ? usual : Math.min(longest, Math.max(shortest, seconds));
}

function tokenInfo(session: Session, now: number) {
  const { refreshToken, refreshTokenExpiresAt = now } = session;
  return {
    access_token: session.accessToken,
    token_type: "bearer",
    expires_in: Math.floor((session.accessTokenExpiresAt - now) / 1000),
    ...(refreshToken && {
      refresh_token: refreshToken,
      refresh_token_expires_in: Math.floor((refreshTokenExpiresAt - now) / 1000),
    }),
    scope: session.scopes.join(" "),
    owner_id: String(userOf(session.user).extensionId),
    endpoint_id: session.endpointId,
    session_id: session.id,
  };
}

function invalidRequest(parameterName: string): Problem {
  const message = `Parameter [${parameterName}] value is invalid`;
  return oauthProblem(400, "invalid_request", "CMN-101", message, { parameterName });
}
