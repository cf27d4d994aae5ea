import { describe, test } from "vitest";
import { ApiError, NetworkError } from "../../src/api/errors.ts";
import type { CachedToken } from "../../src/config/credentials.ts";
import { ExitCode } from "../../src/errors.ts";
import { createTokenCache } from "../support/token-cache.ts";
import {
  borrowedIdentityAt,
  collection,
  connect,
  failureOf,
  identityAt,
  type Override,
  refusal,
  startPlatform,
  startTime,
  tokenKey,
} from "./kit.ts";

const token = "POST /restapi/oauth/token";
const revoke = "POST /restapi/oauth/revoke";
const list = `GET ${collection}`;

function cached(changes: Partial<CachedToken> = {}): CachedToken {
  return {
    accessToken: "access-token-0",
    expiresAt: startTime + 3_600_000,
    scope: "SubscriptionWebhook",
    ...changes,
  };
}

function cacheWith(entry: CachedToken, options: { readonly writable?: boolean } = {}) {
  const cache = createTokenCache(options);
  cache.entries.set(tokenKey, entry);
  return cache;
}

function listRefusedWith(status: number, code: string, times: number): Override {
  let left = times;
  return ({ path }) => {
    if (path !== collection || left === 0) return undefined;
    left -= 1;
    return refusal(status, code, "In order to call this, application needs to have [X] permission");
  };
}

