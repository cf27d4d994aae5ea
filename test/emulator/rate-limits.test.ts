import fc from "fast-check";
import { describe } from "vitest";
import { createEmulator } from "../../src/emulator/emulator.ts";
import { defaultSettings } from "../../src/emulator/setting-table.ts";
import { type Answer, test as base, basic, jwtGrant, platform, start, webinar } from "./kit.ts";

/** The kit's `test`, with RingCentral's limits. */
const test = base.extend<{ readonly limits: undefined }>({
  limits: [
    async ({ configure }, use) => {
      configure({ rateLimits: defaultSettings.rateLimits });
      await use(undefined);
    },
    { auto: true },
  ],
});

function quota({ headers }: Answer): readonly (string | null)[] {
  return ["Group", "Limit", "Remaining", "Window"].map((name) =>
    headers.get(`X-Rate-Limit-${name}`),
  );
}

describe("an answer shows the state of its rate-limit group", () => {
  test("separately for sign-ins, reads and changes", async ({ login, call, expect }) => {
    const first = await login();
    expect(quota(first)).toEqual(["auth", "5", "4", "60"]);
    const token = first.body.access_token;

    expect(quota(await call("GET", platform, { token }))).toEqual(["light", "50", "49", "60"]);
    expect(quota(await call("GET", webinar, { token }))).toEqual(["light", "50", "48", "60"]);
    const whoAmI = await call("GET", "/restapi/v1.0/account/~/extension/~", { token });
    expect(quota(whoAmI)).toEqual(["light", "50", "47", "60"]);
    const renewal = await call("POST", `${platform}/x/renew`, { token });
    expect([renewal.status, quota(renewal)]).toEqual([404, ["light", "50", "46", "60"]]);

    const creation = await call("POST", platform, { token, body: {} });
    expect([creation.status, quota(creation)]).toEqual([400, ["medium", "40", "39", "60"]]);
    const update = await call("PUT", `${platform}/x`, { token, body: {} });
    expect(quota(update)).toEqual(["medium", "40", "38", "60"]);
    const deletion = await call("DELETE", `${platform}/x`, { token });
    expect(quota(deletion)).toEqual(["medium", "40", "37", "60"]);
  });

  test("if the caller is known", async ({ call, login, expect }) => {
    const nothing = [null, null, null, null];
    expect(quota(await call("GET", platform))).toEqual(nothing);
    expect(quota(await call("GET", platform, { token: "x" }))).toEqual(nothing);
    expect(quota(await login(undefined, `Basic ${btoa("x:y")}`))).toEqual(nothing);
    expect(quota(await call("GET", "/nowhere"))).toEqual(nothing);
    expect(quota(await call("GET", "/emulator/v1/clock"))).toEqual(nothing);
  });

  test("unless limits are off", async ({ configure, login, expect }) => {
    configure({ rateLimits: "off" });
    expect(quota(await login())).toEqual([null, null, null, null]);
  });
});

