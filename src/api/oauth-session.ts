import type { CachedToken, Identity, JwtCredentials, TokenCache } from "../config/credentials.ts";
import { CliError, ExitCode, UsageError } from "../errors.ts";
import type { Clock } from "../machine/clock.ts";
import type { Redactor } from "../machine/redact.ts";
import { ApiError } from "./errors.ts";
import {
  type Operation,
  refreshOperation,
  revokeOperation,
  signInOperation,
} from "./operations.ts";
import { readToken } from "./read-answers.ts";
import type { RequestSender } from "./request-sender.ts";
import type { Sdk, Send } from "./sdk.ts";

/** Milliseconds before its expiry from which a token is replaced, so that it cannot expire in transit. */
const expiryMargin = 60_000;

/** The last instant of a `Date`, milliseconds since the epoch, because the expiry of an external token is unknown. */
const never = 8_640_000_000_000_000;

export interface OAuthSessionOptions {
  readonly identity: Identity;
  /** Undefined keeps tokens in memory: `close` then revokes them. */
  readonly tokens: TokenCache | undefined;
  readonly sender: RequestSender;
  readonly sdk: () => Promise<Sdk>;
  readonly redactor: Redactor;
  readonly clock: Pick<Clock, "now">;
}

/** The one OAuth session per user and app: from the cache, refreshed, or new. */
export interface OAuthSession {
  /** A token that is valid by our clock. */
  current(): Promise<CachedToken>;
  /**
   * Another token for one that the server refused. Of many processes with the same refused token only
   * one signs in; the others get its new token.
   */
  replace(refused: CachedToken): Promise<CachedToken>;
  /** Whether this run has signed in for this token, so that it has all the scopes that the app has now. */
  hasSignedInFor(token: CachedToken): boolean;
  /** Always creates a new session, and revokes the former one. Throws `UsageError` without a JWT. */
  signIn(): Promise<CachedToken>;
  /** Forgets the session and revokes it. Throws if it could not be revoked. */
  signOut(): Promise<void>;
  /** Revokes a session that lives in this process only. Never throws. */
  close(): Promise<void>;
}

export function createOAuthSession(options: OAuthSessionOptions): OAuthSession {
  const { credentials } = options.identity;
  if (credentials.kind === "jwt") return createOwnSession(options, credentials);

  const borrowed = { accessToken: credentials.accessToken, expiresAt: never, scope: "" };
  return {
    current: async () => borrowed,
    replace: async () => borrowed,
    hasSignedInFor: () => false,
    signIn: async () => {
      throw new UsageError(
        "Could not sign in: this run uses an access token instead of a JWT.",
        "Unset RCWH_ACCESS_TOKEN, leave out --access-token-file, then run `rcwh login`.",
      );
    },
    signOut: async () => {},
    close: async () => {},
  };
}

