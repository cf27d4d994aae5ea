import { describe } from "vitest";
import type { Emulator } from "../../src/emulator/interface.ts";
import { serve } from "../../src/emulator/server/serve.ts";
import { emulatorApp } from "../../src/emulator/settings.ts";
import { httpEndpoint } from "../support/endpoints.ts";
import { loadOpenApi } from "../support/openapi.ts";
import { connect } from "./gateway-client.ts";
import { basic, type Fixtures, jwtGrant, platform, start, test, webinar } from "./kit.ts";

const posts = "/team-messaging/v1/posts";
const sessions = "/webinar/runtime/v1/company/sessions/state";
const origin = "http://127.0.0.1:4010";

test("the subscription API is compared with RingCentral's definition", async ({ skip }) => {
  if (!(await loadOpenApi())) skip("the definition is not at hand");
});

describe("POST /subscription", () => {
  test("answers 200 with the subscription and without its verification token", async ({
    subscribe,
    webhook,
    expect,
  }) => {
    const { status, body } = await subscribe({ verificationToken: "s3cret" });

    expect(status).toBe(200);
    expect(body).toEqual({
      uri: `${origin}${platform}/${body.id}`,
      id: expect.stringMatching(/^[\w-]{36}$/),
      eventFilters: [posts],
      creationTime: "2026-11-22T12:00:00.000Z",
      expirationTime: "2026-11-29T12:00:00.000Z",
      // One less, as every capture shows.
      expiresIn: 604_799,
      status: "Active",
      deliveryMode: { transportType: "WebHook", encryption: false, address: webhook.url },
    });
  });

  test("answers 201 on the webinar API", async ({ subscribe, expect }) => {
    const { status, body } = await subscribe({ collection: webinar, filters: [sessions] });

    expect(status).toBe(201);
    expect(body.uri).toBe(`${origin}${webinar}/${body.id}`);
  });

  test("ignores expiresIn in the wrong place", async ({ call, signIn, webhook, expect }) => {
    const { body } = await call("POST", platform, {
      token: await signIn(),
      body: {
        eventFilters: [posts],
        deliveryMode: { transportType: "WebHook", address: webhook.url, expiresIn: 60 },
      },
    });

    expect(body.expiresIn).toBe(604_799);
  });

  test("ignores encryption and misspelled verification token fields", async ({
    emulator,
    call,
    signIn,
    webhook,
    expect,
  }) => {
    const address = webhook.url;
    const { status, body } = await call("POST", platform, {
      token: await signIn(),
      body: {
        eventFilters: [posts],
        deliveryMode: {
          transportType: "WebHook",
          address,
          encryption: true,
          validationToken: "s3cret",
        },
      },
    });
    await emulator.sendEvent({ filter: posts });

    expect(status).toBe(200);
    expect(body.deliveryMode).toEqual({ transportType: "WebHook", encryption: false, address });
    expect(webhook.tokens).toEqual([""]);
  });

  test("grants a lifetime from one second to ten years", async ({ subscribe, expect }) => {
    for (const expiresIn of [1, 315_360_000]) {
      expect((await subscribe({ expiresIn })).body.expiresIn).toBe(Math.max(1, expiresIn - 1));
    }
  });

  test("shortens a longer lifetime, or refuses it if the setting says so", async ({
    configure,
    subscribe,
    expect,
  }) => {
    expect((await subscribe({ expiresIn: 630_720_000 })).body.expiresIn).toBe(315_359_999);

    configure({ overMaximum: "reject" });
    const answer = await subscribe({ expiresIn: 315_360_001 });
    expect([answer.status, answer.body.parameterName]).toEqual([400, "expiresIn"]);
  });

  for (const [what, body, parameterName] of [
    ["no filters", { eventFilters: undefined }, "eventFilters"],
    ["an empty list of filters", { eventFilters: [] }, "eventFilters"],
    ["a filter that is not a string", { eventFilters: [posts, 1] }, "eventFilters"],
    ["an empty filter", { eventFilters: [""] }, "eventFilters"],
    ["a string for filters", { eventFilters: posts }, "eventFilters"],
    ["no delivery mode", { deliveryMode: undefined }, "deliveryMode"],
    [
      "another transport",
      { deliveryMode: { transportType: "PubNub" } },
      "deliveryMode.transportType",
    ],
    ["another case", { deliveryMode: { transportType: "Webhook" } }, "deliveryMode.transportType"],
    ["no address", { deliveryMode: { transportType: "WebHook" } }, "deliveryMode.address"],
    ["an address that is not a URL", mode({ address: "example.com" }), "deliveryMode.address"],
    ["an address of another scheme", mode({ address: "ftp://127.0.0.1/" }), "deliveryMode.address"],
    [
      "a token of two lines",
      mode({ verificationToken: "a\r\nX: b" }),
      "deliveryMode.verificationToken",
    ],
    ["a token that is no text", mode({ verificationToken: 7 }), "deliveryMode.verificationToken"],
    ["a lifetime of zero", { expiresIn: 0 }, "expiresIn"],
    ["a negative lifetime", { expiresIn: -1 }, "expiresIn"],
    ["half a second", { expiresIn: 0.5 }, "expiresIn"],
    ["a lifetime in words", { expiresIn: "3600" }, "expiresIn"],
    ["a lifetime of null", { expiresIn: null }, "expiresIn"],
    ["a token of null", mode({ verificationToken: null }), "deliveryMode.verificationToken"],
    [
      "a WebSocket over HTTP",
      { deliveryMode: { transportType: "WebSocket" } },
      "deliveryMode.transportType",
    ],
    ["more than 32 bits", { expiresIn: 2 ** 31 }, "expiresIn"],
  ] as const) {
    test(`refuses ${what}`, async ({ call, signIn, expect }) => {
      const answer = await call("POST", platform, {
        token: await signIn(),
        body: { eventFilters: [posts], ...mode({}), ...body },
      });

      expect([answer.status, answer.code]).toEqual([400, "CMN-101"]);
      expect(answer.body).toMatchObject({
        errorCode: "InvalidParameter",
        message: `Parameter [${parameterName}] value is invalid`,
        parameterName,
        errors: [{ parameterName }],
      });
    });
  }

  for (const [what, text, type, status, code] of [
    ["what is not JSON", "{", "application/json", 400, "CMN-103"],
    ["a list", "[]", "application/json", 400, "CMN-103"],
    ["null", "null", "application/json", 400, "CMN-103"],
    ["another content type", "{}", "text/plain", 400, "CMN-104"],
    ["2 MB", `"${"x".repeat(2 ** 21)}"`, "application/json", 413, "CMN-104"],
    ["nothing", "", "application/json", 400, "CMN-101"],
  ] as const) {
    test(`refuses a body of ${what}`, async ({ configure, call, signIn, expect }) => {
      configure({ maximumBodyBytes: 2 ** 20 });
      const headers = { "Content-Type": type };
      const answer = await call("POST", platform, { token: await signIn(), text, headers });

      expect([answer.status, answer.code]).toEqual([status, code]);
    });
  }

  test("refuses the 31st subscription of a user and app in each API", async ({
    subscribe,
    signIn,
    expect,
  }) => {
    const token = await signIn();
    for (let count = 0; count < 30; count++) {
      expect((await subscribe({ token })).status).toBe(200);
    }
    const answer = await subscribe({ token });

    expect([answer.status, answer.code]).toEqual([403, "SUB-505"]);
    expect((await subscribe({ token, collection: webinar, filters: [sessions] })).status).toBe(201);
    expect((await subscribe({ token: await signIn(2) })).status).toBe(200);
  });

  test("enforces the limit for concurrent requests", async ({
    configure,
    subscribe,
    signIn,
    expect,
  }) => {
    configure({ subscriptionLimit: 3 });
    const token = await signIn();
    const answers = await Promise.all(Array.from({ length: 6 }, () => subscribe({ token })));

    expect(answers.filter(({ status }) => status === 200)).toHaveLength(3);
    expect(answers.filter(({ code }) => code === "SUB-505")).toHaveLength(3);
  });

  for (const missingScopeCode of ["CMN-401", "SUB-528"] as const) {
    test(`requires the scope SubscriptionWebhook: ${missingScopeCode}`, async ({
      configure,
      call,
      signIn,
      expect,
    }) => {
      configure({ missingScopeCode, apps: [{ ...emulatorApp, scopes: ["ReadAccounts"] }] });
      const token = await signIn();
      configure({ apps: [emulatorApp] });

      const answer = await call("GET", platform, { token });
      expect([answer.status, answer.code]).toEqual([403, missingScopeCode]);
      expect((await call("GET", platform, { token: await signIn() })).status).toBe(200);
    });
  }
});