describe("the session", () => {
  test("comes from the cache while it is valid", async ({ expect }) => {
    await using platform = await startPlatform();
    platform.sessions.push("access-token-0");
    const { client } = await connect(platform.url, { cache: cacheWith(cached()) });

    await client.list("platform");

    expect(platform.log()).toEqual([list]);
    expect(await client.session()).toEqual(cached());
  });

  test("is replaced a minute before it expires, and the old one is revoked", async ({ expect }) => {
    await using platform = await startPlatform();
    platform.sessions.push("access-token-0");
    const cache = cacheWith(cached({ expiresAt: startTime + 60_000 }));
    const { client } = await connect(platform.url, { cache });

    await client.list("platform");

    expect(platform.log()).toEqual([token, revoke, list]);
    expect(platform.sessions).toEqual(["access-token-1"]);
    expect(cache.entries.get(tokenKey)?.accessToken).toBe("access-token-1");
  });

  test("is refreshed if a refresh token was issued, with lifetimes that RingCentral accepts", async ({
    expect,
  }) => {
    await using platform = await startPlatform(undefined, { refreshTokens: true });
    const { client, clock, tokens } = await connect(platform.url, {
      deadlineAt: Number.POSITIVE_INFINITY,
    });
    await client.list("platform");

    clock.advance(3_600_000);
    await client.list("platform");

    expect(platform.log()).toEqual([token, list, token, list]);
    expect(Object.fromEntries(new URLSearchParams(platform.requests[2]?.body))).toEqual({
      grant_type: "refresh_token",
      refresh_token: "refresh-token-1",
      access_token_ttl: "3600",
      refresh_token_ttl: "604800",
    });
    expect(tokens.entries.get(tokenKey)).toMatchObject({
      accessToken: "access-token-2",
      refreshToken: "refresh-token-2",
      refreshTokenExpiresAt: clock.now() + 604_800_000,
    });
  });

  test("is created with the JWT if the refresh token is refused or expired", async ({ expect }) => {
    await using platform = await startPlatform(({ body }) =>
      body.includes("grant_type=refresh_token")
        ? { status: 400, body: { error: "invalid_grant", error_description: "Token not found" } }
        : undefined,
    );
    const refused = cached({
      expiresAt: startTime,
      refreshToken: "refresh-token-0",
      refreshTokenExpiresAt: startTime + 600_000,
    });
    const { client } = await connect(platform.url, { cache: cacheWith(refused) });
    await client.list("platform");
    expect(platform.log()).toEqual([token, token, revoke, list]);

    platform.requests.length = 0;
    const expired = { ...refused, refreshTokenExpiresAt: startTime };
    const other = await connect(platform.url, { cache: cacheWith(expired) });
    await other.client.list("platform");
    expect(platform.log()).toEqual([token, revoke, list]);
  });

  test("stays in the cache if a refresh gets no answer", async ({ expect }) => {
    await using platform = await startPlatform(() => ({ status: 500, body: "" }));
    const entry = cached({
      expiresAt: startTime,
      refreshToken: "refresh-token-0",
      refreshTokenExpiresAt: startTime + 600_000,
    });
    const { client, tokens } = await connect(platform.url, { cache: cacheWith(entry) });

    expect(await failureOf(client.list("platform"))).toMatchObject({
      exitCode: ExitCode.unavailable,
    });
    expect(tokens.entries.get(tokenKey)).toEqual(entry);
    expect(platform.log()).toEqual([token]);
  });

  test("is replaced once by a new login if the server refuses it", async ({ expect }) => {
    await using platform = await startPlatform();
    const cache = cacheWith(cached());
    const { client } = await connect(platform.url, { cache });

    await client.list("platform");

    expect(platform.log()).toEqual([list, token, revoke, list]);
    expect(cache.entries.get(tokenKey)?.accessToken).toBe("access-token-1");
  });

  test("is not replaced again if the new one is refused too", async ({ expect }) => {
    await using platform = await startPlatform(listRefusedWith(401, "OAU-213", 100));
    const { client } = await connect(platform.url);

    const error = await failureOf(client.list("platform"));
    await failureOf(client.list("platform"));
    await failureOf(client.list("platform"));

    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 401, code: "OAU-213", exitCode: ExitCode.auth });
    expect(platform.counts.logins).toBe(2);
  });

  test("is replaced again if the new one was accepted in between", async ({ expect }) => {
    await using platform = await startPlatform();
    const { client } = await connect(platform.url);

    for (let time = 0; time < 3; time += 1) {
      await client.list("platform");
      platform.sessions.length = 0;
    }

    expect(platform.counts.logins).toBe(3);
  });

  test("shared by fifty processes costs one login if the server refuses it", async ({ expect }) => {
    await using platform = await startPlatform();
    const cache = cacheWith(cached());
    const processes = await Promise.all(
      Array.from({ length: 50 }, () => connect(platform.url, { cache })),
    );

    await Promise.all(processes.map(({ client }) => client.list("platform")));

    expect(platform.counts.logins).toBe(1);
    expect(platform.sessions).toEqual(["access-token-1"]);
  });

  test("costs one login when many requests of a process need it at once", async ({ expect }) => {
    await using platform = await startPlatform();
    const { client } = await connect(platform.url, { tokens: undefined });

    await Promise.all(Array.from({ length: 10 }, () => client.list("platform")));

    expect(platform.counts.logins).toBe(1);
  });

  test("is replaced once if a scope is missing, in case it was added since", async ({ expect }) => {
    for (const code of ["CMN-401", "SUB-528"]) {
      await using platform = await startPlatform(listRefusedWith(403, code, 1));
      platform.sessions.push("access-token-0");
      const cache = cacheWith(cached({ refreshToken: "r", refreshTokenExpiresAt: startTime * 2 }));
      const { client } = await connect(platform.url, { cache });

      await client.list("platform");

      expect(platform.log()).toEqual([list, token, revoke, list]);
      expect(platform.counts).toEqual({ logins: 1, refreshes: 0 });
      expect(platform.sessions).toEqual(["access-token-1"]);
    }
  });

  test("kept only in this process is revoked once it is replaced", async ({ expect }) => {
    for (const options of [
      { tokens: undefined },
      { cache: createTokenCache({ writable: false }) },
    ]) {
      await using platform = await startPlatform(listRefusedWith(401, "OAU-213", 1));
      const { client } = await connect(platform.url, options);

      await client.list("platform");
      await client.close();

      expect(platform.log()).toEqual([token, list, token, revoke, list, revoke]);
      expect(platform.sessions).toEqual([]);
    }
  });

  test("does not end when it is refreshed", async ({ expect }) => {
    await using platform = await startPlatform(undefined, { refreshTokens: true });
    const { client, clock } = await connect(platform.url, {
      tokens: undefined,
      deadlineAt: Number.POSITIVE_INFINITY,
    });

    await client.list("platform");
    clock.advance(3_600_000);
    await client.list("platform");

    expect(platform.log()).toEqual([token, list, token, list]);
  });

  test("is revoked if the cache cannot keep it", async ({ expect }) => {
    await using platform = await startPlatform();
    const failing = {
      read: async () => undefined,
      update: async (_key: string, change: (current: undefined) => Promise<unknown>) => {
        await change(undefined);
        throw new Error("The disk is full.");
      },
    };
    const { client } = await connect(platform.url, { tokens: failing });

    expect(await failureOf(client.list("platform"))).toMatchObject({
      message: "The disk is full.",
    });
    expect(platform.log()).toEqual([token, revoke]);
  });

  test("is not replaced for every request that lacks a scope", async ({ expect }) => {
    await using platform = await startPlatform(listRefusedWith(403, "CMN-401", 100));
    const { client } = await connect(platform.url, { cache: cacheWith(cached()) });

    const error = await failureOf(client.list("platform"));
    await failureOf(client.list("platform"));
    await failureOf(client.list("platform"));

    expect(error).toMatchObject({
      code: "CMN-401",
      exitCode: ExitCode.auth,
      permissionName: "X",
      hint: "Add the scope X to the app in the Developer Console, then run `rcwh login` again.",
    });
    expect(platform.counts.logins).toBe(1);
  });

  test("is not replaced for a missing scope if this run has just made it", async ({ expect }) => {
    for (const code of ["CMN-401", "SUB-528"]) {
      await using platform = await startPlatform(listRefusedWith(403, code, 100));
      const { client } = await connect(platform.url);

      expect(await failureOf(client.list("platform"))).toMatchObject({ code });
      expect(platform.log()).toEqual([token, list]);
    }
  });

  test("names the missing scope even if the login for it fails", async ({ expect }) => {
    await using platform = await startPlatform(({ path }) =>
      path === collection
        ? refusal(403, "CMN-401", "application needs to have [X] permission")
        : { status: 500 },
    );
    const { client } = await connect(platform.url, { cache: cacheWith(cached()) });

    expect(await failureOf(client.list("platform"))).toMatchObject({ code: "CMN-401" });
  });

  test("sends one request to the token endpoint if it refuses the credentials", async ({
    expect,
  }) => {
    for (const [status, code] of [
      [401, "OAU-146"],
      [400, "OAU-251"],
      [403, "CMN-101"],
    ] as const) {
      await using platform = await startPlatform(() => refusal(status, code, "No."));
      const { client } = await connect(platform.url, {
        cache: cacheWith(cached({ expiresAt: 0 })),
      });

      const error = await failureOf(client.list("platform"));

      expect(error).toMatchObject({
        status,
        code,
        exitCode: ExitCode.auth,
        message: `RingCentral refused to sign in: No (${code})`,
      });
      expect(platform.log()).toEqual([token]);
    }
  });

  test("leaves the cache unchanged if a login fails", async ({ expect }) => {
    await using platform = await startPlatform(() => ({ status: 503 }));
    const cache = cacheWith(cached({ expiresAt: 0 }));
    const { client } = await connect(platform.url, { cache });

    await failureOf(client.list("platform"));

    expect(cache.entries.get(tokenKey)).toEqual(cached({ expiresAt: 0 }));
  });

  test("does not fail if the old session cannot be revoked", async ({ expect }) => {
    await using platform = await startPlatform(({ path }) =>
      path.endsWith("/revoke") ? { status: 500, body: "x".repeat(100_000) } : undefined,
    );
    const { client } = await connect(platform.url, { cache: cacheWith(cached({ expiresAt: 0 })) });

    await client.list("platform");

    expect(platform.log()).toEqual([token, revoke, list]);
  });

  test("does not wait for quota to revoke the old session", async ({ expect }) => {
    await using platform = await startPlatform(({ path }) =>
      path.endsWith("/token")
        ? {
            headers: {
              "X-Rate-Limit-Group": "auth",
              "X-Rate-Limit-Remaining": "0",
              "X-Rate-Limit-Window": "60",
            },
            body: { access_token: "access-token-1", expires_in: 3600 },
          }
        : undefined,
    );
    platform.sessions.push("access-token-1");
    const { client, clock } = await connect(platform.url, {
      cache: cacheWith(cached({ expiresAt: 0 })),
    });

    await client.list("platform");

    expect(platform.log()).toEqual([token, list]);
    expect(clock.sleeps).toEqual([]);
  });

  test("is revoked at the end of the run if it cannot be kept", async ({ expect }) => {
    await using platform = await startPlatform();
    for (const options of [
      { tokens: undefined },
      { cache: createTokenCache({ writable: false }) },
    ]) {
      platform.requests.length = 0;
      const { client } = await connect(platform.url, options);

      await client.list("platform");
      await client.list("platform");
      await client.close();
      await client.close();

      expect(platform.log()).toEqual([token, list, list, revoke]);
      expect(platform.sessions).toEqual([]);
    }
  });

  test("from a read-only cache is not revoked because others use it", async ({ expect }) => {
    await using platform = await startPlatform();
    platform.sessions.push("access-token-0");
    const { client } = await connect(platform.url, {
      cache: cacheWith(cached(), { writable: false }),
    });

    await client.list("platform");
    await client.close();

    expect(platform.sessions).toEqual(["access-token-0"]);
  });

  test("that expired in a read-only cache is replaced for this process only", async ({
    expect,
  }) => {
    await using platform = await startPlatform();
    const cache = cacheWith(cached({ expiresAt: 0 }), { writable: false });
    const { client } = await connect(platform.url, { cache });

    await Promise.all([client.list("platform"), client.list("platform")]);
    await client.list("platform");
    await client.close();

    expect(platform.log()).toEqual([token, list, list, list, revoke]);
    expect(platform.requests.at(-1)?.body).toBe("token=access-token-1");
  });

  test("that another process just created is not revoked, whether the cache is writable or not", async ({
    expect,
  }) => {
    await using platform = await startPlatform();
    platform.sessions.push("access-token-0");
    const { client } = await connect(platform.url, {
      tokens: {
        read: async () => undefined,
        update: async (_key, change) => ({ token: await change(cached()), stored: false }),
      },
    });

    await client.list("platform");
    await client.close();

    expect(platform.log()).toEqual([list]);
  });

  test("in the cache survives the end of the run", async ({ expect }) => {
    await using platform = await startPlatform();
    const { client } = await connect(platform.url);

    await client.list("platform");
    await client.close();

    expect(platform.log()).toEqual([token, list]);
  });

  test("is revoked after an interruption and after the deadline too", async ({ expect }) => {
    await using platform = await startPlatform();
    const controller = new AbortController();
    const { client, clock } = await connect(platform.url, {
      tokens: undefined,
      signal: controller.signal,
    });
    await client.list("platform");

    controller.abort(new Error("Ctrl-C"));
    clock.advance(1_000_000);
    await client.close();

    expect(platform.sessions).toEqual([]);
  });

  test("is closed without throwing", async ({ expect }) => {
    const { client } = await (async () => {
      await using platform = await startPlatform();
      const connected = await connect(platform.url, { tokens: undefined });
      await connected.client.list("platform");
      return connected;
    })();

    expect(await client.close()).toBeUndefined();
  });
});

