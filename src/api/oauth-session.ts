import type { CachedToken, Identity, JwtCredentials, TokenCache } from "../config/types.ts";
import { CliError, ExitCode, UsageError } from "../errors.ts";
import type { Clock } from "../machine/clock.ts";
import type { Redactor } from "../machine/redact.ts";
import { ApiError } from "./errors.ts";
import { refreshOperation, revokeOperation, signInOperation } from "./operations.ts";
import { readToken } from "./read-answers.ts";
import type { RequestSender } from "./request-sender.ts";
import { openSdk } from "./sdk.ts";

/** Milliseconds by which a token counts as expired early, so that it does not die on its way. */
const handicap = 60_000;

/** The last instant that a `Date` can hold, milliseconds since the epoch: a borrowed token's life is not known. */
const endOfTime = 8_640_000_000_000_000;

export interface OAuthSessionOptions {
  readonly identity: Identity;
  readonly tokens: TokenCache | undefined;
  readonly sender: RequestSender;
  readonly redactor: Redactor;
  readonly clock: Pick<Clock, "now">;
  readonly version: string;
}

/** The one session that rcwh has per user and app: found in the cache, refreshed, or made by signing in. */
export interface OAuthSession {
  /** A token that is valid by our clock. */
  current(): Promise<CachedToken>;
  /**
   * Another token for one that the server refused. Of many processes with the same refused token only
   * one signs in; the others get its new token.
   */
  replace(refused: CachedToken): Promise<CachedToken>;
  signIn(): Promise<CachedToken>;
  signOut(): Promise<void>;
  close(): Promise<void>;
}

export function createOAuthSession(options: OAuthSessionOptions): OAuthSession {
  const { credentials } = options.identity;
  if (credentials.kind === "jwt") return createOwnSession(options, credentials);

  const borrowed = { accessToken: credentials.accessToken, expiresAt: endOfTime, scope: "" };
  return {
    current: async () => borrowed,
    replace: async () => borrowed,
    signIn: async () => {
      throw new UsageError(
        "There is no JWT to sign in with: the access token was given.",
        "Unset RCWH_ACCESS_TOKEN and leave --access-token-file out, then run `rcwh login`.",
      );
    },
    signOut: async () => {},
    close: async () => {},
  };
}

