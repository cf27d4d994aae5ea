import type { Backend, Call } from "../backend.ts";
import { problemOf } from "../problems.ts";
import { groupOf, limitRate } from "../rate-limits.ts";
import type { EmulatorSettings, RateLimitGroup } from "../settings.ts";
import { type Session, tokenForm } from "./sessions.ts";
import { userOf } from "./users.ts";

/**
 * The session of an API call's bearer token; counts the call against its rate limit. Throws the 401 Problem for an
 * invalid token, or the 429 Problem of the rate limit.
 */
export function authorize(call: Call, backend: Backend, group?: RateLimitGroup): Session {
  const header = call.req.header("authorization");
  if (!header) throw problemOf("AGW-401");
  if (/^basic /i.test(header)) throw problemOf("OAU-151");
  const token = /^bearer +(\S+)$/i.exec(header)?.[1];
  if (!token) throw problemOf("AGW-402");
  const form = tokenForm(token);
  if (form === "foreign") throw problemOf("OAU-149");
  if (form === "corrupted") throw problemOf("OAU-129");

  const session = backend.sessions.findByAccessToken(token);
  if (!session) throw problemOf("OAU-213");
  call.env.user = session.user;
  if (session.accessTokenExpiresAt <= backend.clock.now()) throw problemOf("OAU-128");
  refuseEnded(session, call, backend.settings);
  limitRate(session, group ?? groupOf(call.req.method, call.req.path), call.env, backend);
  return session;
}

/**
 * A session ends with its app or its user. A user who is locked out keeps existing sessions. For creating, changing, deleting
 * and renewing subscriptions an older definition names the codes; for everything else none does.
 */
function refuseEnded(
  { clientId, user }: Session,
  { req }: Call,
  { apps, users }: EmulatorSettings,
): void {
  const app = apps.find((one) => one.clientId === clientId);
  if (!app || app.disabled) throw problemOf("OAU-127", {}, "api");
  const { status, accountStatus } = userOf(user, users);
  const changes = !/^(?:GET|HEAD)$/.test(req.method) && /\/subscriptions?(?:\/|$)/.test(req.path);
  if (changes && status === "Deleted") throw problemOf("OAU-232", {}, "api");
  if (changes && /^(?:Disabled|Frozen)$/.test(status)) throw problemOf("OAU-236", {}, "api");
  if (status !== "Enabled" || accountStatus === "Disabled") throw problemOf("OAU-213");
}
