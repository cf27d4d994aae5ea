import { createHash } from "node:crypto";
import type { Random } from "../random.ts";
import type { AppSettings } from "../settings.ts";

/** A login with its tokens. */
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
  /** The previous refresh token, while it can still be used. */
  readonly usedRefreshToken?: { readonly token: string; readonly expiresAt: number };
  /** When it ends in any case. */
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

/** The exchange of a refresh token for new tokens. */
interface Renewal extends Grant {
  readonly refreshToken: string;
  /** Seconds for which it can be used again. */
  readonly refreshTokenGrace: number;
}

/** All logins, in order. */
export interface Sessions {
  /** Adds a login. The oldest sessions of the same user and app end, so that the limit is kept. */
  open(grant: Grant, limits: Limits): Session;
  /** Gives the session new tokens. The old ones end at once, except for the grace of the refresh token. */
  renew(session: Session, renewal: Renewal): Session;
  /** Ends the session that an access or refresh token belongs to, if it is this app's. */
  revoke(token: string, clientId: string): void;
  /** The session of an access token, expired or not. */
  findByAccessToken(token: string): Session | undefined;
  /** The session of a valid refresh token. */
  findByRefreshToken(token: string): Session | undefined;
  all(): readonly Session[];
  /** Replaces all. */
  restore(sessions: readonly Session[]): void;
  clear(): void;
}

/** Whether a text is a token of the emulator, a damaged one, or something else. */
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
      const isOfSameUserAndApp = ({ user, clientId }: Session) =>
        user === grant.user && clientId === grant.app.clientId;
      const others = sessions.filter((session) => isOfSameUserAndApp(session) && alive(session));
      const evicted = new Set(others.slice(0, Math.max(0, others.length - sessionLimit + 1)));
      const endsAt = sessionLifetime > 0 ? clock.now() + sessionLifetime * 1000 : undefined;
      const session = {
        ...issue(grant, clock.now(), endsAt, random),
        id: random.uuid(),
        startedAt: clock.now(),
        endpointId: grant.endpointId ?? random.text(22),
        ...(endsAt !== undefined && { endsAt }),
      };
      // Ended sessions are kept for a while, so that their token is answered "expired".
      const recent = sessions.filter(
        (one) => alive(one) || one.accessTokenExpiresAt > clock.now() - sessionRetention,
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

const sessionRetention = 24 * 60 * 60 * 1000;

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

/** A token that is used again keeps its grace. */
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

/** Adds a checksum of six characters, which tells a damaged token from an unknown one. */
function sealed(body: string): string {
  return body + createHash("sha256").update(body).digest("base64url").slice(0, 6);
}
