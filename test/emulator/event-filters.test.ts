import fc from "fast-check";
import { describe } from "vitest";
import { emulatorApp } from "../../src/emulator/settings.ts";
import { userOf } from "../../src/emulator/sign-in/users.ts";
import { fillOwnIds, filterMatches } from "../../src/emulator/subscriptions/event-filters.ts";
import { catalogue } from "../../src/filters/catalogue/catalogue.ts";
import { otherUser, own, platform, test, webinar } from "./kit.ts";

const posts = "/team-messaging/v1/posts";
const extension = "/restapi/v1.0/account/~/extension/~";
const ownExtension = `/restapi/v1.0/account/${own.accountId}/extension/${own.extensionId}`;
const presence = `${extension}/presence?detailedTelephonyState=true`;

describe("the filters that the server returns", () => {
  test("have numeric ids, except where there is nothing to fill in", async ({
    subscribe,
    expect,
  }) => {
    const { body } = await subscribe({
      filters: [
        `${extension}/voicemail`,
        "/restapi/v1.0/account/~/presence?detailedTelephonyState=true",
        extension,
        posts,
        "/restapi/v1.0/glip/posts",
        "/ai/ringsense/v1/public/accounts/~/domains/pbx/insights",
        "/restapi/v2/accounts/~/extensions/~/sms/messages?direction=Inbound",
        "/restapi/v1.0/subscription/~?threshold=120&interval=35",
      ],
    });

    expect(body.eventFilters.toSorted()).toEqual(
      [
        `${ownExtension}/voicemail`,
        `/restapi/v1.0/account/${own.accountId}/presence?detailedTelephonyState=true`,
        ownExtension,
        posts,
        "/restapi/v1.0/glip/posts",
        `/ai/ringsense/v1/public/accounts/${own.accountId}/domains/pbx/insights`,
        `/restapi/v2/accounts/${own.accountId}/extensions/${own.extensionId}/sms/messages?direction=Inbound`,
        "/restapi/v1.0/subscription/~?threshold=120&interval=35",
      ].toSorted(),
    );
  });

  test("come in a different order, each once", async ({ subscribe, expect }) => {
    const voicemail = `${extension}/voicemail`;
    const { body } = await subscribe({ filters: [posts, voicemail, posts, presence, voicemail] });

    expect(body.eventFilters).toEqual([
      `${ownExtension}/presence?detailedTelephonyState=true`,
      `${ownExtension}/voicemail`,
      posts,
    ]);
  });

  test("can be sent back unchanged", async ({ call, subscribe, signIn, expect }) => {
    const { body } = await subscribe({ filters: [posts, presence, `${extension}/voicemail`] });
    const { id, eventFilters } = body;
    const token = await signIn();
    const updated = await call("PUT", `${platform}/${id}`, { token, body: { eventFilters } });

    expect(updated.body.eventFilters.toSorted()).toEqual(eventFilters.toSorted());
  });
});

