import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe } from "vitest";
import { Interruption } from "../../src/errors.ts";
import { test as base, type RunOptions, type RunResult } from "../support/rcwh.ts";

interface Fixtures {
  /** Signs in with the JWT to the profile in use. */
  readonly login: (
    jwt: string,
    flags?: readonly string[],
    options?: Omit<RunOptions, "env">,
  ) => Promise<RunResult>;
  /** Runs rcwh with the saved credentials. */
  readonly run: (command: string | readonly string[]) => Promise<RunResult>;
  readonly readConfig: () => Promise<string>;
}

/** No credentials, and a terminal without a status line. */
const noCredentials = { TERM: "dumb" };

const test = base.extend<Fixtures>({
  login: async ({ rcwh, server, directory }, use) => {
    const [secretFile, jwtFile] = [join(directory, "secret.txt"), join(directory, "jwt.txt")];
    await use(async (jwt, flags = [], options = {}) => {
      await writeFile(secretFile, "emulator-secret\n");
      await writeFile(jwtFile, jwt);
      const files = ["--client-secret-file", secretFile, "--jwt-file", jwtFile];
      const app = ["--server", server, "--client-id", "emulator-client"];
      return rcwh(["login", ...app, ...files, ...flags], { env: noCredentials, ...options });
    });
  },
  run: async ({ rcwh }, use) => {
    await use((command) => rcwh(command, { env: noCredentials }));
  },
  readConfig: async ({ directory }, use) => {
    await use(() => readFile(join(directory, "config", "config.json"), "utf8"));
  },
});