describe("a user without the permission SubscriptionWebhook", () => {
  test("cannot use subscriptions (CMN-408)", async ({
    configure,
    call,
    subscribe,
    signIn,
    expect,
  }) => {
    const path = `${platform}/${(await subscribe()).body.id}`;
    const token = await signIn();
    configure({ users: { 1: { missingPermissions: ["SubscriptionWebhook"] } } });

    for (const [method, at] of [
      ["GET", platform],
      ["GET", path],
      ["PUT", path],
      ["DELETE", path],
      ["POST", `${path}/renew`],
      ["GET", webinar],
    ] as const) {
      const { status, code, body } = await call(method, at, { token });
      expect([method, status, code]).toEqual([method, 403, "CMN-408"]);
      expect(body.permissionName).toBe("SubscriptionWebhook");
    }
  });
});

describe("GET /subscription", () => {
  test("returns a uri and the records of one API", async ({ call, subscribe, signIn, expect }) => {
    const token = await signIn();
    const first = await subscribe({ token });
    const second = await subscribe({ token });
    const other = await subscribe({ token, collection: webinar, filters: [sessions] });

    expect((await call("GET", platform, { token })).body).toEqual({
      uri: origin + platform,
      records: [first.body, second.body],
    });
    expect((await call("GET", webinar, { token })).body).toEqual({
      uri: origin + webinar,
      records: [other.body],
    });
  });

  test("returns only the user's own subscriptions of this app", async ({
    configure,
    call,
    login,
    subscribe,
    expect,
  }) => {
    configure({ apps: [emulatorApp, { ...emulatorApp, clientId: "other" }] });
    const { body } = await subscribe();

    const otherApp = `Basic ${btoa(`other:${emulatorApp.clientSecret}`)}`;
    for (const [user, auth] of [
      ["user-2", basic],
      ["user-1", otherApp],
    ] as const) {
      const session = await login({ grant_type: jwtGrant, assertion: user }, auth);
      const token = session.body.access_token;
      expect((await call("GET", platform, { token })).body.records).toEqual([]);
      for (const method of ["GET", "DELETE", "PUT"]) {
        expect((await call(method, `${platform}/${body.id}`, { token })).code).toBe("CMN-102");
      }
      expect((await call("POST", `${platform}/${body.id}/renew`, { token })).code).toBe("CMN-102");
    }
  });
});

