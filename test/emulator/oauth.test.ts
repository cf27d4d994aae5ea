import { describe } from "vitest";
import { createEmulator } from "../../src/emulator/emulator.ts";
import type { Emulator } from "../../src/emulator/interface.ts";
import { serve } from "../../src/emulator/server/serve.ts";
import { emulatorApp } from "../../src/emulator/settings.ts";
import { basic, jwtGrant, own, platform, start, test, webinar } from "./kit.ts";

const extension = "/restapi/v1.0/account/~/extension/~";
const withRefreshTokens = { apps: [{ ...emulatorApp, refreshTokens: true }] };

describe("POST /restapi/oauth/token", () => {
  test("signs in the user that the JWT names", async ({ login, expect }) => {
    const { status, headers, body } = await login();

    expect(status).toBe(200);
    expect(headers.get("cache-control")).toBe("no-store");
    expect(body).toEqual({
      access_token: expect.stringMatching(/^EMU1[\w-]{40}$/),
      token_type: "bearer",
      expires_in: 3600,
      scope: emulatorApp.scopes.join(" "),
      owner_id: own.extensionId,
      endpoint_id: expect.stringMatching(/^[\w-]{22}$/),
      session_id: expect.stringMatching(/^[\w-]{36}$/),
    });
  });

  test("grants the requested lifetime, scope and endpoint", async ({ login, expect }) => {
    const { body } = await login({
      grant_type: jwtGrant,
      assertion: "user-999999999",
      access_token_ttl: "900",
      scope: "SubscriptionWebhook ReadAccounts Unheard",
      endpoint_id: "laptop",
    });

    expect(body).toMatchObject({
      expires_in: 900,
      scope: "ReadAccounts SubscriptionWebhook",
      endpoint_id: "laptop",
      owner_id: "7999999999",
    });
  });

  for (const [wanted, granted] of [
    ["1", 600],
    ["86400", 3600],
    ["-1", 3600],
  ] as const) {
    test(`turns an access_token_ttl of ${wanted} into ${granted}`, async ({ login, expect }) => {
      const fields = { grant_type: jwtGrant, assertion: "user-1", access_token_ttl: wanted };
      expect((await login(fields)).body.expires_in).toBe(granted);
    });
  }

  const grant = { grant_type: jwtGrant, assertion: "user-1" };
  for (const [what, fields, auth, status, error, code] of [
    ["no client authentication", grant, "", 400, "invalid_client", "OAU-153"],
    [
      "a wrong secret",
      grant,
      `Basic ${btoa("emulator-client:x")}`,
      401,
      "invalid_client",
      "OAU-146",
    ],
    ["another scheme", grant, "Bearer x", 401, "invalid_client", "OAU-146"],
    ["an unknown JWT", { ...grant, assertion: "user-0" }, basic, 401, "invalid_grant", "OAU-140"],
    ["no JWT", { grant_type: jwtGrant }, basic, 400, "invalid_request", "CMN-101"],
    ["no grant type", {}, basic, 400, "invalid_request", "CMN-101"],
    ["a password", { grant_type: "password" }, basic, 400, "unsupported_grant_type", "OAU-250"],
    [
      "an authorization code",
      { grant_type: "authorization_code", code: "x" },
      basic,
      400,
      "unauthorized_client",
      "OAU-251",
    ],
    [
      "a partner's JWT",
      { grant_type: "partner_jwt", assertion: "user-1" },
      basic,
      400,
      "unauthorized_client",
      "OAU-251",
    ],
    [
      "a life that is no number",
      { ...grant, access_token_ttl: "1h" },
      basic,
      400,
      "invalid_request",
      "CMN-101",
    ],
    ["only foreign scopes", { ...grant, scope: "Faxes" }, basic, 400, "invalid_scope", "CMN-101"],
    [
      "an unknown refresh token",
      { grant_type: "refresh_token", refresh_token: "x" },
      basic,
      400,
      "invalid_grant",
      "OAU-213",
    ],
    [
      "a refresh without a token",
      { grant_type: "refresh_token" },
      basic,
      400,
      "invalid_request",
      "CMN-101",
    ],
  ] as const) {
    test(`refuses ${what} with ${code}`, async ({ login, expect }) => {
      const answer = await login(fields, auth);

      expect(answer.status).toBe(status);
      expect(answer.body).toMatchObject({ error, error_description: expect.any(String) });
      expect(answer.code).toBe(code);
    });
  }

  for (const [grantType, parameterName] of [
    [jwtGrant, "assertion"],
    ["refresh_token", "refresh_token"],
  ] as const) {
    test(`names ${parameterName} if it is missing or empty`, async ({ login, expect }) => {
      for (const fields of [{}, { [parameterName]: "" }]) {
        const { body } = await login({ grant_type: grantType, ...fields });
        expect(body.errors).toEqual([
          {
            errorCode: "CMN-101",
            message: `Parameter [${parameterName}] value is invalid`,
            parameterName,
          },
        ]);
      }
    });
  }

  test("refuses the JWT flow to an app without it", async ({ configure, login, expect }) => {
    configure({ apps: [{ ...emulatorApp, jwtFlow: false }] });

    const { status, code, body } = await login();

    expect([status, code, body.error]).toEqual([400, "OAU-251", "unauthorized_client"]);
  });

  for (const [what, changes, status, error, code] of [
    ["a disabled app", { disabled: true }, 401, "invalid_client", "OAU-127"],
    ["an app of the sandbox", { sandbox: true }, 401, "invalid_client", "OAU-165"],
  ] as const) {
    test(`refuses ${what} with ${code}, also for refreshes`, async ({
      configure,
      login,
      expect,
    }) => {
      configure(withRefreshTokens);
      const { body } = await login();
      configure({ apps: [{ ...emulatorApp, ...changes }] });

      for (const fields of [jwt, refreshWith(body.refresh_token)]) {
        const answer = await login(fields);
        expect([answer.status, answer.body.error, answer.code]).toEqual([status, error, code]);
      }
    });
  }

  for (const [what, setup, status, code] of [
    ["is disabled", { status: "Disabled" }, 400, "OAU-236"],
    ["is frozen", { status: "Frozen" }, 400, "OAU-236"],
    ["is not activated", { status: "NotActivated" }, 401, "OAU-141"],
    ["is unassigned", { status: "Unassigned" }, 401, "OAU-141"],
    ["was deleted", { status: "Deleted" }, 400, "OAU-232"],
    ["has a disabled account", { accountStatus: "Disabled" }, 401, "OAU-142"],
    ["is locked", { locked: "OAU-147" }, 400, "OAU-147"],
    ["is locked, with the other code", { locked: "OAU-148" }, 400, "OAU-148"],
  ] as const) {
    test(`refuses a user who ${what} with ${code}, also for refreshes`, async ({
      configure,
      login,
      expect,
    }) => {
      configure(withRefreshTokens);
      const { body } = await login();
      configure({ users: { 1: setup } });

      for (const fields of [jwt, refreshWith(body.refresh_token)]) {
        const answer = await login(fields);
        expect([answer.status, answer.body.error, answer.code]).toEqual([
          status,
          "invalid_grant",
          code,
        ]);
      }
      expect((await login({ ...jwt, assertion: "user-2" })).status).toBe(200);
    });
  }

  test("refuses a deleted user with OAU-136 if the setting says so", async ({
    configure,
    login,
    expect,
  }) => {
    configure({ users: { 1: { status: "Deleted" } }, deletedUserCode: "OAU-136" });

    const { status, code } = await login();
    expect([status, code]).toEqual([401, "OAU-136"]);
  });

  test("limits a token's lifetime to the configured maximum", async ({
    configure,
    login,
    expect,
  }) => {
    configure({ accessTokenLifetime: 7200 });

    expect((await login()).body.expires_in).toBe(7200);
    expect((await login({ ...jwt, access_token_ttl: "86400" })).body.expires_in).toBe(7200);
  });

  test("accepts only forms", async ({ call, expect }) => {
    const answer = await call("POST", "/restapi/oauth/token", {
      body: { grant_type: jwtGrant, assertion: "user-1" },
      headers: { Authorization: basic },
    });

    expect([answer.status, answer.body.error]).toEqual([415, "invalid_request"]);
  });

  test("rejects other methods", async ({ call, expect }) => {
    const { status, headers } = await call("GET", "/restapi/oauth/token");

    expect([status, headers.get("allow")]).toEqual([405, "POST"]);
  });
});

