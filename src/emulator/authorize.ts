import type { Context } from "hono";
import type { Backend, Exchange } from "./backend.ts";
import { apiProblem, gatewayProblem } from "./problems.ts";
import { looksLikeToken, type Session } from "./sessions.ts";

/** The session behind an API call's bearer token. Throws the 401 Problem that says what is wrong with it. */
export function authorize(context: Context<{ Bindings: Exchange }>, backend: Backend): Session {
  const header = context.req.header("authorization");
  if (!header) throw gatewayProblem(401, "AGW-401", "Authorization header is not specified");
  if (/^basic /i.test(header)) {
    throw apiProblem(401, "OAU-151", "Authorization method not supported");
  }
  const token = /^bearer +(\S+)$/i.exec(header)?.[1];
  if (!token) throw gatewayProblem(401, "AGW-402", "Authorization header is malformed");
  if (!looksLikeToken(token)) throw apiProblem(401, "OAU-149", "Unparsable access token");

  const session = backend.sessions.findByAccessToken(token);
  if (!session) throw apiProblem(401, "OAU-213", "Token not found");
  if (session.accessTokenExpiresAt <= backend.clock.now()) {
    throw apiProblem(401, "OAU-128", "Access token expired");
  }
  context.env.session = session;
  return session;
}