describe("a set of filters", () => {
  test("may contain every filter of the catalogue", async ({ configure, subscribe, expect }) => {
    configure({ subscriptionLimit: 100 });
    const known = catalogue.filter(({ category }) => category !== "subscription");
    for (const { filter, api, query } of known) {
      const required = query.filter((one) => one.required && !filter.includes("?"));
      const pairs = required.map(({ name, values }) => `${name}=${values?.[0]}`);
      const concrete =
        filter.replace(/\{(?:account|extension)Id\}/g, "~").replace(/\{\w+\}/g, "123") +
        (pairs.length > 0 ? `?${pairs.join("&")}` : "");
      const collection = api === "webinar" ? webinar : platform;
      const { status, code } = await subscribe({ filters: [concrete], collection });
      expect([filter, status, code]).toEqual([filter, api === "webinar" ? 201 : 200, undefined]);
    }
  }, 30_000);

  for (const [what, filter] of [
    ["an unknown path", "/restapi/v1.0/account/~/extension/~/call-log"],
    ["a path without its prefix", "/account/~/presence"],
    ["a trailing space", `${posts} `],
    ["a placeholder", "/restapi/v1.0/account/{accountId}/presence"],
    ["a REST parameter", `${extension}/message-store?messageType=SMS`],
    ["a wrong value", `${extension}/message-store?type=sms`],
    ["a webinar filter", "/webinar/runtime/v1/company/sessions/state"],
    ["a name that every object inherits", "constructor"],
  ] as const) {
    test(`refuses ${what} with SUB-508`, async ({ subscribe, expect }) => {
      const answer = await subscribe({ filters: [posts, filter] });

      expect([answer.status, answer.code]).toEqual([400, "SUB-508"]);
      expect(answer.body.message).toBe(`Invalid event filters: [${filter}]`);
    });
  }

  test("for the platform is refused by the webinar API", async ({ subscribe, expect }) => {
    for (const filter of [posts, "/restapi/v1.0/subscription/~?threshold=120&interval=35"]) {
      const filters = ["/webinar/runtime/v1/company/sessions/state", filter];
      expect((await subscribe({ filters, collection: webinar })).code).toBe("SUB-508");
    }
  });

  test("with an unknown filter is refused with CMN-101 or accepted, depending on the setting", async ({
    configure,
    subscribe,
    expect,
  }) => {
    configure({ unknownFilter: "CMN-101" });
    const answer = await subscribe({ filters: ["/new"] });
    expect([answer.code, answer.body.parameterName]).toEqual(["CMN-101", "eventFilters"]);

    configure({ unknownFilter: "accept" });
    expect((await subscribe({ filters: ["/new"] })).body.eventFilters).toEqual(["/new"]);
  });

  for (const [what, filter, code] of [
    ["another account", `/restapi/v1.0/account/${otherUser.accountId}/presence`, "SUB-406"],
    [
      "another account's extension",
      `/restapi/v1.0/account/~/extension/${otherUser.extensionId}/voicemail`,
      "SUB-406",
    ],
    ["an unassigned extension", "/restapi/v1.0/account/~/extension/101/voicemail", "SUB-408"],
  ] as const) {
    test(`on ${what} is refused with ${code}`, async ({ subscribe, expect }) => {
      const answer = await subscribe({ filters: [filter] });
      expect([answer.status, answer.code]).toEqual([403, code]);
    });
  }

  test("can have as many filters as the setting allows", async ({
    configure,
    subscribe,
    expect,
  }) => {
    const filters = [posts, presence, `${extension}/voicemail`];
    configure({ filterLimit: 3 });
    expect((await subscribe({ filters })).status).toBe(200);

    configure({ filterLimit: 2 });
    const answer = await subscribe({ filters });
    expect([answer.code, answer.body.parameterName]).toEqual(["CMN-101", "eventFilters"]);
  });

  test("is not echoed in full if it is very long", async ({ subscribe, expect }) => {
    const answer = await subscribe({ filters: [`/${"x".repeat(1_000_000)}`] });

    expect(answer.code).toBe("SUB-508");
    expect(answer.body.message.length).toBeLessThan(10_100);
  });

  test("needs the scope of each filter", async ({ configure, subscribe, expect }) => {
    configure({ apps: [{ ...emulatorApp, scopes: ["SubscriptionWebhook", "A2PSMS"] }] });

    const answer = await subscribe({ filters: [posts] });
    expect([answer.status, answer.code]).toEqual([403, "CMN-401"]);
    expect(answer.body.permissionName).toBe("TeamMessaging");
    // Sources disagree on whether it is ReadAccounts or A2PSMS.
    const disputed = await subscribe({ filters: ["/restapi/v1.0/account/~/a2p-sms/batches"] });
    expect(disputed.status).toBe(200);
  });
});

