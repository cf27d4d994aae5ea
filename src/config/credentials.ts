/** What `login` saves. The secrets leave the file only for their own `server`. */
export interface StoredProfile {
  readonly server: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly jwt: string;
  /** As the server described the user at the last login; absent in a profile of an earlier version. */
  readonly user?: User;
}

/** The signed-in user, as far as the app's scopes allow. */
export interface User {
  readonly extensionId?: string;
  readonly accountId?: string;
  readonly extensionNumber?: string;
  readonly name?: string;
}

/** A session at the server: one access token, and how to replace or revoke it. */
export interface CachedToken {
  readonly accessToken: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  /** Only where the app has "Issue refresh tokens" on. */
  readonly refreshToken?: string;
  /** Milliseconds since the epoch. */
  readonly refreshTokenExpiresAt?: number;
  /** App scopes, as the token endpoint named them. */
  readonly scope: string;
  /** The signed-in user's extension id. */
  readonly ownerId?: string;
}

/** Access tokens on disk, shared by every rcwh of this user. */
export interface TokenCache {
  /** The cached token, expired or not. */
  read(key: string): Promise<CachedToken | undefined>;
  /**
   * Runs `change` with the current token while no other process can run it for the same key, and saves
   * what it returns (`undefined` removes it). `stored` is false if the file cannot be written: the caller
   * then owns the token and must revoke it.
   */
  update(
    key: string,
    change: (current: CachedToken | undefined) => Promise<CachedToken | undefined>,
  ): Promise<{ readonly token: CachedToken | undefined; readonly stored: boolean }>;
}

/** Who rcwh is in this run: one server, one app, one user. */
export interface Identity {
  /** The profile's name; `environment` for credentials from there. */
  readonly profile: string;
  /** An origin such as `https://platform.ringcentral.com`, without a trailing slash. */
  readonly server: string;
  /** Where the credentials came from, for `whoami`, such as `profile default` or `RC_APP_CLIENT_ID, RC_APP_CLIENT_SECRET and RC_USER_JWT`. */
  readonly source: string;
  readonly credentials: JwtCredentials | BorrowedToken;
  /** The token cache's key: server, client id and a hash of the JWT. */
  readonly tokenKey: string;
  /** The records' key: server, client id and the JWT's subject, so that it survives a renewed JWT and a renamed profile. */
  readonly recordsKey: string;
  /** Comes from `--profiles-from`: it has a file of its own, and its credentials are not saved. */
  readonly external?: true;
  /** The further keys of the account's line in `--profiles-from`; undefined for a value that is not a string. */
  readonly variables?: Readonly<Record<string, string | undefined>>;
}

export interface JwtCredentials {
  readonly kind: "jwt";
  readonly clientId: string;
  readonly clientSecret: string;
  readonly jwt: string;
}

/** An access token of another program's session: never refreshed, cached or revoked. */
export interface BorrowedToken {
  readonly kind: "token";
  readonly accessToken: string;
}

/** What nobody else may see of an identity, and what is sent for it. */
export function secretsOf({ credentials }: Pick<Identity, "credentials">): readonly string[] {
  if (credentials.kind === "token") return [credentials.accessToken];
  const { clientId, clientSecret, jwt } = credentials;
  // An HTTP client may encode both before it joins them.
  const encoded = [clientId, clientSecret].map((part) => encodeURIComponent(part)).join(":");
  return [clientSecret, jwt, `${clientId}:${clientSecret}`, encoded];
}
