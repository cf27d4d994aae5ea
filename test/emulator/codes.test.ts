import { readFile } from "node:fs/promises";
import { describe } from "vitest";
import { isProblemCode, type ProblemCode, problemCodes } from "../../src/emulator/problem-codes.ts";
import { type AppSettings, emulatorApp, type UserSettings } from "../../src/emulator/settings.ts";
import {
  closedPort,
  goodHandshake,
  httpEndpoint,
  httpsEndpoint,
  rawEndpoint,
} from "../support/endpoints.ts";
import {
  type Answer,
  basic,
  type Fixtures,
  jwtGrant,
  otherUser,
  own,
  platform,
  test,
} from "./kit.ts";

type Provocation = (fixtures: Fixtures) => Promise<Answer>;

const posts = "/team-messaging/v1/posts";
const extension = "/restapi/v1.0/account/~/extension/~";
const colleague = `/restapi/v1.0/account/~/extension/${otherUser.extensionId}`;

/** What provokes each code. All other codes must be injected. */
const provocations: { readonly [Code in ProblemCode]?: Provocation } = {
  "AGW-401": ({ call }) => call("GET", platform),
  "AGW-402": ({ call }) => call("GET", platform, { headers: { Authorization: "Bearer" } }),

  "OAU-127": loginTo({ disabled: true }),
  "OAU-128": async ({ call, signIn, emulator }) => {
    const token = await signIn();
    await emulator.clock.advance(3_600_000);
    return call("GET", platform, { token });
  },
  "OAU-129": async ({ call, signIn }) => {
    const token = await signIn();
    return call("GET", platform, { token: token.slice(0, -1) });
  },
  "OAU-136": (fixtures) => {
    fixtures.configure({ deletedUserCode: "OAU-136" });
    return loginAs({ status: "Deleted" })(fixtures);
  },
  "OAU-140": ({ login }) => login({ grant_type: jwtGrant, assertion: "nobody" }),
  "OAU-141": loginAs({ status: "NotActivated" }),
  "OAU-142": loginAs({ accountStatus: "Disabled" }),
  "OAU-146": ({ login }) => login(undefined, `Basic ${btoa(`${emulatorApp.clientId}:wrong`)}`),
  "OAU-147": loginAs({ locked: "OAU-147" }),
  "OAU-148": loginAs({ locked: "OAU-148" }),
  "OAU-149": ({ call }) => call("GET", platform, { token: "user-1" }),
  "OAU-151": ({ call }) => call("GET", platform, { headers: { Authorization: basic } }),
  "OAU-153": ({ login }) => login(undefined, ""),
  "OAU-165": loginTo({ sandbox: true }),
  "OAU-213": async ({ call, signIn }) => {
    const token = await signIn();
    const headers = {
      Authorization: basic,
      "Content-Type": "application/x-www-form-urlencoded",
    };
    await call("POST", "/restapi/oauth/revoke", { headers, text: `token=${token}` });
    return call("GET", platform, { token });
  },
  "OAU-232": loginAs({ status: "Deleted" }),
  "OAU-236": loginAs({ status: "Frozen" }),
  "OAU-250": ({ login }) => login({ grant_type: "password", username: "+15550100" }),
  "OAU-251": loginTo({ jwtFlow: false }),

  "SUB-402": watchColleague("/presence", { type: "Department" }),
  "SUB-403": watchColleague("/presence", { presenceHidden: true }),
  "SUB-404": watchColleague("/presence?detailedTelephonyState=true&sipData=true", {
    pickupForbidden: true,
  }),
  "SUB-405": ({ configure, subscribe }) => {
    configure({ users: { 1: { admin: false }, 2: { account: 1 } } });
    return subscribe({ filters: [`${colleague}/message-store`] });
  },
  "SUB-406": ({ subscribe }) =>
    subscribe({ filters: [`/restapi/v1.0/account/${otherUser.accountId}/presence`] }),
  "SUB-408": ({ subscribe }) =>
    subscribe({ filters: ["/restapi/v1.0/account/~/extension/101/presence"] }),
  "SUB-505": async ({ configure, subscribe }) => {
    configure({ subscriptionLimit: 1 });
    await subscribe();
    return subscribe();
  },
  "SUB-507": async ({ configure, emulator, call, subscribe, signIn }) => {
    configure({ expiredCode: "SUB-507" });
    const { body } = await subscribe({ expiresIn: 60 });
    await emulator.clock.advance(60_000);
    return call("GET", `${platform}/${body.id}`, { token: await signIn() });
  },
  "SUB-508": ({ subscribe }) => subscribe({ filters: [`${extension}/call-log`] }),
  "SUB-515": ({ subscribe }) =>
    subscribe({ filters: ["/restapi/v1.0/subscription/~?threshold=60&interval=15"] }),
  "SUB-516": ({ subscribe }) =>
    subscribe({ filters: [posts, "/restapi/v1.0/subscription/~?threshold=60&interval=31"] }),
  "SUB-518": watchColleague("/favorite"),
  "SUB-520": async ({ subscribe }) => {
    await using endpoint = await httpEndpoint((_, response) => response.end());
    return await subscribe({ address: endpoint.url });
  },
  "SUB-521": async ({ subscribe }) =>
    subscribe({ address: `http://127.0.0.1:${await closedPort()}/` }),
  "SUB-522": async ({ subscribe }) => {
    await using endpoint = await httpEndpoint((_, response) => response.writeHead(404).end());
    return await subscribe({ address: endpoint.url });
  },
  "SUB-523": ({ configure, subscribe }) => {
    configure({ allowRemoteDeliveries: true });
    return subscribe({ address: "http://192.0.2.1/" });
  },
  "SUB-524": async ({ subscribe }) => {
    await using endpoint = await httpsEndpoint(goodHandshake);
    return await subscribe({ address: `https://localhost:${endpoint.port}/` });
  },
  "SUB-525": async ({ subscribe }) => {
    await using endpoint = await rawEndpoint(`HTTP/1.1 200 OK\r\nX: ${"x".repeat(1024)}\r\n\r\n`);
    return await subscribe({ address: endpoint.url });
  },
  "SUB-527": watchColleague("/missed-calls"),
  "SUB-528": async ({ configure, call, signIn }) => {
    configure({ missingScopeCode: "SUB-528", apps: [{ ...emulatorApp, scopes: ["SMS"] }] });
    return call("GET", platform, { token: await signIn() });
  },
  "SUB-530": watchColleague("/start-ring"),
  "SUB-531": watchColleague("/presence/line"),

  "CMN-101": ({ subscribe }) => subscribe({ expiresIn: 0 }),
  "CMN-102": async ({ call, signIn }) =>
    call("DELETE", `${platform}/none`, { token: await signIn() }),
  "CMN-103": async ({ call, signIn }) =>
    call("POST", platform, {
      token: await signIn(),
      headers: { "Content-Type": "application/json" },
      text: "{",
    }),
  "CMN-104": async ({ call, signIn }) =>
    call("POST", platform, {
      token: await signIn(),
      headers: { "Content-Type": "text/plain" },
      text: "{}",
    }),
  "CMN-120": ({ call }) => call("GET", "/restapi/v1.0/subscriptions"),
  "CMN-301": async ({ configure, call, signIn }) => {
    configure({ rateLimits: { light: 1, medium: 1, heavy: 1, auth: 5 } });
    const token = await signIn();
    await call("GET", platform, { token });
    return call("GET", platform, { token });
  },
  "CMN-401": ({ configure, subscribe }) => {
    configure({ apps: [{ ...emulatorApp, scopes: ["SubscriptionWebhook"] }] });
    return subscribe({ filters: [posts] });
  },
  "CMN-402": ({ configure, subscribe }) => {
    configure({ users: { 1: { admin: false } } });
    return subscribe({ filters: ["/restapi/v1.0/account/~/telephony/sessions"] });
  },
  "CMN-408": ({ configure, subscribe }) => {
    configure({ users: { 1: { missingPermissions: ["SubscriptionWebhook"] } } });
    return subscribe();
  },
  "CMN-419": async ({ configure, call, signIn }) => {
    configure({ users: { 1: { missingPermissions: ["ReadExtensions"] }, 2: { account: 1 } } });
    return call("GET", colleague, { token: await signIn() });
  },
};

