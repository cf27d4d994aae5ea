import type { Random } from "./random.ts";
import type { AppSettings } from "./settings.ts";

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

/** Who is logged in. Sessions are in order of their login. */
export interface Sessions {
  /** A login. The oldest sessions of the same user and app die until `limit` are left. */
  open(grant: Grant, limit: number): Session;
  /** New tokens for the session: the old ones die at once. */
  renew(session: Session, grant: Grant): Session;
  /** Ends the session that an access or refresh token belongs to, if it is this app's. */
  revoke(token: string, clientId: string): void;
  /** The session of an access token, expired or not. */
  findByAccessToken(token: string): Session | undefined;
  /** The session of a refresh token that still holds. */
  findByRefreshToken(token: string): Session | undefined;
  all(): readonly Session[];
  clear(): void;
}

/** Whether a text has the form of this server's tokens: another one cannot be parsed, rather than not found. */
export function looksLikeToken(text: string): boolean {
  return /^EMU1[\w-]{40}$/.test(text);
}

export function createSessions(clock: { now(): number }, random: Random): Sessions {
  let sessions: readonly Session[] = [];

  const alive = (session: Session) =>
    session.accessTokenExpiresAt > clock.now() ||
    (session.refreshTokenExpiresAt ?? 0) > clock.now();

  return {
    open(grant, limit) {
      const isRival = ({ user, clientId }: Session) =>
        user === grant.user && clientId === grant.app.clientId;
      const rivals = sessions.filter((session) => isRival(session) && alive(session));
      const evicted = new Set(rivals.slice(0, Math.max(0, rivals.length - limit + 1)));
      const session = {
        ...issue(grant, clock.now(), random),
        id: random.uuid(),
        startedAt: clock.now(),
        endpointId: grant.endpointId ?? random.text(22),
      };
      // Dead sessions are remembered for a while, so that their token is answered "expired".
      const recent = sessions.filter(
        (one) => alive(one) || one.accessTokenExpiresAt > clock.now() - memory,
      );
      sessions = [...recent.filter((one) => !evicted.has(one)), session];
      return session;
    },

    renew(session, grant) {
      const { id, startedAt, endpointId } = session;
      const renewed = { ...issue(grant, clock.now(), random), id, startedAt, endpointId };
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

    findByAccessToken: (token) => sessions.find(({ accessToken }) => accessToken === token),

    findByRefreshToken: (token) =>
      sessions.find(
        ({ refreshToken, refreshTokenExpiresAt = 0 }) =>
          refreshToken === token && refreshTokenExpiresAt > clock.now(),
      ),

    all: () => sessions,

    clear() {
      sessions = [];
    },
  };
}

const memory = 24 * 60 * 60 * 1000;

function issue(
  { user, app, scopes, accessTokenLifetime, refreshTokenLifetime }: Grant,
  now: number,
  random: Random,
) {
  return {
    user,
    clientId: app.clientId,
    scopes,
    accessToken: createToken(random),
    accessTokenExpiresAt: now + accessTokenLifetime * 1000,
    ...(app.refreshTokens && {
      refreshToken: createToken(random),
      refreshTokenExpiresAt: now + refreshTokenLifetime * 1000,
    }),
  };
}

function createToken(random: Random): string {
  return `EMU1${random.text(40)}`;
}
