import { json } from "../answers.ts";
import type { Backend, Exchange, Routes } from "../backend.ts";
import { readText } from "../body.ts";
import { oauthProblem, type Problem, problemOf } from "../problems.ts";
import { limitRate } from "../rate-limits.ts";
import { readForm } from "../requests.ts";
import { addPath } from "../routes.ts";
import type { App, EmulatorSettings } from "../settings.ts";
import type { Session } from "./sessions.ts";
import { type User, userNumberOfJwt, userOf } from "./users.ts";

/** Login with a JWT, refresh and revocation. */
export function addOAuthRoutes(routes: Routes, backend: Backend): void {
  addPath(routes, "/restapi/oauth/token", {
    POST: async ({ req, env }) => {
      const form = await readForm(req.raw);
      env.user =
        userOfToken(form.get("refresh_token"), backend) ??
        userNumberOfJwt(form.get("assertion") ?? "");
      const app = authenticateApp(req.header("authorization"), backend.settings.apps);
      limitLogins(app, env, backend);
      const session = grantSession(form, app, backend);
      return json(tokenInfo(session, backend.clock.now()), 200, { "Cache-Control": "no-store" });
    },
  });

  addPath(routes, "/restapi/oauth/revoke", {
    POST: async ({ req, env }) => {
      const form = await readFormIfAny(req.raw);
      const token = form.get("token") || req.query("token");
      env.user = userOfToken(token, backend);
      const app = authenticateApp(req.header("authorization"), backend.settings.apps);
      limitLogins(app, env, backend);
      if (!token) throw invalidRequest("token");
      backend.sessions.revoke(token, app.clientId);
      return new Response(null, { status: 200 });
    },
  });
}

function authenticateApp(header: string | undefined, apps: readonly App[]): App {
  // RFC 6749 requires the 401 only for clients that tried to authenticate.
  if (!header) throw problemOf("OAU-153");

  const encoded = /^basic +(\S+)$/i.exec(header)?.[1] ?? "";
  const pair = Buffer.from(encoded, "base64").toString("utf8");
  const app = apps.find(({ clientId, clientSecret }) => pair === `${clientId}:${clientSecret}`);
  if (!app) throw problemOf("OAU-146");
  if (app.disabled) throw problemOf("OAU-127");
  if (app.sandbox) throw problemOf("OAU-165");
  return app;
}

/** The user of a token that is still known. */
function userOfToken(token: string | null | undefined, { sessions }: Backend): number | undefined {
  if (!token) return undefined;
  return (sessions.findByAccessToken(token) ?? sessions.findByRefreshToken(token))?.user;
}

function limitLogins({ clientId }: App, exchange: Exchange, backend: Backend): void {
  limitRate({ clientId, user: exchange.user }, "auth", exchange, backend, "oauth");
}

/** An empty form without a body: the token may be in the query. */
async function readFormIfAny(request: Request): Promise<URLSearchParams> {
  // Over a socket, a request has a stream even without a body.
  const isUntyped = !request.headers.get("content-type");
  const isEmpty = isUntyped && (await readText(request, 0).catch(() => undefined)) === "";
  return isEmpty ? new URLSearchParams() : readForm(request);
}

function grantSession(form: URLSearchParams, app: App, backend: Backend): Session {
  const grantType = form.get("grant_type");
  if (!grantType) throw invalidRequest("grant_type");
  if (grantType === "refresh_token") return refresh(form, app, backend);
  const known = grantType === jwtGrant || otherGrants.has(grantType);
  if (!known) throw problemOf("OAU-250");
  if (!app.jwtFlow || grantType !== jwtGrant) throw problemOf("OAU-251", { grantType });

  const { settings } = backend;
  const assertion = form.get("assertion");
  if (!assertion) throw invalidRequest("assertion");
  const number = userNumberOfJwt(assertion);
  if (number === undefined) throw problemOf("OAU-140");
  refuseUser(userOf(number, settings.users), settings);
  const grant = {
    user: number,
    app,
    scopes: grantScopes(form.get("scope"), app),
    endpointId: form.get("endpoint_id") ?? undefined,
    ...lifetimes(form, settings),
  };
  return backend.sessions.open(grant, settings);
}

const jwtGrant = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/** Grants of RingCentral that the emulator refuses, because it has no page that issues a code. */
const otherGrants: ReadonlySet<string> = new Set(["authorization_code", "partner_jwt"]);

/** Throws the Problem for a user who cannot log in. */
function refuseUser({ status, accountStatus, locked }: User, settings: EmulatorSettings): void {
  if (locked) throw problemOf(locked);
  if (accountStatus === "Disabled") throw problemOf("OAU-142");
  if (status === "Deleted") throw problemOf(settings.deletedUserCode);
  if (status === "Disabled" || status === "Frozen") throw problemOf("OAU-236");
  if (status !== "Enabled") throw problemOf("OAU-141");
}

function refresh(form: URLSearchParams, app: App, { sessions, settings }: Backend): Session {
  const refreshToken = form.get("refresh_token");
  if (!refreshToken) throw invalidRequest("refresh_token");
  const session = sessions.findByRefreshToken(refreshToken);
  if (session?.clientId !== app.clientId) {
    throw oauthProblem(400, "invalid_grant", "OAU-213", "Token not found");
  }
  // The scopes of the login: a change in the console takes a new login.
  const { user, scopes, endpointId } = session;
  refuseUser(userOf(user, settings.users), settings);
  const { refreshTokenGrace } = settings;
  return sessions.renew(session, {
    user,
    app,
    scopes,
    endpointId,
    ...lifetimes(form, settings),
    refreshToken,
    refreshTokenGrace,
  });
}

function grantScopes(wanted: string | null, { scopes }: App): readonly string[] {
  if (!wanted) return scopes;
  const names = wanted.split(/\s+/);
  const granted = scopes.filter((scope) => names.includes(scope));
  if (granted.length > 0) return granted;
  throw oauthProblem(400, "invalid_scope", "CMN-101", "Parameter [scope] value is invalid", {
    parameterName: "scope",
  });
}

function lifetimes(form: URLSearchParams, { accessTokenLifetime: usual }: EmulatorSettings) {
  return {
    accessTokenLifetime: lifetime(form, "access_token_ttl", 600, usual, usual),
    refreshTokenLifetime: lifetime(form, "refresh_token_ttl", 1, 2_592_000, 604_800),
  };
}

/** Seconds, within the range. RingCentral's own SDK sends -1 for the default. */
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
  const { refreshToken, refreshTokenExpiresAt = now, endsAt } = session;
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
    ...(endsAt !== undefined && { session_expires_in: Math.floor((endsAt - now) / 1000) }),
  };
}

function invalidRequest(parameterName: string): Problem {
  return problemOf("CMN-101", { parameterName }, "oauth");
}
