import { writeFileSync } from "node:fs";
import path from "node:path";
import { describe } from "vitest";
import { type IdentityOptions, resolveIdentity } from "../../src/config/identity.ts";
import type { Environment } from "../../src/machine/environment.ts";
import { test as base, profile } from "./support.ts";

const rcwh = { RCWH_CLIENT_ID: "rcwh-id", RCWH_CLIENT_SECRET: "rcwh-secret", RCWH_JWT: "rcwh-jwt" };
const app = {
  RC_SERVER_URL: "https://app.example.com/",
  RC_APP_CLIENT_ID: "app-id",
  RC_APP_CLIENT_SECRET: "app-secret",
  RC_USER_JWT: "app-jwt",
};
const js = { RC_CLIENT_ID: "js-id", RC_CLIENT_SECRET: "js-secret", RC_JWT: "js-jwt" };
const long = {
  RINGCENTRAL_SERVER_URL: "https://long.example.com",
  RINGCENTRAL_CLIENT_ID: "long-id",
  RINGCENTRAL_CLIENT_SECRET: "long-secret",
  RINGCENTRAL_JWT_TOKEN: "long-jwt",
};
const standard = "https://platform.ringcentral.com";

interface Fixtures {
  readonly resolve: (
    env: Environment,
    settings?: Partial<IdentityOptions["settings"]>,
  ) => ReturnType<typeof resolveIdentity>;
  /** Writes a file and returns its path. */
  readonly write: (name: string, text: string) => string;
}

const test = base.extend<Fixtures>({
  resolve: async ({ open }, use) =>
    use((env, settings) =>
      resolveIdentity({
        settings: {
          profile: env["RCWH_PROFILE"],
          profileByFlag: false,
          credentialsFile: undefined,
          accessTokenFile: undefined,
          ...settings,
        },
        env,
        config: () => open(),
        signal: new AbortController().signal,
      }),
    ),
  write: async ({ place }, use) =>
    use((name, text) => {
      writeFileSync(path.join(place, name), text);
      return path.join(place, name);
    }),
});