describe("GET /subscription/{id}", () => {
  test("counts down by the emulator's clock", async ({
    emulator,
    call,
    subscribe,
    signIn,
    expect,
  }) => {
    const { body } = await subscribe();
    emulator.clock.advance(1500);

    const read = await call("GET", `${platform}/${body.id}`, { token: await signIn() });
    expect(read.body).toEqual({ ...body, expiresIn: 604_798 });
  });

  for (const expiredCode of ["CMN-102", "SUB-507"] as const) {
    test(`answers ${expiredCode} for an expired subscription`, async ({
      emulator,
      configure,
      call,
      subscribe,
      signIn,
      expect,
    }) => {
      configure({ expiredCode });
      const { body } = await subscribe({ expiresIn: 60 });
      const token = await signIn();
      const otherUsersToken = await signIn(2);
      emulator.clock.advance(59_999);
      expect((await call("GET", platform, { token })).body.records).toHaveLength(1);

      emulator.clock.advance(1);
      expect((await call("GET", platform, { token })).body.records).toEqual([]);
      const path = `${platform}/${body.id}`;
      const answer = await call("GET", path, { token });
      expect([answer.status, answer.code]).toEqual([404, expiredCode]);
      expect((await call("GET", path, { token: otherUsersToken })).code).toBe("CMN-102");
    });
  }

  test("answers 404 CMN-102 for an unknown id and on the other API's path", async ({
    call,
    subscribe,
    signIn,
    expect,
  }) => {
    const { body } = await subscribe();
    const token = await signIn();
    for (const path of [`${platform}/none`, `${webinar}/${body.id}`]) {
      const answer = await call("GET", path, { token });
      expect(answer.status).toBe(404);
      expect(answer.body).toMatchObject({
        errorCode: "CMN-102",
        message: "Resource for parameter [subscriptionId] is not found",
        parameterName: "subscriptionId",
      });
    }
  });
});

