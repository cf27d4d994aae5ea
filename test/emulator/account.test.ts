import { describe } from "vitest";
import { emulatorApp } from "../../src/emulator/settings.ts";
import { otherUser, own, test } from "./kit.ts";

const account = "/restapi/v1.0/account/~";
const uri = `http://127.0.0.1:4010/restapi/v1.0/account/${own.accountId}`;

/** Two users, a queue of both, a site with one of them, and somebody who left. */
const company = {
  1: { name: "Ada Lovelace", department: "Research" },
  2: { account: 1, name: "Jane Doe", site: 5 },
  3: { account: 1, status: "Deleted" },
  4: { account: 1, name: "Support", type: "Department", members: [1, 2, 3] },
  5: { account: 1, name: "Berlin", type: "Site" },
  6: { account: 1, status: "Unassigned" },
} as const;

const idOf = (user: number) => 7_000_000_000 + user;

describe("GET …/extension", () => {
  test("lists every user in the account", async ({ configure, call, signIn, expect }) => {
    configure({ users: company });
    const { status, body } = await call("GET", `${account}/extension`, { token: await signIn() });

    expect(status).toBe(200);
    expect(body.records[0]).toEqual({
      id: idOf(1),
      uri: `${uri}/extension/${own.extensionId}`,
      extensionNumber: "101",
      name: "Ada Lovelace",
      type: "User",
      status: "Enabled",
      contact: {
        firstName: "Ada",
        lastName: "Lovelace",
        email: "user.1@example.com",
        department: "Research",
      },
      permissions: { admin: { enabled: true } },
      site: { id: "main-site", name: "Main Site" },
    });
    expect(body.records.map(({ id, extensionNumber }: never) => [id, extensionNumber])).toEqual([
      [idOf(1), "101"],
      [idOf(2), "102"],
      [idOf(4), "104"],
      [idOf(5), "105"],
      [idOf(6), undefined],
    ]);
    expect(body.records[1].site).toEqual({ id: String(idOf(5)), name: "Berlin" });
    expect(body.paging).toEqual({
      page: 1,
      pageStart: 0,
      pageEnd: 4,
      perPage: 100,
      totalPages: 1,
      totalElements: 5,
    });
  });

  test("is paged", async ({ configure, call, signIn, expect }) => {
    configure({ users: { 1: { extensions: 250 }, 17: { status: "Deleted" } } });
    const token = await signIn();
    const read = (query: string) => call("GET", `${account}/extension${query}`, { token });

    const seen: number[] = [];
    for (let next: string | undefined = ""; next !== undefined; ) {
      const { body } = await read(next);
      seen.push(...body.records.map(({ id }: { id: number }) => id));
      next = body.navigation.nextPage && new URL(body.navigation.nextPage.uri).search;
    }
    const everybody = Array.from({ length: 250 }, (_, index) => idOf(index + 1));
    expect(seen).toEqual(everybody.filter((id) => id !== idOf(17)));

    const { body } = await read("?page=2&perPage=200&type=User");
    expect([body.records.length, body.paging, body.navigation]).toEqual([
      49,
      { page: 2, pageStart: 200, pageEnd: 248, perPage: 200, totalPages: 2, totalElements: 249 },
      {
        firstPage: { uri: `${uri}/extension?page=1&perPage=200&type=User` },
        previousPage: { uri: `${uri}/extension?page=1&perPage=200&type=User` },
        lastPage: { uri: `${uri}/extension?page=2&perPage=200&type=User` },
      },
    ]);
    expect((await read("?page=3&perPage=200")).body).toMatchObject({
      records: [],
      paging: { perPage: 200, totalPages: 2, totalElements: 249 },
    });
    expect((await read("?perPage=5000")).body.paging.perPage).toBe(1000);
  });

  test("filters, and rejects unknown filters", async ({ configure, call, signIn, expect }) => {
    configure({ users: company });
    const token = await signIn();
    const read = async (query: string) => {
      const { code, body } = await call("GET", `${account}/extension?${query}`, { token });
      return code === undefined
        ? body.records.map(({ id }: { id: number }) => id - idOf(0))
        : [code, body.parameterName];
    };

    expect(await read("type=Department&type=Site")).toEqual([4, 5]);
    expect(await read("type=Department,Site")).toEqual([4, 5]);
    expect(await read("type=User&status=Enabled")).toEqual([1, 2]);
    expect(await read("status=Unassigned")).toEqual([6]);
    expect(await read("extensionNumber=102")).toEqual([2]);
    expect(await read("email=user.2@example.com")).toEqual([2]);
    expect(await read("type=Queue")).toEqual(["CMN-101", "type"]);
    expect(await read("status=Gone")).toEqual(["CMN-101", "status"]);
    expect(await read("page=0")).toEqual(["CMN-101", "page"]);
    expect(await read("perPage=many")).toEqual(["CMN-101", "perPage"]);
  });

  test("includes users who joined and omits users who left", async ({
    configure,
    emulator,
    call,
    signIn,
    expect,
  }) => {
    configure({ users: { 1: { extensions: 3 } } });
    const token = await signIn();
    const patch = (users: object) => call("PATCH", "/emulator/v1/settings", { body: { users } });
    const read = async () => {
      const { body } = await call("GET", `${account}/extension`, { token });
      return body.records.map(({ id }: { id: number }) => id - idOf(0));
    };
    expect(await read()).toEqual([1, 2, 3]);

    await patch({ 2: { status: "Deleted" }, 9: { account: 1 } });
    expect(await read()).toEqual([1, 3, 9]);

    await emulator.restore(emulator.snapshot());
    const again = await call("GET", `${account}/extension`, { token });
    expect(again.body.records).toHaveLength(3);
  });
});