describe("a filter for a colleague", () => {
  const colleague = `/restapi/v1.0/account/~/extension/${otherUser.extensionId}`;

  test("can ask for presence, calls and settings, with the account's id", async ({
    configure,
    subscribe,
    expect,
  }) => {
    configure({ users: { 1: { admin: false }, 2: { account: 1 } } });
    const filters = ["/presence", "/presence/dnd", "/telephony/sessions", "/grant", ""].map(
      (path) => colleague + path,
    );
    const { body } = await subscribe({ filters });

    expect(body.eventFilters.toSorted()).toEqual(
      filters.map((filter) => filter.replace("~", own.accountId)).toSorted(),
    );
  });

  for (const path of [
    "/message-store?type=SMS",
    "/message-store/instant?type=SMS",
    "/fax?direction=Inbound",
    "/voicemail",
    "/inbound-messages",
  ]) {
    test(`for ${path} is refused with SUB-405, except for administrators`, async ({
      configure,
      subscribe,
      signIn,
      expect,
    }) => {
      configure({ users: { 1: { admin: false }, 2: { account: 1 } } });
      const filters = [colleague + path];
      const answer = await subscribe({ filters });
      expect([answer.status, answer.code]).toEqual([403, "SUB-405"]);

      configure({ users: { 2: { account: 1 } } });
      expect((await subscribe({ filters })).status).toBe(200);
      // A colleague is not an administrator and may read only his own.
      const token = await signIn(2);
      expect((await subscribe({ filters, token })).status).toBe(200);
      const reversed = [filters[0]?.replace(otherUser.extensionId, own.extensionId) ?? ""];
      expect((await subscribe({ filters: reversed, token })).code).toBe("SUB-405");
    });
  }

  test("with a v2 path is refused with SUB-405 too", async ({ configure, subscribe, expect }) => {
    configure({ users: { 1: { admin: false }, 2: { account: 1 } } });
    const filters = [`/restapi/v2/accounts/~/extensions/${otherUser.extensionId}/sms/batches`];
    expect((await subscribe({ filters })).code).toBe("SUB-405");
  });

  for (const [path, code] of [
    ["/favorite", "SUB-518"],
    ["/favorite/presence", "SUB-518"],
    ["/missed-calls", "SUB-527"],
    ["/start-ring", "SUB-530"],
    ["/stop-ring", "SUB-530"],
    ["/incoming-call-pickup", "SUB-530"],
    ["/presence/line", "SUB-531"],
    ["/presence/line/presence?detailedTelephonyState=true", "SUB-531"],
  ] as const) {
    test(`for ${path} is refused with ${code}, but granted for the user's own extension`, async ({
      configure,
      subscribe,
      expect,
    }) => {
      configure({ users: { 2: { account: 1 } } });
      const answer = await subscribe({ filters: [colleague + path] });

      expect([answer.status, answer.code]).toEqual([403, code]);
      expect((await subscribe({ filters: [extension + path] })).status).toBe(200);
    });
  }

  test("is refused with SUB-403 if the colleague hides presence", async ({
    configure,
    subscribe,
    expect,
  }) => {
    configure({ users: { 2: { account: 1, presenceHidden: true } } });

    expect((await subscribe({ filters: [`${colleague}/presence`] })).code).toBe("SUB-403");
    expect((await subscribe({ filters: [`${colleague}/presence/dnd`] })).code).toBe("SUB-403");
    expect((await subscribe({ filters: [`${colleague}/telephony/sessions`] })).status).toBe(200);
  });

  test("is refused with SUB-404 if the colleague does not allow call pickup", async ({
    configure,
    subscribe,
    expect,
  }) => {
    configure({ users: { 2: { account: 1, pickupForbidden: true } } });
    const detailed = `${colleague}/presence?detailedTelephonyState=true`;

    expect((await subscribe({ filters: [`${detailed}&sipData=true`] })).code).toBe("SUB-404");
    expect((await subscribe({ filters: [detailed] })).status).toBe(200);
  });

  for (const [path, code] of [
    ["account/04000000001/extension/~/presence", "SUB-406"],
    ["account/~/extension/07000000001/presence", "SUB-408"],
    ["account/~/extension/07000000002/presence", "SUB-408"],
  ] as const) {
    test(`rejects other spellings of the id: ${path} is ${code}`, async ({
      configure,
      subscribe,
      expect,
    }) => {
      configure({ users: { 2: { account: 1 } } });
      const answer = await subscribe({ filters: [`/restapi/v1.0/${path}`] });
      expect([answer.status, answer.code]).toEqual([403, code]);
    });
  }

  test("is refused with SUB-408 once the colleague is deleted", async ({
    configure,
    subscribe,
    expect,
  }) => {
    configure({ users: { 2: { account: 1, status: "Deleted" } } });
    expect((await subscribe({ filters: [colleague] })).code).toBe("SUB-408");
  });
});