describe("a refresh token", () => {
  test("is issued to apps that have it enabled", async ({ configure, login, expect }) => {
    configure(withRefreshTokens);
    const { body } = await login({ ...jwt, refresh_token_ttl: "99999999" });

    expect(body.refresh_token).toMatch(/^EMU1/);
    expect(body.refresh_token_expires_in).toBe(2_592_000);
  });

  test("replaces both tokens, and can be used once", async ({ configure, login, call, expect }) => {
    configure(withRefreshTokens);
    const first = (await login()).body;

    const renewed = await login(refreshWith(first.refresh_token));
    expect(renewed.status).toBe(200);
    expect(renewed.body.session_id).toBe(first.session_id);

    expect((await call("GET", extension, { token: first.access_token })).code).toBe("OAU-213");
    expect((await call("GET", extension, { token: renewed.body.access_token })).status).toBe(200);
    expect((await login(refreshWith(first.refresh_token))).code).toBe("OAU-213");
  });

  test("outlives the access token, then expires", async ({
    emulator,
    configure,
    login,
    expect,
  }) => {
    configure(withRefreshTokens);
    const { body } = await login();
    emulator.clock.advance(604_799_000);
    const renewed = await login(refreshWith(body.refresh_token));
    expect(renewed.status).toBe(200);

    emulator.clock.advance(604_800_000);
    expect((await login(refreshWith(renewed.body.refresh_token))).code).toBe("OAU-213");
  });

  test("can be reused within its grace period, which ends the tokens issued in between", async ({
    emulator,
    configure,
    login,
    call,
    expect,
  }) => {
    configure({ ...withRefreshTokens, refreshTokenGrace: 10 });
    const first = (await login()).body.refresh_token;
    const between = (await login(refreshWith(first))).body;
    await emulator.clock.advance(9999);

    const again = await login(refreshWith(first));
    expect(again.status).toBe(200);
    expect((await call("GET", extension, { token: between.access_token })).code).toBe("OAU-213");
    expect((await login(refreshWith(between.refresh_token))).code).toBe("OAU-213");

    // Another use does not extend its time.
    await emulator.clock.advance(1);
    expect((await login(refreshWith(first))).code).toBe("OAU-213");
    expect((await login(refreshWith(again.body.refresh_token))).status).toBe(200);
  });

  test("is accepted only from its own app", async ({ configure, login, expect }) => {
    const other = { ...emulatorApp, clientId: "other", refreshTokens: true };
    configure({ apps: [...withRefreshTokens.apps, other] });
    const { body } = await login();

    const answer = await login(
      refreshWith(body.refresh_token),
      `Basic ${btoa(`other:${emulatorApp.clientSecret}`)}`,
    );
    expect(answer.code).toBe("OAU-213");
  });

  test("keeps the scopes of the sign-in", async ({ configure, login, expect }) => {
    configure({ apps: [{ ...emulatorApp, refreshTokens: true, scopes: ["SMS"] }] });
    const { body } = await login();
    configure(withRefreshTokens);

    expect((await login(refreshWith(body.refresh_token))).body.scope).toBe("SMS");
    expect((await login()).body.scope).toContain("SubscriptionWebhook");
  });
});