/** A JWT with a subject, as RingCentral's have; the emulator accepts it only where it is told to. */
function jwtOf(subject: string, serial: number): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "none" })}.${part({ sub: subject, serial })}.c2lnbmF0dXJl`;
}

describe("rcwh login to a profile of another user", () => {
  test("changes nothing in a pipe, and sends nothing", async ({
    login,
    emulator,
    readConfig,
    expect,
  }) => {
    await login("user-1");
    const before = await readConfig();
    const { sessions } = emulator.state();
    const requests = emulator.requests.length;

    expect(await login("user-2")).toMatchInlineSnapshot(`
      {
        "exitCode": 9,
        "stderr": "Profile default has the credentials of User 1, extension 101 (app emulator-client at http://127.0.0.1:40100). The new JWT belongs to another user. Nothing was changed.
      hint: Keep both with \`rcwh login --profile default-2\`, or add --replace to replace the old ones.
      ",
        "stdout": "",
      }
    `);
    expect(await login("user-2", ["--yes"])).toMatchObject({ exitCode: 9 });
    expect(await login("user-2", ["--no-input"], { tty: true })).toMatchObject({ exitCode: 9 });

    expect(await readConfig()).toBe(before);
    expect(emulator.state().sessions).toEqual(sessions);
    expect(emulator.requests).toHaveLength(requests);
  });

  test("names the app and the server that differ", async ({ login, expect }) => {
    await login("user-1");

    const app = await login("user-1", ["--client-id", "other-app"]);
    expect(app.stderr).toMatchInlineSnapshot(`
      "Profile default has the credentials of User 1, extension 101 (app emulator-client at http://127.0.0.1:40100). The new ones are for app other-app at http://127.0.0.1:40100. Nothing was changed.
      hint: Keep both with \`rcwh login --profile default-2\`, or add --replace to replace the old ones.
      "
    `);
    expect(app.exitCode).toBe(9);
    const server = await login("user-1", ["--server", "https://platform.ringcentral.com"]);
    expect(server.stderr).toMatchInlineSnapshot(`
      "Profile default has the credentials of User 1, extension 101 (app emulator-client at http://127.0.0.1:40100). The new ones are for app emulator-client at https://platform.ringcentral.com. Nothing was changed.
      hint: Keep both with \`rcwh login --profile default-2\`, or add --replace to replace the old ones.
      "
    `);
    expect(server.exitCode).toBe(9);
  });

  test("shows both on a terminal, and changes nothing after a no", async ({
    login,
    emulator,
    readConfig,
    expect,
  }) => {
    await login("user-1");
    const before = await readConfig();
    const { sessions } = emulator.state();

    expect(await login("user-2", [], { tty: true, answers: [false] })).toMatchInlineSnapshot(`
      {
        "exitCode": 9,
        "stderr": "Profile default has other credentials.
        old: User 1, extension 101 (app emulator-client at http://127.0.0.1:40100)
        new: User 2, extension 102 (app emulator-client at http://127.0.0.1:40100)
      Nothing was changed.
      hint: Keep both with \`rcwh login --profile default-2\`.
      ",
        "stdout": "",
      }
    `);

    expect(await readConfig()).toBe(before);
    expect(emulator.state().sessions).toEqual(sessions);
  });

  test("changes nothing if the question is interrupted", async ({
    login,
    emulator,
    readConfig,
    expect,
  }) => {
    await login("user-1");
    const before = await readConfig();
    const { sessions } = emulator.state();
    const stop = new AbortController();
    const onTalk = (text: string) => {
      if (text.includes("new:")) stop.abort(new Interruption());
    };

    // The fake prompter has no answer, as a person who presses Ctrl-C.
    await login("user-2", [], { tty: true, signal: stop.signal, onTalk });

    expect(await readConfig()).toBe(before);
    expect(emulator.state().sessions).toEqual(sessions);
  });

  test("replaces after a yes, and revokes the old session after the new one is proved", async ({
    login,
    emulator,
    run,
    expect,
  }) => {
    await login("user-1");

    expect(await login("user-2", [], { tty: true, answers: [true] })).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "Profile default has other credentials.
        old: User 1, extension 101 (app emulator-client at http://127.0.0.1:40100)
        new: User 2, extension 102 (app emulator-client at http://127.0.0.1:40100)
      Signed in. The credentials are saved in
      /tmp/rcwh-test/config/config.json.
      They replace the credentials of User 1, extension 101 (app emulator-client at
      http://127.0.0.1:40100).
      Create a webhook with \`rcwh create\`, which asks for the rest, or list yours with
      \`rcwh list\`.
      ",
        "stdout": "profile:   default
      server:    http://127.0.0.1:40100
      client id: emulator-client
      user:      User 2, extension 102 (extension id 7000000002, account id
                 4000000002)
      scopes:    ReadAccounts, ReadMessages, ReadPresence, ReadContacts, ReadWebinars,
                 SMS, A2PSMS, CallControl, TeamMessaging, RingSense,
                 SubscriptionWebhook, WebSocket
      source:    profile default
      session:   expires in 1 h, renewed automatically
      ",
      }
    `);

    expect(emulator.state().sessions).toMatchObject([{ user: 2 }]);
    const paths = emulator.requests.map(({ path, user }) => `${user} ${path}`);
    expect(paths.slice(2)).toEqual([
      "2 /restapi/oauth/token",
      "2 /restapi/v1.0/account/~/extension/~",
      "1 /restapi/oauth/revoke",
    ]);
    expect(await run("whoami")).toMatchObject({ stdout: expect.stringContaining("User 2") });
  });

  test("keeps the old user's records with --replace, and finds them again", async ({
    login,
    run,
    endpoint,
    readConfig,
    clock,
    expect,
  }) => {
    await login("user-1");
    await run(["create", "--filter", "posts", "--url", endpoint.url, "--expires-in", "30d"]);
    const { records: before } = JSON.parse(await readConfig());

    expect(await login("user-2", ["--replace"])).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "Signed in. The credentials are saved in /tmp/rcwh-test/config/config.json.
      They replace the credentials of User 1, extension 101 (app emulator-client at http://127.0.0.1:40100). rcwh keeps its records of 1 subscription of the old user for a later login, but no longer renews it.
      ",
        "stdout": "default	http://127.0.0.1:40100	emulator-client	7000000002	4000000002	User 2	profile default
      ",
      }
    `);
    expect(await run("list")).toMatchObject({ stdout: "", exitCode: 0 });
    expect(JSON.parse(await readConfig()).records).toEqual(before);

    expect(await login("user-1", ["--replace"])).toMatchObject({ exitCode: 0 });
    expect(JSON.parse(await readConfig()).records).toEqual(before);
    // Without the record it would be due in its last 48 hours.
    clock.advance(21 * 86_400_000);
    expect(await run("renew")).toMatchObject({ stderr: expect.stringContaining("1 renewed") });
  });

  test("keeps the session of the old user if another profile uses it", async ({
    login,
    emulator,
    expect,
  }) => {
    await login("user-1");
    await login("user-1", ["--profile", "acme"]);
    await login("user-2", ["--replace"]);

    expect(emulator.state().sessions).toMatchObject([{ user: 1 }, { user: 2 }]);
  });

  test("does not ask for a renewed JWT of the same user", async ({
    login,
    emulator,
    readConfig,
    directory,
    expect,
  }) => {
    // The emulator takes no JWT with a subject, so the saved one stands for it.
    await login("user-1");
    const file = join(directory, "config", "config.json");
    const saved = JSON.parse(await readConfig());
    saved.profiles.default.jwt = jwtOf("7000000001", 1);
    await writeFile(file, JSON.stringify(saved));
    emulator.intercept(({ url }) => {
      if (!url.endsWith("/restapi/oauth/token")) return undefined;
      const token = "EMU1".padEnd(44, "x");
      const session = { access_token: token, token_type: "bearer", expires_in: 3600 };
      return Response.json({ ...session, scope: "SubscriptionWebhook", owner_id: "7000000001" });
    });
    emulator.intercept(
      ({ url }) => (url.endsWith("/extension/~") ? Response.json({}, { status: 503 }) : undefined),
      3,
    );

    expect(await login(jwtOf("7000000001", 2))).toMatchObject({ exitCode: 0 });
    expect(await login(jwtOf("7000000002", 1))).toMatchObject({ exitCode: 9 });
  });

  test("replaces credentials that no longer work, and of a user who is not known", async ({
    login,
    directory,
    readConfig,
    emulator,
    expect,
  }) => {
    await login("user-1");
    const file = join(directory, "config", "config.json");
    const saved = JSON.parse(await readConfig());
    saved.profiles.default = {
      server: "http://gone.example.com",
      clientId: "old-app",
      clientSecret: "old",
      jwt: "old",
    };
    await writeFile(file, JSON.stringify(saved));

    expect((await login("user-2")).stderr).toMatchInlineSnapshot(`
      "Profile default has the credentials of an unknown user (app old-app at http://gone.example.com). The new ones are for app emulator-client at http://127.0.0.1:40100. Nothing was changed.
      hint: Keep both with \`rcwh login --profile default-2\`, or add --replace to replace the old ones.
      "
    `);
    expect(await login("user-2", ["--replace"])).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "Signed in. The credentials are saved in /tmp/rcwh-test/config/config.json.
      They replace the credentials of an unknown user (app old-app at http://gone.example.com).
      ",
        "stdout": "default	http://127.0.0.1:40100	emulator-client	7000000002	4000000002	User 2	profile default
      ",
      }
    `);
    expect(emulator.state().sessions).toMatchObject([{ user: 1 }, { user: 2 }]);
  });

  test("needs no consent after a logout", async ({ login, run, expect }) => {
    await login("user-1");
    await run("logout");

    expect(await login("user-2")).toMatchObject({ exitCode: 0 });
  });
});
