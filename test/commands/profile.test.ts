import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe } from "vitest";
import { test as base, type RunOptions, type RunResult } from "../support/rcwh.ts";

/** No credentials, and a terminal without a status line. */
const noCredentials = { TERM: "dumb" };

const test = base.extend<{
  /** Runs rcwh after `login` as user 1 and `login --profile acme` as user 2. */
  readonly run: (command: string, options?: Omit<RunOptions, "env">) => Promise<RunResult>;
}>({
  run: async ({ rcwh, signedIn }, use) => {
    await rcwh("login", { env: signedIn });
    await rcwh("login --profile acme", { env: { ...signedIn, RCWH_JWT: "user-2" } });
    await use((command, options) => rcwh(command, { env: noCredentials, ...options }));
  },
});

describe("rcwh profile list", () => {
  test("marks the current profile", async ({ run, expect }) => {
    expect(await run("profile list", { tty: true })).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "",
        "stdout": "   PROFILE  USER                   SERVER                  CLIENT ID
      *  default  User 1, extension 101  http://127.0.0.1:40100  emulator-client
         acme     User 2, extension 102  http://127.0.0.1:40100  emulator-client
      ",
      }
    `);
  });

  test("prints names first in a pipe", async ({ run, expect }) => {
    expect(await run("profile ls")).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "",
        "stdout": "default	http://127.0.0.1:40100	emulator-client	true	7000000001	User 1
      acme	http://127.0.0.1:40100	emulator-client	false	7000000002	User 2
      ",
      }
    `);
    expect(await run("profile list -o csv")).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "",
        "stdout": "profile,server,clientId,current,extensionId,name
      default,http://127.0.0.1:40100,emulator-client,true,7000000001,User 1
      acme,http://127.0.0.1:40100,emulator-client,false,7000000002,User 2
      ",
      }
    `);
  });

  test("prints one object with --json, without secrets", async ({ run, expect }) => {
    const { exitCode, stdout, stderr } = await run("profile list --json");

    expect(JSON.parse(stdout)).toEqual({
      schemaVersion: 1,
      profiles: [
        {
          profile: "default",
          server: "http://127.0.0.1:40100",
          clientId: "emulator-client",
          current: true,
          extensionId: "7000000001",
          accountId: "4000000001",
          extensionNumber: "101",
          name: "User 1",
        },
        {
          profile: "acme",
          server: "http://127.0.0.1:40100",
          clientId: "emulator-client",
          current: false,
          extensionId: "7000000002",
          accountId: "4000000002",
          extensionNumber: "102",
          name: "User 2",
        },
      ],
    });
    expect(stderr).toBe("");
    expect(exitCode).toBe(0);
  });

  test("shows the id in the session of a profile that an earlier version saved", async ({
    run,
    directory,
    expect,
  }) => {
    const file = join(directory, "config", "config.json");
    const saved = JSON.parse(await readFile(file, "utf8"));
    delete saved.profiles.default.user;
    delete saved.profiles.acme.user;
    saved.profiles.acme.jwt = "a JWT that was never used";
    await writeFile(file, JSON.stringify(saved));

    expect((await run("profile list", { tty: true })).stdout).toMatchInlineSnapshot(`
      "   PROFILE  USER                     SERVER                  CLIENT ID
      *  default  extension id 7000000001  http://127.0.0.1:40100  emulator-client
         acme     unknown                  http://127.0.0.1:40100  emulator-client
      "
    `);
  });

  test("explains how to create the first profile", async ({ rcwh, expect }) => {
    expect(await rcwh("profile list", { env: noCredentials })).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "No profiles. Sign in with \`rcwh login\`.
      The profile emulator needs no login: see \`rcwh whoami --profile emulator\`.
      ",
        "stdout": "",
      }
    `);
  });
});