function createOwnSession(options: OAuthSessionOptions, credentials: JwtCredentials): OAuthSession {
  const { identity, sender, redactor, clock, version } = options;
  const tokens = options.tokens ?? createMemoryCache();
  /** The session in use by this process. */
  let held: CachedToken | undefined;
  /** Whether `held` lives in this process only, and has to be revoked by it. */
  let owned = false;
  const refused = new Set<string>();
  let queue: Promise<unknown> = Promise.resolve();

  return {
    async current() {
      if (isUsable(held)) return held;
      const cached = await tokens.read(identity.tokenKey);
      if (isUsable(cached)) return hold(cached, false);
      return obtain();
    },
    replace(token) {
      refused.add(token.accessToken);
      return obtain();
    },
    signIn: () => obtain({ anew: true }),
    signOut: () => exclusively(signOut),
    close: () =>
      exclusively(async () => {
        if (held && owned) await revokeAsCourtesy(held);
        held = undefined;
        owned = false;
      }),
  };

  function obtain({ anew = false } = {}): Promise<CachedToken> {
    return exclusively(async () => {
      if (!anew && isUsable(held)) return held;
      const ownedBefore = owned ? held : undefined;
      let cachedBefore: CachedToken | undefined;
      let refreshed: CachedToken | undefined;
      let made: CachedToken | undefined;
      const change = async (current: CachedToken | undefined) => {
        if (!anew && isUsable(current)) return current;
        refreshed = anew ? undefined : await refresh(ownedBefore ?? current);
        made = refreshed ?? (await login());
        cachedBefore = current;
        return made;
      };

      const { token, stored } = await tokens
        .update(identity.tokenKey, change)
        .catch(async (error: unknown) => {
          if (made) await revokeAsCourtesy(made);
          throw error;
        });
      const obtained = hold(token ?? made, made !== undefined && !stored);
      // A refreshed session goes on. Where the file cannot be written, other processes still live on what it holds.
      const superseded = refreshed ? [] : [ownedBefore, stored ? cachedBefore : undefined];
      for (const previous of new Set(superseded)) {
        if (previous && previous.accessToken !== obtained.accessToken) {
          await revokeAsCourtesy(previous);
        }
      }
      return obtained;
    });
  }

  function hold(token: CachedToken | undefined, own: boolean): CachedToken {
    if (!token) throw new Error("The token cache forgot the token that it was just given.");
    redactor.add(token.accessToken, token.refreshToken);
    held = token;
    owned = own;
    return token;
  }

  function isUsable(token: CachedToken | undefined): token is CachedToken {
    return (
      token !== undefined &&
      !refused.has(token.accessToken) &&
      token.expiresAt - handicap > clock.now()
    );
  }

  async function login(): Promise<CachedToken> {
    if (credentials.jwt === "") {
      throw new CliError("There is no JWT to sign in with.", {
        exitCode: ExitCode.auth,
        code: "NOT_SIGNED_IN",
        hint: "Sign in with `rcwh login`.",
      });
    }
    let token: CachedToken | undefined;
    const sdk = await openSdk({
      credentials,
      version,
      token: undefined,
      send: async (request) => {
        const answer = await sender.send(signInOperation, request);
        token = readToken(answer.body, signInOperation.attempt, clock.now());
        return answer;
      },
    });
    await sdk.login(credentials.jwt);
    return known(token);
  }

  /** Undefined where there is nothing to refresh with, or RingCentral does not take it any more. */
  async function refresh(expired: CachedToken | undefined): Promise<CachedToken | undefined> {
    if (!expired?.refreshToken || refused.has(expired.accessToken)) return undefined;
    if ((expired.refreshTokenExpiresAt ?? 0) - handicap <= clock.now()) return undefined;
    redactor.add(expired.accessToken, expired.refreshToken);
    let token: CachedToken | undefined;
    const sdk = await openSdk({
      credentials,
      version,
      token: expired,
      send: async (request) => {
        const answer = await sender.send(refreshOperation, request);
        token = readToken(answer.body, refreshOperation.attempt, clock.now());
        return answer;
      },
    });
    try {
      await sdk.refresh();
    } catch (error) {
      if (isRefusal(error)) return undefined;
      throw error;
    }
    return known(token);
  }

  function known(token: CachedToken | undefined): CachedToken {
    if (!token) throw new Error("The SDK signed in without asking the token endpoint.");
    redactor.add(token.accessToken, token.refreshToken);
    return token;
  }

  async function signOut(): Promise<void> {
    let failure: unknown;
    const revoke = async (token: CachedToken) => {
      try {
        const sdk = await openSdk({
          credentials,
          version,
          token,
          send: (request) => sender.send(revokeOperation, request),
        });
        await sdk.logout();
      } catch (error) {
        // A session that the server does not know is as good as ended.
        if (!isRefusal(error)) failure ??= error;
      }
    };

    const ownedBefore = owned ? held : undefined;
    held = undefined;
    owned = false;
    let cached: CachedToken | undefined;
    await tokens.update(identity.tokenKey, async (current) => {
      cached = current;
      if (current) await revoke(current);
      return undefined;
    });
    if (ownedBefore && ownedBefore.accessToken !== cached?.accessToken) await revoke(ownedBefore);
    if (failure) throw failure;
  }

  /** A session left open costs one of the five that a user and app have, but nobody has to wait or fail for that. */
  async function revokeAsCourtesy(token: CachedToken): Promise<void> {
    redactor.add(token.accessToken, token.refreshToken);
    try {
      const sdk = await openSdk({
        credentials,
        version,
        token,
        send: (request) => sender.sendAsCourtesy(revokeOperation, request),
      });
      await sdk.logout();
    } catch {
      // It ends by itself when its token expires.
    }
  }

  function exclusively<Value>(task: () => Promise<Value>): Promise<Value> {
    const result = queue.then(task);
    queue = result.catch(() => {});
    return result;
  }
}

function isRefusal(error: unknown): boolean {
  return (
    error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429
  );
}

/** With `--no-token-cache` a token lives as long as the run, which has to revoke it. */
function createMemoryCache(): TokenCache {
  let token: CachedToken | undefined;
  return {
    read: async () => token,
    async update(_key, change) {
      token = await change(token);
      return { token, stored: false };
    },
  };
}