describe("signing in and out", () => {
  test("signIn creates a new session even if the cached one is valid, and revokes the old one", async ({
    expect,
  }) => {
    await using platform = await startPlatform();
    platform.sessions.push("access-token-0");
    const cache = cacheWith(cached());
    const { client } = await connect(platform.url, { cache });

    const session = await client.signIn();
    await client.list("platform");

    expect(session.accessToken).toBe("access-token-1");
    expect(cache.entries.get(tokenKey)).toEqual(session);
    expect(platform.log()).toEqual([token, revoke, list]);
    expect(platform.sessions).toEqual(["access-token-1"]);
  });

  test("signIn uses the JWT instead of refreshing", async ({ expect }) => {
    await using platform = await startPlatform();
    const cache = cacheWith(
      cached({
        refreshToken: "refresh-token-0",
        refreshTokenExpiresAt: startTime + 3_600_000,
      }),
    );
    const { client } = await connect(platform.url, { cache });

    await client.signIn();

    expect(platform.counts).toEqual({ logins: 1, refreshes: 0 });
  });

  test("signIn with refused credentials keeps the cached session", async ({ expect }) => {
    await using platform = await startPlatform(() => refusal(400, "OAU-140", "Invalid"));
    const cache = cacheWith(cached());
    const { client } = await connect(platform.url, { cache });

    expect(await failureOf(client.signIn())).toMatchObject({ exitCode: ExitCode.auth });
    expect(cache.entries.get(tokenKey)).toEqual(cached());
  });

  test("signIn without a JWT sends nothing", async ({ expect }) => {
    await using platform = await startPlatform();
    const identity = identityAt(platform.url);
    const { client } = await connect(platform.url, {
      identity: {
        ...identity,
        credentials: { kind: "jwt", clientId: "client", clientSecret: "x", jwt: "" },
      },
    });

    expect(await failureOf(client.signIn())).toMatchObject({ exitCode: ExitCode.auth });
    expect(platform.requests).toEqual([]);
  });

  test("signOut revokes the cached session and removes it", async ({ expect }) => {
    await using platform = await startPlatform();
    platform.sessions.push("access-token-0");
    const cache = cacheWith(cached({ expiresAt: 0 }));
    const { client } = await connect(platform.url, { cache });

    await client.signOut();

    expect(platform.log()).toEqual([revoke]);
    expect(platform.requests[0]?.body).toBe("token=access-token-0");
    expect(platform.requests[0]?.headers.authorization).toMatch(/^Basic /);
    expect(platform.sessions).toEqual([]);
    expect(cache.entries.size).toBe(0);
  });

  test("signOut without a session sends nothing", async ({ expect }) => {
    await using platform = await startPlatform();
    const { client } = await connect(platform.url);

    await client.signOut();

    expect(platform.requests).toEqual([]);
  });

  test("signOut treats a session that the server does not know as ended", async ({ expect }) => {
    await using platform = await startPlatform(() => refusal(401, "OAU-213", "Token not found"));
    const { client, tokens } = await connect(platform.url, { cache: cacheWith(cached()) });

    await client.signOut();

    expect(tokens.entries.size).toBe(0);
  });

  test("signOut removes the token if the server is unreachable, and reports it", async ({
    expect,
  }) => {
    await using platform = await startPlatform(() => ({ drop: "before" }));
    const { client, tokens } = await connect(platform.url, { cache: cacheWith(cached()) });

    expect(await failureOf(client.signOut())).toBeInstanceOf(NetworkError);
    expect(tokens.entries.size).toBe(0);
  });
});

