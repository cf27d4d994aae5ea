import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe } from "vitest";
import { test } from "../support/rcwh.ts";

const env = { TERM: "dumb" };

describe("a command that a message suggests", () => {
  test("works on the profile that was named by flag", async ({
    rcwh,
    server,
    directory,
    expect,
  }) => {
    const secret = join(directory, "secret");
    const jwt = join(directory, "jwt");
    await writeFile(secret, "emulator-secret\n", { mode: 0o600 });
    await writeFile(jwt, "user-2\n", { mode: 0o600 });
    const flags = `--server ${server} --client-id emulator-client --client-secret-file ${secret} --jwt-file ${jwt}`;
    await rcwh(`login --profile other ${flags}`, { env });

    expect(await rcwh("renew --profile other nowhere", { env })).toEqual({
      exitCode: 3,
      stdout: "",
      stderr:
        "error: There is no subscription nowhere.\nhint: See your subscriptions with `rcwh --profile other list`; only those of this user and app are visible.\n",
    });
    const { stderr } = await rcwh("renew --profile other nowhere --json", { env });
    expect(JSON.parse(stderr).error.hint).toBe(
      "See your subscriptions with `rcwh --profile other list`; only those of this user and app are visible.",
    );
    // In the environment it is there for the next command, too.
    expect(await rcwh("renew nowhere", { env: { ...env, RCWH_PROFILE: "other" } })).toMatchObject({
      stderr: expect.stringContaining("See your subscriptions with `rcwh list`;"),
    });
  });

  test("has the credentials of the same file", async ({ rcwh, server, directory, expect }) => {
    const file = join(directory, "my .env");
    const variables = {
      RCWH_SERVER: server,
      RCWH_CLIENT_ID: "emulator-client",
      RCWH_CLIENT_SECRET: "emulator-secret",
      RCWH_JWT: "user-2",
    };
    const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}\n`);
    await writeFile(file, lines.join(""), { mode: 0o600 });

    const argv = ["--credentials-file", file, "renew", "nowhere"];
    expect(await rcwh(argv, { env })).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining(
        `See your subscriptions with \`rcwh --credentials-file '/tmp/rcwh-test/my .env' list\`;`,
      ),
    });
  });

  test("names no profile where it has nothing to do with one", async ({ rcwh, expect }) => {
    expect(
      await rcwh("--profile emulator create --filter nonsense --url https://x.example", { env }),
    ).toMatchObject({ stderr: expect.stringContaining("`rcwh filters") });
    expect(await rcwh("--profile list", { env })).toMatchObject({
      stderr: expect.not.stringContaining("rcwh --profile list --help"),
    });
  });
});