describe("DELETE /subscription/{id}", () => {
  test("answers 204 without a body and removes the subscription", async ({
    call,
    subscribe,
    signIn,
    expect,
  }) => {
    const token = await signIn();
    const path = `${platform}/${(await subscribe()).body.id}`;

    const deleted = await call("DELETE", path, { token });
    expect([deleted.status, deleted.body]).toEqual([204, undefined]);
    expect(deleted.headers.get("content-type")).toBeNull();
    expect((await call("DELETE", path, { token })).code).toBe("CMN-102");
  });
});

for (const collection of [platform, webinar]) {
  const filter = collection === platform ? posts : sessions;
  const other =
    collection === platform
      ? "/restapi/v1.0/account/~/extension/~/voicemail"
      : "/webinar/configuration/v1/company/sessions";

  describe(`PUT ${collection}/{id}`, () => {
    test("replaces the filters, renews, and ignores other members", async ({
      emulator,
      call,
      subscribe,
      signIn,
      expect,
    }) => {
      const { body } = await subscribe({ collection, filters: [filter], expiresIn: 1000 });
      const token = await signIn();
      emulator.clock.advance(500_000);

      const updated = await call("PUT", `${collection}/${body.id}`, {
        token,
        body: {
          eventFilters: [other],
          expiresIn: 2000,
          deliveryMode: { transportType: "WebHook", address: "https://elsewhere.example.com/" },
        },
      });

      expect(updated.status).toBe(200);
      expect(updated.body).toEqual({
        ...body,
        eventFilters: [
          other.replace("account/~/extension/~", "account/4000000001/extension/7000000001"),
        ],
        expiresIn: 1999,
        expirationTime: new Date(start + 2_500_000).toISOString(),
      });
    });

    for (const [lifetimeOnRenewal, seconds] of [
      ["default", 604_800],
      ["unchanged", 2_000_000],
    ] as const) {
      test(`grants ${seconds} s without expiresIn, with ${lifetimeOnRenewal}`, async ({
        emulator,
        configure,
        call,
        subscribe,
        signIn,
        expect,
      }) => {
        configure({ lifetimeOnRenewal, webinarEmptyUpdate: "renew" });
        const { body } = await subscribe({ collection, filters: [filter], expiresIn: 2_000_000 });
        emulator.clock.advance(1_000_000_000);
        const token = await signIn();
        const path = `${collection}/${body.id}`;

        for (const answer of [
          await call("PUT", path, { token }),
          await call("PUT", path, { token, body: { eventFilters: [filter] } }),
          await call("POST", `${path}/renew`, { token }),
          await call("GET", path, { token }),
        ]) {
          expect(answer.status).toBe(200);
          expect(answer.body).toMatchObject({ expiresIn: seconds - 1, eventFilters: [filter] });
        }
      });
    }

    test("requires filters in the body", async ({ call, subscribe, signIn, expect }) => {
      const { body } = await subscribe({ collection, filters: [filter] });
      const path = `${collection}/${body.id}`;
      const token = await signIn();

      expect((await call("PUT", path, { token, body: {} })).body.parameterName).toBe(
        "eventFilters",
      );
      expect((await call("PUT", path, { token, body: null })).code).toBe("CMN-103");
      const zero = await call("PUT", path, {
        token,
        body: { eventFilters: [filter], expiresIn: 0 },
      });
      expect(zero.body.parameterName).toBe("expiresIn");
      const unknown = await call("PUT", path, { token, body: { eventFilters: ["/nothing"] } });
      expect(unknown.code).toBe("SUB-508");
    });

    test("answers 404 for an unknown subscription", async ({ call, signIn, expect }) => {
      const token = await signIn();
      const body = { eventFilters: [filter] };
      expect((await call("PUT", `${collection}/none`, { token, body })).code).toBe("CMN-102");
      expect((await call("POST", `${collection}/none/renew`, { token })).code).toBe("CMN-102");
      expect((await call("DELETE", `${collection}/none`, { token })).code).toBe("CMN-102");
    });
  });
}