describe("requests count towards the rate limit", () => {
  test("per user and app", async ({ configure, call, login, expect }) => {
    const other = { ...defaultSettings.apps[0], clientId: "other", clientSecret: "s" };
    configure({ apps: [...defaultSettings.apps, other] as typeof defaultSettings.apps });
    const signIn = async (user: number, auth = basic) => {
      const { body } = await login({ grant_type: jwtGrant, assertion: `user-${user}` }, auth);
      return body.access_token;
    };
    const remaining = async (token: string) => quota(await call("GET", platform, { token }))[2];

    const [one, again] = [await signIn(1), await signIn(1)];
    const two = await signIn(2);
    const elsewhere = await signIn(1, `Basic ${btoa("other:s")}`);
    expect([await remaining(one), await remaining(again)]).toEqual(["49", "48"]);
    expect([await remaining(two), await remaining(elsewhere)]).toEqual(["49", "49"]);
  });

  test("of the user who signs in, even if the sign-in fails", async ({
    configure,
    login,
    expect,
  }) => {
    configure({ apps: defaultSettings.apps.map((app) => ({ ...app, refreshTokens: true })) });
    const first = await login();
    const failed = await login({ grant_type: jwtGrant, assertion: "user-1", scope: "Nothing" });
    expect([failed.status, quota(failed)[2]]).toEqual([400, "3"]);
    const refresh_token = first.body.refresh_token;
    expect(quota(await login({ grant_type: "refresh_token", refresh_token }))[2]).toBe("2");
    const other = await login({ grant_type: jwtGrant, assertion: "user-2" });
    expect(quota(other)[2]).toBe("4");

    const nobody = await login({ grant_type: jwtGrant, assertion: "nobody" });
    expect([nobody.status, quota(nobody)[2]]).toEqual([401, "4"]);
    expect(quota(await login({ grant_type: "password" }))[2]).toBe("3");
  });

  test("for revocations and WebSocket tokens like sign-ins", async ({ call, login, expect }) => {
    const { body } = await login();
    const token = body.access_token;
    const socket = await call("POST", "/restapi/oauth/wstoken", { token });
    expect([socket.status, quota(socket)]).toEqual([200, ["auth", "5", "3", "60"]]);
    const revocation = await call("POST", "/restapi/oauth/revoke", {
      text: `token=${token}`,
      headers: { Authorization: basic, "Content-Type": "application/x-www-form-urlencoded" },
    });
    expect([revocation.status, quota(revocation)]).toEqual([200, ["auth", "5", "2", "60"]]);
  });

  test("for a revocation with the token in the query", async ({ call, login, expect }) => {
    const { body } = await login();
    const revocation = await call("POST", `/restapi/oauth/revoke?token=${body.access_token}`, {
      headers: { Authorization: basic },
    });
    expect([revocation.status, quota(revocation)[2]]).toEqual([200, "3"]);
    expect(quota(await login())[2]).toBe("2");
  });

  test("once, even if the session is looked up repeatedly", async ({
    call,
    login,
    subscribe,
    expect,
  }) => {
    const token = (await login()).body.access_token;
    const { body } = await subscribe({ token });
    const update = await call("PUT", `${platform}/${body.id}`, {
      token,
      body: { eventFilters: body.eventFilters },
    });
    expect([update.status, quota(update)[2]]).toEqual([200, "38"]);
  });

  test("for one minute each", async ({ emulator, login, expect }) => {
    await login();
    await emulator.clock.advance(20_000);
    await login();
    await emulator.clock.advance(39_999);
    expect(quota(await login())[2]).toBe("2");
    await emulator.clock.advance(1);
    expect(quota(await login())[2]).toBe("2");
    await emulator.clock.advance(20_000);
    expect(quota(await login())[2]).toBe("2");
  });

  test("for the configured window", async ({ emulator, configure, login, expect }) => {
    configure({ rateLimitWindow: 10 });
    await login();
    await emulator.clock.advance(10_000);
    expect(quota(await login())).toEqual(["auth", "5", "4", "10"]);
  });

  test("until a reset, or until the clock moves back before them", async ({
    emulator,
    login,
    expect,
  }) => {
    for (let count = 0; count < 6; count++) await login();
    await emulator.clock.advance(-3_600_000);
    expect(quota(await login())[2]).toBe("4");
    emulator.reset();
    expect(quota(await login())[2]).toBe("4");
  });
});