describe("sessionLifetime", () => {
  test("ends a session regardless of its tokens' lifetimes and refreshes", async ({
    emulator,
    configure,
    login,
    call,
    expect,
  }) => {
    configure({ ...withRefreshTokens, sessionLifetime: 1800 });
    const { body } = await login();
    expect(body).toMatchObject({
      session_expires_in: 1800,
      expires_in: 1800,
      refresh_token_expires_in: 1800,
    });

    await emulator.clock.advance(1_000_000);
    const renewed = (await login(refreshWith(body.refresh_token))).body;
    expect(renewed).toMatchObject({ session_expires_in: 800, expires_in: 800 });
    await emulator.clock.advance(799_999);
    expect((await call("GET", extension, { token: renewed.access_token })).status).toBe(200);

    await emulator.clock.advance(1);
    expect((await call("GET", extension, { token: renewed.access_token })).code).toBe("OAU-213");
    expect((await login(refreshWith(renewed.refresh_token))).code).toBe("OAU-213");
  });
});

describe("parallel sessions", () => {
  test("are limited to five per user and app: the oldest one ends", async ({
    call,
    signIn,
    expect,
  }) => {
    const otherUsersToken = await signIn(2);
    const tokens = [];
    for (let count = 0; count < 6; count++) tokens.push(await signIn());

    const codes = [];
    for (const token of [...tokens, otherUsersToken]) {
      codes.push((await call("GET", extension, { token })).code ?? "ok");
    }
    expect(codes).toEqual(["OAU-213", "ok", "ok", "ok", "ok", "ok", "ok"]);
  });

  test("do not include expired sessions", async ({ emulator, login, call, signIn, expect }) => {
    const token = await signIn();
    for (let count = 0; count < 4; count++) await login({ ...jwt, access_token_ttl: "600" });
    emulator.clock.advance(600_000);
    for (let count = 0; count < 4; count++) await signIn();

    expect((await call("GET", extension, { token })).status).toBe(200);
  });

  test("are counted per app", async ({ configure, login, call, signIn, expect }) => {
    configure({ apps: [emulatorApp, { ...emulatorApp, clientId: "other" }] });
    const token = await signIn();
    const auth = `Basic ${btoa(`other:${emulatorApp.clientSecret}`)}`;
    for (let count = 0; count < 5; count++) await login(jwt, auth);

    expect((await call("GET", extension, { token })).status).toBe(200);
  });
});