/** A login to an app with this configuration. */
function loginTo(changes: Partial<AppSettings>): Provocation {
  return ({ configure, login }) => {
    configure({ apps: [{ ...emulatorApp, ...changes }] });
    return login();
  };
}

/** A login as a user with this configuration. */
function loginAs(changes: UserSettings): Provocation {
  return ({ configure, login }) => {
    configure({ users: { 1: changes } });
    return login();
  };
}

/** A subscription to data of a colleague with this configuration. */
function watchColleague(path: string, changes: UserSettings = {}): Provocation {
  return ({ configure, subscribe }) => {
    configure({ users: { 2: { account: 1, ...changes } } });
    return subscribe({ filters: [colleague + path] });
  };
}

const codes = Object.keys(problemCodes).filter(isProblemCode);

describe("an error code can be provoked by its cause:", () => {
  for (const code of codes) {
    const provoke = provocations[code];
    if (!provoke) continue;
    test(code, async ({ emulator, configure, call, login, signIn, webhook, subscribe, expect }) => {
      const answer = await provoke({
        emulator,
        configure,
        call,
        login,
        signIn,
        webhook,
        subscribe,
      });

      expect([answer.status, answer.code]).toEqual([problemCodes[code].status, code]);
    });
  }

  test("SUB-412, the reason of a disabled filter", async ({ configure, subscribe, expect }) => {
    configure({ users: { 1: { missingPermissions: ["HUD"] } } });
    const filters = [posts, `${extension}/presence/line/presence`];
    const { status, body } = await subscribe({ filters });

    expect(status).toBe(200);
    expect(body.eventFilters).toEqual([posts]);
    expect(body.disabledFilters).toEqual([
      {
        filter: `/restapi/v1.0/account/${own.accountId}/extension/${own.extensionId}/presence/line/presence`,
        reason: "SUB-412",
        message: "Extension permission [HUD] is missing",
      },
    ]);
  });
});

describe("an error code can be injected:", () => {
  for (const code of codes) {
    test(code, async ({ call, login, expect }) => {
      await call("POST", "/emulator/v1/faults", { body: { code } });
      const answer = code.startsWith("OAU-") ? await login() : await call("GET", platform);

      expect([answer.status, answer.code]).toEqual([problemCodes[code].status, code]);
      // Every placeholder of a message is filled in.
      expect(JSON.stringify(answer.body)).not.toMatch(/\{\w+\}|(?<!Rate limits )undefined/);
    });
  }
});

test("the codes page lists every code with its status, and marks those that must be injected", async ({
  expect,
}) => {
  const page = await readFile(new URL("../../docs/emulator-reference.md", import.meta.url), "utf8");
  const rows = [...page.matchAll(/^\| `([A-Z]{3}-\d{3})` +\| (\d{3}) +\| (.*?) +\|$/gm)];

  expect(rows.map(({ 1: code, 2: status }) => [code, Number(status)])).toEqual(
    codes.map((code) => [code, problemCodes[code].status]),
  );
  const injected = rows.filter(({ 3: how }) => how?.startsWith("inject it"));
  expect(injected.map(({ 1: code }) => code)).toEqual(
    codes.filter((code) => !provocations[code] && code !== "SUB-412"),
  );
});