describe("GET …/call-queues and …/sites", () => {
  test("include the members", async ({ configure, call, signIn, expect }) => {
    configure({ users: company });
    const token = await signIn();
    const read = async (path: string) => (await call("GET", account + path, { token })).body;
    const queue = {
      id: String(idOf(4)),
      uri: `${uri}/call-queues/${idOf(4)}`,
      extensionNumber: "104",
      name: "Support",
      status: "Enabled",
      site: { id: "main-site", name: "Main Site" },
    };

    expect((await read("/call-queues")).records).toEqual([queue]);
    expect((await read(`/call-queues?memberExtensionId=${idOf(2)}`)).records).toEqual([queue]);
    expect((await read(`/call-queues?memberExtensionId=${idOf(6)}`)).records).toEqual([]);
    expect((await read(`/call-queues/${idOf(4)}/members`)).records).toEqual(
      [1, 2].map((user) => ({
        id: idOf(user),
        uri: `${uri}/extension/${idOf(user)}`,
        extensionNumber: String(100 + user),
      })),
    );
    expect((await read("/sites")).records).toEqual([
      {
        id: String(idOf(5)),
        uri: `${uri}/sites/${idOf(5)}`,
        name: "Berlin",
        extensionNumber: "105",
      },
    ]);
    expect(await read(`/call-queues/${idOf(2)}/members`)).toMatchObject({
      errorCode: "CMN-102",
      parameterName: "groupId",
    });
  });
});