describe("rcwh profile use", () => {
  test("makes a profile the current one", async ({ run, expect }) => {
    expect(await run("profile use acme")).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "Profile acme is now in use.
      ",
        "stdout": "",
      }
    `);
    expect(await run("whoami")).toMatchObject({ stdout: expect.stringMatching(/^acme\t/) });
  });

  test("ends with 3 for an unknown profile and with 2 without a name", async ({ run, expect }) => {
    expect(await run("profile use nobody")).toMatchInlineSnapshot(`
      {
        "exitCode": 3,
        "stderr": "error: There is no profile "nobody".
      hint: Use default, acme, or sign in with \`rcwh login --profile nobody\`.
      ",
        "stdout": "",
      }
    `);
    expect(await run("profile use")).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: Missing argument <name>.
      hint: See \`rcwh profile use --help\`.
      ",
        "stdout": "",
      }
    `);
  });
});

describe("rcwh profile remove", () => {
  test("asks on a terminal, revokes the session and removes the profile", async ({
    run,
    emulator,
    directory,
    expect,
  }) => {
    expect(await run("profile remove acme", { tty: true, answers: [true] })).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "Signed out and removed profile acme.
      ",
        "stdout": "",
      }
    `);
    expect(emulator.state().sessions).toMatchObject([{ user: 1 }]);
    expect(await readFile(join(directory, "config", "config.json"), "utf8")).not.toContain(
      "user-2",
    );
  });

  test("removes nothing after a no", async ({ run, emulator, expect }) => {
    expect(
      await run("profile remove acme", { tty: true, answers: [false] }),
    ).toMatchInlineSnapshot(`
      {
        "exitCode": 9,
        "stderr": "Nothing was removed.
      ",
        "stdout": "",
      }
    `);
    expect(emulator.state().sessions).toHaveLength(2);
    expect(await run("profile use acme")).toMatchObject({ exitCode: 0 });
  });

  test("needs --yes in a pipe", async ({ run, expect }) => {
    expect(await run("profile remove acme")).toMatchInlineSnapshot(`
      {
        "exitCode": 9,
        "stderr": "Remove profile acme (http://127.0.0.1:40100)? Cannot prompt for confirmation here. Nothing was removed.
      hint: Add --yes to confirm.
      ",
        "stdout": "",
      }
    `);
    expect(await run("profile rm acme --yes")).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "Signed out and removed profile acme.
      ",
        "stdout": "",
      }
    `);
    expect(await run("profile list")).toMatchObject({
      stdout: "default\thttp://127.0.0.1:40100\temulator-client\ttrue\t7000000001\tUser 1\n",
    });
  });

  test("names the profile that commands use afterwards", async ({ run, expect }) => {
    expect(await run("profile remove default --yes")).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "Signed out and removed profile default.
      Profile acme is now in use.
      ",
        "stdout": "",
      }
    `);
    expect(await run("profile remove acme --yes")).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "Signed out and removed profile acme.
      ",
        "stdout": "",
      }
    `);
  });

  test("reports that no profile is current if several remain", async ({
    run,
    rcwh,
    signedIn,
    expect,
  }) => {
    await rcwh("login --profile third", { env: { ...signedIn, RCWH_JWT: "user-3" } });

    expect(await run("profile remove default --yes")).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "Signed out and removed profile default.
      No profile is in use now. Choose one, such as \`rcwh profile use acme\`.
      ",
        "stdout": "",
      }
    `);
    expect(await run("whoami")).toMatchInlineSnapshot(`
      {
        "exitCode": 4,
        "stderr": "error: No profile is in use.
      hint: Choose one of acme, third, such as \`rcwh profile use acme\`.
      ",
        "stdout": "",
      }
    `);
  });

  test("ends with 3 for an unknown profile", async ({ run, expect }) => {
    expect(await run("profile remove nobody --yes")).toMatchObject({ exitCode: 3, stdout: "" });
    expect(await run("profile remove constructor --yes")).toMatchObject({ exitCode: 3 });
  });
});

describe("rcwh profile", () => {
  test("needs a subcommand", async ({ rcwh, expect }) => {
    expect(await rcwh("profile", { env: noCredentials })).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: \`rcwh profile\` needs a command.
      hint: See \`rcwh profile --help\`.
      ",
        "stdout": "",
      }
    `);
    expect(await rcwh("profile lst", { env: noCredentials })).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: Unknown command "lst".
      hint: Try list or ls, or see \`rcwh profile --help\`.
      ",
        "stdout": "",
      }
    `);
  });
});