describe("the identity", () => {
  test.for([
    [
      { ...rcwh, RCWH_SERVER: "http://127.0.0.1:4010/", ...app, ...js, ...long },
      "RCWH_CLIENT_ID, RCWH_CLIENT_SECRET and RCWH_JWT",
      "http://127.0.0.1:4010",
      "rcwh-id",
    ],
    [{ ...rcwh, ...app }, "RCWH_CLIENT_ID, RCWH_CLIENT_SECRET and RCWH_JWT", standard, "rcwh-id"],
    [
      { ...app, ...js, ...long },
      "RC_APP_CLIENT_ID, RC_APP_CLIENT_SECRET and RC_USER_JWT",
      "https://app.example.com",
      "app-id",
    ],
    [
      { ...app, RC_SERVER_URL: "" },
      "RC_APP_CLIENT_ID, RC_APP_CLIENT_SECRET and RC_USER_JWT",
      standard,
      "app-id",
    ],
    [{ ...js, ...long }, "RC_CLIENT_ID, RC_CLIENT_SECRET and RC_JWT", standard, "js-id"],
    [
      { ...js, RC_SERVER_URL: "https://app.example.com", RC_APP_CLIENT_ID: "app-id" },
      "RC_CLIENT_ID, RC_CLIENT_SECRET and RC_JWT (without RC_SERVER_URL, which belongs to another group)",
      standard,
      "js-id",
    ],
    [
      { ...app, RC_USER_JWT: "", ...long },
      "RINGCENTRAL_CLIENT_ID, RINGCENTRAL_CLIENT_SECRET and RINGCENTRAL_JWT_TOKEN",
      "https://long.example.com",
      "long-id",
    ],
    [
      { ...long, RINGCENTRAL_JWT: "jwt" },
      "RINGCENTRAL_CLIENT_ID, RINGCENTRAL_CLIENT_SECRET and RINGCENTRAL_JWT",
      "https://long.example.com",
      "long-id",
    ],
  ] as const)(
    "comes from the first complete group of variables: %j",
    async ([env, source, server, clientId], { resolve, expect }) => {
      const identity = await resolve(env);

      expect(identity).toMatchObject({ profile: "environment", source, server });
      const group = clientId.slice(0, clientId.indexOf("-"));
      expect(identity.credentials).toEqual({
        kind: "jwt",
        clientId,
        clientSecret: `${group}-secret`,
        jwt: "RINGCENTRAL_JWT" in env ? "jwt" : `${group}-jwt`,
      });
    },
  );

  test("ignores the line end of a secret", async ({ resolve, expect }) => {
    const { credentials } = await resolve({ ...rcwh, RCWH_JWT: " jwt\n" });
    expect(credentials).toMatchObject({ jwt: "jwt" });
  });

  test("needs no file if the environment is complete", async ({ resolve, directory, expect }) => {
    writeFileSync(path.dirname(directory), "");
    expect(await resolve(rcwh)).toMatchObject({ profile: "environment" });
  });

  test("is refused if rcwh's own variables are incomplete", async ({ resolve, expect }) => {
    await expect(resolve({ ...app, RCWH_CLIENT_ID: "x", RCWH_JWT: "y" })).rejects.toMatchObject({
      message:
        "Incomplete credentials: RCWH_CLIENT_ID and RCWH_JWT are set, but not RCWH_CLIENT_SECRET.",
      hint: "Set RCWH_CLIENT_SECRET too, or unset the others.",
      exitCode: 2,
    });
  });

  test("is refused if RCWH_SERVER names a different server", async ({ resolve, open, expect }) => {
    await (await open()).saveProfile("work", profile());
    const env = { RCWH_SERVER: "http://localhost:4010" };

    await expect(resolve({ ...env, ...app })).rejects.toMatchObject({
      message:
        "RCWH_SERVER is http://localhost:4010, but the credentials (RC_APP_CLIENT_ID, RC_APP_CLIENT_SECRET and RC_USER_JWT) are for https://app.example.com.",
      exitCode: 2,
    });
    await expect(resolve(env)).rejects.toMatchObject({ exitCode: 2 });
    await expect(resolve({ ...env, RCWH_PROFILE: "work" })).rejects.toMatchObject({ exitCode: 2 });
    expect(await resolve({ RCWH_SERVER: `${standard}/` })).toMatchObject({ profile: "work" });
    expect(await resolve(env, { profile: "work", profileByFlag: true })).toMatchObject({
      server: standard,
    });
  });

  test.for(["RCWH_SERVER", "RC_SERVER_URL", "RINGCENTRAL_SERVER_URL"])(
    "is refused if %s is unsafe for credentials",
    async (name, { resolve, expect }) => {
      const group = { RCWH_SERVER: rcwh, RC_SERVER_URL: app, RINGCENTRAL_SERVER_URL: long }[name];
      await expect(resolve({ ...group, [name]: "http://example.com" })).rejects.toMatchObject({
        message: `Invalid server in ${name}: http://example.com is neither https nor http on this machine.`,
        exitCode: 2,
      });
    },
  );

  test("comes from the current profile by default", async ({ resolve, open, expect }) => {
    await (await open()).saveProfile("work", profile());

    expect(await resolve({ RC_SERVER_URL: "https://app.example.com" })).toEqual({
      profile: "work",
      server: standard,
      source: "profile work",
      credentials: { kind: "jwt", clientId: "client", clientSecret: "secret", jwt: "jwt" },
      tokenKey: expect.stringMatching(/^[0-9a-f]{64}$/),
      recordsKey: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  test("prefers a profile given by flag to the environment, and the environment to a profile given by variable", async ({
    resolve,
    open,
    expect,
  }) => {
    await (await open()).saveProfile("work", profile());
    const flag = { profile: "work", profileByFlag: true };

    const all = { ...rcwh, RCWH_ACCESS_TOKEN: "token" };
    expect(await resolve(all, flag)).toMatchObject({ profile: "work" });
    expect(await resolve({ ...app, RCWH_PROFILE: "work" })).toMatchObject({ profile: "work" });
    expect(await resolve({ ...rcwh, RCWH_PROFILE: "work" })).toMatchObject({
      credentials: { clientId: "rcwh-id" },
    });
  });

  test("of an unknown profile is not found", async ({ resolve, open, expect }) => {
    await (await open()).saveProfile("work", profile());

    for (const name of ["wrok", "__proto__"]) {
      await expect(resolve({}, { profile: name, profileByFlag: true })).rejects.toMatchObject({
        message: `There is no profile "${name}".`,
        hint: `Use work, or sign in with \`rcwh login --profile ${name}\`.`,
        exitCode: 3,
      });
    }
  });

  test("of the profile emulator exists without a login", async ({ resolve, expect }) => {
    await expect(resolve({ RCWH_PROFILE: "emulator" })).resolves.toMatchObject({
      profile: "emulator",
      server: "http://emulator.localhost",
      source: "profile emulator",
      credentials: { kind: "jwt", clientId: "emulator-client", jwt: "user-1" },
    });
  });

  test("of the profile emulator refuses another server", async ({ resolve, expect }) => {
    const env = { RCWH_PROFILE: "emulator", RCWH_SERVER: "http://127.0.0.1:4010" };
    await expect(resolve(env)).rejects.toMatchObject({ exitCode: 2 });
  });

  test("of a profile is refused if its file names an unsafe server", async ({
    resolve,
    open,
    write,
    directory,
    expect,
  }) => {
    const config = await open();
    await config.saveProfile("work", profile());
    write(
      path.relative(path.join(directory, "..", ".."), config.path),
      JSON.stringify({
        currentProfile: "work",
        profiles: { work: profile({ server: "http://example.com" }) },
      }),
    );

    await expect(resolve({})).rejects.toMatchObject({ exitCode: 2 });
  });

  test("is missing if nobody signed in", async ({ resolve, expect }) => {
    await expect(resolve({})).rejects.toMatchObject({
      message: "You are not signed in.",
      hint: "Sign in with `rcwh login`, or try rcwh without an account with `--profile emulator`.",
      code: "NOT_SIGNED_IN",
      exitCode: 4,
    });
    await expect(resolve({ ...long, RINGCENTRAL_JWT_TOKEN: "" })).rejects.toMatchObject({
      message:
        "You are not signed in. RINGCENTRAL_CLIENT_ID and RINGCENTRAL_CLIENT_SECRET are set, but not RINGCENTRAL_JWT or RINGCENTRAL_JWT_TOKEN.",
    });
  });

  test("names the variables where CI is set", async ({ resolve, expect }) => {
    const emulator = "or try rcwh without an account with `--profile emulator`.";
    await expect(resolve({ CI: "true" })).rejects.toMatchObject({
      hint: `Set RCWH_CLIENT_ID, RCWH_CLIENT_SECRET and RCWH_JWT, ${emulator}`,
    });
    await expect(resolve({ CI: "true", RC_APP_CLIENT_ID: "a" })).rejects.toMatchObject({
      hint: `Set the missing variables too, ${emulator}`,
    });
    await expect(resolve({ CI: "false" })).rejects.toMatchObject({
      hint: `Sign in with \`rcwh login\`, ${emulator}`,
    });
  });

  test("is missing if several profiles exist and none is current", async ({
    resolve,
    open,
    expect,
  }) => {
    const config = await open();
    for (const name of ["a", "b", "c"]) await config.saveProfile(name, profile());
    await config.removeProfile("a");

    await expect(resolve({})).rejects.toMatchObject({
      message: "No profile is in use.",
      hint: "Choose one of b, c, such as `rcwh profile use b`.",
      exitCode: 4,
    });
  });
});

describe("a .env file", () => {
  test("replaces the environment as a whole", async ({ resolve, open, write, expect }) => {
    await (await open()).saveProfile("work", profile());
    const credentialsFile = write(
      ".env",
      "RC_APP_CLIENT_ID = 'id'\nRC_APP_CLIENT_SECRET='s'\nRC_USER_JWT='j'",
    );

    const env = { ...rcwh, RCWH_SERVER: "http://localhost:1", RCWH_ACCESS_TOKEN: "token" };
    expect(
      await resolve({ ...env, ...app, RCWH_PROFILE: "work" }, { credentialsFile }),
    ).toMatchObject({
      profile: "environment",
      server: standard,
      source: `RC_APP_CLIENT_ID, RC_APP_CLIENT_SECRET and RC_USER_JWT in ${credentialsFile}`,
      credentials: { clientId: "id", clientSecret: "s", jwt: "j" },
    });
    const flag = { credentialsFile, profile: "work", profileByFlag: true };
    expect(await resolve(env, flag)).toMatchObject({ profile: "work" });
    const naming = write("profile.env", "RCWH_PROFILE=work");
    expect(await resolve(env, { credentialsFile: naming })).toMatchObject({ profile: "work" });
  });

  test("without credentials is not completed from the environment", async ({
    resolve,
    write,
    expect,
  }) => {
    const credentialsFile = write(".env", "RC_APP_CLIENT_ID = 'id'\nRC_APP_CLIENT_SECRET='s'");

    await expect(resolve({ ...rcwh, ...app }, { credentialsFile })).rejects.toMatchObject({
      message: `No credentials in ${credentialsFile}. RC_APP_CLIENT_ID and RC_APP_CLIENT_SECRET are set, but not RC_USER_JWT.`,
      exitCode: 2,
    });
  });

  test("is an error if it is missing", async ({ resolve, expect }) => {
    await expect(resolve(rcwh, { credentialsFile: "/missing/.env" })).rejects.toMatchObject({
      message: "Cannot read the .env file /missing/.env: no such file or directory.",
      exitCode: 2,
    });
  });
});

describe("an access token", () => {
  test("in the environment comes before everything else there", async ({ resolve, expect }) => {
    const identity = await resolve({ RCWH_ACCESS_TOKEN: "token", ...rcwh, ...app });

    expect(identity).toMatchObject({
      profile: "environment",
      server: standard,
      source: "RCWH_ACCESS_TOKEN",
      credentials: { kind: "token", accessToken: "token" },
    });
    expect(JSON.stringify([identity.tokenKey, identity.recordsKey])).not.toContain("token");
  });

  test("in a file is sent to the server of RCWH_SERVER, or of the profile given by flag", async ({
    resolve,
    open,
    write,
    expect,
  }) => {
    await (await open()).saveProfile("work", profile({ server: "https://work.example.com" }));
    const accessTokenFile = write("token", "token\n");
    const env = { RCWH_SERVER: "http://localhost:4010" };

    expect(await resolve(env, { accessTokenFile })).toMatchObject({
      server: "http://localhost:4010",
      source: `--access-token-file ${accessTokenFile}`,
      credentials: { kind: "token", accessToken: "token" },
    });
    expect(
      await resolve(env, { accessTokenFile, profile: "work", profileByFlag: true }),
    ).toMatchObject({ server: "https://work.example.com", profile: "environment" });
  });

  test.for([
    ["", "is empty"],
    [" \n", "is empty"],
    ["two words", "contains spaces or other characters that a secret does not have"],
    ["a\nX-Header: b", "has 2 lines instead of one"],
  ] as const)("cannot be %j", async ([text, problem], { resolve, write, expect }) => {
    const accessTokenFile = write("token", text);
    await expect(resolve({}, { accessTokenFile })).rejects.toMatchObject({
      message: `--access-token-file: ${accessTokenFile} ${problem}.`,
      exitCode: 2,
    });
  });
});

describe("the keys of an identity", () => {
  const jwt = (subject: string, signature: string) =>
    `e30.${Buffer.from(JSON.stringify({ sub: subject })).toString("base64url")}.${signature}`;

  test("depend on server, client and JWT, and contain no secret", async ({ resolve, expect }) => {
    const one = await resolve(rcwh);
    const others = await Promise.all([
      resolve({ ...rcwh, RCWH_SERVER: "https://platform.ringcentral.biz" }),
      resolve({ ...rcwh, RCWH_CLIENT_ID: "other" }),
      resolve({ ...rcwh, RCWH_JWT: "other" }),
    ]);

    const keys = [one, ...others].map(({ tokenKey, recordsKey }) => [tokenKey, recordsKey]);
    expect(new Set(keys.map(([tokenKey]) => tokenKey)).size).toBe(4);
    expect(new Set(keys.map(([, recordsKey]) => recordsKey)).size).toBe(4);
    expect(keys.join()).not.toMatch(/rcwh|ringcentral/);
    expect(await resolve({ ...rcwh, RCWH_CLIENT_SECRET: "other" })).toMatchObject({
      tokenKey: one.tokenKey,
      recordsKey: one.recordsKey,
    });
  });

  test("find the records again whatever the profile's name", async ({ resolve, open, expect }) => {
    const config = await open();
    const { RCWH_CLIENT_ID: clientId, RCWH_CLIENT_SECRET: clientSecret, RCWH_JWT: jwt } = rcwh;
    await config.saveProfile("work", profile({ clientId, clientSecret, jwt }));

    const { tokenKey, recordsKey } = await resolve(rcwh);
    expect(await resolve({})).toMatchObject({ profile: "work", tokenKey, recordsKey });
  });

  test("find the records with a new JWT of the same user, but not the token", async ({
    resolve,
    expect,
  }) => {
    const before = await resolve({ ...rcwh, RCWH_JWT: jwt("1", "old") });
    const after = await resolve({ ...rcwh, RCWH_JWT: jwt("1", "new") });
    const other = await resolve({ ...rcwh, RCWH_JWT: jwt("2", "old") });

    expect(after.recordsKey).toBe(before.recordsKey);
    expect(after.tokenKey).not.toBe(before.tokenKey);
    expect(other.recordsKey).not.toBe(before.recordsKey);
  });
});