/** A session that has ended for the server is replaced, other people's tokens are not: these belong to rcwh. */
function createOwnSession(
  { identity, sender, sdk, redactor, clock, ...options }: OAuthSessionOptions,
  credentials: JwtCredentials,
): OAuthSession {
  const tokens = withKnownTokens(options.tokens ?? createMemoryCache(), redactor);
  /** The session in use. `isOwn` where it lives in this process only, which has to revoke it. */
  let held: { readonly token: CachedToken; readonly isOwn: boolean } | undefined;
  const refused = new Set<string>();
  const signedInFor = new Set<string>();
  let queue: Promise<unknown> = Promise.resolve();

  return {
    async current() {
      if (isUsable(held?.token)) return held.token;
      const cached = await tokens.read(identity.tokenKey);
      return isUsable(cached) ? hold(cached, false) : obtain();
    },
    replace(token) {
      refused.add(token.accessToken);
      return obtain();
    },
    hasSignedInFor: ({ accessToken }) => signedInFor.has(accessToken),
    signIn: () => obtain({ signsIn: true }),
    signOut: () => oneAtATime(signOut),
    close: () =>
      oneAtATime(async () => {
        const own = release();
        if (own) await revokeQuietly(own);
      }),
  };

  function obtain({ signsIn = false } = {}): Promise<CachedToken> {
    return oneAtATime(async () => {
      if (!signsIn && isUsable(held?.token)) return held.token;
      const ownBefore = held?.isOwn ? held.token : undefined;
      let cachedBefore: CachedToken | undefined;
      let refreshed: CachedToken | undefined;
      let made: CachedToken | undefined;
      const change = async (current: CachedToken | undefined) => {
        if (!signsIn && isUsable(current)) return current;
        refreshed = signsIn ? undefined : await refresh(ownBefore ?? current);
        made = refreshed ?? (await login());
        cachedBefore = current;
        return made;
      };

      const { token = made, stored } = await tokens
        .update(identity.tokenKey, change)
        .catch(async (error: unknown) => {
          if (made) await revokeQuietly(made);
          throw error;
        });
      if (!token) throw new Error("The token cache lost the token that was just stored.");
      hold(token, made !== undefined && !stored);
      // A refreshed session continues. If the file cannot be written, other processes still use the token in it.
      const superseded = refreshed ? [] : [ownBefore, stored ? cachedBefore : undefined];
      for (const previous of new Set(superseded)) {
        if (previous && previous.accessToken !== token.accessToken) await revokeQuietly(previous);
      }
      return token;
    });
  }

  function hold(token: CachedToken, isOwn: boolean): CachedToken {
    held = { token, isOwn };
    return token;
  }

  /** Lets go of the session in use, and returns it where only this process can revoke it. */
  function release(): CachedToken | undefined {
    const own = held?.isOwn ? held.token : undefined;
    held = undefined;
    return own;
  }

  function isUsable(token: CachedToken | undefined): token is CachedToken {
    return (
      token !== undefined &&
      !refused.has(token.accessToken) &&
      token.expiresAt - expiryMargin > clock.now()
    );
  }

  async function login(): Promise<CachedToken> {
    const { jwt } = credentials;
    if (jwt === "") {
      throw new CliError("Could not sign in: there is no JWT.", {
        exitCode: ExitCode.auth,
        code: "NOT_SIGNED_IN",
        hint: "Sign in with `rcwh login`.",
      });
    }
    const token = await requestToken(signInOperation, async (send) =>
      (await sdk()).login(jwt, send),
    );
    signedInFor.add(token.accessToken);
    return token;
  }

  /** Undefined without a refresh token, or if RingCentral rejects it. */
  async function refresh(expired: CachedToken | undefined): Promise<CachedToken | undefined> {
    if (!expired?.refreshToken || refused.has(expired.accessToken)) return undefined;
    if ((expired.refreshTokenExpiresAt ?? 0) - expiryMargin <= clock.now()) return undefined;
    try {
      return await requestToken(refreshOperation, async (send) =>
        (await sdk()).refresh(expired, send),
      );
    } catch (error) {
      if (isRefusal(error)) return undefined;
      throw error;
    }
  }

  async function requestToken(
    operation: Operation,
    converse: (send: Send) => Promise<void>,
  ): Promise<CachedToken> {
    let token: CachedToken | undefined;
    await converse(async (request) => {
      const answer = await sender.send(operation, request);
      token = readToken(answer.json, operation.attempt, clock.now());
      return answer;
    });
    if (!token) throw new Error("The SDK signed in without asking the token endpoint.");
    redactor.add(token.accessToken, token.refreshToken);
    // Before it is cached: a later run would not know a refresh token that ends now, and that the server may repeat.
    token = { ...token, scope: redactor.text(token.scope) };
    return token;
  }

  async function signOut(): Promise<void> {
    let failure: unknown;
    const revoke = async (token: CachedToken) => {
      try {
        await (await sdk()).logout(token, (request) => sender.send(revokeOperation, request));
      } catch (error) {
        // A session that the server does not know is as good as ended.
        if (!isRefusal(error)) failure ??= error;
      }
    };

    const own = release();
    let cached: CachedToken | undefined;
    await tokens.update(identity.tokenKey, async (current) => {
      cached = current;
      if (current) await revoke(current);
      return undefined;
    });
    if (own && own.accessToken !== cached?.accessToken) await revoke(own);
    if (failure) throw failure;
  }

  /** An open session counts against the limit of five, but failing to revoke one is not an error. */
  async function revokeQuietly(token: CachedToken): Promise<void> {
    try {
      await (await sdk()).logout(token, (request) => sender.sendOnce(revokeOperation, request));
    } catch {
      // It ends by itself when its token expires.
    }
  }

  function oneAtATime<Value>(task: () => Promise<Value>): Promise<Value> {
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

/** The same cache, whose tokens the redactor learns before anybody can send one. */
function withKnownTokens(tokens: TokenCache, redactor: Redactor): TokenCache {
  const learn = (token: CachedToken | undefined) => {
    redactor.add(token?.accessToken, token?.refreshToken);
    return token;
  };
  return {
    read: async (key) => learn(await tokens.read(key)),
    update: (key, change) => tokens.update(key, (current) => change(learn(current))),
  };
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
