import { createHash } from "node:crypto";
import type { Random } from "../random.ts";
import type { AppSettings } from "../settings.ts";

/** One login: an access token, perhaps a refresh token, and whose they are. */
export interface Session {
  readonly id: string;
  readonly user: number;
  readonly clientId: string;
  readonly endpointId: string;
  /** The app's scopes when the token was issued. */
  readonly scopes: readonly string[];
  readonly startedAt: number;
  readonly accessToken: string;
  readonly accessTokenExpiresAt: number;
  readonly refreshToken?: string;
  readonly refreshTokenExpiresAt?: number;
  /** The refresh token before, while it can still be used. */
  readonly usedRefreshToken?: { readonly token: string; readonly expiresAt: number };
  /** When it is over, whatever its tokens say. */
  readonly endsAt?: number;
}

interface Grant {
  readonly user: number;
  readonly app: AppSettings;
  readonly scopes: readonly string[];
  readonly endpointId: string | undefined;
  /** Seconds. */
  readonly accessTokenLifetime: number;
  /** Seconds. */
  readonly refreshTokenLifetime: number;
}

interface Limits {
  /** Parallel sessions of one user and app. */
  readonly sessionLimit: number;
  /** Seconds, 0 for no end. */
  readonly sessionLifetime: number;
}

/** A refresh token on its way to become another. */
interface Renewal extends Grant {
  readonly refreshToken: string;
  /** Seconds that it can be used for again. */
  readonly refreshTokenGrace: number;
}

/** Who is logged in. Sessions are in order of their login. */
export interface Sessions {
  /** A login. The oldest sessions of the same user and app die until as many as allowed are left. */
  open(grant: Grant, limits: Limits): Session;
  /** New tokens for the session: the old ones die at once, but for the grace of the refresh token. */
  renew(session: Session, renewal: Renewal): Session;
  /** Ends the session that an access or refresh token belongs to, if it is this app's. */
  revoke(token: string, clientId: string): void;
  /** The session of an access token, expired or not. */
  findByAccessToken(token: string): Session | undefined;
  /** The session of a refresh token that still holds. */
  findByRefreshToken(token: string): Session | undefined;
  all(): readonly Session[];
  /** Replaces all. */
  restore(sessions: readonly Session[]): void;
  clear(): void;
}

/** Whether a text is a token of this server's, one that was damaged on its way, or something else. */
export function tokenForm(text: string): "whole" | "corrupted" | "foreign" {
  if (!/^EMU1[\w-]*$/.test(text)) return "foreign";
  return text === sealed(text.slice(0, 38)) ? "whole" : "corrupted";
}

export function createSessions(clock: { now(): number }, random: Random): Sessions {
  let sessions: readonly Session[] = [];

  const isOver = ({ endsAt = Number.POSITIVE_INFINITY }: Session) => endsAt <= clock.now();
  const alive = (session: Session) =>
    !isOver(session) &&
    (session.accessTokenExpiresAt > clock.now() ||
      (session.refreshTokenExpiresAt ?? 0) > clock.now());

  return {
    open(grant, { sessionLimit, sessionLifetime }) {
      const isRival = ({ user, clientId }: Session) =>
        user === grant.user && clientId === grant.app.clientId;
      const rivals = sessions.filter((session) => isRival(session) && alive(session));
      const evicted = new Set(rivals.slice(0, Math.max(0, rivals.length - sessionLimit + 1)));
      const endsAt = sessionLifetime > 0 ? clock.now() + sessionLifetime * 1000 : undefined;
      const session = {
        ...issue(grant, clock.now(), endsAt, random),
        id: random.uuid(),
        startedAt: clock.now(),
        endpointId: grant.endpointId ?? random.text(22),
        ...(endsAt !== undefined && { endsAt }),
      };
      // Dead sessions are remembered for a while, so that their token is answered "expired".
      const recent = sessions.filter(
        (one) => alive(one) || one.accessTokenExpiresAt > clock.now() - memory,
      );
      sessions = [...recent.filter((one) => !evicted.has(one)), session];
      return session;
    },

    renew(session, renewal) {
      const { id, startedAt, endpointId, endsAt } = session;
      const usedRefreshToken = usedToken(session, renewal, clock.now());
      const renewed = {
        ...issue(renewal, clock.now(), endsAt, random),
        id,
        startedAt,
        endpointId,
        ...(usedRefreshToken && { usedRefreshToken }),
        ...(endsAt !== undefined && { endsAt }),
      };
      sessions = sessions.map((one) => (one.id === id ? renewed : one));
      return renewed;
    },

    revoke(token, clientId) {
      sessions = sessions.filter(
        (session) =>
          session.clientId !== clientId ||
          (session.accessToken !== token && session.refreshToken !== token),
      );
    },

    findByAccessToken: (token) =>
      sessions.find((session) => session.accessToken === token && !isOver(session)),

    findByRefreshToken: (token) =>
      sessions.find((session) => {
        const { refreshToken, refreshTokenExpiresAt = 0, usedRefreshToken } = session;
        const current = refreshToken === token && refreshTokenExpiresAt > clock.now();
        const again = usedRefreshToken?.token === token && usedRefreshToken.expiresAt > clock.now();
        return (current || again) && !isOver(session);
      }),

    all: () => sessions,

    restore(restored) {
      sessions = restored;
    },

    clear() {
      sessions = [];
    },
  };
}

const memory = 24 * 60 * 60 * 1000;

function issue(
  { user, app, scopes, accessTokenLifetime, refreshTokenLifetime }: Grant,
  now: number,
  endsAt: number | undefined,
  random: Random,
) {
  const until = (seconds: number) => Math.min(now + seconds * 1000, endsAt ?? Infinity);
  return {
    user,
    clientId: app.clientId,
    scopes,
    accessToken: createToken(random),
    accessTokenExpiresAt: until(accessTokenLifetime),
    ...(app.refreshTokens && {
      refreshToken: createToken(random),
      refreshTokenExpiresAt: until(refreshTokenLifetime),
    }),
  };
}

/** A token that is used again keeps the grace it had. */
function usedToken(
  { refreshToken, usedRefreshToken }: Session,
  renewal: Renewal,
  now: number,
): Session["usedRefreshToken"] {
  if (renewal.refreshToken !== refreshToken) return usedRefreshToken;
  const { refreshTokenGrace } = renewal;
  if (refreshTokenGrace <= 0) return undefined;
  return { token: refreshToken, expiresAt: now + refreshTokenGrace * 1000 };
}

function createToken(random: Random): string {
  return sealed(`EMU1${random.text(34)}`);
}

/** With a checksum of six characters, by which damage is told from a token that is not known. */
function sealed(body: string): string {
  return body + createHash("sha256").update(body).digest("base64url").slice(0, 6);
}
