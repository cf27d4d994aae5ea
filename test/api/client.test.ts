import { describe, test } from "vitest";
import { UnexpectedAnswerError } from "../../src/api/errors.ts";
import { ExitCode } from "../../src/errors.ts";
import {
  collection,
  connect,
  createRequest,
  failureOf,
  refusal,
  startPlatform,
  subscription,
} from "./kit.ts";

describe("the client", () => {
  test("signs in once, with the JWT and Basic credentials, and keeps the token", async ({
    expect,
  }) => {
    await using platform = await startPlatform();
    const { client, tokens } = await connect(platform.url);

    await client.list("platform");
    await client.list("platform");

    expect(platform.log()).toEqual([
      "POST /restapi/oauth/token",
      `GET ${collection}`,
      `GET ${collection}`,
    ]);
    const [login, list] = platform.requests;
    expect(Object.fromEntries(new URLSearchParams(login?.body))).toEqual({
      grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
      assertion: expect.stringMatching(/^eyJ/),
    });
    expect(login?.headers).toMatchObject({
      authorization: `Basic ${Buffer.from("client:client/secret+of?the=app").toString("base64")}`,
      "content-type": "application/x-www-form-urlencoded",
    });
    expect(list?.headers).toMatchObject({
      authorization: "Bearer access-token-1",
      "user-agent": "rcwh/1.2.3",
      "x-user-agent": "rcwh/1.2.3 RCJSSDK/5.0.11",
    });
    expect([...tokens.entries.values()]).toEqual([
      {
        accessToken: "access-token-1",
        expiresAt: Date.parse("2026-11-22T13:00:00Z"),
        scope: "SubscriptionWebhook ReadAccounts",
        ownerId: "101",
      },
    ]);
  });

  test("knows the six operations of both APIs", async ({ expect }) => {
    await using platform = await startPlatform(({ method, path }) =>
      method === "GET" && path.endsWith("s") ? { body: { records: [] } } : undefined,
    );
    const { client } = await connect(platform.url);
    const change = { eventFilters: ["/restapi/v1.0/glip/posts"], expiresIn: 60 };

    for (const api of ["platform", "webinar"] as const) {
      await client.list(api);
      await client.create(api, createRequest);
      await client.read(api, "a:b");
      await client.update(api, "a", change);
      await client.renew(api, "a");
      await client.delete(api, "a");
    }

    const webinar = "/webinar/notifications/v1/subscriptions";
    expect(platform.log().slice(1)).toEqual(
      [collection, webinar].flatMap((path) => [
        `GET ${path}`,
        `POST ${path}`,
        `GET ${path}/a%3Ab`,
        `PUT ${path}/a`,
        `POST ${path}/a/renew`,
        `DELETE ${path}/a`,
      ]),
    );
    expect(JSON.parse(platform.requests[2]?.body ?? "")).toEqual(createRequest);
    expect(JSON.parse(platform.requests[4]?.body ?? "")).toEqual(change);
  });

  test("sends no body and declares none for a request without one", async ({ expect }) => {
    await using platform = await startPlatform();
    const { client } = await connect(platform.url);

    await client.renew("platform", "a");
    await client.delete("platform", "a");
    await client.list("platform");

    expect(platform.requests.slice(1).map(({ body }) => body)).toEqual(["", "", ""]);
    expect(platform.requests.slice(1).map(({ headers }) => headers["content-type"])).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(platform.requests.slice(1).map(({ headers }) => headers["content-length"])).toEqual([
      "0",
      "0",
      undefined,
    ]);
  });

  test("returns a subscription as it came, with its unknown members", async ({ expect }) => {
    const record = { ...subscription("a"), somethingNew: [1] };
    await using platform = await startPlatform(({ path }) =>
      path === collection ? { body: { uri: "x", records: [record] } } : undefined,
    );
    const { client } = await connect(platform.url);

    expect(await client.list("platform")).toEqual([record]);
  });

  test("treats null as absent", async ({ expect }) => {
    const record = { ...subscription("a"), expiresIn: undefined };
    const { deliveryMode } = record;
    const filter = "/restapi/v1.0/glip/posts";
    await using platform = await startPlatform(({ path }) =>
      path === collection
        ? {
            body: {
              records: [
                {
                  ...record,
                  expiresIn: null,
                  disabledFilters: null,
                  blacklistedData: null,
                  deliveryMode: { ...deliveryMode, address: null },
                },
                {
                  ...record,
                  id: "b",
                  disabledFilters: [{ filter, reason: null, message: null }],
                  blacklistedData: { reason: null },
                },
              ],
            },
          }
        : undefined,
    );
    const { client } = await connect(platform.url);

    const { expiresIn: _, ...expected } = record;
    const { address: __, ...withoutAddress } = deliveryMode;
    expect(await client.list("platform")).toStrictEqual([
      { ...expected, deliveryMode: withoutAddress },
      {
        ...expected,
        id: "b",
        disabledFilters: [{ filter, reason: "unknown" }],
        blacklistedData: {},
      },
    ]);
  });

  test.for([
    [{ disabledFilters: {} }, "its `disabledFilters` has the wrong type"],
    [{ disabledFilters: [null] }, "its `disabledFilters` has no object"],
    [{ disabledFilters: [{ reason: "SUB-412" }] }, "a disabled filter has no valid `filter`"],
    [{ disabledFilters: [{ filter: "x", message: 1 }] }, "`message` has the wrong type"],
    [{ expiresIn: "3600" }, "`expiresIn` has the wrong type"],
    [{ blacklistedData: "yes" }, "`blacklistedData` has the wrong type"],
    [{ blacklistedData: { reason: {} } }, "`reason` has the wrong type"],
    [{ deliveryMode: { transportType: "WebHook", address: 1 } }, "`address` has the wrong type"],
    [{ creationTime: null }, "it has no valid `creationTime`"],
    [{ expirationTime: "soon" }, "it has no valid `expirationTime`"],
  ] as const)(
    "rejects %o as a subscription of another shape",
    async ([change, problem], { expect }) => {
      const body = { ...subscription("a"), ...change };
      await using platform = await startPlatform(({ path }) =>
        path.startsWith(collection) ? { body } : undefined,
      );
      const { client } = await connect(platform.url);

      expect(await failureOf(client.read("platform", "a"))).toMatchObject({
        exitCode: ExitCode.failure,
        code: "UNEXPECTED_ANSWER",
        message: expect.stringContaining(problem),
      });
    },
  );

  test.for([
    [{ id: 101, name: null, extensionNumber: null, account: null }, { id: 101 }],
    [{ id: 101, name: 1 }, undefined],
    [{ id: 101, account: { id: {} } }, undefined],
  ] as const)("reads the signed-in user %o as %o", async ([body, expected], { expect }) => {
    await using platform = await startPlatform(({ path }) =>
      path.endsWith("/extension/~") ? { body } : undefined,
    );
    const { client } = await connect(platform.url);

    const answer = client.extension();
    if (expected) expect(await answer).toStrictEqual(expected);
    else expect(await failureOf(answer)).toMatchObject({ code: "UNEXPECTED_ANSWER" });
  });

  test("reads the signed-in user", async ({ expect }) => {
    await using platform = await startPlatform();
    const { client } = await connect(platform.url);

    expect(await client.extension()).toEqual({ id: 101, name: "Ada" });
  });

  test.for([
    ["null", "it is not an object"],
    ["[]", "it is not an object"],
    ["{}", "it has no array `records`"],
    ['{"records":{}}', "it has no array `records`"],
  ] as const)(
    "rejects the list %s as an answer of another shape, exit 1",
    async ([body, problem], { expect }) => {
      await using platform = await startPlatform(({ path }) =>
        path === collection ? { body } : undefined,
      );
      const { client } = await connect(platform.url);

      const error = await failureOf(client.list("platform"));

      expect(error).toBeInstanceOf(UnexpectedAnswerError);
      expect(error).toMatchObject({
        exitCode: ExitCode.failure,
        code: "UNEXPECTED_ANSWER",
        message: expect.stringContaining(problem),
      });
    },
  );

  test.for(["", ".", ".."])('requests no subscription with the id "%s"', async (id, { expect }) => {
    await using platform = await startPlatform();
    const { client } = await connect(platform.url);

    for (const attempt of [
      client.read("platform", id),
      client.delete("platform", id),
      client.renew("platform", id),
    ]) {
      expect(await failureOf(attempt)).toMatchObject({ exitCode: ExitCode.notFound });
    }
    expect(platform.requests).toEqual([]);
  });

  test("keeps an id inside its own segment of the path", async ({ expect }) => {
    await using platform = await startPlatform();
    const { client } = await connect(platform.url);

    await client.delete("platform", "../../../oauth/revoke?x=1#\ud800");

    expect(platform.log()[1]).toBe(
      `DELETE ${collection}/..%2F..%2F..%2Foauth%2Frevoke%3Fx%3D1%23%EF%BF%BD`,
    );
  });

  test("never follows a redirect", async ({ expect }) => {
    await using elsewhere = await startPlatform();
    await using platform = await startPlatform(({ path }) =>
      path === collection
        ? { status: 302, headers: { Location: `${elsewhere.url}${collection}` } }
        : undefined,
    );
    const { client } = await connect(platform.url);

    expect(await failureOf(client.list("platform"))).toMatchObject({
      status: 302,
      exitCode: ExitCode.failure,
      hint: expect.stringContaining("redirect"),
    });
    expect(elsewhere.requests).toEqual([]);
  });

  test("ignores addresses that an answer names", async ({ expect }) => {
    await using elsewhere = await startPlatform();
    await using platform = await startPlatform(({ path }) =>
      path.startsWith(collection)
        ? { body: subscription("a", { uri: `${elsewhere.url}/a` }) }
        : undefined,
    );
    const { client } = await connect(platform.url);

    const { id } = await client.read("platform", "a");
    await client.renew("platform", id);

    expect(elsewhere.requests).toEqual([]);
  });

  test("refuses a server that would receive the credentials unencrypted", async ({ expect }) => {
    expect(await failureOf(connect("http://platform.ringcentral.com"))).toMatchObject({
      exitCode: ExitCode.usage,
    });
  });

  test("shares no token with another client of the same process", async ({ expect }) => {
    await using platform = await startPlatform();
    const one = await connect(platform.url);
    const other = await connect(platform.url);

    await one.client.list("platform");
    await other.client.list("platform");
    await one.client.signOut();
    await other.client.list("platform");

    expect(platform.counts.logins).toBe(2);
    expect(
      platform.requests
        .map(({ headers }) => headers.authorization)
        .filter((value) => value?.startsWith("Bearer")),
    ).toEqual(["Bearer access-token-1", "Bearer access-token-2", "Bearer access-token-2"]);
  });

  test("reports what was tried, what came back, and who can help", async ({ expect }) => {
    await using platform = await startPlatform(({ method, path }) =>
      method === "POST" && path === collection
        ? refusal(403, "SUB-505", "Subscriptions limit exceeded.")
        : undefined,
    );
    const { client } = await connect(platform.url);

    expect(await failureOf(client.create("platform", createRequest))).toMatchObject({
      message:
        "RingCentral refused to create the subscription: Subscriptions limit exceeded (SUB-505)",
      code: "SUB-505",
      status: 403,
      exitCode: ExitCode.failure,
      requestId: "request-1",
      hint: expect.stringContaining("`rcwh delete <id>`"),
    });
  });
});