describe("an account-wide filter", () => {
  const calls = "/restapi/v1.0/account/~/telephony/sessions";

  test("for all calls needs an administrator (CMN-402), unless the setting allows every user", async ({
    configure,
    subscribe,
    expect,
  }) => {
    configure({ users: { 1: { admin: false } } });
    const answer = await subscribe({ filters: [calls] });
    expect([answer.status, answer.code]).toEqual([403, "CMN-402"]);
    expect((await subscribe({ filters: [`${extension}/telephony/sessions`] })).status).toBe(200);

    configure({ accountTelephonyWithoutAdmin: "accept" });
    expect((await subscribe({ filters: [calls] })).status).toBe(200);
  });
});

test("for presence is refused with SUB-402 for an extension without a user, even the caller's own", async ({
  configure,
  subscribe,
  expect,
}) => {
  configure({ users: { 1: { type: "Department" } } });

  const answer = await subscribe({ filters: [presence] });
  expect([answer.status, answer.code]).toEqual([403, "SUB-402"]);
  expect((await subscribe({ filters: [`${extension}/voicemail`] })).status).toBe(200);
});

describe("a reminder filter", () => {
  const reminder = (query: string) => `/restapi/v1.0/subscription/~${query}`;

  test("cannot be the only filter (SUB-515)", async ({ subscribe, expect }) => {
    const answer = await subscribe({ filters: [reminder("?threshold=60&interval=15")] });
    expect([answer.status, answer.code]).toEqual([400, "SUB-515"]);
  });

  test("can have a threshold of half the lifetime and an interval of half the threshold", async ({
    subscribe,
    expect,
  }) => {
    const filters = [posts, reminder("?threshold=500&interval=250")];
    expect((await subscribe({ filters, expiresIn: 1000 })).status).toBe(200);
    expect((await subscribe({ filters, expiresIn: 999 })).code).toBe("SUB-516");
  });

  for (const query of [
    "",
    "?threshold=60",
    "?interval=15",
    "?threshold=60&interval=31",
    "?threshold=60&interval=0",
    "?threshold=60&interval=4",
    "?threshold=-60&interval=15",
    "?threshold=1m&interval=15",
    "?threshold={threshold}&interval={interval}",
  ]) {
    test(`with "${query}" is refused with SUB-516`, async ({ subscribe, expect }) => {
      const answer = await subscribe({ filters: [posts, reminder(query)] });
      expect([answer.status, answer.code]).toEqual([400, "SUB-516"]);
    });
  }

  test("can become invalid when a PUT shortens the lifetime", async ({
    call,
    subscribe,
    signIn,
    expect,
  }) => {
    const eventFilters = [posts, reminder("?threshold=600&interval=60")];
    const { body } = await subscribe({ filters: eventFilters });
    const answer = await call("PUT", `${platform}/${body.id}`, {
      token: await signIn(),
      body: { eventFilters, expiresIn: 1000 },
    });
    expect(answer.code).toBe("SUB-516");
  });
});

