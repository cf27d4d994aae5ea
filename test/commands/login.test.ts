import { chmod, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe } from "vitest";
import type { Emulator } from "../../src/emulator/interface.ts";
import { emulatorApp } from "../../src/emulator/settings.ts";
import { Interruption } from "../../src/errors.ts";
import { closedPort } from "../support/endpoints.ts";
import { test as base } from "../support/rcwh.ts";

interface LoginFixtures {
  /** The flags of a successful login that reads its secrets from files. */
  readonly flags: readonly string[];
}

const test = base.extend<LoginFixtures>({
  flags: async ({ server, directory }, use) => {
    const secretFile = join(directory, "secret.txt");
    const jwtFile = join(directory, "jwt.txt");
    await writeFile(secretFile, "emulator-secret\n");
    await writeFile(jwtFile, "user-1\n");
    await use([
      ...["--server", server, "--client-id", "emulator-client"],
      ...["--client-secret-file", secretFile, "--jwt-file", jwtFile],
    ]);
  },
});

/** No credentials, and a terminal without a status line. */
const noCredentials = { TERM: "dumb" };

describe("rcwh login", () => {
  test("saves accepted credentials from flags and files", async ({
    rcwh,
    flags,
    directory,
    expect,
  }) => {
    const { exitCode, stdout, stderr } = await rcwh(["login", ...flags], {
      env: noCredentials,
      tty: true,
    });

    expect(stdout).toMatchInlineSnapshot(`
      "profile:   default
      server:    http://127.0.0.1:40100
      client id: emulator-client
      user:      User 1, extension 101 (extension id 7000000001, account id
                 4000000001)
      scopes:    ReadAccounts, ReadMessages, ReadPresence, ReadContacts, ReadWebinars,
                 SMS, A2PSMS, CallControl, TeamMessaging, RingSense,
                 SubscriptionWebhook, WebSocket
      source:    profile default
      session:   expires in 1 h, renewed automatically
      "
    `);
    expect(stderr).toMatchInlineSnapshot(`
      "Signed in. The credentials are saved in
      /tmp/rcwh-test/config/config.json.
      Create a webhook with \`rcwh create\`, which asks for the rest, or list yours with
      \`rcwh list\`.
      "
    `);
    expect(exitCode).toBe(0);

    const config = join(directory, "config");
    expect((await stat(config)).mode & 0o777).toBe(0o700);
    expect((await stat(join(config, "config.json"))).mode & 0o777).toBe(0o600);
    expect(await readdir(config)).toEqual(["config.json", "quota"]);
  });

  test("prints one machine-readable line in a pipe", async ({ rcwh, flags, expect }) => {
    const { exitCode, stdout, stderr } = await rcwh(["login", ...flags], { env: noCredentials });

    expect(stdout).toMatchInlineSnapshot(`
      "default	http://127.0.0.1:40100	emulator-client	7000000001	4000000001	User 1	profile default
      "
    `);
    expect(stderr).toMatchInlineSnapshot(`
      "Signed in. The credentials are saved in /tmp/rcwh-test/config/config.json.
      "
    `);
    expect(exitCode).toBe(0);
  });

  test("prints nothing on stderr with --quiet", async ({ rcwh, flags, expect }) => {
    const { exitCode, stdout, stderr } = await rcwh(["login", ...flags, "-q", "-o", "csv"], {
      env: noCredentials,
    });

    expect(stdout).toMatchInlineSnapshot(`
      "profile,server,clientId,extensionId,accountId,name,source
      default,http://127.0.0.1:40100,emulator-client,7000000001,4000000001,User 1,profile default
      "
    `);
    expect(stderr).toBe("");
    expect(exitCode).toBe(0);
  });

  test("prints one object with --json, without the secrets", async ({ rcwh, flags, expect }) => {
    const { exitCode, stdout, stderr } = await rcwh(["login", ...flags, "--json"], {
      env: noCredentials,
    });

    expect(JSON.parse(stdout)).toEqual({
      schemaVersion: 1,
      identities: [
        {
          profile: "default",
          server: "http://127.0.0.1:40100",
          source: "profile default",
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

  test("signs in once, and later commands reuse its token", async ({
    rcwh,
    flags,
    emulator,
    expect,
  }) => {
    await rcwh(["login", ...flags], { env: noCredentials });

    expect(await rcwh("list", { env: noCredentials })).toMatchObject({ exitCode: 0 });
    expect(await rcwh("whoami", { env: noCredentials })).toMatchObject({ exitCode: 0 });
    expect(tokenRequests(emulator)).toBe(1);
  });

  test("takes the JWT from standard input with --jwt-stdin", async ({
    rcwh,
    flags,
    directory,
    expect,
  }) => {
    const { exitCode, stderr } = await rcwh(
      ["login", ...flags.filter((word) => !/jwt/.test(word)), "--jwt-stdin"],
      { env: noCredentials, stdin: "user-2\n" },
    );

    expect(stderr).toMatchInlineSnapshot(`
      "Signed in. The credentials are saved in /tmp/rcwh-test/config/config.json.
      "
    `);
    expect(exitCode).toBe(0);
    expect((await profiles(directory))["default"]).toMatchObject({ jwt: "user-2" });
  });

  test("saves a complete group of variables and names it", async ({ rcwh, signedIn, expect }) => {
    const { exitCode, stdout, stderr } = await rcwh("login", { env: signedIn });

    expect(stdout).toMatchInlineSnapshot(`
      "default	http://127.0.0.1:40100	emulator-client	7000000001	4000000001	User 1	profile default
      "
    `);
    expect(stderr).toMatchInlineSnapshot(`
      "The credentials come from RCWH_CLIENT_ID, RCWH_CLIENT_SECRET and RCWH_JWT.
      Signed in. The credentials are saved in /tmp/rcwh-test/config/config.json.
      "
    `);
    expect(exitCode).toBe(0);
    expect(await rcwh("whoami -o tsv", { env: noCredentials })).toMatchObject({ exitCode: 0 });
  });

  test("saves the credentials of --credentials-file in the format of RingCentral's template", async ({
    rcwh,
    server,
    directory,
    expect,
  }) => {
    const file = join(directory, ".env");
    await writeFile(
      file,
      `RC_SERVER_URL = '${server}'\nRC_APP_CLIENT_ID = 'emulator-client'\nRC_APP_CLIENT_SECRET = 'emulator-secret'\nRC_USER_JWT = 'user-3'\n`,
    );

    const { exitCode, stdout, stderr } = await rcwh(["login", "--credentials-file", file], {
      env: noCredentials,
    });

    expect(stdout).toMatchInlineSnapshot(`
      "default	http://127.0.0.1:40100	emulator-client	7000000003	4000000003	User 3	profile default
      "
    `);
    expect(stderr).toMatchInlineSnapshot(`
      "The credentials come from RC_APP_CLIENT_ID, RC_APP_CLIENT_SECRET and RC_USER_JWT in /tmp/rcwh-test/.env.
      Signed in. The credentials are saved in /tmp/rcwh-test/config/config.json.
      "
    `);
    expect(exitCode).toBe(0);
  });

  test("asks on a terminal for missing values after showing the console's steps", async ({
    rcwh,
    server,
    directory,
    expect,
  }) => {
    const { exitCode, stdout, stderr } = await rcwh("login", {
      env: noCredentials,
      tty: true,
      answers: [server, " emulator-client ", "emulator-secret", "user-1\n"],
    });

    expect(stdout).toMatchInlineSnapshot(`
      "profile:   default
      server:    http://127.0.0.1:40100
      client id: emulator-client
      user:      User 1, extension 101 (extension id 7000000001, account id
                 4000000001)
      scopes:    ReadAccounts, ReadMessages, ReadPresence, ReadContacts, ReadWebinars,
                 SMS, A2PSMS, CallControl, TeamMessaging, RingSense,
                 SubscriptionWebhook, WebSocket
      source:    profile default
      session:   expires in 1 h, renewed automatically
      "
    `);
    expect(stderr).toMatchInlineSnapshot(`
      "In the Developer Console, https://developers.ringcentral.com/my-account.html:
        1. Register App → REST API App → Auth: JWT auth flow, private.
        2. App Permissions: Webhook Subscriptions (SubscriptionWebhook), and what your
           event filters need (see \`rcwh filters\`). Read Accounts lets \`rcwh whoami\`
           show your name.
        3. Your name (top right) → Credentials → Create JWT, permitted for this app.

      Signed in. The credentials are saved in
      /tmp/rcwh-test/config/config.json.
      Create a webhook with \`rcwh create\`, which asks for the rest, or list yours with
      \`rcwh list\`.
      "
    `);
    expect(exitCode).toBe(0);
    expect((await profiles(directory))["default"]).toEqual({
      server,
      clientId: "emulator-client",
      clientSecret: "emulator-secret",
      jwt: "user-1",
      user: {
        extensionId: "7000000001",
        accountId: "4000000001",
        extensionNumber: "101",
        name: "User 1",
      },
    });
  });

  test("asks only for the secrets that the flags leave out", async ({ rcwh, server, expect }) => {
    const { exitCode, stderr } = await rcwh(
      ["login", "--server", server, "--client-id", "emulator-client"],
      { env: noCredentials, tty: true, answers: ["emulator-secret", "user-1"] },
    );

    expect(stderr).toMatchInlineSnapshot(`
      "Signed in. The credentials are saved in
      /tmp/rcwh-test/config/config.json.
      Create a webhook with \`rcwh create\`, which asks for the rest, or list yours with
      \`rcwh list\`.
      "
    `);
    expect(exitCode).toBe(0);
  });

  test("names the missing flags in a pipe instead of asking", async ({
    rcwh,
    server,
    emulator,
    expect,
  }) => {
    expect(await rcwh("login", { env: noCredentials })).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: Missing --client-id, --client-secret-file, --jwt-file: rcwh cannot prompt without a terminal.
      hint: Give all three to \`rcwh login\`, or none and set RCWH_CLIENT_ID, RCWH_CLIENT_SECRET and RCWH_JWT.
      ",
        "stdout": "",
      }
    `);
    expect(
      await rcwh(["login", "--server", server, "--client-id", "emulator-client"], {
        env: noCredentials,
      }),
    ).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: Missing --client-secret-file, --jwt-file: rcwh cannot prompt without a terminal.
      hint: Give all three to \`rcwh login\`, or none and set RCWH_CLIENT_ID, RCWH_CLIENT_SECRET and RCWH_JWT.
      ",
        "stdout": "",
      }
    `);
    expect(await rcwh("login --no-input", { env: noCredentials, tty: true })).toMatchObject({
      exitCode: 2,
    });
    expect(emulator.requests).toEqual([]);
  });

  test("refuses a secret that is given twice, empty or unreadable", async ({
    rcwh,
    flags,
    directory,
    emulator,
    expect,
  }) => {
    const empty = join(directory, "empty.txt");
    await writeFile(empty, "\n");
    const run = (...words: string[]) => rcwh(["login", ...words], { env: noCredentials });

    expect(await run(...flags, "--jwt-stdin")).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: The JWT was given more than once.
      hint: Give each secret once; \`rcwh login --help\` lists the flags.
      ",
        "stdout": "",
      }
    `);
    expect(await run("--client-id", "a", "--jwt-file", empty)).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: --jwt-file: /tmp/rcwh-test/empty.txt is empty.
      hint: Put only the secret there.
      ",
        "stdout": "",
      }
    `);
    expect(await run("--client-id", "a", "--jwt-file", "/nowhere")).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: --jwt-file: cannot read /nowhere: no such file or directory.
      hint: Give the path of a file that holds only the secret, such as ./secret.txt.
      ",
        "stdout": "",
      }
    `);
    expect(await run("--client-id", "a", "--jwt-file", "eyJhbGciOi.J9zdWIi.secret")).toEqual({
      exitCode: 2,
      stdout: "",
      stderr: `error: --jwt-file: there is no such file. Its name is not shown, because it may be the secret itself.
hint: Give the path of a file that holds only the secret, such as ./secret.txt.
`,
    });
    expect(await run("--client-id", "a", "--jwt-stdin")).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: --jwt-stdin: standard input is empty.
      hint: Put only the secret there.
      ",
        "stdout": "",
      }
    `);
    expect(emulator.requests).toEqual([]);
  });

  test("warns about secrets in arguments and continues", async ({ rcwh, server, expect }) => {
    const { exitCode, stderr } = await rcwh(
      [
        ...["login", "--server", server, "--client-id", "emulator-client"],
        ...["--client-secret", "emulator-secret", "--jwt", "user-1"],
      ],
      { env: noCredentials },
    );

    expect(stderr).toMatchInlineSnapshot(`
      "warning: --client-secret shows the secret to everybody who can run \`ps\`. Use --client-secret-file instead.
      warning: --jwt shows the secret to everybody who can run \`ps\`. Use --jwt-file or --jwt-stdin instead.
      Signed in. The credentials are saved in /tmp/rcwh-test/config/config.json.
      "
    `);
    expect(exitCode).toBe(0);
  });

  test("refuses a server that is unsafe for credentials before any request", async ({
    rcwh,
    flags,
    directory,
    expect,
  }) => {
    const [, , ...rest] = flags;
    const run = (server: string) =>
      rcwh(["login", "--server", server, ...rest], { env: noCredentials });

    expect(await run("http://platform.example.com")).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: Invalid server in --server: http://platform.example.com is neither https nor http on this machine.
      hint: Set it to an origin such as https://platform.ringcentral.com.
      ",
        "stdout": "",
      }
    `);
    expect(await run("platform.example.com")).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: Invalid server in --server: not a URL.
      hint: Set it to an origin such as https://platform.ringcentral.com.
      ",
        "stdout": "",
      }
    `);
    expect(await run("https://platform.example.com/restapi")).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: Invalid server in --server: must be an origin, such as https://platform.example.com.
      hint: Set it to an origin such as https://platform.ringcentral.com.
      ",
        "stdout": "",
      }
    `);
    await expect(readdir(join(directory, "config"))).rejects.toThrow("ENOENT");
  });

  describe("saves nothing", () => {
    test("if the client secret is wrong (OAU-146)", async ({
      rcwh,
      flags,
      directory,
      emulator,
      expect,
    }) => {
      await writeFile(join(directory, "secret.txt"), "wrong");

      expect(await rcwh(["login", ...flags], { env: noCredentials })).toMatchInlineSnapshot(`
        {
          "exitCode": 4,
          "stderr": "error: RingCentral refused to sign in: Invalid client credentials (OAU-146)
        hint: Copy the client id and client secret of the same app from the Developer Console, then run \`rcwh login\` again.
        ",
          "stdout": "",
        }
      `);
      expect(await kept(directory)).toBe(false);
      expect(tokenRequests(emulator)).toBe(1);
    });

    test("if the app has no JWT flow (OAU-251)", async ({
      rcwh,
      flags,
      directory,
      emulator,
      expect,
    }) => {
      emulator.configure({ apps: [{ ...emulatorApp, jwtFlow: false }] });

      expect(await rcwh(["login", ...flags], { env: noCredentials })).toMatchInlineSnapshot(`
        {
          "exitCode": 4,
          "stderr": "error: RingCentral refused to sign in: The app is not authorized for the grant type [urn:ietf:params:oauth:grant-type:jwt-bearer] (OAU-251)
        hint: Enable the JWT auth flow for the app in the Developer Console, then run \`rcwh login\` again.
        ",
          "stdout": "",
        }
      `);
      expect(await kept(directory)).toBe(false);
    });

    test("if the JWT is wrong (OAU-140)", async ({ rcwh, flags, directory, expect }) => {
      await writeFile(join(directory, "jwt.txt"), "a-jwt-of-somebody-else");

      expect(await rcwh(["login", ...flags], { env: noCredentials })).toMatchInlineSnapshot(`
        {
          "exitCode": 4,
          "stderr": "error: RingCentral refused to sign in: Invalid resource owner credentials (OAU-140)
        hint: Create a JWT credential in the Developer Console that permits this app, then run \`rcwh login\` again.
        ",
          "stdout": "",
        }
      `);
      expect(await kept(directory)).toBe(false);
    });

    test("if the server is down", async ({ rcwh, flags, directory, expect }) => {
      const port = await closedPort();
      const [, , ...rest] = flags;

      const { exitCode, stdout, stderr } = await rcwh(
        ["login", "--server", `http://127.0.0.1:${port}`, ...rest],
        { env: noCredentials },
      );

      expect(stderr.replaceAll(String(port), "40200")).toMatchInlineSnapshot(`
        "error: Could not sign in: nothing listens at 127.0.0.1:40200 (ECONNREFUSED).
        hint: Check the connection and the server with \`rcwh doctor\`.
        "
      `);
      expect(stdout).toBe("");
      expect(exitCode).toBe(5);
      expect(await kept(directory)).toBe(false);
    });

    test("if the profile name is reserved", async ({ rcwh, flags, emulator, expect }) => {
      expect(
        await rcwh(["login", "--profile", "emulator", ...flags], { env: noCredentials }),
      ).toMatchInlineSnapshot(`
        {
          "exitCode": 2,
          "stderr": "error: The profile "emulator" needs no login: it always exists.
        hint: Sign in under another name, such as \`rcwh login --profile default\`.
        ",
          "stdout": "",
        }
      `);
      expect(emulator.requests).toEqual([]);
    });
  });

  describe("ends its own session", () => {
    const extension = "/restapi/v1.0/account/~/extension/~";

    test("if the server refuses the new token", async ({
      rcwh,
      flags,
      emulator,
      directory,
      expect,
    }) => {
      const restore = emulator.intercept(({ url }) => {
        const refused = url.endsWith(extension);
        return refused ? Response.json({ errorCode: "OAU-213" }, { status: 401 }) : undefined;
      }, 10);

      expect(await rcwh(["login", ...flags], { env: noCredentials })).toMatchObject({
        exitCode: 4,
        stdout: "",
      });
      expect(emulator.state().sessions).toEqual([]);
      expect(await kept(directory)).toBe(false);

      restore();
      await rcwh(["login", ...flags], { env: noCredentials });
      expect(emulator.state().sessions).toHaveLength(1);
    });

    test("if the user cancels", async ({ rcwh, flags, emulator, directory, expect }) => {
      const stop = new AbortController();
      emulator.intercept(({ url }) => {
        if (url.endsWith(extension)) stop.abort(new Interruption());
        return undefined;
      });

      expect(await rcwh(["login", ...flags], { env: noCredentials, signal: stop.signal })).toEqual({
        exitCode: 130,
        stdout: "",
        stderr: "",
      });
      expect(emulator.state().sessions).toEqual([]);
      expect(await kept(directory)).toBe(false);
    });

    test("if the profile cannot be saved", async ({ rcwh, flags, emulator, directory, expect }) => {
      emulator.intercept(async ({ url }) => {
        const file = join(directory, "config", "config.json");
        if (url.endsWith(extension)) await writeFile(file, '{"version":99}');
        return undefined;
      });

      expect(await rcwh(["login", ...flags], { env: noCredentials })).toMatchObject({
        exitCode: 2,
        stdout: "",
      });
      expect(emulator.state().sessions).toEqual([]);
    });

    test("unless a saved profile uses that session too", async ({
      rcwh,
      flags,
      emulator,
      expect,
    }) => {
      await rcwh(["login", ...flags], { env: noCredentials });
      const stop = new AbortController();
      emulator.intercept(({ url }) => {
        if (url.endsWith(extension)) stop.abort(new Interruption());
        return undefined;
      });

      await rcwh(["login", "--profile", "acme", ...flags], {
        env: noCredentials,
        signal: stop.signal,
      });

      expect(emulator.state().sessions).toHaveLength(1);
      const before = tokenRequests(emulator);
      expect(await rcwh("list", { env: noCredentials })).toMatchObject({ exitCode: 0 });
      expect(tokenRequests(emulator)).toBe(before);
    });
  });

  test.for([
    ["answers 503", () => Response.json({}, { status: 503 })],
    ["answers with another shape", () => Response.json([])],
    ["answers with a page", () => new Response("<html>")],
  ] as const)(
    "saves the credentials when the server %s on the request for the user's name",
    async ([, answer], { rcwh, flags, emulator, directory, expect }) => {
      emulator.intercept(({ url }) => (url.endsWith("/extension/~") ? answer() : undefined), 3);

      const { exitCode, stdout, stderr } = await rcwh(["login", ...flags], { env: noCredentials });

      expect(stdout).toBe(
        "default\thttp://127.0.0.1:40100\temulator-client\t7000000001\t\t\tprofile default\n",
      );
      expect(stderr).toMatch(/^The user's name is not available\. .*\nSigned in\./);
      expect(exitCode).toBe(0);
      expect(Object.keys(await profiles(directory))).toEqual(["default"]);
    },
  );

  test("refuses an access token because it cannot be saved", async ({
    rcwh,
    flags,
    emulator,
    expect,
  }) => {
    expect(
      await rcwh(["login", "--access-token-file", "token.txt", ...flags], { env: noCredentials }),
    ).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: \`rcwh login\` saves a JWT and cannot use --access-token-file.
      hint: Leave out --access-token-file; other commands accept it without a login.
      ",
        "stdout": "",
      }
    `);
    expect(emulator.requests).toEqual([]);
  });

  test("reports once, before any request, that nothing can be saved", async ({
    rcwh,
    flags,
    directory,
    emulator,
    expect,
  }) => {
    const env = { ...noCredentials, RCWH_CONFIG_DIR: join(directory, "jwt.txt", "config") };

    expect(await rcwh(["login", ...flags], { env })).toMatchInlineSnapshot(`
      {
        "exitCode": 1,
        "stderr": "error: Cannot write /tmp/rcwh-test/jwt.txt/config/config.json: not a directory.
      hint: Make its directory writable for this user, or set RCWH_CONFIG_DIR to one that is.
      ",
        "stdout": "",
      }
    `);
    expect(emulator.requests).toEqual([]);
  });

  test("prints the refusal as one object with --json", async ({
    rcwh,
    flags,
    directory,
    expect,
  }) => {
    await writeFile(join(directory, "jwt.txt"), "wrong");

    const { exitCode, stdout, stderr } = await rcwh(["login", "--json", ...flags], {
      env: noCredentials,
    });

    expect(JSON.parse(stderr)).toEqual({
      schemaVersion: 1,
      error: {
        code: "OAU-140",
        message: "RingCentral refused to sign in: Invalid resource owner credentials (OAU-140)",
        hint: expect.stringContaining("Create a JWT credential"),
        exitCode: 4,
        status: 401,
        requestId: expect.any(String),
      },
    });
    expect(stdout).toBe("");
    expect(exitCode).toBe(4);
  });

  test("keeps the old credentials if the new ones are refused", async ({
    rcwh,
    flags,
    directory,
    expect,
  }) => {
    await rcwh(["login", ...flags], { env: noCredentials });
    const before = await profiles(directory);
    await writeFile(join(directory, "jwt.txt"), "wrong");

    expect(await rcwh(["login", "--replace", ...flags], { env: noCredentials })).toMatchObject({
      exitCode: 4,
    });

    expect(await profiles(directory)).toEqual(before);
    expect(await rcwh("whoami", { env: noCredentials })).toMatchObject({ exitCode: 0 });
  });

  test("works for an app without ReadAccounts, with the id from the token response", async ({
    rcwh,
    flags,
    emulator,
    expect,
  }) => {
    emulator.configure({ apps: [{ ...emulatorApp, scopes: ["SubscriptionWebhook"] }] });

    const { exitCode, stdout, stderr } = await rcwh(["login", ...flags], {
      env: noCredentials,
      tty: true,
    });

    expect(stdout).toMatchInlineSnapshot(`
      "profile:   default
      server:    http://127.0.0.1:40100
      client id: emulator-client
      user:      extension id 7000000001
      scopes:    SubscriptionWebhook
      source:    profile default
      session:   expires in 1 h, renewed automatically
      "
    `);
    expect(stderr).toMatchInlineSnapshot(`
      "Signed in. The credentials are saved in
      /tmp/rcwh-test/config/config.json.
      Create a webhook with \`rcwh create\`, which asks for the rest, or list yours with
      \`rcwh list\`.
      "
    `);
    expect(exitCode).toBe(0);
  });

  test("warns at once about an app without the SubscriptionWebhook scope", async ({
    rcwh,
    flags,
    emulator,
    expect,
  }) => {
    emulator.configure({ apps: [{ ...emulatorApp, scopes: ["ReadAccounts"] }] });

    const { exitCode, stderr } = await rcwh(["login", ...flags], { env: noCredentials });

    expect(stderr).toMatchInlineSnapshot(`
      "warning: The app lacks the scope SubscriptionWebhook, which RingCentral requires to create webhooks. Add Webhook Subscriptions to the app in the Developer Console, then run \`rcwh login\` again.
      Signed in. The credentials are saved in /tmp/rcwh-test/config/config.json.
      "
    `);
    expect(exitCode).toBe(0);
  });

  test("adds a second profile and keeps the current one current", async ({
    rcwh,
    flags,
    directory,
    expect,
  }) => {
    await rcwh(["login", ...flags], { env: noCredentials });
    await writeFile(join(directory, "jwt.txt"), "user-2");

    const { exitCode, stdout, stderr } = await rcwh(["login", "--profile", "acme", ...flags], {
      env: noCredentials,
    });

    expect(stdout).toMatchInlineSnapshot(`
      "acme	http://127.0.0.1:40100	emulator-client	7000000002	4000000002	User 2	profile acme
      "
    `);
    expect(stderr).toMatchInlineSnapshot(`
      "Signed in. The credentials are saved in /tmp/rcwh-test/config/config.json.
      Commands still use the profile default. Switch with \`rcwh profile use acme\`.
      "
    `);
    expect(exitCode).toBe(0);
    expect(Object.keys(await profiles(directory))).toEqual(["default", "acme"]);
  });

  test("renews the current profile by default", async ({ rcwh, flags, directory, expect }) => {
    await rcwh(["login", "--profile", "acme", ...flags], { env: noCredentials });
    await rcwh(["login", ...flags], { env: noCredentials });

    expect(Object.keys(await profiles(directory))).toEqual(["acme"]);
  });

  test("sends another app's credentials to the default server instead of the profile's", async ({
    rcwh,
    flags,
    emulator,
    expect,
  }) => {
    const serverless = flags.filter((_, index) => {
      const at = flags.indexOf("--server");
      return index !== at && index !== at + 1;
    });
    const env = { HTTPS_PROXY: "http://127.0.0.1:1" };
    expect((await rcwh(["login", ...flags], { env })).exitCode).toBe(0);
    const before = emulator.requests.length;
    const otherApp = serverless.map((word) => (word === "emulator-client" ? "other-app" : word));
    const refused = await rcwh(["login", "--replace", ...otherApp], { env });
    expect(refused.exitCode).toBe(5);
    expect(refused.stderr).toContain("127.0.0.1:1");
    expect(emulator.requests).toHaveLength(before);
    // The same app keeps its server.
    expect((await rcwh(["login", ...serverless], { env })).exitCode).toBe(0);
  });

  test("revokes its own previous session and no other", async ({
    rcwh,
    flags,
    emulator,
    directory,
    expect,
  }) => {
    await rcwh(["login", ...flags], { env: noCredentials });
    await rcwh(["login", ...flags], { env: noCredentials });
    expect(emulator.state().sessions).toHaveLength(1);

    // Another JWT means another user's session; the first user's session still ends.
    await writeFile(join(directory, "jwt.txt"), "user-2");
    await rcwh(["login", "--replace", ...flags], { env: noCredentials });
    expect(emulator.state().sessions).toMatchObject([{ user: 2 }]);

    await rcwh(["login", "--profile", "acme", ...flags], { env: noCredentials });
    await writeFile(join(directory, "jwt.txt"), "user-3");
    await rcwh(["login", "--profile", "acme", "--replace", ...flags], { env: noCredentials });
    expect(emulator.state().sessions).toMatchObject([{ user: 2 }, { user: 3 }]);
  });

  test("saves no token with --no-token-cache and ends its session", async ({
    rcwh,
    flags,
    emulator,
    directory,
    expect,
  }) => {
    expect(
      await rcwh(["login", "--no-token-cache", ...flags], { env: noCredentials }),
    ).toMatchObject({ exitCode: 0 });

    expect(emulator.state().sessions).toEqual([]);
    expect(await readFile(join(directory, "config", "config.json"), "utf8")).not.toContain("EMU1");
    expect(Object.keys(await profiles(directory))).toEqual(["default"]);
  });

  test("refuses a directory that others can write to, before any request", async ({
    rcwh,
    flags,
    directory,
    emulator,
    expect,
  }) => {
    const config = join(directory, "config");
    await mkdir(config);
    await chmod(config, 0o777);

    expect(await rcwh(["login", ...flags], { env: noCredentials })).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: Other users can write to /tmp/rcwh-test/config.
      hint: Run \`chmod 700 /tmp/rcwh-test/config\`, or set RCWH_CONFIG_DIR to a new directory in it.
      ",
        "stdout": "",
      }
    `);
    expect(emulator.requests).toEqual([]);
  });
});

function tokenRequests(emulator: Emulator): number {
  return emulator.requests.filter(({ path }) => path === "/restapi/oauth/token").length;
}

async function profiles(directory: string): Promise<Readonly<Record<string, unknown>>> {
  return JSON.parse(await readConfig(directory)).profiles;
}

function readConfig(directory: string): Promise<string> {
  return readFile(join(directory, "config", "config.json"), "utf8");
}

/** Whether a configuration was written. */
async function kept(directory: string): Promise<boolean> {
  const files = await readdir(join(directory, "config")).catch(() => []);
  // The number of recent requests is not secret.
  return files.some((name) => name !== "quota");
}
