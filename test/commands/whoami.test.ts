import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe } from "vitest";
import { emulatorApp } from "../../src/emulator/settings.ts";
import { test } from "../support/rcwh.ts";

/** No credentials, and a terminal without a status line. */
const noCredentials = { TERM: "dumb" };

describe("rcwh whoami", () => {
  test("shows who is signed in and which variables are used", async ({ rcwh, expect }) => {
    const { exitCode, stdout, stderr } = await rcwh("whoami", { tty: true });

    expect(stdout).toMatchInlineSnapshot(`
      "profile:   environment
      server:    http://127.0.0.1:40100
      client id: emulator-client
      user:      User 1, extension 101 (extension id 7000000001, account id
                 4000000001)
      scopes:    ReadAccounts, ReadMessages, ReadPresence, ReadContacts, ReadWebinars,
                 SMS, A2PSMS, CallControl, TeamMessaging, RingSense,
                 SubscriptionWebhook, WebSocket
      source:    RCWH_CLIENT_ID, RCWH_CLIENT_SECRET and RCWH_JWT
      session:   expires in 1 h, renewed automatically
      "
    `);
    expect(stderr).toBe("");
    expect(exitCode).toBe(0);
  });

  test("prints one line in a pipe", async ({ rcwh, expect }) => {
    const { exitCode, stdout, stderr } = await rcwh("whoami");

    expect(stdout).toMatchInlineSnapshot(`
      "environment	http://127.0.0.1:40100	emulator-client	7000000001	4000000001	User 1	RCWH_CLIENT_ID, RCWH_CLIENT_SECRET and RCWH_JWT
      "
    `);
    expect(stderr).toBe("");
    expect(exitCode).toBe(0);
  });

  test("prints one object with --json", async ({ rcwh, expect }) => {
    const { exitCode, stdout, stderr } = await rcwh("whoami --json");

    expect(JSON.parse(stdout)).toEqual({
      schemaVersion: 1,
      identities: [
        {
          profile: "environment",
          server: "http://127.0.0.1:40100",
          source: "RCWH_CLIENT_ID, RCWH_CLIENT_SECRET and RCWH_JWT",
          clientId: "emulator-client",
          extensionId: "7000000001",
          accountId: "4000000001",
          extensionNumber: "101",
          name: "User 1",
          scopes: emulatorApp.scopes,
          tokenExpirationTime: "2026-11-22T13:00:00Z",
        },
      ],
    });
    expect(stderr).toBe("");
    expect(exitCode).toBe(0);
  });

  test("names each source of credentials in order of precedence", async ({
    rcwh,
    server,
    signedIn,
    directory,
    expect,
  }) => {
    await rcwh("login --profile acme", { env: { ...signedIn, RCWH_JWT: "user-2" } });
    const credentialsFile = join(directory, ".env");
    await writeFile(
      credentialsFile,
      `RC_SERVER_URL=${server}\nRC_APP_CLIENT_ID=emulator-client\nRC_APP_CLIENT_SECRET=emulator-secret\nRC_USER_JWT=user-3\n`,
    );
    const group = (user: number, serverName: string, id: string, secret: string, jwt: string) => ({
      [serverName]: server,
      [id]: "emulator-client",
      [secret]: "emulator-secret",
      [jwt]: `user-${user}`,
    });
    const app = group(
      ...([5, "RC_SERVER_URL", "RC_APP_CLIENT_ID", "RC_APP_CLIENT_SECRET", "RC_USER_JWT"] as const),
    );
    const sample = group(
      6,
      "RINGCENTRAL_SERVER_URL",
      "RINGCENTRAL_CLIENT_ID",
      "RINGCENTRAL_CLIENT_SECRET",
      "RINGCENTRAL_JWT_TOKEN",
    );
    const everything = { ...signedIn, RCWH_JWT: "user-4", ...app, ...sample };
    const source = async (command: string, env: Readonly<Record<string, string | undefined>>) => {
      const { stdout, stderr, exitCode } = await rcwh(command, { env });
      expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
      const [profile, , , , , name, from] = stdout.trimEnd().split("\t");
      return `${profile}: ${name}, from ${from}`;
    };

    const old = await rcwh(`whoami --env-file ${credentialsFile}`, { env: {} });
    expect(old).toMatchObject({ stdout: expect.stringContaining("\tUser 3\t"), exitCode: 0 });
    expect(old.stderr).toBe(
      "warning: Node reads the file of `--env-file` before rcwh does, and obeys a NODE_OPTIONS in it. Use `--credentials-file`, which Node does not know.\n",
    );
    const both = `whoami --credentials-file ${credentialsFile} --env-file`;
    expect((await rcwh(`${both} ${credentialsFile}`, { env: {} })).exitCode).toBe(0);
    expect(await rcwh(`${both} other.env`, { env: {} })).toEqual({
      stdout: "",
      stderr:
        "error: --credentials-file and --env-file name different files.\nhint: Give one file, with --credentials-file.\n",
      exitCode: 2,
    });

    expect([
      await source("whoami --profile acme", everything),
      await source(`whoami --credentials-file ${credentialsFile}`, everything),
      await source("whoami", everything),
      await source("whoami", { ...app, ...sample, RCWH_PROFILE: "acme" }),
      await source("whoami", { ...app, ...sample }),
      await source("whoami", { ...app, ...sample, RC_USER_JWT: "" }),
      await source("whoami", {}),
    ]).toMatchInlineSnapshot(`
      [
        "acme: User 2, from profile acme",
        "environment: User 3, from RC_APP_CLIENT_ID, RC_APP_CLIENT_SECRET and RC_USER_JWT in /tmp/rcwh-test/.env",
        "environment: User 4, from RCWH_CLIENT_ID, RCWH_CLIENT_SECRET and RCWH_JWT",
        "acme: User 2, from profile acme",
        "environment: User 5, from RC_APP_CLIENT_ID, RC_APP_CLIENT_SECRET and RC_USER_JWT",
        "environment: User 6, from RINGCENTRAL_CLIENT_ID, RINGCENTRAL_CLIENT_SECRET and RINGCENTRAL_JWT_TOKEN",
        "acme: User 2, from profile acme",
      ]
    `);
  });

  test("uses an access token as it is and neither saves nor revokes it", async ({
    rcwh,
    server,
    emulator,
    directory,
    expect,
  }) => {
    const token = await borrowToken(server);
    const env = { ...noCredentials, RCWH_SERVER: server, RCWH_ACCESS_TOKEN: token };

    const { exitCode, stdout, stderr } = await rcwh("whoami", { tty: true, env });

    expect(stdout).toMatchInlineSnapshot(`
      "profile:   environment
      server:    http://127.0.0.1:40100
      user:      User 7, extension 107 (extension id 7000000007, account id
                 4000000007)
      source:    RCWH_ACCESS_TOKEN
      session:   from an access token: never refreshed, never revoked
      "
    `);
    expect(stderr).toBe("");
    expect(exitCode).toBe(0);
    const file = join(directory, "token.txt");
    await writeFile(file, `${token}\n`);
    expect(
      await rcwh(["whoami", "--access-token-file", file], { env: { RCWH_SERVER: server } }),
    ).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "",
        "stdout": "environment	http://127.0.0.1:40100		7000000007	4000000007	User 7	--access-token-file /tmp/rcwh-test/token.txt
      ",
      }
    `);
    expect(emulator.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      "POST /restapi/oauth/token",
      "GET /restapi/v1.0/account/~/extension/~",
      "GET /restapi/v1.0/account/~/extension/~",
    ]);
    expect(emulator.state().sessions).toHaveLength(1);
  });

  test("explains how to fix an access token that is refused", async ({ rcwh, server, expect }) => {
    expect(
      await rcwh("whoami", { env: { RCWH_SERVER: server, RCWH_ACCESS_TOKEN: "stale" } }),
    ).toMatchInlineSnapshot(`
      {
        "exitCode": 4,
        "stderr": "error: RingCentral refused to read the signed-in user: Unparsable access token (OAU-149)
      hint: Get a new access token from the source of this one, or sign in with \`rcwh login\`.
      ",
        "stdout": "",
      }
    `);
  });

  test("replaces a session that the server has ended", async ({ rcwh, emulator, expect }) => {
    await rcwh("whoami");
    emulator.reset();

    const { exitCode, stderr } = await rcwh("whoami");

    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(emulator.requests.map(({ path, status }) => `${status} ${path}`)).toEqual([
      "401 /restapi/v1.0/account/~/extension/~",
      "200 /restapi/oauth/token",
      "200 /restapi/oauth/revoke",
      "200 /restapi/v1.0/account/~/extension/~",
    ]);
  });

  test("shows the extension id for an app without ReadAccounts", async ({
    rcwh,
    emulator,
    expect,
  }) => {
    emulator.configure({ apps: [{ ...emulatorApp, scopes: ["SubscriptionWebhook"] }] });

    const { exitCode, stdout, stderr } = await rcwh("whoami", { tty: true });

    expect(stdout).toMatchInlineSnapshot(`
      "profile:   environment
      server:    http://127.0.0.1:40100
      client id: emulator-client
      user:      extension id 7000000001
      scopes:    SubscriptionWebhook
      source:    RCWH_CLIENT_ID, RCWH_CLIENT_SECRET and RCWH_JWT
      session:   expires in 1 h, renewed automatically
      "
    `);
    expect(stderr).toBe("");
    expect(exitCode).toBe(0);
  });

  test("revokes its session at the end with --no-token-cache", async ({
    rcwh,
    emulator,
    expect,
  }) => {
    expect(await rcwh("whoami --no-token-cache")).toMatchObject({ exitCode: 0, stderr: "" });

    expect(emulator.state().sessions).toEqual([]);
    expect(emulator.requests.map(({ path }) => path)).toEqual([
      "/restapi/oauth/token",
      "/restapi/v1.0/account/~/extension/~",
      "/restapi/oauth/revoke",
    ]);
  });

  test("shows what is known if the server cannot return the name", async ({
    rcwh,
    emulator,
    expect,
  }) => {
    emulator.intercept(({ url }) =>
      url.endsWith("/extension/~") ? Response.json({ id: {} }) : undefined,
    );

    expect(await rcwh("whoami")).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "The user's name is not available. Unexpected answer from RingCentral when trying to read the signed-in user: it has no \`id\`.
      ",
        "stdout": "environment	http://127.0.0.1:40100	emulator-client	7000000001			RCWH_CLIENT_ID, RCWH_CLIENT_SECRET and RCWH_JWT
      ",
      }
    `);
  });

  test("ends with 5 if the server is unreachable, even with a cached token", async ({
    rcwh,
    emulator,
    expect,
  }) => {
    await rcwh("whoami");
    emulator.intercept(
      ({ url }) => (url.endsWith("/extension/~") ? Response.json({}, { status: 503 }) : undefined),
      3,
    );

    expect(await rcwh("whoami")).toMatchInlineSnapshot(`
      {
        "exitCode": 5,
        "stderr": "error: RingCentral could not read the signed-in user: Service Unavailable (HTTP 503)
      hint: Wait a minute and try again; \`--debug\` shows the request id for RingCentral support.
      ",
        "stdout": "",
      }
    `);
  });

  test("does not take any server's answer for RingCentral's", async ({
    rcwh,
    emulator,
    expect,
  }) => {
    await rcwh("whoami");
    const errors: string[] = [];
    for (const [status, headers] of [
      [403, {}],
      [404, {}],
      [302, { location: "https://login.example/" }],
    ] as const) {
      emulator.intercept(({ url }) =>
        url.endsWith("/extension/~") ? new Response("no", { status, headers }) : undefined,
      );
      const { exitCode, stdout, stderr } = await rcwh("whoami");
      expect({ stdout }).toEqual({ stdout: "" });
      errors.push(`${exitCode}: ${stderr}`);
    }
    expect(errors.join("")).toMatchInlineSnapshot(`
      "4: error: RingCentral refused to read the signed-in user: Forbidden (HTTP 403)
      hint: Check the server's URL, http://127.0.0.1:40100: it comes from RCWH_CLIENT_ID, RCWH_CLIENT_SECRET and RCWH_JWT.
      3: error: RingCentral refused to read the signed-in user: Not Found (HTTP 404)
      hint: Check the server's address in RCWH_SERVER, or in the profile with \`rcwh profile list\`.
      1: error: RingCentral refused to read the signed-in user: Found (HTTP 302)
      hint: Check the server's URL, http://127.0.0.1:40100: it comes from RCWH_CLIENT_ID, RCWH_CLIENT_SECRET and RCWH_JWT.
      "
    `);
  });

  test("names the wait that the server requests", async ({ rcwh, emulator, expect }) => {
    await rcwh("whoami");
    const headers = { "retry-after": "7200" };
    emulator.intercept(({ url }) =>
      url.endsWith("/extension/~") ? Response.json({}, { status: 503, headers }) : undefined,
    );
    expect((await rcwh("whoami")).stderr).toContain("\nhint: Wait 2 h and try again; ");
  });

  describe("rcwh whoami without a home directory", () => {
    const withoutHome = { RCWH_CONFIG_DIR: "", HOME: "" };

    test("works with credentials from the environment and reports the drawback", async ({
      rcwh,
      clock,
      signedIn,
      endpoint,
      emulator,
      expect,
    }) => {
      const env = { ...signedIn, ...withoutHome };

      expect(await rcwh("list", { env })).toMatchInlineSnapshot(`
        {
          "exitCode": 0,
          "stderr": "warning: HOME is not set, so this run saves nothing: its session is revoked at the end, and there are no records of subscriptions. Set RCWH_CONFIG_DIR to a directory of your own to save them.
        No subscriptions. Create one with \`rcwh create --filter posts --url https://…\`.
        ",
          "stdout": "",
        }
      `);
      expect(emulator.state().sessions).toEqual([]);
      expect((await rcwh("list --no-token-cache", { env })).stderr).toMatch(/^warning: HOME is/);
      // Each run signs in and out, and RingCentral allows five of these requests a minute.
      clock.advance(60_000);
      const created = await rcwh(
        ["create", "--filter", "posts", "--url", endpoint.url, "--expires-in", "10y"],
        { env },
      );
      expect(created.exitCode).toBe(0);
      expect(created.stderr.match(/HOME is not set/g)).toHaveLength(1);
      expect(await rcwh("renew --all", { env })).toMatchObject({ exitCode: 0 });
      clock.advance(60_000);
      const [subscription] = emulator.state().subscriptions;
      expect(
        await rcwh(["update", subscription?.id ?? "", "--add-filter", "voicemail"], { env }),
      ).toMatchObject({ exitCode: 0 });
      expect(emulator.state().sessions).toEqual([]);
    });

    test("works with an access token and has nothing to save", async ({ rcwh, server, expect }) => {
      const env = {
        ...withoutHome,
        RCWH_SERVER: server,
        RCWH_ACCESS_TOKEN: await borrowToken(server),
      };

      expect(await rcwh("whoami", { env })).toMatchObject({ exitCode: 0, stderr: "" });
      expect(await rcwh("list", { env })).toMatchObject({ exitCode: 0 });
    });

    test("refuses what needs a profile or credentials before any request", async ({
      rcwh,
      signedIn,
      emulator,
      expect,
    }) => {
      const refusal = {
        exitCode: 2,
        stdout: "",
        stderr: `error: Cannot find the configuration directory: HOME is not set.
hint: Set RCWH_CONFIG_DIR to a directory of your own.
`,
      };
      const env = { ...signedIn, ...withoutHome };

      expect(await rcwh("login", { env })).toEqual(refusal);
      expect(await rcwh("login --profile acme", { env })).toEqual(refusal);
      expect(await rcwh("profile list", { env })).toEqual(refusal);
      expect(await rcwh("profile use acme", { env })).toEqual(refusal);
      expect(await rcwh("list --profile acme", { env })).toEqual(refusal);
      expect(await rcwh("list", { env: withoutHome })).toEqual(refusal);
      expect(emulator.requests).toEqual([]);
    });
  });

  test("ends with 4 without credentials and with 3 for an unknown profile", async ({
    rcwh,
    signedIn,
    expect,
  }) => {
    expect(await rcwh("whoami", { env: noCredentials })).toMatchInlineSnapshot(`
      {
        "exitCode": 4,
        "stderr": "error: You are not signed in.
      hint: Sign in with \`rcwh login\`, or try rcwh without an account with \`--profile emulator\`.
      ",
        "stdout": "",
      }
    `);
    expect(
      await rcwh("whoami", { env: { RC_APP_CLIENT_ID: "a", RC_USER_JWT: "b" } }),
    ).toMatchInlineSnapshot(`
      {
        "exitCode": 4,
        "stderr": "error: You are not signed in. RC_APP_CLIENT_ID and RC_USER_JWT are set, but not RC_APP_CLIENT_SECRET.
      hint: Sign in with \`rcwh login\`, or try rcwh without an account with \`--profile emulator\`.
      ",
        "stdout": "",
      }
    `);
    expect(await rcwh("whoami", { env: { RCWH_JWT: "b" } })).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: Incomplete credentials: RCWH_JWT is set, but not RCWH_CLIENT_ID and RCWH_CLIENT_SECRET.
      hint: Set RCWH_CLIENT_ID and RCWH_CLIENT_SECRET too, or unset the others.
      ",
        "stdout": "",
      }
    `);
    expect(await rcwh("whoami --profile acme")).toMatchInlineSnapshot(`
      {
        "exitCode": 3,
        "stderr": "error: There is no profile "acme".
      hint: Sign in with \`rcwh login --profile acme\`.
      ",
        "stdout": "",
      }
    `);
    await rcwh("login --profile acme", { env: signedIn });
    expect(await rcwh("whoami --profile amce")).toMatchInlineSnapshot(`
      {
        "exitCode": 3,
        "stderr": "error: There is no profile "amce".
      hint: Use acme, or sign in with \`rcwh login --profile amce\`.
      ",
        "stdout": "",
      }
    `);
  });

  test("refuses an RCWH_SERVER that contradicts the credentials", async ({
    rcwh,
    signedIn,
    emulator,
    expect,
  }) => {
    await rcwh("login", { env: signedIn });
    const before = emulator.requests.length;

    expect(
      await rcwh("whoami", { env: { RCWH_SERVER: "https://platform.example.com" } }),
    ).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: RCWH_SERVER is https://platform.example.com, but the credentials (profile default) are for http://127.0.0.1:40100.
      hint: Set RCWH_CLIENT_ID, RCWH_CLIENT_SECRET and RCWH_JWT for that server too, or unset RCWH_SERVER.
      ",
        "stdout": "",
      }
    `);
    expect(emulator.requests).toHaveLength(before);
  });

  test("shows every request with --debug and no secret", async ({ rcwh, expect }) => {
    const { exitCode, stderr } = await rcwh("whoami --debug");

    expect(
      stderr.replaceAll(/"(endpoint_id|session_id)":"[\w-]+"/g, '"$1":"…"'),
    ).toMatchInlineSnapshot(`
      "→ POST /restapi/oauth/token grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=[redacted]
      ← 200 in 0 ms RCRequestId=00000001-0000-4000-8000-000000000000 {"access_token":"[redacted]","token_type":"bearer","expires_in":3600,"scope":"ReadAccounts ReadMessages ReadPresence ReadContacts ReadWebinars SMS A2PSMS CallControl TeamMessaging RingSense SubscriptionWebhook WebSocket","owner_id":"7000000001","endpoint_id":"…","session_id":"…"}
      → GET /restapi/v1.0/account/~/extension/~
      ← 200 in 0 ms RCRequestId=00000002-0000-4000-8000-000000000000 {"uri":"http://127.0.0.1:40100/restapi/v1.0/account/4000000001/extension/7000000001","id":7000000001,"extensionNumber":"101","name":"User 1","type":"User","status":"Enabled","contact":{"firstName":"User","lastName":"1","email":"user.1@example.com"},"account":{"uri":"http://127.0.0.1:40100/restapi/v1.0/account/4000000001","id":"4000000001"}}
      "
    `);
    expect(exitCode).toBe(0);
  });
});

/** An access token of somebody else's session, as a bot would have. */
async function borrowToken(server: string): Promise<string> {
  const response = await fetch(`${server}/restapi/oauth/token`, {
    method: "POST",
    headers: {
      Authorization: `Basic ${Buffer.from("emulator-client:emulator-secret").toString("base64")}`,
    },
    body: new URLSearchParams({
      grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
      assertion: "user-7",
    }),
  });
  return ((await response.json()) as { access_token: string }).access_token;
}