describe("webinarEmptyUpdate", () => {
  test("refuses a PUT without a body, on the webinar API only", async ({
    call,
    subscribe,
    signIn,
    expect,
  }) => {
    const { body } = await subscribe({ collection: webinar, filters: [sessions] });
    const token = await signIn();

    const answer = await call("PUT", `${webinar}/${body.id}`, { token });
    expect([answer.status, answer.body.parameterName]).toEqual([400, "eventFilters"]);
    expect((await call("POST", `${webinar}/${body.id}/renew`, { token })).status).toBe(200);
    const other = `${platform}/${(await subscribe()).body.id}`;
    expect((await call("PUT", other, { token })).status).toBe(200);
  });
});

describe("handshakeOnRenewal", () => {
  test("repeats the handshake on PUT and renew if enabled", async ({
    configure,
    call,
    subscribe,
    signIn,
    expect,
  }) => {
    let healthy = true;
    let handshakes = 0;
    await using endpoint = await httpEndpoint((request, response) => {
      handshakes++;
      response.statusCode = healthy ? 200 : 503;
      response.setHeader("Validation-Token", request.headers["validation-token"] ?? "");
      response.setHeader("Content-Type", "application/json");
      response.end();
    });
    const path = `${platform}/${(await subscribe({ address: endpoint.url })).body.id}`;
    const token = await signIn();
    healthy = false;

    expect((await call("PUT", path, { token })).status).toBe(200);
    expect((await call("POST", `${path}/renew`, { token })).status).toBe(200);
    expect(handshakes).toBe(1);

    configure({ handshakeOnRenewal: true });
    expect((await call("PUT", path, { token })).code).toBe("SUB-522");
    expect((await call("POST", `${path}/renew`, { token })).code).toBe("SUB-522");
    healthy = true;
    expect((await call("POST", `${path}/renew`, { token })).status).toBe(200);
    expect(handshakes).toBe(4);
  });
});

describe("a blacklisted subscription", () => {
  test("is listed, and stays blacklisted when it is renewed", async ({
    emulator,
    call,
    subscribe,
    signIn,
    expect,
  }) => {
    const { body } = await subscribe();
    emulator.blacklist(body.id, "Webhook responses with code: [404], reason: [Not Found]");

    const renewed = await call("POST", `${platform}/${body.id}/renew`, { token: await signIn() });
    expect(renewed.body).toEqual({
      ...body,
      status: "Blacklisted",
      blacklistedData: {
        blacklistedAt: "2026-11-22T12:00:00.000Z",
        reason: "Webhook responses with code: [404], reason: [Not Found]",
      },
    });
  });

  test("becomes active again on renewal if the setting says so", async ({
    emulator,
    configure,
    call,
    subscribe,
    signIn,
    webhook,
    expect,
  }) => {
    configure({ renewalOfBlacklisted: "revive" });
    const { body } = await subscribe();
    const token = await signIn();
    for (const [method, path] of [
      ["POST", `${platform}/${body.id}/renew`],
      ["PUT", `${platform}/${body.id}`],
    ] as const) {
      emulator.blacklist(body.id);
      expect((await call(method, path, { token })).body).toEqual(body);
    }
    await emulator.sendEvent({ filter: posts });
    expect(webhook.events).toHaveLength(1);
  });
});