describe("a filter for which the user lacks the permission", () => {
  const rule = { filter: "*/presence*", permission: "HUD" };
  const disabledFilters = [
    {
      filter: `${ownExtension}/presence?detailedTelephonyState=true`,
      reason: "SUB-412",
      message: "Extension permission [HUD] is missing",
    },
  ];

  test("is disabled, and listed only if the setting says so", async ({
    configure,
    call,
    subscribe,
    signIn,
    expect,
  }) => {
    configure({ users: { 1: { disabledFilters: [rule] } } });
    const { status, body } = await subscribe({ filters: [posts, presence] });
    expect(status).toBe(200);
    expect(body).toMatchObject({ eventFilters: [posts], disabledFilters });

    configure({ listDisabledFilters: true });
    const path = `${platform}/${body.id}`;
    const read = await call("GET", path, { token: await signIn() });
    expect(read.body.eventFilters).toEqual([disabledFilters[0]?.filter, posts]);
    expect(read.body.disabledFilters).toEqual(disabledFilters);
  });

  for (const [permission, filter] of [
    ["HUD", `${extension}/presence/line/presence`],
    ["ReadPersonalContacts", `${extension}/favorite`],
    ["ReadMessages", `${extension}/message-store`],
    ["ReadCompanyCallRecording", "/ai/ringsense/v1/public/accounts/~/domains/pbx/insights"],
  ] as const) {
    test(`is disabled by a missing permission: ${permission}`, async ({
      configure,
      subscribe,
      expect,
    }) => {
      configure({ users: { 1: { missingPermissions: [permission] } } });
      const { body } = await subscribe({ filters: [posts, filter] });

      expect(body.eventFilters).toEqual([posts]);
      expect(body.disabledFilters).toEqual([
        {
          filter: filter
            .replace(/(accounts?\/)~/, `$1${own.accountId}`)
            .replace("~", own.extensionId),
          reason: "SUB-412",
          message: `Extension permission [${permission}] is missing`,
        },
      ]);
    });
  }

  test("is granted to another user with the permission", async ({
    configure,
    subscribe,
    signIn,
    expect,
  }) => {
    configure({ users: { 1: { disabledFilters: [rule] } } });
    const { body } = await subscribe({ filters: [presence], token: await signIn(2) });
    expect(body.disabledFilters).toBeUndefined();
  });

  test("stays disabled on a PUT that names it and is lost on a PUT that omits it", async ({
    configure,
    call,
    subscribe,
    signIn,
    expect,
  }) => {
    configure({ users: { 1: { disabledFilters: [rule] } } });
    const path = `${platform}/${(await subscribe({ filters: [posts, presence] })).body.id}`;
    const token = await signIn();
    const put = (eventFilters: readonly string[]) =>
      call("PUT", path, { token, body: { eventFilters } });

    expect((await put([posts, presence])).body.disabledFilters).toEqual(disabledFilters);
    expect((await call("POST", `${path}/renew`, { token })).body.disabledFilters).toEqual(
      disabledFilters,
    );
    expect((await put([posts])).body.disabledFilters).toBeUndefined();
  });

  test("makes a PUT fail if the setting says so", async ({
    configure,
    call,
    subscribe,
    signIn,
    expect,
  }) => {
    configure({
      users: { 1: { disabledFilters: [rule] } },
      disabledFilterOnUpdate: "reject",
    });
    const { body } = await subscribe({ filters: [posts, presence] });
    const answer = await call("PUT", `${platform}/${body.id}`, {
      token: await signIn(),
      body: { eventFilters: [posts, presence] },
    });

    expect([answer.status, answer.code]).toEqual([403, "CMN-408"]);
    expect(answer.body.permissionName).toBe("HUD");
  });
});

describe("filterMatches", () => {
  test("compares paths and the parameters that both sides have", ({ expect }) => {
    const store = `${ownExtension}/message-store`;
    expect(filterMatches(store, store)).toBe(true);
    expect(filterMatches(store, `${store}?type=SMS`)).toBe(true);
    expect(filterMatches(`${store}?type=SMS`, store)).toBe(true);
    expect(filterMatches(`${store}?type=SMS&direction=Inbound`, `${store}?type=SMS`)).toBe(true);
    expect(filterMatches(`${store}?type=SMS`, `${store}?type=Fax`)).toBe(false);
    expect(filterMatches(`${store}?to=+1555`, `${store}?to=%2B1555`)).toBe(true);
    expect(filterMatches(store, `${ownExtension}/voicemail`)).toBe(false);
    expect(filterMatches("/restapi/v1.0/glip/posts", posts)).toBe(true);
    expect(filterMatches("/team-messaging/v1/groups", "/team-messaging/v1/chats")).toBe(true);
  });
});

test("is unaffected by filled-in ids, which never change the query", ({ expect }) => {
  const segment = fc.constantFrom(
    "account",
    "accounts",
    "extension",
    "~",
    "presence",
    "12",
    "glip",
  );
  const user = userOf(7);
  fc.assert(
    fc.property(fc.array(segment), fc.option(fc.string()), (segments, query) => {
      const filter = `/${segments.join("/")}${query === null ? "" : `?${query}`}`;
      const filled = fillOwnIds(filter, user);
      expect(fillOwnIds(filled, user)).toBe(filled);
      if (query !== null) expect(filled.endsWith(`?${query}`)).toBe(true);
    }),
  );
});