describe("POST /restapi/oauth/revoke", () => {
  const form = { "Content-Type": "application/x-www-form-urlencoded", Authorization: basic };

  test("ends the session that either token belongs to", async ({
    configure,
    login,
    call,
    expect,
  }) => {
    configure(withRefreshTokens);
    for (const name of ["access_token", "refresh_token"]) {
      const { body } = await login();

      const revoked = await call("POST", "/restapi/oauth/revoke", {
        text: new URLSearchParams({ token: body[name] }).toString(),
        headers: form,
      });

      expect([revoked.status, revoked.body]).toEqual([200, undefined]);
      expect((await call("GET", extension, { token: body.access_token })).code).toBe("OAU-213");
      expect((await login(refreshWith(body.refresh_token))).code).toBe("OAU-213");
    }
  });

  test("also reads the token from the query, and accepts an unknown token", async ({
    call,
    signIn,
    expect,
  }) => {
    const token = await signIn();
    const path = `/restapi/oauth/revoke?token=${token}`;

    expect((await call("POST", path, { text: "", headers: form })).status).toBe(200);
    expect((await call("POST", path, { text: "", headers: form })).status).toBe(200);
    expect((await call("GET", platform, { token })).code).toBe("OAU-213");
  });

  test("needs no body if the query has the token", async ({ call, signIn, expect }) => {
    const token = await signIn();
    const headers = { Authorization: basic };
    const revoked = await call("POST", `/restapi/oauth/revoke?token=${token}`, { headers });

    expect(revoked.status).toBe(200);
    expect((await call("GET", platform, { token })).code).toBe("OAU-213");
  });

  test("needs neither body nor content type over a socket", async ({
    emulator,
    call,
    signIn,
    expect,
  }) => {
    await using server = await serve(emulator.fetch);
    const token = await signIn();
    const revoked = await fetch(`${server.url}/restapi/oauth/revoke?token=${token}`, {
      method: "POST",
      headers: { Authorization: basic },
    });

    expect([revoked.status, await revoked.text()]).toEqual([200, ""]);
    expect((await call("GET", platform, { token })).code).toBe("OAU-213");
    const untyped = await fetch(`${server.url}/restapi/oauth/revoke`, {
      method: "POST",
      headers: { Authorization: basic },
      body: Buffer.from("token=x"),
    });
    expect(untyped.status).toBe(415);
  });

  test("requires a token and the app's credentials", async ({ call, signIn, expect }) => {
    const nothing = await call("POST", "/restapi/oauth/revoke", { text: "", headers: form });
    expect([nothing.status, nothing.code]).toEqual([400, "CMN-101"]);

    const token = await signIn();
    const unsigned = await call("POST", "/restapi/oauth/revoke", {
      text: `token=${token}`,
      headers: { "Content-Type": form["Content-Type"] },
    });
    expect(unsigned.code).toBe("OAU-153");
    expect((await call("GET", extension, { token })).status).toBe(200);
  });

  test("does not affect another app's session", async ({ configure, call, signIn, expect }) => {
    configure({ apps: [emulatorApp, { ...emulatorApp, clientId: "other" }] });
    const token = await signIn();

    const answer = await call("POST", "/restapi/oauth/revoke", {
      text: `token=${token}`,
      headers: { ...form, Authorization: `Basic ${btoa(`other:${emulatorApp.clientSecret}`)}` },
    });

    expect(answer.status).toBe(200);
    expect((await call("GET", extension, { token })).status).toBe(200);
  });
});