describe("a WebSocket subscription", () => {
  const overSocket = { eventFilters: [posts], deliveryMode: { transportType: "WebSocket" } };

  for (const [webSocketUpdateCode, status] of [
    ["CMN-101", 400],
    ["SUB-511", 405],
  ] as const) {
    test(`can be listed and deleted but not updated over HTTP: ${webSocketUpdateCode}`, async ({
      emulator,
      configure,
      call,
      signIn,
      expect,
    }) => {
      configure({ webSocketUpdateCode });
      const token = await signIn();
      await using gateway = await join(emulator, token, call);
      const [{ status: created }, info] = await gateway.request("POST", platform, overSocket);
      expect([created, info.deliveryMode]).toEqual([
        200,
        { transportType: "WebSocket", encryption: false },
      ]);
      const path = `${platform}/${info.id}`;

      expect((await call("GET", platform, { token })).body.records).toMatchObject([
        { id: info.id, deliveryMode: { transportType: "WebSocket" } },
      ]);
      for (const body of [{ eventFilters: [posts] }, undefined]) {
        const answer = await call("PUT", path, { token, ...(body && { body }) });
        expect([answer.status, answer.code]).toEqual([status, webSocketUpdateCode]);
      }
      const [changed] = await gateway.request("PUT", path, { eventFilters: [posts] });
      expect(changed.status).toBe(200);
      expect((await call("DELETE", path, { token })).status).toBe(204);
    });
  }

  test("is replaced by the connection's next subscription, even at the limit", async ({
    emulator,
    configure,
    call,
    signIn,
    expect,
  }) => {
    configure({ subscriptionLimit: 1 });
    const token = await signIn();
    await using gateway = await join(emulator, token, call);
    await gateway.request("POST", platform, overSocket);
    const [, second] = await gateway.request("POST", platform, overSocket);

    expect((await call("GET", platform, { token })).body.records).toMatchObject([
      { id: second.id },
    ]);
  });

  test("lives for a day, whatever was requested", async ({ emulator, call, signIn, expect }) => {
    await using gateway = await join(emulator, await signIn(), call);
    const [, info] = await gateway.request("POST", platform, { ...overSocket, expiresIn: 60 });
    expect(info.expiresIn).toBe(86_399);
  });

  test("needs its own scope (SUB-528)", async ({ emulator, configure, call, signIn, expect }) => {
    await using gateway = await join(emulator, await signIn(), call);
    configure({ webSocketScope: "WebSocketsSubscription" });

    const [{ status }, body] = await gateway.request("POST", platform, overSocket);
    expect([status, body.errorCode]).toEqual([403, "SUB-528"]);
    expect(body.message).toBe(
      "[WebSocketsSubscription] application permission is required for [WebSocket] transport",
    );
  });

  test("is refused by the webinar API", async ({ emulator, call, signIn, expect }) => {
    await using gateway = await join(emulator, await signIn(), call);
    const [{ status }, body] = await gateway.request("POST", webinar, {
      ...overSocket,
      eventFilters: [sessions],
    });
    expect([status, body.parameterName]).toEqual([400, "deliveryMode.transportType"]);
  });
});

describe("paths and methods", () => {
  for (const [method, path, allow] of [
    ["PATCH", platform, "GET, HEAD, POST"],
    ["DELETE", webinar, "GET, HEAD, POST"],
    ["POST", `${platform}/x`, "GET, HEAD, PUT, DELETE"],
    ["GET", `${platform}/x/renew`, "POST"],
  ] as const) {
    test(`${method} ${path} is answered with 405`, async ({ call, expect }) => {
      const { status, headers } = await call(method, path);
      expect([status, headers.get("allow")]).toEqual([405, allow]);
    });
  }

  for (const path of [
    "/",
    `${platform}/`,
    `${platform}/x/y`,
    "/restapi/v1.0/subscriptions",
    "/%00",
  ]) {
    test(`${path} is answered with 404 CMN-120`, async ({ call, expect }) => {
      const { status, code } = await call("GET", path);
      expect([status, code]).toEqual([404, "CMN-120"]);
    });
  }
});

/** Connects to the gateway with an access token. */
async function join(emulator: Emulator, accessToken: string, call: Fixtures["call"]) {
  const { body } = await call("POST", "/restapi/oauth/wstoken", { token: accessToken });
  const server = await serve(emulator.fetch, { upgrade: emulator.upgrade });
  const parameters = new URLSearchParams({ access_token: body.ws_access_token });
  const client = await connect(`${server.url.replace("http", "ws")}/ws?${parameters}`);
  await client.next();
  return {
    request: client.request,
    async [Symbol.asyncDispose]() {
      client.socket.terminate();
      await server.close();
    },
  };
}

function mode(changes: Readonly<Record<string, unknown>>) {
  const address = "https://127.0.0.1:1/";
  return { deliveryMode: { transportType: "WebHook", address, ...changes } };
}
