import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe } from "vitest";
import { Interruption } from "../../src/errors.ts";
import { test } from "../support/rcwh.ts";

/** No credentials, and a terminal without a status line. */
const noCredentials = { TERM: "dumb" };

describe("rcwh logout", () => {
  test("revokes the session and deletes the credentials", async ({
    rcwh,
    signedIn,
    emulator,
    directory,
    expect,
  }) => {
    await rcwh("login", { env: signedIn });

    expect(await rcwh("logout", { env: noCredentials })).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "Signed out and removed profile default.
      ",
        "stdout": "",
      }
    `);
    expect(emulator.state().sessions).toEqual([]);
    const text = await readFile(join(directory, "config", "config.json"), "utf8");
    expect(text).not.toMatch(/emulator-secret|user-1|EMU1/);
    expect(await rcwh("list", { env: noCredentials })).toMatchObject({ exitCode: 4 });
  });

  test("keeps the subscription records for the next login", async ({
    rcwh,
    signedIn,
    endpoint,
    expect,
  }) => {
    await rcwh("login", { env: signedIn });
    const created = await rcwh(
      ["create", "--filter", "posts", "--url", endpoint.url, "--expires-in", "10y", "--json"],
      { env: noCredentials },
    );
    const [{ id }] = JSON.parse(created.stdout).subscriptions;
    await rcwh("logout", { env: noCredentials });
    await rcwh("login", { env: signedIn });

    const { stdout } = await rcwh(["show", id], { env: noCredentials, tty: true });

    expect(stdout).toMatch(/recorded: +.*10 y/);
  });

  test("signs out of the profile given with --profile and no other", async ({
    rcwh,
    signedIn,
    emulator,
    expect,
  }) => {
    await rcwh("login", { env: signedIn });
    await rcwh("login --profile acme", { env: { ...signedIn, RCWH_JWT: "user-2" } });

    expect(await rcwh("logout --profile acme", { env: noCredentials })).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "Signed out and removed profile acme.
      ",
        "stdout": "",
      }
    `);
    expect(emulator.state().sessions).toMatchObject([{ user: 1 }]);
    expect(await rcwh("whoami", { env: noCredentials })).toMatchObject({ exitCode: 0 });
  });

  test("prints nothing with --quiet", async ({ rcwh, signedIn, expect }) => {
    await rcwh("login", { env: signedIn });

    expect(await rcwh("logout -q", { env: noCredentials })).toEqual({
      exitCode: 0,
      stdout: "",
      stderr: "",
    });
  });

  test("deletes the credentials and reports it if the server is down", async ({
    rcwh,
    signedIn,
    emulator,
    expect,
  }) => {
    await rcwh("login", { env: signedIn });
    emulator.intercept(() => new Response("{}", { status: 503 }), 10);

    expect(await rcwh("logout", { env: noCredentials })).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "warning: Could not revoke the session: RingCentral could not end the session: Service Unavailable (HTTP 503)
      Signed out and removed profile default.
      ",
        "stdout": "",
      }
    `);
    expect(await rcwh("whoami", { env: noCredentials })).toMatchObject({ exitCode: 4 });
  });

  test("treats a session that the server has ended as revoked", async ({
    rcwh,
    signedIn,
    emulator,
    expect,
  }) => {
    await rcwh("login", { env: signedIn });
    emulator.reset();

    expect(await rcwh("logout", { env: noCredentials })).toMatchObject({
      exitCode: 0,
      stderr: "Signed out and removed profile default.\n",
    });
  });

  test("keeps everything if interrupted", async ({ rcwh, signedIn, expect }) => {
    await rcwh("login", { env: signedIn });
    const stop = new AbortController();
    stop.abort(new Interruption(143));

    expect(await rcwh("logout", { env: noCredentials, signal: stop.signal })).toEqual({
      exitCode: 143,
      stdout: "",
      stderr: "",
    });
    expect(await rcwh("profile list", { env: noCredentials })).toMatchObject({
      stdout: expect.stringContaining("default"),
    });
  });

  test("names a profile that can be signed out of", async ({ rcwh, signedIn, expect }) => {
    await rcwh("login", { env: signedIn });
    const { stderr } = await rcwh("logout");
    expect(stderr).toContain(
      "hint: Unset those variables, or sign out of a profile, such as `rcwh logout --profile default`.\n",
    );
    expect((await rcwh("logout --profile default")).exitCode).toBe(0);
  });

  test("refuses if the credentials come from the environment", async ({ rcwh, expect }) => {
    expect(await rcwh("logout")).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: These credentials come from RCWH_CLIENT_ID, RCWH_CLIENT_SECRET and RCWH_JWT, not from a profile.
      hint: Unset those variables; no profile is signed in.
      ",
        "stdout": "",
      }
    `);
  });

  test("ends with 4 if nobody is signed in and with 3 for an unknown profile", async ({
    rcwh,
    expect,
  }) => {
    expect(await rcwh("logout", { env: noCredentials })).toMatchInlineSnapshot(`
      {
        "exitCode": 4,
        "stderr": "error: You are not signed in.
      hint: Sign in with \`rcwh login\`, or try rcwh without an account with \`--profile emulator\`.
      ",
        "stdout": "",
      }
    `);
    expect(await rcwh("logout --profile acme", { env: noCredentials })).toMatchObject({
      exitCode: 3,
    });
  });
});