describe("an API call", () => {
  for (const [what, authorization, code] of [
    ["without a token", undefined, "AGW-401"],
    ["with a scheme only", "Bearer", "AGW-402"],
    ["with another scheme", "Digest x", "AGW-402"],
    ["with the app's credentials", basic, "OAU-151"],
    ["with the JWT itself", "Bearer user-1", "OAU-149"],
    ["with something like a token", `Bearer EMU1${"x".repeat(40)}`, "OAU-129"],
  ] as const) {
    test(`${what} is refused with ${code}`, async ({ call, expect }) => {
      const headers = authorization === undefined ? {} : { Authorization: authorization };
      const answer = await call("GET", platform, { headers });

      expect([answer.status, answer.code]).toEqual([401, code]);
    });
  }

  for (const [what, damage] of [
    ["without its end", (token: string) => token.slice(0, -1)],
    ["with extra text after it", (token: string) => `${token}x`],
    [
      "with one character changed",
      (token: string) => token.replace(/.$/, (end) => (end === "x" ? "y" : "x")),
    ],
    [
      "with another start",
      (token: string) =>
        token.replace(/^(EMU1)./, (all, head) => (all === "EMU1x" ? `${head}y` : `${head}x`)),
    ],
  ] as const) {
    test(`with a token ${what} is refused with OAU-129`, async ({ call, signIn, expect }) => {
      const { status, code } = await call("GET", platform, { token: damage(await signIn()) });
      expect([status, code]).toEqual([401, "OAU-129"]);
    });
  }

  test("with a token of another emulator is refused with OAU-213", async ({ call, expect }) => {
    const other = createEmulator({ clock: { now: () => start } });
    const answer = await other.fetch(
      new Request("http://127.0.0.1/restapi/oauth/token", {
        method: "POST",
        headers: { Authorization: basic },
        body: new URLSearchParams(jwt),
      }),
    );
    const { access_token: token } = JSON.parse(await answer.text());

    const { status, code } = await call("GET", platform, { token });
    expect([status, code]).toEqual([401, "OAU-213"]);
  });

  test("with an expired token is refused with OAU-128", async ({
    emulator,
    call,
    signIn,
    expect,
  }) => {
    const token = await signIn();
    emulator.clock.advance(3_599_999);
    expect((await call("GET", platform, { token })).status).toBe(200);

    emulator.clock.advance(1);
    const answer = await call("GET", platform, { token });
    expect([answer.status, answer.code]).toEqual([401, "OAU-128"]);
  });

  for (const [what, apps] of [
    ["is disabled", [{ ...emulatorApp, disabled: true }]],
    ["was removed", [{ ...emulatorApp, clientId: "other" }]],
  ] as const) {
    test(`with a token of an app that ${what} is refused with OAU-127`, async ({
      configure,
      call,
      signIn,
      expect,
    }) => {
      const token = await signIn();
      configure({ apps });

      const answer = await call("GET", platform, { token });
      expect(answer.status).toBe(401);
      expect(answer.body).toMatchObject({
        errorCode: "OAU-127",
        errors: [{ errorCode: "OAU-127" }],
      });
    });
  }

  for (const [what, setup] of [
    ["was deleted", { status: "Deleted" }],
    ["is disabled", { status: "Disabled" }],
    ["is frozen", { status: "Frozen" }],
    ["has a disabled account", { accountStatus: "Disabled" }],
  ] as const) {
    test(`with a token of a user who ${what} is refused with OAU-213`, async ({
      configure,
      call,
      signIn,
      expect,
    }) => {
      const token = await signIn();
      configure({ users: { 1: setup } });

      const { status, code } = await call("GET", platform, { token });
      expect([status, code]).toEqual([401, "OAU-213"]);
    });
  }

  test("still works while its user is locked out of signing in", async ({
    configure,
    call,
    signIn,
    expect,
  }) => {
    const token = await signIn();
    configure({ users: { 1: { locked: "OAU-147" } } });

    expect((await call("GET", platform, { token })).status).toBe(200);
  });

  test("is refused with two different codes if the token cannot be parsed", async ({
    call,
    expect,
  }) => {
    const { body } = await call("GET", platform, { token: "x" });

    expect(body).toEqual({
      errorCode: "TokenInvalid",
      message: "Unparsable access token",
      errors: [{ errorCode: "OAU-149", message: "Unparsable access token" }],
    });
  });

  test("is refused by the gateway without an errors array", async ({ call, expect }) => {
    expect((await call("GET", platform)).body).toEqual({
      errorCode: "AGW-401",
      message: "Authorization header is not specified",
    });
  });
});