describe("a borrowed access token", () => {
  test("is used as it is: never refreshed, cached or revoked", async ({ expect }) => {
    await using platform = await startPlatform();
    platform.sessions.push("borrowed-token");
    const { client, tokens } = await connect(platform.url, {
      identity: borrowedIdentityAt(platform.url),
    });

    await client.list("platform");
    expect(await client.session()).toMatchObject({ accessToken: "borrowed-token" });
    await client.signOut();
    await client.close();

    expect(platform.log()).toEqual([list]);
    expect(platform.requests[0]?.headers.authorization).toBe("Bearer borrowed-token");
    expect(platform.requests[0]?.headers).not.toHaveProperty("client-id");
    expect(tokens.entries.size).toBe(0);
  });

  test("is not replaced if it is refused, and ends with 4 and a hint", async ({ expect }) => {
    await using platform = await startPlatform();
    const { client } = await connect(platform.url, { identity: borrowedIdentityAt(platform.url) });

    expect(await failureOf(client.list("platform"))).toMatchObject({
      exitCode: ExitCode.auth,
      status: 401,
      code: "OAU-213",
      hint: expect.stringContaining("new access token"),
    });
    expect(platform.log()).toEqual([list]);
  });

  test("cannot sign in", async ({ expect }) => {
    await using platform = await startPlatform();
    const { client } = await connect(platform.url, { identity: borrowedIdentityAt(platform.url) });

    expect(await failureOf(client.signIn())).toMatchObject({ exitCode: ExitCode.usage });
  });

  test("that does not fit a header is a usage error", async ({ expect }) => {
    await using platform = await startPlatform();
    const { client } = await connect(platform.url, {
      identity: {
        ...borrowedIdentityAt(platform.url),
        credentials: { kind: "token", accessToken: "two\nlines" },
      },
    });

    const error = await failureOf(client.list("platform"));

    expect(error).toMatchObject({ exitCode: ExitCode.usage });
    expect(String((error as Error).stack)).not.toContain("lines");
  });
});