describe("GET …/phone-number", () => {
  test("lists the numbers of one extension or of the company", async ({
    configure,
    call,
    signIn,
    expect,
  }) => {
    const main = { phoneNumber: "+12055550000", usageType: "MainCompanyNumber" };
    const direct = { phoneNumber: "+12055550199" };
    configure({ users: { 1: { phoneNumbers: [main, direct] }, 2: { account: 1 } } });
    const token = await signIn();
    const read = async (path: string) => (await call("GET", account + path, { token })).body;

    const all = await read("/phone-number");
    expect(all.records[0]).toEqual({
      id: 10_000_000_100,
      uri: `${uri}/phone-number/10000000100`,
      phoneNumber: "+12055550000",
      paymentType: "Local",
      type: "VoiceFax",
      usageType: "MainCompanyNumber",
      status: "Normal",
    });
    expect(
      all.records.map(({ phoneNumber, extension }: never) => [phoneNumber, extension?.["id"]]),
    ).toEqual([
      ["+12055550000", undefined],
      ["+12055550199", idOf(1)],
      ["+12055550102", idOf(2)],
    ]);
    const of2 = await read(`/extension/${otherUser.extensionId}/phone-number`);
    expect(of2.records.map(({ phoneNumber, features }: never) => [phoneNumber, features])).toEqual([
      ["+12055550000", ["CallerId"]],
      ["+12055550102", ["CallerId", "SmsSender", "MmsSender"]],
    ]);
    const mine = await read("/extension/~/phone-number?usageType=DirectNumber");
    expect(mine.records).toHaveLength(1);
  });
});

describe("every list endpoint", () => {
  const groups = {
    "/extension": ["medium", "ReadExtensions"],
    "/call-queues": ["medium", "ReadExtensions"],
    [`/call-queues/${idOf(4)}/members`]: ["light", "ReadExtensions"],
    "/sites": ["light", "ReadExtensions"],
    "/phone-number": ["heavy", "ReadCompanyPhoneNumbers"],
    "/extension/~/phone-number": ["light", "ReadUserPhoneNumbers"],
  } as const;

  test("requires its own permission and scope, and counts in its rate-limit group", async ({
    configure,
    call,
    signIn,
    expect,
  }) => {
    configure({ users: company, rateLimits: { light: 50, medium: 40, heavy: 10, auth: 5 } });
    const token = await signIn();
    for (const [path, [group]] of Object.entries(groups)) {
      const { status, headers } = await call("GET", account + path, { token });
      expect([path, status, headers.get("X-Rate-Limit-Group")]).toEqual([path, 200, group]);
    }
    for (const [path, [, permission]] of Object.entries(groups)) {
      configure({ users: { ...company, 1: { missingPermissions: [permission] } } });
      const { code, body } = await call("GET", account + path, { token });
      expect([path, code, body.permissionName]).toEqual([path, "CMN-408", permission]);
    }
    const scopes = emulatorApp.scopes.filter((scope) => scope !== "ReadAccounts");
    configure({ users: company, apps: [{ ...emulatorApp, scopes }] });
    const without = await signIn();
    for (const path of Object.keys(groups)) {
      const { code } = await call("GET", account + path, { token: without });
      expect([path, code]).toEqual([path, "CMN-401"]);
    }
  });
});

test("an event about a colleague reaches the users who subscribed to it", async ({
  configure,
  emulator,
  subscribe,
  signIn,
  webhook,
  expect,
}) => {
  configure({ users: { 1: { extensions: 40 }, 41: { type: "User" } } });
  const filter = (user: number) =>
    `/restapi/v1.0/account/~/extension/${idOf(user)}/message-store/instant?type=SMS`;
  const { status } = await subscribe({ filters: [filter(7), filter(8)] });
  expect(status).toBe(200);

  const sent = await emulator.sendEvent({
    filter: "/restapi/v1.0/account/~/extension/~/message-store/instant?type=SMS",
    user: 7,
  });
  expect(sent).toMatchObject([{ user: 1, delivered: true }]);
  expect(webhook.events).toMatchObject([
    { event: expect.stringContaining(`/extension/${idOf(7)}/`), ownerId: own.extensionId },
  ]);

  const refusals = [
    [await signIn(2), filter(7), "SUB-405"],
    [undefined, filter(41), "SUB-406"],
    [undefined, "/restapi/v1.0/account/~/extension/12/voicemail", "SUB-408"],
  ] as const;
  for (const [token, wanted, code] of refusals) {
    const refused = await subscribe({ filters: [wanted], ...(token !== undefined && { token }) });
    expect([wanted, refused.code]).toEqual([wanted, code]);
  }
});