describe("the request log names the user", () => {
  const users = (emulator: Emulator) =>
    emulator.requests.map(({ path, status, user }) => [path.split("/").at(-1), status, user]);

  test("of a refused sign-in, whatever the reason", async ({ emulator, login, expect }) => {
    await login({ ...jwt, assertion: "user-7", scope: "Nothing" });
    await login({ ...jwt, assertion: "user-7" }, `Basic ${btoa("emulator-client:x")}`);
    await login({ ...jwt, assertion: "nobody" });

    expect(users(emulator)).toEqual([
      ["token", 400, 7],
      ["token", 401, 7],
      ["token", 401, undefined],
    ]);
  });

  test("of a refresh, of a revocation, and of an expired token", async ({
    emulator,
    configure,
    login,
    call,
    expect,
  }) => {
    configure(withRefreshTokens);
    const { access_token: token, refresh_token } = (await login()).body;
    const renewed = (await login(refreshWith(refresh_token))).body;
    await emulator.clock.advance(3_600_000);
    await call("GET", platform, { token: renewed.access_token });
    await call("POST", `/restapi/oauth/revoke?token=${renewed.access_token}`, {
      headers: { Authorization: basic },
    });
    await call("GET", platform, { token });

    expect(users(emulator)).toEqual([
      ["token", 200, 1],
      ["token", 200, 1],
      ["subscription", 401, 1],
      ["revoke", 200, 1],
      ["subscription", 401, undefined],
    ]);
  });
});

const jwt = { grant_type: jwtGrant, assertion: "user-1" };

function refreshWith(token: string) {
  return { grant_type: "refresh_token", refresh_token: token };
}

describe("the token of a removed or disabled user", () => {
  for (const [status, code] of [
    ["Deleted", "OAU-232"],
    ["Disabled", "OAU-236"],
    ["Frozen", "OAU-236"],
  ] as const) {
    test(`can neither change nor read subscriptions of a ${status} user (${code})`, async ({
      call,
      configure,
      signIn,
      subscribe,
      expect,
    }) => {
      const token = await signIn();
      const { body } = await subscribe({ token });
      configure({ users: { 1: { status } } });
      const one = `${platform}/${body.id}`;
      const changes = [
        await subscribe({ token }),
        await call("PUT", one, { token, body: { eventFilters: ["/team-messaging/v1/posts"] } }),
        await call("POST", `${one}/renew`, { token }),
        await call("DELETE", one, { token }),
        await call("DELETE", `${webinar}/${body.id}`, { token }),
      ];
      for (const answer of changes) expect([answer.status, answer.code]).toEqual([400, code]);
      const reads = [await call("GET", platform, { token }), await call("GET", one, { token })];
      for (const answer of reads) expect([answer.status, answer.code]).toEqual([401, "OAU-213"]);

      configure({ users: { 1: { status: "Unassigned" } } });
      expect((await call("DELETE", one, { token })).code).toBe("OAU-213");
    });
  }
});
