import { describe } from "vitest";
import { emulatorApp } from "../../src/emulator/settings.ts";
import { otherUser, own, test } from "./kit.ts";

describe("GET /restapi/v1.0/account/~/extension/~", () => {
  test("returns the signed-in user", async ({ call, signIn, expect }) => {
    const { status, body } = await call("GET", "/restapi/v1.0/account/~/extension/~", {
      token: await signIn(),
    });

    const account = `http://127.0.0.1:4010/restapi/v1.0/account/${own.accountId}`;
    expect(status).toBe(200);
    expect(body).toEqual({
      uri: `${account}/extension/${own.extensionId}`,
      id: 7_000_000_001,
      extensionNumber: "101",
      name: "User 1",
      type: "User",
      status: "Enabled",
      contact: { firstName: "User", lastName: "1", email: "user.1@example.com" },
      account: { uri: account, id: own.accountId },
    });
  });

  test("accepts only the user's own ids", async ({ call, signIn, expect }) => {
    const token = await signIn();
    const read = (account: string, extension: string) =>
      call("GET", `/restapi/v1.0/account/${account}/extension/${extension}`, { token });

    expect((await read(own.accountId, own.extensionId)).status).toBe(200);
    expect((await read(otherUser.accountId, "~")).body).toMatchObject({
      errorCode: "CMN-102",
      parameterName: "accountId",
    });
    expect((await read("~", otherUser.extensionId)).body).toMatchObject({
      errorCode: "CMN-102",
      parameterName: "extensionId",
    });
  });

  test("returns colleagues, and the user's own settings", async ({
    configure,
    call,
    signIn,
    expect,
  }) => {
    configure({
      users: { 2: { account: 1, name: "Sales", extensionNumber: "200", type: "Department" } },
    });
    const path = `/restapi/v1.0/account/~/extension/${otherUser.extensionId}`;
    const { status, body } = await call("GET", path, { token: await signIn() });

    const account = `http://127.0.0.1:4010/restapi/v1.0/account/${own.accountId}`;
    expect(status).toBe(200);
    expect(body).toEqual({
      uri: `${account}/extension/${otherUser.extensionId}`,
      id: 7_000_000_002,
      extensionNumber: "200",
      name: "Sales",
      type: "Department",
      status: "Enabled",
      contact: { firstName: "Sales", lastName: "", email: "user.2@example.com" },
      account: { uri: account, id: own.accountId },
    });
  });

  test("needs the user permission ReadExtensions for colleagues", async ({
    configure,
    call,
    signIn,
    expect,
  }) => {
    configure({ users: { 1: { missingPermissions: ["ReadExtensions"] }, 2: { account: 1 } } });
    const token = await signIn();
    const read = (id: string) => call("GET", `/restapi/v1.0/account/~/extension/${id}`, { token });

    const answer = await read(otherUser.extensionId);
    expect([answer.status, answer.code]).toEqual([403, "CMN-419"]);
    expect(answer.body.permissionName).toBe("ReadExtensions");
    expect((await read(own.extensionId)).status).toBe(200);
  });

  test("does not return a deleted colleague", async ({ configure, call, signIn, expect }) => {
    configure({ users: { 2: { account: 1, status: "Deleted" } } });
    const path = `/restapi/v1.0/account/~/extension/${otherUser.extensionId}`;

    const { status, code } = await call("GET", path, { token: await signIn() });
    expect([status, code]).toEqual([404, "CMN-102"]);
  });

  test("needs the scope ReadAccounts", async ({ configure, call, signIn, expect }) => {
    configure({ apps: [{ ...emulatorApp, scopes: ["SubscriptionWebhook"] }] });

    const answer = await call("GET", "/restapi/v1.0/account/~/extension/~", {
      token: await signIn(),
    });

    expect([answer.status, answer.code]).toEqual([403, "CMN-401"]);
    expect(answer.body.permissionName).toBe("ReadAccounts");
  });

  test("accepts only reads", async ({ call, signIn, expect }) => {
    const token = await signIn();
    const answer = await call("PUT", "/restapi/v1.0/account/~/extension/~", { token, body: {} });

    expect([answer.status, answer.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  });

  test("answers HEAD", async ({ emulator, signIn, expect }) => {
    const request = new Request("http://127.0.0.1:4010/restapi/v1.0/account/~/extension/~", {
      method: "HEAD",
      headers: { Authorization: `Bearer ${await signIn()}` },
    });
    const answer = await emulator.fetch(request);

    expect([answer.status, await answer.text()]).toEqual([200, ""]);
  });

  for (const id of ["0x1A13B8601", "07000000001", "%207000000001", "7000000001.0", "7e9", "+1"]) {
    test(`rejects ${id} as an id`, async ({ call, signIn, expect }) => {
      const path = `/restapi/v1.0/account/~/extension/${id}`;
      const answer = await call("GET", path, { token: await signIn() });

      expect([answer.status, answer.code]).toEqual([404, "CMN-102"]);
      expect(answer.body.parameterName).toBe("extensionId");
    });
  }
});

describe("GET /restapi/v1.0/account/~/extension/~/features", () => {
  const path = "/restapi/v1.0/account/~/extension/~/features";

  test("reports Message Threads only if the setting enables them", async ({
    configure,
    call,
    signIn,
    expect,
  }) => {
    const token = await signIn();
    const read = async (query: string) => {
      const { status, body } = await call("GET", path + query, { token });
      return [status, body];
    };
    const without = {
      id: "MessageThreads",
      available: false,
      reason: {
        code: "ServicePlanLimitation",
        message: "The feature is unavailable for the current service plan",
      },
    };
    expect(await read("?featureId=MessageThreads")).toEqual([200, { records: [without] }]);
    expect(await read("")).toEqual([200, { records: [without] }]);
    expect(await read("?availableOnly=true")).toEqual([200, { records: [] }]);

    configure({ messageThreads: true });
    const params = ["callQueueSupported", "siteSupported"].map((name) => ({ name, value: "true" }));
    const withThreads = { id: "MessageThreads", available: true, params };
    expect(await read("?featureId=SMS&featureId=MessageThreads&availableOnly=true")).toEqual([
      200,
      { records: [withThreads] },
    ]);
    expect(await read("?featureId=SMS")).toEqual([200, { records: [] }]);
  });

  test("counts as Medium, and needs ReadAccounts and ReadExtensions", async ({
    configure,
    call,
    signIn,
    expect,
  }) => {
    configure({ rateLimits: { light: 50, medium: 40, heavy: 10, auth: 5 } });
    const token = await signIn();
    const answer = await call("GET", path, { token });
    expect(answer.headers.get("X-Rate-Limit-Group")).toBe("medium");

    configure({ users: { 1: { missingPermissions: ["ReadExtensions"] } } });
    const forbidden = await call("GET", path, { token });
    expect([forbidden.status, forbidden.code, forbidden.body.permissionName]).toEqual([
      403,
      "CMN-408",
      "ReadExtensions",
    ]);

    const scopes = emulatorApp.scopes.filter((scope) => scope !== "ReadAccounts");
    configure({ users: {}, apps: [{ ...emulatorApp, scopes }] });
    const refused = await call("GET", path, { token: await signIn() });
    expect([refused.status, refused.code]).toEqual([403, "CMN-401"]);
  });
});