describe("a request over the rate limit", () => {
  test("is answered with 429 and Retry-After", async ({ login, expect }) => {
    for (let count = 0; count < 5; count++) expect((await login()).status).toBe(200);

    const refused = await login();

    expect([refused.status, refused.code]).toEqual([429, "CMN-301"]);
    expect(refused.headers.get("retry-after")).toBe("60");
    expect(quota(refused)).toEqual(["auth", "5", "0", "60"]);
  });

  test("blocks its own group for the penalty interval, and no other", async ({
    emulator,
    call,
    login,
    expect,
  }) => {
    const { body } = await login();
    for (let count = 0; count < 5; count++) await login();
    await emulator.clock.advance(59_999);
    expect((await call("GET", platform, { token: body.access_token })).status).toBe(200);
    await emulator.clock.advance(1);
    const open = await login();
    expect([open.status, quota(open)[2]]).toEqual([200, "4"]);
  });

  test("restarts the penalty if it comes during the penalty", async ({
    emulator,
    login,
    expect,
  }) => {
    for (let count = 0; count < 6; count++) await login();
    const statuses = [];
    for (const seconds of [59, 59, 60]) {
      await emulator.clock.advance(seconds * 1000);
      statuses.push((await login()).status);
    }
    expect(statuses).toEqual([429, 429, 200]);
  });

  test("has a configurable penalty", async ({ emulator, configure, login, expect }) => {
    configure({ rateLimitPenalty: 300, rateLimitWindow: 1 });
    for (let count = 0; count < 5; count++) await login();
    expect((await login()).headers.get("retry-after")).toBe("300");
    await emulator.clock.advance(299_000);
    expect((await login()).status).toBe(429);
    await emulator.clock.advance(300_000);
    expect((await login()).status).toBe(200);
  });

  test("has to wait for the window if the penalty is shorter", async ({
    emulator,
    configure,
    login,
    expect,
  }) => {
    configure({ rateLimitPenalty: 5 });
    await login();
    await emulator.clock.advance(10_500);
    for (let count = 0; count < 4; count++) await login();
    const refused = await login();
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "50"]);
    await emulator.clock.advance(50_000);
    expect((await login()).status).toBe(200);
    expect((await login()).headers.get("retry-after")).toBe("10");
  });

  test("is accepted again after exactly Retry-After seconds", async ({ expect }) => {
    const seconds = fc.integer({ min: 1, max: 90 });
    const pauses = fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 6 }), seconds, seconds, pauses, async (...run) => {
        const [auth, rateLimitWindow, rateLimitPenalty, waits] = run;
        const rateLimits = { light: 50, medium: 40, heavy: 10, auth };
        const emulator = createEmulator({
          clock: { now: () => start },
          settings: { rateLimits, rateLimitWindow, rateLimitPenalty },
        });
        const signIn = () =>
          emulator.fetch(
            new Request("http://127.0.0.1/restapi/oauth/token", {
              method: "POST",
              headers: { Authorization: basic },
              body: new URLSearchParams({ grant_type: jwtGrant, assertion: "user-1" }),
            }),
          );
        for (const wait of waits) {
          await emulator.clock.advance(wait);
          const { status, headers } = await signIn();
          if (status === 200) continue;
          await emulator.clock.advance(Number(headers.get("retry-after")) * 1000);
          expect((await signIn()).status).toBe(200);
        }
      }),
      { numRuns: 50 },
    );
  });

  test("has the sign-in error format for a sign-in, with the code added", async ({
    call,
    login,
    expect,
  }) => {
    const token = (await login()).body.access_token;
    for (let count = 0; count < 4; count++) await login();
    const revocation = call("POST", `/restapi/oauth/revoke?token=${token}`, {
      headers: { Authorization: basic },
    });
    for (const { status, body } of [await login(), await revocation]) {
      const message = "Request rate exceeded: the group's limit for this user and app";
      expect([status, body]).toEqual([
        429,
        {
          error: "invalid_request",
          error_description: message,
          errors: [{ errorCode: "CMN-301", message }],
        },
      ]);
    }
    const socket = await call("POST", "/restapi/oauth/wstoken", { token });
    expect([socket.status, socket.body.errorCode]).toEqual([429, "CMN-301"]);
  });

  test("is answered with the error code of a setting", async ({
    configure,
    call,
    login,
    expect,
  }) => {
    configure({ rateLimits: { light: 1, medium: 2, heavy: 0, auth: 1 } });
    const token = (await login()).body.access_token;
    expect((await login()).status).toBe(429);
    expect((await call("GET", platform, { token })).status).toBe(200);
    expect((await call("GET", platform, { token })).status).toBe(429);
    const statuses = [];
    for (let count = 0; count < 3; count++) {
      statuses.push((await call("DELETE", `${platform}/x`, { token })).status);
    }
    expect(statuses).toEqual([404, 404, 429]);
  });

  test("is answered without rate-limit headers if another limiter refuses it", async ({
    configure,
    login,
    expect,
  }) => {
    configure({ rateLimitHeadersOn429: false });
    expect(quota(await login())[2]).toBe("4");
    for (let count = 0; count < 4; count++) await login();
    const refused = await login();
    expect([refused.status, quota(refused)]).toEqual([429, [null, null, null, null]]);
    expect(refused.headers.get("retry-after")).toBe("60");
  });

  test("is not processed", async ({ emulator, configure, login, subscribe, expect }) => {
    configure({ rateLimits: { light: 9, medium: 1, heavy: 9, auth: 9 } });
    const token = (await login()).body.access_token;
    await subscribe({ token });
    expect((await subscribe({ token })).status).toBe(429);
    expect(emulator.state().subscriptions).toHaveLength(1);
    expect(emulator.requests.at(-1)).toMatchObject({ status: 429, code: "CMN-301", user: 1 });
  });
});
